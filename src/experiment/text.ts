/** Tables of text. */

/** Rows of equal length as aligned columns: the first to the left, numbers to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, place) => Math.max(...rows.map((row) => row[place].length)));
  const cell = (text: string, place: number): string =>
    place === 0 ? text.padEnd(widths[place]) : text.padStart(widths[place]);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

/** `+0.025`, `−0.025`. */
export function signed(value: number, digits = 3): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}
