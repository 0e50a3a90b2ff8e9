/** Tests of rounding: grids, units in the last place, and γ. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gamma, gridOf, largestExactSum, ulpOf, ε } from '../../src/engine/rounding.ts';
import { law } from '../spec/support.ts';
import { drawing } from '../support.ts';
import { dyadic, plain, single, sums } from './sums.ts';

const onGrid = (value: number, grid: number): boolean => Number.isInteger(value / 2 ** grid);

it('the grid of numbers is the coarsest that has all of them', () => {
  const property = fc.property(fc.array(fc.oneof(dyadic, single), { minLength: 1 }), (numbers) => {
    const grid = gridOf(Float64Array.from(numbers));
    const isFlushed = numbers.some((value) => value !== 0 && Math.abs(value) < 2 ** -126);
    if (isFlushed) expect(grid).toBe(-Infinity);
    else if (numbers.every((value) => value === 0)) expect(grid).toBe(Infinity);
    else {
      expect(numbers.every((value) => onGrid(value, grid))).toBe(true);
      expect(numbers.every((value) => onGrid(value, grid + 1))).toBe(false);
    }
  });
  fc.assert(property, drawing(400));
  expect(gridOf(Float64Array.of(NaN))).toBe(-Infinity);
});

it('what sums to no more than 2²⁴ units of its grid is exact in every order, and one unit more is not', () => {
  const ones = (length: number): Float64Array => new Float64Array(length).fill(1);
  const property = fc.property(
    fc.array(dyadic, { minLength: 1, maxLength: 40 }),
    fc.nat({ max: 30 }),
    (some, up) => {
      const a = Float64Array.from(some, (value) => value * 2 ** up);
      const magnitude = a.reduce((sum, value) => sum + Math.abs(value), 0);
      fc.pre(magnitude <= largestExactSum(gridOf(a)));
      const exact = a.reduce((sum, value) => sum + value, 0);
      for (const sum of Object.values(sums)) expect(sum(a, ones(a.length), Math.fround)).toBe(exact);
    },
  );
  fc.assert(property, drawing(200));
  const beyond = Float64Array.of(largestExactSum(0), 1);
  expect(plain(beyond, ones(2), Math.fround)).not.toBe(beyond[0] + 1);
  expect(largestExactSum(-126)).toBe(0);
});

law('a unit in the last place is the distance to the next number of binary32', single, 400, (value) => {
  const word = new Uint32Array(Float32Array.of(Math.abs(value)).buffer);
  word[0]++;
  expect(ulpOf(value)).toBe(new Float32Array(word.buffer)[0] - Math.abs(value));
});

it('γ is as large as n roundings that all go up, and bounds nothing where n roundings are a whole', () => {
  expect(gamma(1000)).toBeGreaterThanOrEqual((1 + 2 ** -24) ** 1000 - 1);
  expect(gamma(1000)).toBeLessThan(1001 * 2 ** -24);
  expect(gamma(2 ** 24)).toBe(Infinity);
  expect(ε).toBeGreaterThan(2 ** -24);
});
