/** Characters that must not reach a terminal: control characters and marks of text direction. */
// eslint-disable-next-line no-control-regex
const unprintable = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A text on one line: each unprintable character becomes `?`. */
export function oneLine(text: string): string {
  return text.replace(unprintable, '?');
}

/** Escapes unprintable characters in lines of output. In JSON, an escape means the same character. */
export function printable(lines: string): string {
  return lines.replace(unprintable, (character) =>
    /[\n\t]/.test(character) ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Columns of the output if it is not a terminal. */
export const usualColumns = 80;

/** Marks of bold text and colour, which take no column. */
export const marks = /[\ue001-\ue008]/g;

const widthOf = (text: string): number => [...text.replace(marks, '')].length;

/**
 * Wraps lines that are wider than `columns`, at ` · ` or else at a space. A word wider than a line is split: a digest in its
 * middle, other words after a comma or a slash. A command at the end of a line stays whole, so that users can copy it.
 *
 * @param hang columns by which continuation lines are indented
 */
export function wrapped(text: string, columns: number, hang = 2): string {
  return text
    .split('\n')
    .flatMap((line) => (widthOf(line) <= columns ? [line] : wrapLine(line, columns, hang)))
    .join('\n');
}

function wrapLine(line: string, columns: number, hang: number): string[] {
  const margin = line.search(/[^ ]|$/);
  const [first, rest] = [margin, margin + hang].map((indent) => ' '.repeat(Math.min(indent, columns / 2)));
  const lines: string[] = [];
  let open = first;
  for (const [gap, piece] of piecesOf(line.trim(), columns - rest.length)) {
    if (open.trim() === '' || widthOf(open + gap + piece) <= columns) open += gap + piece;
    else {
      lines.push(open.trimEnd());
      open = rest + piece;
    }
  }
  return [...lines, open];
}

/**
 * Splits a line into unbreakable pieces, each with the gap before it. Pieces are the parts between ` · `, their words, or parts of words.
 */
function piecesOf(line: string, room: number): (readonly [gap: string, piece: string])[] {
  return line.split(' · ').flatMap((item, index) => {
    const before = index > 0 ? ' · ' : '';
    if (widthOf(item) <= room) return [[before, item] as const];
    return [...item.matchAll(/( *)(npx .*|[^ ]+)/g)].flatMap(([, space, word], at) => {
      const isWhole = widthOf(word) <= room || word.startsWith('npx ');
      const pieces = isWhole ? [word] : word.split(/(?<=[,/])|(?<=^[\da-f]{32})(?=[\da-f]{32}$)/);
      return pieces.map((piece, k) => [k > 0 ? '' : (at > 0 ? '' : before) + space, piece] as const);
    });
  });
}

/** Wraps a text that begins at column `indent`, and aligns continuation lines with its first line. */
export function beside(text: string, indent: number, columns: number): string {
  return wrapped(text, Math.max(1, columns - indent), 0).replaceAll('\n', `\n${' '.repeat(indent)}`);
}

/**
 * Writes rows of equal length as aligned columns. A table wider than the terminal is split into several tables, one below the other. Each
 * of them repeats the key columns.
 */
export function tableText(
  rows: readonly (readonly string[])[],
  { columns, keys, numbers }: { columns: number; keys: number; numbers: 'left' | 'right' },
): string {
  const widths = rows[0].map((_, index) => Math.max(...rows.map((row) => row[index].length)));
  const tables: number[][] = [];
  const indices = [...widths.keys()];
  const sumOf = (all: readonly number[]): number => all.reduce((sum, column) => sum + widths[column] + 2, -2);
  for (const column of indices.slice(keys)) {
    const last = tables.at(-1);
    if (last && sumOf([...last, column]) <= columns) last.push(column);
    else tables.push([...indices.slice(0, keys), column]);
  }
  const cell = (text: string, column: number): string =>
    numbers === 'right' && column >= keys ? text.padStart(widths[column]) : text.padEnd(widths[column]);
  const lineOf = (row: readonly string[], table: readonly number[]): string =>
    table
      .map((column) => cell(row[column], column))
      .join('  ')
      .trimEnd();
  return tables.map((table) => rows.map((row) => lineOf(row, table)).join('\n')).join('\n\n');
}

/** `+0.025`, `−0.025`. */
export function signed(value: number, digits = 3): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}

/** `99.65 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** Splits a name in camel case into words: `averagePool: ownThreshold` → `average pool: own threshold`. */
export const spelled = (name: string): string =>
  name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
