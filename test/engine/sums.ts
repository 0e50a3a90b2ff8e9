/** Correct ways to sum products, and drawn numbers, for tests of bounds. */
import fc from 'fast-check';
import type { Floats, Precision } from '../../spec/arithmetic.ts';
import { tiny } from '../../src/engine/rounding.ts';

type Round = Precision['round'];
type Sum = (a: ArrayLike<number>, b: ArrayLike<number>, round: Round) => number;

const flush = (value: number): number => (Math.abs(value) < tiny ? 0 : value);
const places = (length: number): number[] => Array.from({ length }, (_, k) => k);

/** The sum in the order of the numbers: Σ a·b, each product and each sum rounded. */
export const plain: Sum = (a, b, round) => {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum = round(sum + round(a[k] * b[k]));
  return sum;
};

export const sums: Readonly<Record<string, Sum>> = {
  plain,
  backwards: (a, b, round) => places(a.length).reduceRight((sum, k) => round(sum + round(a[k] * b[k])), 0),
  largestFirst: (a, b, round) =>
    places(a.length)
      .map((k) => round(a[k] * b[k]))
      .sort((one, other) => Math.abs(other) - Math.abs(one))
      .reduce((sum, term) => round(sum + term), 0),
  pairwise(a, b, round) {
    const of = (from: number, to: number): number => {
      if (to - from < 2) return from === to ? 0 : round(a[from] * b[from]);
      const half = (from + to) >> 1;
      return round(of(from, half) + of(half, to));
    };
    return of(0, a.length);
  },
  fused: (a, b, round) => places(a.length).reduce((sum, k) => round(sum + a[k] * b[k]), 0),
  flushed: (a, b, round) =>
    places(a.length).reduce((sum, k) => flush(round(sum + flush(round(flush(a[k]) * flush(b[k]))))), 0),
};

/** A matrix times a vector, row by row. */
export const product =
  (sum: Sum = plain) =>
  ([a, b]: readonly Floats[], { array, round }: Precision): Floats => {
    const out = array(a.length / b.length);
    for (let i = 0; i < out.length; i++) out[i] = sum(a.subarray(i * b.length, (i + 1) * b.length), b, round);
    return out;
  };

/** Multiples of 1/8, exact in binary32. */
export const dyadic = fc.integer({ min: -40, max: 40 }).map((n) => n / 8);
const size = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -12, max: 6 }) },
  { weight: 1, arbitrary: fc.integer({ min: -140, max: -60 }) },
);
/** Numbers of binary32 of all sizes, some of them 0 or subnormal. */
export const single = fc
  .tuple(fc.double({ min: 1, max: 2, noNaN: true }), size, fc.constantFrom(-1, 1, 1, 0))
  .map(([mantissa, exponent, sign]) => Math.fround(sign * mantissa * 2 ** exponent));
