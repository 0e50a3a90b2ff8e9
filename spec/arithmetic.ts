/**
 * Each equation is written once, for three precisions: binary64, binary32 and, for hardware, fixed point (`fixed.ts`).
 *
 * In binary64 the equations stand for the mathematics. In binary32 they *define* every bit of the result. Because of two rules,
 * the code needs few calls that round:
 *
 * 1. The result of **one** operation, assigned to an array element, is rounded once and correctly. For + − × ÷ √ of binary32
 * operands, rounding the binary64 result gives the correctly rounded binary32 result (53 ≥ 2·24 + 2 bits).
 * 2. A sum, which needs a scalar accumulator, is a function of this file.
 *
 * A sum has one accumulator, which starts from +0. Each product and each addition is rounded; none are fused. The order of a
 * sum is that of its index lists, and is part of the definition.
 */

/** An array of real numbers in one of the precisions. */
export type Floats = Float32Array | Float64Array;

/** Whole numbers: spikes, counts, or indices. */
export type Integers = Int32Array | Int16Array | Int8Array | Uint8Array | Uint16Array | Uint32Array;

/** A precision: it makes arrays, and rounds constants. */
export interface Precision {
  readonly name: 'real' | 'binary32' | 'fixed';
  array(length: number): Floats;
  /** Rounds a constant once: to nearest, ties to even, except in fixed point. */
  round(value: number): number;
}

export const real: Precision = {
  name: 'real',
  array: (length) => new Float64Array(length),
  round: (value) => value,
};

export const binary32: Precision = {
  name: 'binary32',
  array: (length) => new Float32Array(length),
  round: Math.fround,
};

/** The precision of each fixed-point array. The type of any other array determines its precision. */
const others = new WeakMap<Floats, Precision>();

/** Registers the precision of a fixed-point array. */
export function setPrecision(values: Floats, precision: Precision): void {
  others.set(values, precision);
}

export function precisionOf(values: Floats): Precision {
  return values instanceof Float32Array ? binary32 : (others.get(values) ?? real);
}

/** Σ a[i]·b[j] over the pairs (i, j) of two index lists, in their order. */
export function sumOfProducts(a: Floats, i: Integers, b: Floats, j: Integers, count: number): number {
  const { round } = precisionOf(a);
  let total = 0;
  for (let n = 0; n < count; n++) total = round(total + round(a[i[n]] * b[j[n]]));
  return total;
}

/**
 * Adds a term to each of many sums: total[i] ← total[i] + a·b[k] over the pairs (i, k) of two index lists. A product with 1
 * is exact.
 */
export function addProducts(
  total: Floats,
  i: Integers,
  a: number,
  b: Floats,
  k: Integers,
  count: number,
): void {
  const { round } = precisionOf(b);
  for (let n = 0; n < count; n++) total[i[n]] = total[i[n]] + (a === 1 ? b[k[n]] : round(a * b[k[n]]));
}

/** Σ a[i] over an index list, in its order. */
export function sumAt(a: Floats, i: Integers, count: number): number {
  const { round } = precisionOf(a);
  let total = 0;
  for (let n = 0; n < count; n++) total = round(total + a[i[n]]);
  return total;
}

/** Σ a[n], n ascending from `from`, `count` terms. */
export function sum(a: Floats, from = 0, count = a.length): number {
  const { round } = precisionOf(a);
  let total = 0;
  for (let n = from; n < from + count; n++) total = round(total + a[n]);
  return total;
}

/** Σ a[n]², n ascending. */
export function sumOfSquares(a: Floats): number {
  const { round } = precisionOf(a);
  let total = 0;
  for (let n = 0; n < a.length; n++) total = round(total + round(a[n] * a[n]));
  return total;
}
