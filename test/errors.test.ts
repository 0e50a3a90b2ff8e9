/** Tests of what errors are made from: the nearest known name, and the first number that is not finite. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawing } from './support.ts';
import { indexNotFinite, nearest } from '../src/errors.ts';

test('the nearest name is suggested, and none of several that are as near', () => {
  const tables = ['table1', 'table2', 'figure1'];
  expect(nearest('tabel1', tables)).toBe('table1');
  expect(nearest('table5', tables)).toBeUndefined();
  expect(nearest('frobnicate', tables)).toBeUndefined();
});

test('the first number that is not finite is found at any place of a short or a long array', () => {
  const arrays = [7, 2 ** 20 + 3].map((length) => new Float32Array(length).fill(-3e38));
  for (const array of arrays) {
    expect(indexNotFinite(array)).toBe(-1);
    const bad = fc.constantFrom(NaN, Infinity, -Infinity);
    const property = fc.property(
      fc.nat(array.length - 1),
      fc.nat(array.length - 1),
      bad,
      (one, other, value) => {
        const wrong = array.slice();
        [wrong[one], wrong[other]] = [value, value];
        expect(indexNotFinite(wrong)).toBe(Math.min(one, other));
      },
    );
    fc.assert(property, { ...drawing(20), examples: [[array.length - 1, array.length - 1, NaN]] });
  }
});
