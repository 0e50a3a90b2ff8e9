/** Reads lines, cells and numbers of a CSV file from its bytes, because strings would take many times the memory. */
const [comma, feed, quote, zero, nine, point] = [44, 10, 34, 48, 57, 46];

/** The index of the next line feed, or the end of the table if there is none. */
export function endOfLine(table: Uint8Array, start: number): number {
  const end = table.indexOf(feed, start);
  return end < 0 ? table.length : end;
}

const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

export function isBlank(table: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isSpace(table[at])) return false;
  return true;
}

/** Calls `visit` with the bounds of each cell of a line. Commas between quotes do not separate cells. */
export function forEachCell(
  table: Uint8Array,
  start: number,
  end: number,
  visit: (from: number, to: number) => void,
): void {
  let isQuoted = false;
  let from = start;
  for (let at = start; at < end; at++) {
    const byte = table[at];
    if (byte === quote) isQuoted = !isQuoted;
    if (byte !== comma || isQuoted) continue;
    visit(from, at);
    from = at + 1;
  }
  visit(from, end);
}

/** The text of a cell without spaces and quotes around it; for a long cell, only the beginning. */
export function textOf(table: Uint8Array, from: number, to: number): string {
  const text = decoder.decode(table.subarray(from, Math.min(to, from + longest))).trim();
  return text.replace(/^"(.*)"$/s, '$1').trim();
}

const decoder = new TextDecoder();
/** Limit on the bytes that are read of a cell. */
const longest = 100;

/**
 * Reads a number of at most 15 digits without making a string. Returns NaN for other text. Numerator and denominator are exact in binary64,
 * so the quotient is rounded once, as in `Number`.
 */
export function plainNumber(table: Uint8Array, from: number, to: number): number {
  if (to > from && table[to - 1] === 13) to--;
  if (to - from > 16) return NaN;
  let value = 0;
  let digits = 0;
  let decimals = -1;
  for (let at = from; at < to; at++) {
    const byte = table[at];
    if (byte >= zero && byte <= nine) {
      value = 10 * value + byte - zero;
      digits++;
      if (decimals >= 0) decimals++;
    } else if (byte === point && decimals < 0 && digits > 0) {
      decimals = 0;
    } else {
      return NaN;
    }
  }
  if (digits === 0 || digits > 15) return NaN;
  return decimals > 0 ? value / 10 ** decimals : value;
}

/** A decimal number; NaN for any other text. */
export function numberOf(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}
