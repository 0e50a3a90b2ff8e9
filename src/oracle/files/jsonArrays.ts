/** Arrays in JSON: nested lists, or `{ "shape": […], "data": […] }`. Numbers may be hexadecimal floats as texts. */
import { refuse, show } from '../../errors.ts';
import { countElements, type AnyTensor, type Tensor } from '../../formats/tensor.ts';

/** Limit on the bytes of a JSON file of arrays: a parser may need 50 bytes of memory per byte. */
export const mostJsonBytes = 2 ** 19;

/** Limit on the arrays of a text, the same as for a safetensors file. */
const mostArrays = 4096;

export function arraysOfJson(
  record: Readonly<Record<string, unknown>>,
  where: string,
): Map<string, AnyTensor> {
  const count = Object.keys(record).length;
  if (count > mostArrays) refuse(where, 'arrays', `at most ${mostArrays}`, count);
  return new Map(
    Object.entries(record).map(([key, value]) => [key, arrayOf(value, `${where}(${show(key)})`)]),
  );
}

function arrayOf(value: unknown, where: string): AnyTensor {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  const { shape, data }: { shape?: unknown; data?: unknown } = isRecord ? value : nested(value, where);
  if (!Array.isArray(shape)) refuse(where, 'shape', 'a list', shape);
  if (!Array.isArray(data)) refuse(where, 'data', 'a list', data);
  const count = countElements(where, 'shape', shape);
  if (data.length !== count)
    refuse(where, 'data', `${count} numbers for [${show(shape.join(', '))}]`, data.length);
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) numbers[i] = numberOf(data[i], i, where);
  return { dtype: 'F64', shape, data: numbers };
}

/**
 * The text of a file of arrays, with one array per line. Reading the text returns the same numbers.
 *
 * @param words other fields of the file, written before its arrays
 * @throws InputError for numbers that JSON does not have, and for a text that is too long to be read again
 */
export function jsonOfArrays(
  words: Readonly<Record<string, unknown>>,
  arrays: ReadonlyMap<string, Tensor>,
  where: string,
): string {
  const tooLong = (): never =>
    refuse(where, 'JSON', `at most ${mostJsonBytes} bytes, which check reads`, 'more', 'take .npz');
  const lines: string[] = [];
  let bytes = 0;
  for (const [key, { shape, data }] of arrays) {
    // A number and its comma take at least two bytes.
    if ((bytes += 2 * data.length) > mostJsonBytes) tooLong();
    const values = Array.from<unknown, number>(data, Number);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) refuse(where, key, 'finite numbers in JSON', data[bad], 'take .npz');
    const numbers = values.map((value) => (Object.is(value, -0) ? '-0' : String(value)));
    lines.push(`${JSON.stringify(key)}: {"shape": ${JSON.stringify(shape)}, "data": [${numbers.join(',')}]}`);
  }
  const head = Object.entries(words).map(
    ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  const text = `{${[...head, `"arrays": {\n${lines.join(',\n')}\n}`].join(',\n')}}\n`;
  return new TextEncoder().encode(text).length > mostJsonBytes ? tooLong() : text;
}

/** The numbers of nested lists, and their shape. All lists at the same level have the same length. */
function nested(value: unknown, where: string): { shape: number[]; data: unknown[] } {
  const shape: number[] = [];
  let level = [value];
  while (level.length > 0 && level.every((each) => Array.isArray(each)) && shape.length < 64) {
    const [{ length }] = level;
    const other = level.find((each) => each.length !== length);
    if (other) refuse(where, 'lists', `${length} elements at this level`, other.length);
    shape.push(length);
    level = level.flat();
  }
  return { shape, data: level };
}

function numberOf(value: unknown, index: number, where: string): number {
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' ? hexFloat(value) : undefined;
  if (number === undefined) refuse(where, `number ${index}`, 'a number, or a text like 0x1.8p-3', value);
  return number;
}

/** Parses a hexadecimal float exactly: `0x1.8p-3` → 0.1875. Returns undefined for other texts, such as `1.5`. */
function hexFloat(text: string): number | undefined {
  const match = /^(-?)0x([01])(?:\.([0-9a-f]{1,13}))?p([+-]?\d{1,4})$/i.exec(text);
  if (!match) return undefined;
  const [, sign, whole, fraction = '', exponent] = match;
  const size = Number(whole) + (fraction === '' ? 0 : parseInt(fraction, 16) / 16 ** fraction.length);
  // Multiplies twice, because 2^exponent may overflow even if the number does not.
  const half = Math.trunc(Number(exponent) / 2);
  return (sign === '-' ? -1 : 1) * size * 2 ** half * 2 ** (Number(exponent) - half);
}

/** A number as an exact hexadecimal float. */
export function toHexFloat(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  let size = Math.abs(value);
  if (size === 0) return `${sign}0x0p+0`;
  let exponent = 0;
  while (size >= 2) [size, exponent] = [size / 2, exponent + 1];
  while (size < 1) [size, exponent] = [size * 2, exponent - 1];
  const digits = ((size - 1) * 2 ** 52).toString(16).padStart(13, '0').replace(/0+$/, '');
  return `${sign}0x1${digits === '' ? '' : `.${digits}`}p${exponent < 0 ? '' : '+'}${exponent}`;
}
