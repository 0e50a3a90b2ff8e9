/** A sum rounds each operation to the precision of its arrays, in the order of the text. */
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
const places = (...values: number[]): Int32Array => Int32Array.from(values);

describe('precision', () => {
  it('has arrays and constants of its own, zero at the start', () => {
    expect([real.name, binary32.name]).toEqual(['real', 'binary32']);
    expect(real.array(2)).toEqual(new Float64Array(2));
    expect(binary32.array(2)).toEqual(new Float32Array(2));
    expect([real.round(1 + e), binary32.round(1 + e)]).toEqual([1 + e, 1]); // a tie goes to the even one
    expect([real.round(1 + 3 * e), binary32.round(1 + 3 * e)]).toEqual([1 + 3 * e, 1 + 4 * e]);
  });

  it('is seen from an array', () => {
    expect(precisionOf(new Float32Array(1))).toBe(binary32);
    expect(precisionOf(new Float64Array(1))).toBe(real);
  });
});

describe('sums, worked by hand', () => {
  it('one after the other: 1 swallows each of two small terms that together count', () => {
    // 1 + e is a tie and goes back to 1, twice; e + e = 2e is exact, and so is 2e + 1.
    expect(sum(floats(1, e, e))).toBe(1);
    expect(sum(floats(e, e, 1))).toBe(1 + 2 * e);
    expect(sum(Float64Array.of(1, e, e))).toBe(1 + 2 * e); // real: nothing is lost
  });

  it('over a part of an array', () => {
    expect(sum(floats(1, 2, 4, 8, 16), 1, 3)).toBe(14);
    expect(sum(floats(1, 2), 1, 0)).toBe(0);
  });

  it('that go on from what is already there', () => {
    expect(sumOfProducts(floats(3), places(0), floats(4), places(0), 1, 5)).toBe(17);
    expect(sumOfProducts(floats(e), places(0), floats(1), places(0), 1, 1)).toBe(1);
  });

  it('of rounded products: no multiplication and addition are fused', () => {
    // (1 + 2⁻¹²)² = 1 + 2⁻¹¹ + 2⁻²⁴ is a tie and becomes 1 + 2⁻¹¹. A fused step would leave 2⁻²⁴.
    const a = [-1 - 2 ** -11, 1 + 2 ** -12];
    const b = [1, 1 + 2 ** -12];
    const i = places(0, 1);
    expect(sumOfProducts(floats(...a), i, floats(...b), i, 2)).toBe(0);
    expect(sumOfProducts(Float64Array.from(a), i, Float64Array.from(b), i, 2)).toBe(2 ** -24);
    expect(sumOfSquares(floats(1 + 2 ** -12))).toBe(1 + 2 ** -11);
  });
});

describe('sums, laws', () => {
  const fl = Math.fround;
  // Few exponents, ties, −0, and subnormal numbers.
  const near = fc.oneof(
    fc.float({ min: -4, max: 4, noNaN: true }),
    fc.constantFrom(-0, 0, 1, -1, e, 3 * e, 1 + 2 * e, 1 + 2 ** -12, -1 - 2 ** -11),
    fc.integer({ min: -(2 ** 24), max: 2 ** 24 }).map((n) => n * 2 ** -149),
  );
  /** Numbers a and b, and two orders of their places. */
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
    'are left folds of rounded operations from +0, in the order of their places',
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
});
