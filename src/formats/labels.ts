/**
 * Tables of the classes of recordings: CSV with a line of names, then one line `file,class,…` per recording.
 */
import { refuse } from '../errors.ts';

const lineFeed = 10;

export interface LabelRow {
  readonly file: string;
  /** The class, in the numbering of the table. */
  readonly label: number;
}

/**
 * The most lines: ten times the clips of the largest such set. A row takes more memory than bytes in the
 * file.
 */
const mostLines = 2 ** 14;

/**
 * Reads a table whose first column is the name of a file and whose second is its class. Further columns are
 * not read.
 *
 * @param low the least class, @param high the greatest
 * @throws InputError for a name that is a path or occurs twice, and for a class out of range, with the line.
 */
export function readLabels(bytes: Uint8Array, low: number, high: number, where: string): LabelRow[] {
  let count = 1;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count++;
  if (count > mostLines) refuse(where, 'lines', `at most ${mostLines}`, count);
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  const seen = new Set<string>();
  const rows: LabelRow[] = [];
  for (const [place, line] of lines.entries()) {
    if (place === 0 || line.trim() === '') continue;
    const at = `line ${place + 1}`;
    const [file = '', label = ''] = line.split(',', 2).map((cell) => cell.trim());
    if (!/^[\w-][\w.-]*$/.test(file)) refuse(where, at, "a file's name and its class", line);
    if (seen.has(file)) refuse(where, at, 'each file once', `${file} again`);
    if (!/^\d{1,9}$/.test(label) || Number(label) < low || Number(label) > high)
      refuse(where, at, `a class from ${low} to ${high} after the file's name`, label);
    seen.add(file);
    rows.push({ file, label: Number(label) });
  }
  if (rows.length === 0)
    refuse(where, 'lines', 'one with the names of the columns, then one per recording', lines.length);
  return rows;
}
