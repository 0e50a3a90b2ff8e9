/**
 * Rounding: how much a correct program may round a number, whatever the order of its sums.
 *
 * ε is the unit roundoff of binary32, 2⁻²⁴, times 1 + 2⁻²⁰. This factor covers the roundings of the engine, which computes in
 * binary64. A bound holds for sums in any order, with or without fused multiply-add, in binary32 or wider.
 */
import type { Floats, Integers } from '../../spec/arithmetic.ts';

export type Values = Floats | Integers;

export const ε = 2 ** -24 * (1 + 2 ** -20);

/** The least normal number of binary32. A number of smaller magnitude may be flushed to zero, as a result or as an operand. */
export const tiny = 2 ** -126;

/** The radius of an unknown number. It is finite, so that its product with 0 is 0. */
export const unknown = 2 ** 300;

/** The radius of an unknown number that may also be NaN, such as 0/0. */
export const undefinedToo = 2 ** 301;

/** Whether a radius derives from an unknown number. */
export const isUnknown = (radius: number): boolean => radius >= 2 ** 200;

/**
 * The error of n successive roundings, relative to the sum of the magnitudes of the terms (Higham, *Accuracy and Stability of
 * Numerical Algorithms*, §3.1).
 *
 * @param unit the roundoff of one operation
 */
export function gamma(n: number, unit = ε): number {
  return n * unit < 1 ? (n * unit) / (1 - n * unit) : Infinity;
}

export const isSingle = (value: number): boolean => Math.fround(value) === value;

const word = new Float64Array(1);
const halves = new Uint32Array(word.buffer);
const low = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
const trailing = (bits: number): number => 31 - Math.clz32(bits & -bits);

/** The exponent of the lowest set bit of a number that is not 0. */
function lowestBit(value: number): number {
  word[0] = value;
  const [least, most] = [halves[low], halves[1 - low]];
  const exponent = (most >>> 20) & 0x7ff;
  const fraction = least !== 0 ? trailing(least) : 32 + trailing((most & 0xfffff) | (exponent && 0x100000));
  return Math.max(exponent, 1) - 1075 + fraction;
}

/** The greatest g for which all numbers are multiples of 2^g; Infinity if all are 0, −Infinity if one is NaN or subnormal. */
export function gridOf(values: Values): number {
  let [grid, perUnit] = [Infinity, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === 0) continue;
    if (!(Math.abs(value) >= tiny)) return -Infinity;
    const units = value * perUnit;
    // Most numbers lie on the grid found so far.
    if (units !== 0 && Math.floor(units) === units) continue;
    grid = Math.min(grid, lowestBit(value));
    perUnit = 2 ** -grid;
  }
  return grid;
}

/**
 * Terms on the grid 2^g are summed exactly, in any order, if the sum of their magnitudes is at most this number. Each partial
 * sum then has at most `digits` significant bits (24 in binary32).
 */
export const largestExactSum = (grid: number, digits = 24): number =>
  grid > -126 ? 2 ** digits * 2 ** grid : 0;

const single = new Float32Array(1);
const singleWord = new Uint32Array(single.buffer);
const units = Float64Array.from({ length: 256 }, (_, exponent) => 2 ** (Math.max(1, exponent) - 150));

/** The unit in the last place of a binary32 number. */
export function ulpOf(value: number): number {
  single[0] = value;
  return units[(singleWord[0] >>> 23) & 0xff];
}

export function absolutes(values: Values): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.abs(values[i]);
  return out;
}

/** The numbers 0 … count − 1. */
export const range = (count: number): number[] => [...Array(Math.max(0, count)).keys()];

/** The greatest magnitude of the numbers. */
export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]) > most) most = Math.abs(values[i]);
  return most;
}

export function total(values: ArrayLike<number>, of: (value: number, i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += of(values[i], i);
  return sum;
}

/** The median of the magnitudes other than 0, over at most 8191 numbers at evenly spaced indices; 0 if there are none. */
export function medianOf(values: ArrayLike<number>): number {
  const stride = Math.max(1, Math.floor(values.length / 4096));
  const some: number[] = [];
  for (let i = 0; i < values.length; i += stride) if (values[i] !== 0) some.push(Math.abs(values[i]));
  return Float64Array.from(some).sort()[some.length >> 1] ?? 0;
}

/** The exponent of the least normal number of bfloat16 (8 significant bits) or binary16. */
const leastOf = (bits: number): number => (bits === 8 ? -126 : -14);

/** Rounds to `bits` significant bits, to nearest, ties to even. Numbers beyond the range of the format do not become infinite. */
export function roundTo(value: number, bits: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const unit = 2 ** (Math.max(leastOf(bits), Math.floor(Math.log2(Math.abs(value)))) - bits + 1);
  const [whole, rest] = [Math.floor(value / unit), value / unit - Math.floor(value / unit)];
  return (whole + (rest > 0.5 || (rest === 0.5 && whole % 2 !== 0) ? 1 : 0)) * unit;
}

/** The text of a number with five significant digits. */
export const digits = (value: number): string => String(Number(value.toPrecision(5)));
