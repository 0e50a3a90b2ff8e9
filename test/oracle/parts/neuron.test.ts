/** The bounds of a potential, as it is compared and as it is shown, and when they leave a spike open. */
import { describe, expect, it } from 'vitest';
import { real } from '../../../spec/arithmetic.ts';
import { buildNetwork } from '../../../spec/dictionary.ts';
import type { Layer } from '../../../spec/network.ts';
import { paper, type Variant } from '../../../spec/variant.ts';
import { ε } from '../../../src/oracle/interval.ts';
import { comparedRadius, isOpen, shownRadius } from '../../../src/oracle/parts/potentialRadius.ts';
import { expectTight } from './tight.ts';

const layerOf = (threshold: number, leak: number, variant: Variant): Layer =>
  buildNetwork(
    {
      input: { channels: 1, height: 1, width: 1 },
      timeWindow: 1,
      threshold,
      leak,
      layers: [
        { kind: 'linear', units: 1 },
        { kind: 'linear', units: 1 },
      ],
    },
    variant,
    real,
  ).layers[0];

describe('a potential', () => {
  const later: Variant = { ...paper, reset: 'nextStep', leak: 'product' };
  const same: Variant = { ...paper, reset: 'sameStep', leak: 'product' };
  const subtracting: Variant = { ...paper, reset: 'subtractThenLeak', leak: 'product' };
  const third = Math.fround(1 / 3);

  const compared = (
    at: { shown: number; radius?: number; o?: number; x: number; xRadius?: number },
    seen: number,
    leak: number,
    variant: Variant,
  ): number =>
    comparedRadius(
      {
        shown: Float64Array.of(at.shown),
        radius: Float64Array.of(at.radius ?? 0),
        o: Float64Array.of(at.o ?? 0),
        x: Float64Array.of(at.x),
        xRadius: at.xRadius === undefined ? undefined : Float64Array.of(at.xRadius),
      },
      0,
      seen,
      layerOf(0.5, leak, variant),
      variant,
    );

  it('as it is compared is off by what it brought along, what its current brings, and one rounding', () => {
    for (const variant of [same, later]) {
      expect(compared({ shown: 0.25, x: 0.5 }, 0.75, 1, variant)).toBe(0);
      expectTight(compared({ shown: 1, x: third }, 1 + third, 1, variant), ε * (1 + third));
      expectTight(compared({ shown: 1, radius: 0.1, x: 0.5, xRadius: 0.2 }, 1.5, 1, variant), 0.3);
      expectTight(compared({ shown: 1, x: 0.5, xRadius: 0.2 }, 1.5, 1, variant), 0.2);
    }
    expect(compared({ shown: 0.25, x: 0.5, xRadius: 0 }, 0.75, 1, same)).toBe(0);
  });

  it('leaks before it is compared where the reset waits for the next step, and then alone', () => {
    expectTight(compared({ shown: 1, radius: 0.1, x: 0.5 }, 1, 0.5, later), 0.05);
    expectTight(compared({ shown: 1, radius: 0.1, x: 0.5 }, 1.5, 0.5, same), 0.1);
    // What leaks is rounded: λ·u, and the sum.
    expectTight(
      compared({ shown: third, x: 1 }, 0.75 * third + 1, 0.75, later),
      ε * (0.75 * third + 0.75 * third + 1),
      0.5,
    );
  });

  it('of a neuron that fired is its current alone, unless it is open whether it did', () => {
    expect(compared({ shown: 0.75, radius: 0.1, o: 1, x: 0.5 }, 0.5, 1, later)).toBe(0);
    expect(compared({ shown: 0.75, radius: 0.75, o: 1, x: 0.5 }, 0.5, 1, later)).toBe(0);
    expectTight(compared({ shown: 0.75, radius: 0.8, o: 1, x: 0.5 }, 0.5, 1, later), 0.8);
    expectTight(compared({ shown: 0.75, radius: 0.1, o: 1, x: 0.5 }, 0.75, 1, later), 0.1);
    expect(compared({ shown: 0.75, o: 1, x: third }, third + 0.25, 1, later)).toBeGreaterThan(0);
  });

  const shown = (
    radius: number,
    u: number,
    after: number | undefined,
    leak: number,
    variant: Variant,
    Vth = 0.5,
  ) => shownRadius(radius, u, after, layerOf(Vth, leak, variant), variant);

  it('as it is shown is exact after a reset to 0, and off by what leaks of it', () => {
    expect(shown(0.1, 0.75, 0, 0.5, same)).toBe(0);
    expectTight(shown(0.1, 0.75, 0.25, 1, same), 0.1);
    expectTight(shown(0, 0.75, 0.25, 1, same), ε * 0.25);
    expect(shown(0.1, 0.75, undefined, 1, same)).toBe(0.1);
    expectTight(shown(0.1, 0.75, undefined, 0.5, same), 0.05);
    expect(shown(0, 0.75, undefined, 0.5, same)).toBe(0);
    expectTight(shown(0, third, undefined, 0.75, same), ε * 0.75 * third);
    // As a sum and a difference λ·u + u, − u: three roundings more.
    const twice = { ...same, leak: 'sumThenDifference' } as const;
    expect(shown(0, 0.75, undefined, 0.5, twice)).toBe(0);
    expectTight(shown(0, third, undefined, 0.75, twice), ε * 3.25 * third);
    expectTight(shown(0.1, third, undefined, 0.75, same), 0.075);
    // λ that is no binary32 number is rounded too.
    expectTight(shown(0, third, undefined, 0.7, same), 2 * ε * 0.7 * third);
    expect(shown(0.1, 0.75, 0, 0.5, later)).toBe(0.1);
  });

  it('after a subtraction is off by that, by a threshold that is rounded, and by what leaks', () => {
    expect(shown(0, 0.75, 0.25, 1, subtracting)).toBe(0);
    expectTight(shown(0.1, 0.75, 0.25, 1, subtracting), 0.1);
    expectTight(shown(0.1, 0.75, 0.125, 0.5, subtracting), 0.05);
    expectTight(shown(0, 0.9, 0.2, 1, subtracting, 0.7), ε * 0.7 + ε * 1.6);
    expect(shown(0, third, third - 0.25, 1, subtracting, 0.25)).toBe(0);
    expectTight(shown(0, 0.75, 0.125, 0.5, subtracting), ε * 1.25);
    // A difference of more than 24 bits is rounded.
    expectTight(shown(0, third, third - 2 ** -30, 1, subtracting, 2 ** -30), ε * (third + 2 ** -30));
  });

  it('is rounded where it lies at the end of its bounds, too', () => {
    const expectRounded = (claimed: number, radius: number): void => {
      expect(claimed).toBeGreaterThanOrEqual(radius * (1 + ε));
      expect(claimed).toBeLessThan(radius * (1 + 10 * ε));
    };
    for (const variant of [same, later])
      expectRounded(compared({ shown: 1, radius: 0.125, x: -1, xRadius: 0.25 }, 0, 1, variant), 0.375);
    expectRounded(compared({ shown: 0.75, radius: 0.875, o: 1, x: 0 }, 0, 1, later), 0.875);
    expectRounded(shown(0.125, 0.75, 2 ** -60, 1, same), 0.125);
    expectRounded(shown(0.125, 0, undefined, 0.5, same), 0.0625);
    expectRounded(shown(0.125, 2 ** -60, 2 ** -60, 1, subtracting, 2 ** -60), 0.125);
  });

  it('decides nothing where the threshold lies within its bounds', () => {
    const open = (u: number, radius: number, fires: Variant['fires'], Vth = 0.5): boolean =>
      isOpen(u, radius, layerOf(Vth, 1, paper), { ...paper, fires });
    expect([0.5, 0.4, 0.6].map((u) => open(u, 0, 'aboveThreshold'))).toEqual([false, false, false]);
    expect([0.375, 0.4, 0.6, 0.625].map((u) => open(u, 0.125, 'aboveThreshold'))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect([0.375, 0.4, 0.6, 0.625].map((u) => open(u, 0.125, 'atThreshold'))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    for (const fires of ['aboveThreshold', 'atThreshold'] as const)
      expect([0.3, 0.7].map((u) => open(u, 0.125, fires))).toEqual([false, false]);
    // A threshold that is no binary32 number is one of two.
    expect([0.7, 0.7 + 2 ** -23].map((u) => open(u, 0, 'aboveThreshold', 0.7))).toEqual([true, false]);
  });
});
