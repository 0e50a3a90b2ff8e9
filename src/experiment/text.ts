/** A report as text, for a terminal of any width or for a file. */
import { usualColumns, wrapped } from '../printable.ts';
import type { ExperimentReport } from './experiment.ts';

/** Splits the names of our code into words: `averagePool: ownThreshold` → `average pool: own threshold`. */
export const spelled = (name: string): string =>
  name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);

/** Paragraphs, tables and blocks, separated by empty lines. Without a terminal, tables are as wide as they are. */
export function textOf(content: ExperimentReport['content'], columns = Infinity): string {
  const prose = (text: string): string => wrapped(text, columns === Infinity ? usualColumns : columns, 0);
  return content
    .map((item) => {
      if (typeof item === 'string') return prose(item);
      if ('block' in item) return item.block.join('\n');
      const table = tableText([item.columns, ...item.rows], { columns, keys: 1, numbers: 'right' });
      return item.title === undefined ? table : `${prose(item.title)}\n${table}`;
    })
    .join('\n\n');
}

/**
 * Rows of equal length as aligned columns. A table that is wider than the terminal becomes several, one below the other, each with
 * the first columns, which are its keys.
 */
export function tableText(
  rows: readonly (readonly string[])[],
  { columns, keys, numbers }: { columns: number; keys: number; numbers: 'left' | 'right' },
): string {
  const widths = rows[0].map((_, place) => Math.max(...rows.map((row) => row[place].length)));
  const tables: number[][] = [];
  const places = [...widths.keys()];
  const widthOf = (all: readonly number[]): number => all.reduce((sum, place) => sum + widths[place] + 2, -2);
  for (const place of places.slice(keys)) {
    const last = tables.at(-1);
    if (last && widthOf([...last, place]) <= columns) last.push(place);
    else tables.push([...places.slice(0, keys), place]);
  }
  const cell = (text: string, place: number): string =>
    numbers === 'right' && place >= keys ? text.padStart(widths[place]) : text.padEnd(widths[place]);
  const lineOf = (row: readonly string[], shown: readonly number[]): string =>
    shown
      .map((place) => cell(row[place], place))
      .join('  ')
      .trimEnd();
  return tables.map((shown) => rows.map((row) => lineOf(row, shown)).join('\n')).join('\n\n');
}

/** `+0.025`, `−0.025`. */
export function signed(value: number, digits = 3): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}

/** `99.65 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
