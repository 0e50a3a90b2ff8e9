/** A report as text for a terminal of 80 columns. */
import type { ExperimentReport } from './experiment.ts';

const width = 79;

/** Paragraphs, tables and blocks, separated by empty lines. */
export function textOf(content: ExperimentReport['content']): string {
  return content
    .map((item) => {
      if (typeof item === 'string') return wrap(item);
      if ('block' in item) return item.block.join('\n');
      const table = columns([item.columns, ...item.rows]);
      return item.title === undefined ? table : `${wrap(item.title)}\n${table}`;
    })
    .join('\n\n');
}

/** Rows of equal length as aligned columns: the first left-aligned, numbers right-aligned. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, place) => Math.max(...rows.map((row) => row[place].length)));
  const cell = (text: string, place: number): string =>
    place === 0 ? text.padEnd(widths[place]) : text.padStart(widths[place]);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

function wrap(paragraph: string): string {
  const lines = [''];
  for (const word of paragraph.split(' ')) {
    const line = lines[lines.length - 1];
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

/** `+0.025`, `−0.025`. */
export function signed(value: number, digits = 3): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}

/** `99.65 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
