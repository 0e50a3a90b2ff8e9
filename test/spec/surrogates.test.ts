/** A surrogate rises from 0 to 1, and f′ is its derivative. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { surrogates } from '../../spec/surrogate.ts';
import { keysOf } from '../../src/keysOf.ts';
import { law } from './support.ts';
import { distanceToKink } from './surrogates.ts';

describe('surrogates', () => {
  it('worked by hand: width 2', () => {
    const { rectangle, fastSigmoid } = surrogates;
    expect([-1.5, -1, -0.5, 0, 0.5, 1, 3].map((d) => rectangle.smooth(d, 2))).toEqual([
      0, 0, 0.25, 0.5, 0.75, 1, 1,
    ]);
    expect([-1.5, -1, 0, 0.5, 1].map((d) => rectangle.derivative(d, 2))).toEqual([0, 0, 0.5, 0.5, 0]);
    // f = ½·(1 ∓ ½) at z = ∓1, and ½·(1 + ¾) at z = 3. f′ = ½/2/(1 + |z|)².
    expect([-2, 0, 2, 6].map((d) => fastSigmoid.smooth(d, 2))).toEqual([0.25, 0.5, 0.75, 0.875]);
    expect([-2, 0, 2, 6].map((d) => fastSigmoid.derivative(d, 2))).toEqual([1 / 16, 1 / 4, 1 / 16, 1 / 64]);
  });

  const points = fc.tuple(
    fc.constantFrom(...keysOf(surrogates)),
    fc.double({ min: -4, max: 4, noNaN: true }),
    fc.double({ min: 0.5, max: 3, noNaN: true }),
  );
  law(
    'ascend from 0 to 1, symmetric about ½, and the derivative is theirs',
    points,
    300,
    ([name, distance, width]) => {
      const { smooth, derivative } = surrogates[name];
      fc.pre(distanceToKink(name, distance, width) > 1e-4);
      const f = (d: number): number => smooth(d, width);
      expect(f(distance) >= 0 && f(distance) <= 1).toBe(true);
      expect(Math.abs(f(distance) + f(-distance) - 1)).toBeLessThan(1e-15);
      const difference = (f(distance + 1e-6) - f(distance - 1e-6)) / 2e-6;
      expect(Math.abs(difference - derivative(distance, width))).toBeLessThan(1e-8);
    },
  );
});
