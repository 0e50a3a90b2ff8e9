/** The losses that only mistakes have: their slopes are derivatives. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { entriesOf } from '../../../src/keysOf.ts';
import { comparisons, readouts } from '../../../src/oracle/surrogate/mistakes/losses.ts';

/** Numbers other than 0, of different magnitudes. */
const numbers = fc
  .uniqueArray(fc.integer({ min: -24, max: 23 }), {
    minLength: 3,
    maxLength: 6,
    selector: (k) => Math.abs(k + 0.5),
  })
  .map((all) => all.map((k) => (k + 0.5) / 8));

interface Point {
  readonly value: number;
  readonly slopes: readonly number[];
}

/** How many slopes of a function were compared with differences. Near a kink or a jump, the two differences are not equal. */
function compareSlopes(of: (z: readonly number[]) => Point, z: number[]): number {
  const { value, slopes } = of(z);
  const moved = (i: number, by: number): number => of(z.map((each, k) => (k === i ? each + by : each))).value;
  const h = 2 ** -16;
  const compared = slopes.filter((slope, i) => {
    const [below, above] = [-h, h].map((by) => (moved(i, by) - value) / by);
    if (Math.abs(below - above) > 2 ** -8) return false;
    expect(slope).toBeCloseTo((below + above) / 2, 2);
    return true;
  });
  return compared.length;
}

it.each(entriesOf(readouts))('%s: its slopes are derivatives', (_, reads) => {
  let compared = 0;
  fc.assert(fc.property(numbers, (z) => void (compared += compareSlopes(reads, z))));
  expect(compared).toBeGreaterThan(100);
});

it.each(entriesOf(comparisons))('%s: its slopes are derivatives', (_, compares) => {
  let compared = 0;
  fc.assert(
    fc.property(numbers, fc.nat(), (z, k) => {
      const label = k % z.length;
      const targets = z.map((_each, c) => (c === label ? 1 : 0));
      compared += compareSlopes((each) => compares(each, targets, label), z);
    }),
  );
  expect(compared).toBeGreaterThan(100);
});
