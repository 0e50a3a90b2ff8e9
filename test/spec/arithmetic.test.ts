/** A sum adds its terms in the order of its index lists, and rounds each operation to the precision of its arrays. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  binary32,
  precisionOf,
  real,
  sum,
  sumAt,
  sumOfProducts,
  sumOfSquares,
} from '../../spec/arithmetic.ts';
import { expectSame, law } from './support.ts';

const e = 2 ** -24; // half of the distance from 1 to the next binary32 number
const floats = (...values: number[]): Float32Array => Float32Array.from(values);

describe('precision', () => {
  it('has arrays and constants of its own, zero at the start', () => {
    expect([real.name, binary32.name]).toEqual(['real', 'binary32']);
    expect(real.array(2)).toEqual(new Float64Array(2));
    expect(binary32.array(2)).toEqual(new Float32Array(2));
    expect([real.round(1 + e), binary32.round(1 + e)]).toEqual([1 + e, 1]); // a tie rounds to even
    expect([real.round(1 + 3 * e), binary32.round(1 + 3 * e)]).toEqual([1 + 3 * e, 1 + 4 * e]);
  });

  it('is seen from an array', () => {
    expect(precisionOf(new Float32Array(1))).toBe(binary32);
    expect(precisionOf(new Float64Array(1))).toBe(real);
  });
});

const fl = Math.fround;
// Numbers with few exponents, with ties, −0, and subnormal numbers.
const near = fc.oneof(
  fc.float({ min: -4, max: 4, noNaN: true }),
  fc.constantFrom(-0, 0, 1, -1, e, 3 * e, 1 + 2 * e, 1 + 2 ** -12, -1 - 2 ** -11),
  fc.integer({ min: -(2 ** 24), max: 2 ** 24 }).map((n) => n * 2 ** -149),
);
/** Arrays a and b, and two orders of their indices. */
const lists = fc.array(fc.tuple(near, near, fc.nat(), fc.nat()), { maxLength: 12 }).map((rows) => {
  const order = (of: (row: (typeof rows)[0]) => number): Int32Array =>
    Int32Array.from([...rows.keys()].sort((k, n) => of(rows[k]) - of(rows[n])));
  return {
    a: rows.map(([a]) => a),
    b: rows.map(([, b]) => b),
    i: order((row) => row[2]),
    j: order((row) => row[3]),
  };
});
const plus = (s: number, value: number): number => fl(s + value);

law(
  'sums: are left folds of rounded operations from +0, in the order of their places',
  lists,
  500,
  ({ a, b, i, j }) => {
    const [x, y] = [floats(...a), floats(...b)];
    const chosen = Array.from(i, (k) => x[k]);
    for (const count of [a.length, a.length >> 1]) {
      expectSame([sum(x, a.length - count, count)], [x.slice(a.length - count).reduce(plus, 0)], 'sum');
      expectSame([sumAt(x, i, count)], [chosen.slice(0, count).reduce(plus, 0)], 'sumAt');
      const products = chosen.slice(0, count).map((value, n) => fl(value * y[j[n]]));
      expectSame([sumOfProducts(x, i, y, j, count)], [products.reduce(plus, 0)], 'sumOfProducts');
    }
    expectSame([sumOfSquares(x)], [x.map((value) => value * value).reduce(plus, 0)], 'sumOfSquares');
  },
);
