/** The names of all arrays, for `--list-keys`. */
import { keys } from '../../oracle/index.ts';
import { wrapped } from '../../printable.ts';
import { tableText } from '../output.ts';

/** Dimensions that are several. */
const sides: Readonly<Record<string, string | undefined>> = { map: 'C,H,W', weight: 'out,in,…' };

/** The keys as a table; in a terminal that is too narrow for it, a paragraph for each. */
export function keyTable(columns: number): string {
  const rows = keys.map(({ name, dimensions, type, stage = 'given', equation, meaning }) => {
    const shape = `(${dimensions.map((each) => sides[each] ?? each).join(',')})`;
    return [name, shape, type, stage, equation, meaning];
  });
  const all = [['key', 'shape', 'type', 'stage', 'equation', 'meaning'], ...rows];
  const table = tableText(all, { columns: Infinity, keys: 1, numbers: 'left' });
  if (table.split('\n').every((line) => line.length <= columns)) return table;
  return wrapped(rows.map((row) => row.filter(Boolean).join(' · ')).join('\n'), columns);
}
