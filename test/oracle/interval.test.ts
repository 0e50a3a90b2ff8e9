/** Radii of single operations hold what any correct machine makes, are 0 where that is exact, and no wider than they are written. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  absolutes,
  addRadii,
  gamma,
  gridOf,
  isExactSum,
  isSingle,
  isUnknown,
  largest,
  orNone,
  roundingOfProduct,
  roundingOfQuotient,
  roundingOfSum,
  sumRadius,
  tiny,
  total,
  unknown,
  ε,
} from '../../src/oracle/interval.ts';
import { drawing } from '../support.ts';

const often = drawing(2000);
const single = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-4 * tiny), max: Math.fround(4 * tiny) }),
  fc.integer({ min: -64, max: 64 }).map((v) => v / 8),
);

/** What a machine may make of an operand, or of a result: itself, or 0 where it is small enough to be flushed. */
const flushed = (x: number): number[] => (Math.abs(x) < tiny ? [x, 0] : [x]);

describe.each<[string, (a: number, b: number) => number, (a: number, b: number) => number]>([
  ['a product', (a, b) => a * b, roundingOfProduct],
  ['a sum', (a, b) => a + b, roundingOfSum],
])('the rounding of %s', (_, of, rounding) => {
  it('holds what is made with or without flushing', () => {
    const law = fc.property(single, single, (a, b) => {
      fc.pre(Number.isFinite(Math.fround(of(a, b))));
      const most = rounding(a, b) * (1 + ε);
      for (const x of flushed(a))
        for (const y of flushed(b))
          for (const made of flushed(Math.fround(of(x, y))))
            expect(Math.abs(made - of(a, b))).toBeLessThanOrEqual(most);
    });
    fc.assert(law, often);
  });

  it('is 0 of numbers of few bits, which are exact', () => {
    const few = fc.integer({ min: -512, max: 512 }).map((v) => v / 8);
    const law = fc.property(few, few, (a, b) => {
      expect(rounding(a, b)).toBe(0);
    });
    fc.assert(law, often);
  });
});

const [odd, third] = [1 + 2 ** -23, Math.fround(1 / 3)];

it('the rounding of a product is ε of it, and the smallest normal number times the larger operand', () => {
  expect(roundingOfProduct(odd, third)).toBe(ε * odd * third + tiny);
  expect(roundingOfProduct(-8 * odd, third)).toBe(8 * ε * odd * third + 8 * odd * tiny);
  expect(roundingOfProduct(third, 8 * odd)).toBe(8 * ε * odd * third + 8 * odd * tiny);
  expect(roundingOfProduct(3, 5)).toBe(0);
  expect(roundingOfProduct(0, third)).toBe(0);
  expect(roundingOfProduct(third, 0)).toBe(0);
  expect(roundingOfProduct(0, 0.1)).toBe(0);
  expect(roundingOfProduct(0.1, 0)).toBe(0);
  // The product is 0 in binary64, and yet no operand is.
  expect(roundingOfProduct(2 ** -600, 2 ** -600)).toBe(tiny);
  // An operand that is no binary32 number: the product of what it is rounded to may be another.
  expect(roundingOfProduct(0.1, 10)).toBe(ε + 10 * tiny);
  expect(roundingOfProduct(10, 0.1)).toBe(ε + 10 * tiny);
  for (const [a, b] of [
    [tiny / 2, 4],
    [4, tiny / 2],
    [2 * tiny, 0.25],
  ])
    expect(roundingOfProduct(a, b)).toBe(ε * a * b + tiny * Math.max(1, a, b));
  expect(roundingOfProduct(tiny, 4)).toBe(0);
});

it('the rounding of a sum is ε of it, and more where something may be flushed', () => {
  expect(roundingOfSum(1, third)).toBe(ε * (1 + third));
  expect(roundingOfSum(-1, -third)).toBe(ε * (1 + third));
  expect(roundingOfSum(1, 2 ** -60)).toBeGreaterThan(0);
  expect(roundingOfSum(2 ** -60, 1)).toBeGreaterThan(0);
  expect(roundingOfSum(3, -5)).toBe(0);
  expect(roundingOfSum(0, 0)).toBe(0);
  for (const [a, b] of [
    [tiny / 2, 1],
    [1, tiny / 2],
    [tiny, -1.5 * tiny],
    [tiny / 2, 1.5 * tiny],
    [1.5 * tiny, tiny / 2],
  ])
    expect(roundingOfSum(a, b)).toBe(ε * Math.abs(a + b) + 3 * tiny);
  expect(roundingOfSum(tiny, tiny)).toBe(0);
});

it('the rounding of a quotient is ε of it and the smallest normal number, or 0 where it is exact', () => {
  expect(roundingOfQuotient(1, 3)).toBe(ε * (1 / 3) + tiny);
  expect(roundingOfQuotient(-1, 3)).toBe(ε * (1 / 3) + tiny);
  expect(roundingOfQuotient(6, 3)).toBe(0);
  expect(roundingOfQuotient(0, 3)).toBe(0);
  // The divisor is rounded; the quotient needs more bits; each of the three may be flushed.
  expect(roundingOfQuotient(0.1, 0.1)).toBe(ε + tiny);
  expect(roundingOfQuotient(1 + 2 ** -30, 1)).toBe(ε * (1 + 2 ** -30) + tiny);
  expect(roundingOfQuotient(tiny / 2, 0.25)).toBe(ε * 2 * tiny + tiny);
  expect(roundingOfQuotient(tiny / 2, tiny / 2)).toBe(ε + tiny);
  expect(roundingOfQuotient(tiny, 2)).toBe((ε * tiny) / 2 + tiny);
  expect(roundingOfQuotient(tiny, 1)).toBe(0);
});

