/**
 * Intervals: an expected array, and how far a correct implementation may be from it. `docs/oracle.md` derives the radii.
 *
 * ε is the unit roundoff of binary32, widened by 2⁻²⁰ of itself: what the checker's own binary64 adds stays below that.
 * A radius holds for any order of summation, with or without fused multiply-add, in binary32 or wider.
 */
import type { Floats, Integers } from '../../spec/arithmetic.ts';

export type Values = Floats | Integers;
export type Arrays = ReadonlyMap<string, Values>;

export interface Interval {
  readonly value: Values;
  /** Absent where all are exact. */
  readonly radius?: Float64Array | undefined;
  /** Of spikes: 1 where a decision lies within rounding, so that either is right; absent where none does. */
  readonly open?: Uint8Array | undefined;
  /** Of a mistake that is a format of numbers: 1 where the format cannot hold the right number. */
  readonly excludes?: Uint8Array;
  /** Of a quotient: whether 0/0 may be right, and a number divided by 0. */
  readonly mayBeNaN?: boolean;
  readonly mayBeInfinite?: boolean;
}
export type Intervals = ReadonlyMap<string, Interval>;

export const ε = 2 ** -24 * (1 + 2 ** -20);

/** The radius of a number that nothing is known of. It is finite: 0 times it is 0, as S times a gradient of 0 is. */
export const unknown = 2 ** 300;

/** Whether a radius came of that. */
export const isUnknown = (radius: number): boolean => radius >= 2 ** 200;

/** A number below this may be flushed to zero, as a result or as an operand. */
export const tiny = 2 ** -126;

/** What n roundings, one after the other, can do to a value, relative to the sum of its terms' magnitudes. */
export function gamma(n: number): number {
  return n * ε < 1 ? (n * ε) / (1 - n * ε) : Infinity;
}

export function absolutes(values: Values): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.abs(values[i]);
  return out;
}

/** Σ of something of each number. */
export function total<V = number>(values: ArrayLike<V>, of: (value: V, i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += of(values[i], i);
  return sum;
}

/** The greatest magnitude. */
export function largest(values: Values | readonly number[]): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]) > most) most = Math.abs(values[i]);
  return most;
}

export const isSingle = (value: number): boolean => Math.fround(value) === value;

/** Whether a number may not be flushed to zero. */
const isNormal = (value: number): boolean => value === 0 || Math.abs(value) >= tiny;

/** Most that a product of two numbers is rounded by; 0 where it is exact in binary32. */
export function roundingOfProduct(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  const product = a * b;
  if (isSingle(a) && isSingle(b) && isSingle(product)) {
    if (isNormal(a) && isNormal(b) && isNormal(product)) return 0;
  }
  return ε * Math.abs(product) + tiny * Math.max(1, Math.abs(a), Math.abs(b));
}

/** Most that a sum of two numbers is rounded by; 0 where it is exact in binary32. */
export function roundingOfSum(a: number, b: number): number {
  const sum = a + b;
  if (!(isNormal(a) && isNormal(b) && isNormal(sum))) return ε * Math.abs(sum) + 3 * tiny;
  if (isSingle(sum) && sum - a === b && sum - b === a) return 0;
  return ε * Math.abs(sum);
}

/** Most that a quotient is rounded by; 0 where it is exact in binary32. */
export function roundingOfQuotient(a: number, b: number): number {
  const quotient = a / b;
  const isExact = isSingle(quotient) && isSingle(b) && quotient * b === a;
  if (isExact && isNormal(a) && isNormal(b) && isNormal(quotient)) return 0;
  return ε * Math.abs(quotient) + tiny;
}

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

/** The exponent g of the coarsest grid 2^g that all numbers lie on; Infinity where all are 0, −Infinity where one may be flushed. */
export function gridOf(values: Values): number {
  let [grid, perUnit] = [Infinity, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === 0) continue;
    if (Math.abs(value) < tiny) return -Infinity;
    const units = value * perUnit;
    // Most numbers lie on the grid of those before them.
    if (units !== 0 && Math.floor(units) === units) continue;
    grid = Math.min(grid, lowestBit(value));
    perUnit = 2 ** -grid;
  }
  return grid;
}

/**
 * The certificate of exactness: terms on the grid 2^g whose magnitudes sum to at most 2²⁴ grid units. Every partial sum,
 * in any order, is then a binary32 number.
 */
export function isExactSum(magnitudes: number, grid: number): boolean {
  return magnitudes <= largestExactSum(grid);
}

const largestExactSum = (grid: number): number => (grid > -126 ? 2 ** 24 * 2 ** grid : 0);

/**
 * Radii of sums of at most n roundings over terms of these magnitudes, on that grid; absent where all are exact.
 *
 * @param most the largest factor of a term: what an operand that is flushed to zero is multiplied by
 */
export function sumRadius(magnitudes: Floats, n: number, grid: number, most = 1): Float64Array | undefined {
  const radius = new Float64Array(magnitudes.length);
  const [γ, lost, exact] = [gamma(n), n * tiny * Math.max(1, most), largestExactSum(grid)];
  let isExact = true;
  for (let i = 0; i < radius.length; i++) {
    if (magnitudes[i] <= exact) continue;
    radius[i] = γ * magnitudes[i] + lost;
    isExact = false;
  }
  return isExact ? undefined : radius;
}

/** a + b, elementwise, where either may be absent. */
export function addRadii(a: Float64Array | undefined, b: Float64Array | undefined): Float64Array | undefined {
  if (!a || !b) return a ?? b;
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i] + b[i];
  return out;
}

/** The radii, which `real` has made, times a factor, in their place. */
export function widened(radii: Floats, factor: number): Float64Array {
  for (let i = 0; i < radii.length; i++) radii[i] *= factor;
  return radii as Float64Array; // the arrays of `real` are doubles
}

/** The radius, if anything in it is above 0. */
export function orNone(radius: Float64Array): Float64Array | undefined {
  for (let i = 0; i < radius.length; i++) if (radius[i] > 0) return radius;
  return undefined;
}
