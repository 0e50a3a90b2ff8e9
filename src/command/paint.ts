/**
 * Bold text and colour where they carry meaning, and lines wrapped to the terminal. The writer marks text; `printing` turns the marks into
 * escape sequences in a terminal, and removes them elsewhere.
 */

/** Marks from the private use area, and their escape sequences: on, off. */
const marks = {
  strong: ['\ue001', '\ue002', '\x1b[1m', '\x1b[22m'],
  good: ['\ue003', '\ue004', '\x1b[32m', '\x1b[39m'],
  bad: ['\ue005', '\ue006', '\x1b[31m', '\x1b[39m'],
  unsure: ['\ue007', '\ue008', '\x1b[33m', '\x1b[39m'],
} as const;

const mark =
  (name: keyof typeof marks) =>
  (text: string): string =>
    `${marks[name][0]}${text}${marks[name][1]}`;

export const [strong, unsure] = [mark('strong'), mark('unsure')];
const [good, bad] = [mark('good'), mark('bad')];

/** Colours verdicts, so that a difference is not mistaken for an agreement. */
export const judged = (text: string): string =>
  text
    .replaceAll(/^ *✓.*?(?=:|$)/gm, (line) => good(line))
    .replaceAll(/^ *✗.*?(?=:|$)/gm, (line) => bad(line))
    .replaceAll(/^ *\?.*?(?=:|$)/gm, (line) => unsure(line))
    .replaceAll(/\bDIFFERS\b/g, bad('DIFFERS'))
    .replace(/: differs\b/, `: ${bad('differs')}`)
    .replaceAll(/\bagrees\b|(?<=numbers )agree\b/g, (word) => good(word));

const every = /[\ue001-\ue008]/g;

/** Marked text in the form for a stream. */
export function painted(text: string, hasColour: boolean): string {
  if (!hasColour) return text.replace(every, '');
  let shown = text;
  for (const [begin, end, on, off] of Object.values(marks))
    shown = shown.replaceAll(begin, on).replaceAll(end, off);
  return shown;
}

/** Whether a stream shows colours: a terminal, unless the environment forbids it. */
export function isColoured(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTerminal && !env['NO_COLOR'] && !env['CI'] && env['TERM'] !== 'dumb';
}

/** Wraps lines that are wider than a terminal, at ` · ` or at a space, with a small indent. */
export function wrapped(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns))
    .join('\n');
}

const widthOf = (text: string): number => [...text.replace(every, '')].length;

/** The words of a line; a command to copy, at its end, is one word. */
function wordsOf(text: string): string[] {
  const at = text.indexOf(' npx ');
  return at < 0 ? text.split(' ') : [...text.slice(0, at).split(' '), text.slice(at + 1)];
}

/** A digest in halves, or JSON at its commas, where it is wider than the terminal. */
function divided(word: string, columns: number): string[] {
  if (widthOf(word) <= columns) return [word];
  if (/^[\da-f]{64}$/.test(word)) return [word.slice(0, 32), word.slice(32)];
  return /^\{.*\},?;?$/.test(word) ? word.split(/(?<=,)(?=")/) : [word];
}

function wrapLine(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  const margin = ' '.repeat(line.search(/[^ ]|$/));
  const indent = `${margin}  `;
  const isList = line.includes(' · ');
  const words = isList
    ? line.trimStart().split(' · ')
    : wordsOf(line.trimStart()).flatMap((word) => divided(word, columns - indent.length));
  const between = isList ? ' · ' : ' ';
  const lines: string[] = [];
  let open = margin;
  for (const word of words) {
    const isFirst = open.trim() === '';
    const longer = isFirst ? open + word : `${open}${between}${word}`;
    // A part that is too wide by itself is divided at its spaces.
    if (isFirst || widthOf(longer) <= columns) {
      open = longer;
      continue;
    }
    lines.push(open);
    open = indent + word;
  }
  lines.push(open);
  return lines
    .map((each) =>
      isList && widthOf(each) > columns ? wrapLine(each.replaceAll(' · ', ', '), columns) : each,
    )
    .join('\n');
}