it('n roundings are nε / (1 − nε) of the terms, and anything where that has no meaning', () => {
  expect(ε).toBe(2 ** -24 + 2 ** -44);
  expect(gamma(1)).toBe(ε / (1 - ε));
  expect(gamma(1000)).toBe((1000 * ε) / (1 - 1000 * ε));
  expect(gamma(2 ** 25)).toBe(Infinity);
});

it('numbers of which nothing is known stay so where they are multiplied', () => {
  expect([unknown, unknown * 2 ** -99, 2 ** 200].map(isUnknown)).toEqual([true, true, true]);
  expect([0, 2 ** 199, 1e30].map(isUnknown)).toEqual([false, false, false]);
});

it('magnitudes, sums and the largest of numbers', () => {
  expect([...absolutes(Float32Array.of(1, -2, 0))]).toEqual([1, 2, 0]);
  expect(total([3, 4], (value, i) => value * 10 ** i)).toBe(43);
  expect(largest([])).toBe(0);
  expect(largest([1, -5, 3])).toBe(5);
  expect([0.5, 0.1].map(isSingle)).toEqual([true, false]);
});

describe('the grid of numbers', () => {
  it('is that of the lowest set bit of any of them', () => {
    const odds = fc.integer({ min: -(2 ** 22), max: 2 ** 22 }).map((v) => 2 * v + 1);
    const numbers = fc.array(fc.tuple(odds, fc.integer({ min: -100, max: 60 })), { minLength: 1 });
    const law = fc.property(numbers, (each) => {
      const values = Float64Array.from(each, ([v, exponent]) => v * 2 ** exponent);
      expect(gridOf(values)).toBe(Math.min(...each.map(([, exponent]) => exponent)));
    });
    fc.assert(law, often);
  });

  it.each([
    ['there are only zeros', [0, -0], Infinity],
    ['a number may be flushed', [1, tiny / 2], -Infinity],
    ['one is the smallest normal number', [1, -tiny], -126],
    ['one is small beside one that is large', [2 ** 1000, tiny], -126],
    ['units of one are beyond what can be counted', [tiny, 2 ** 1000], -126],
    ['zeros are among them', [0, 12, 0], 2],
    ['the lowest bit is in the upper word, or in the lower', [1 + 2 ** -20, 1 + 2 ** -21], -21],
  ])('where %s', (_, values, grid) => {
    expect(gridOf(Float64Array.from(values))).toBe(grid);
  });
});

it('a sum is exact whose terms are at most 2²⁴ units of their grid, which is above the numbers that are flushed', () => {
  expect(isExactSum(2 ** 24, 0)).toBe(true);
  expect(isExactSum(2 ** 24 + 1, 0)).toBe(false);
  expect(isExactSum(2 ** 14, -10)).toBe(true);
  expect(isExactSum(2 ** 14 + 1, -10)).toBe(false);
  expect(isExactSum(2 ** -101, -125)).toBe(true);
  expect(isExactSum(2 ** -110, -126)).toBe(false);
  expect(isExactSum(0, -Infinity)).toBe(true);
});

it('the radius of a sum is γ of its terms, and what may be flushed of each', () => {
  const radii = (...given: [number[], number, number, number?]) => {
    const [magnitudes, ...rest] = given;
    const radius = sumRadius(Float64Array.from(magnitudes), ...rest);
    return radius && [...radius];
  };
  expect(radii([3, 2 ** 24], 5, 0)).toBeUndefined();
  const large = 2 ** 24 + 2;
  expect(radii([3, large], 5, 0)).toEqual([0, gamma(5) * large + 5 * tiny]);
  expect(radii([tiny], 5, -Infinity)).toEqual([gamma(5) * tiny + 5 * tiny]);
  expect(radii([tiny], 5, -Infinity, 7)).toEqual([gamma(5) * tiny + 35 * tiny]);
  expect(radii([large], 5, 0, 7)).toEqual([gamma(5) * large + 35 * tiny]);
  expect(radii([large], 5, 0, 0.5)).toEqual([gamma(5) * large + 5 * tiny]);
});

it('radii add where they are there, and are left out where all are 0', () => {
  const [a, b] = [Float64Array.of(1, 2), Float64Array.of(10, 20)];
  expect([...addRadii(a, b)!]).toEqual([11, 22]);
  expect(addRadii(undefined, b)).toBe(b);
  expect(addRadii(a, undefined)).toBe(a);
  expect(addRadii(undefined, undefined)).toBeUndefined();
  expect(orNone(Float64Array.of(0, 0))).toBeUndefined();
  expect(orNone(Float64Array.of(0, 1))).toHaveLength(2);
});
