/** Assignments and sums in fixed point equal those of integers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { precisionOf, real, sumAt, sumOfProducts } from '../../spec/arithmetic.ts';
import { fixed, toUnits, type FixedFormat } from '../../spec/fixed.ts';
import { law } from './support.ts';

const small: FixedFormat = { width: 4, fraction: 1, rounding: 'truncate', overflow: 'saturate' };
const units = (value: number, change: Partial<FixedFormat> = {}): number =>
  toUnits(value, { ...small, ...change });

describe('a number', () => {
  it('is truncated to −∞, or goes to the nearest, ties up', () => {
    expect([0.7, -0.7, 0.75, -0.75].map((x) => units(x))).toEqual([1, -2, 1, -2]);
    expect([0.7, -0.7, 0.75, -0.75].map((x) => units(x, { rounding: 'nearest' }))).toEqual([1, -1, 2, -1]);
  });

  it('ends at −2^(w−1) and 2^(w−1) − 1, or wraps', () => {
    expect([3.5, 4, 9, -4, -4.5].map((x) => units(x))).toEqual([7, 7, 7, -8, -8]);
    expect([3.5, 4, 9, -4, -4.5].map((x) => units(x, { overflow: 'wrap' }))).toEqual([7, -8, 2, -8, 7]);
  });

  law(
    'is, as a shift and a mask of an integer have it',
    fc.integer({ min: -(2 ** 20), max: 2 ** 20 }),
    300,
    (n) => {
      const format = { width: 10, fraction: 3, overflow: 'wrap' } as const;
      expect(toUnits(n / 2 ** 8, { ...format, rounding: 'truncate' })).toBe(((n >> 5) << 22) >> 22);
      expect(toUnits(n / 2 ** 8, { ...format, rounding: 'nearest' })).toBe((((n + 16) >> 5) << 22) >> 22);
    },
  );
});

describe('an array', () => {
  const precision = fixed(small);

  it('rounds what it is assigned, and knows its precision', () => {
    const a = precision.array(3);
    a[0] = 0.7;
    a.set([9, -1.25], 1);
    expect([a[0], a[1], a[2]]).toEqual([0.5, 3.5, -1.5]);
    expect(precisionOf(a)).toBe(precision);
    expect(precision.name).toBe('fixed');
    expect(precisionOf(real.array(1))).toBe(real);
  });

  it('sums with a rounding each addition, so that saturation depends on the order', () => {
    const w = precision.array(3);
    w.set([3, 3, -3]);
    const [o, all] = [Float64Array.of(1, 1, 1), Int32Array.of(0, 1, 2)];
    expect(sumOfProducts(w, all, o, all, 3)).toBe(0.5);
    expect(sumAt(w, Int32Array.of(0, 2, 1), 3)).toBe(3);
    expect(w.length).toBe(3);
  });
});
