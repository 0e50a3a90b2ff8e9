/**
 * Bold text and colour. Code that prints a styled text marks its beginning and end. In a terminal, `printing` replaces the
 * marks by escape sequences; elsewhere, it removes them.
 */
import { marks as everyMark } from '../printable.ts';

/** For each style: the marks of begin and end, in Unicode's private use area, and their escape sequences. */
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

/** Replaces the marks in a text by escape sequences, or removes them if there is no colour. */
export function painted(text: string, hasColour: boolean): string {
  if (!hasColour) return text.replace(everyMark, '');
  let coloured = text;
  for (const [begin, end, on, off] of Object.values(marks))
    coloured = coloured.replaceAll(begin, on).replaceAll(end, off);
  return coloured;
}

/** Whether a stream shows colours: if it is a terminal, unless the environment forbids colours. */
export function isColoured(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTerminal && !env['NO_COLOR'] && !env['CI'] && env['TERM'] !== 'dumb';
}
