/** STBP gives Eq. (4) and (5) by hand, and f′ is the derivative of f. reverseTime.test.ts has its gradient over drawn networks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replayedSample } from '../../spec/algorithm1.ts';
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import type { LayerDescription } from '../../spec/network.ts';
import { stbpStep, type StbpOptions } from '../../spec/stbp.ts';
import { surrogates } from '../../spec/surrogate.ts';
import { paper } from '../../spec/variant.ts';
import { keysOf } from '../../src/keysOf.ts';
import { law } from './support.ts';
import { distanceToKink } from './surrogates.ts';

describe('STBP, worked by hand with spikes and the rectangle of width 1', () => {
  const input = { channels: 1, height: 1, width: 1 };
  const options: StbpOptions = { surrogate: 'rectangle', width: 1 };
  const stepOf = (units: number, leak: number, w: number[], label: number) => {
    const layers: LayerDescription[] = [{ kind: 'linear', units }];
    const firing = { ...paper, output: 'fires' } as const;
    const network = buildNetwork({ input, timeWindow: 2, threshold: 1, leak, layers }, firing, real);
    return stbpStep(
      network,
      [Float64Array.from(w)],
      replayedSample(Float64Array.of(1, 1), label, network),
      options,
    );
  };

  it('IF, one neuron that fires at the second step', () => {
    // w = ⅝: u = ⅝, then 1¼ fires. FO/T = ½, Y = 1: error −½, L = ⅛. Both u are within ½ of Vth: f′ = 1.
    // ∂L/∂o = −½/2 = −¼ at each step. t = 2: ∂L/∂u = −¼.
    // t = 1: (−¼ − (−¼)·⅝)·1 + (−¼)·(1 − 0) = −3⁄32 − ¼ = −11⁄32. dw = −¼·1 − 11⁄32·1 = −19⁄32.
    const { L, dw } = stepOf(1, 1, [0.625], 0);
    expect(L).toBe(1 / 8);
    expect([...dw[0]]).toEqual([-19 / 32]);
  });

  it('LIF, λ = ½: one neuron that fires twice, one that is silent', () => {
    // w = (1¼, ½), Y = (0, 1). Neuron 0: u = 1¼ fires, reset, 1¼ fires: error 1. Neuron 1: u = ½, then ¼ + ½ = ¾:
    // error −1. L = ½·(1 + 1) = 1. ∂L/∂o = (½, −½).
    // Neuron 0: t = 2: ½. t = 1: (½ − ½·½·1¼)·1 + ½·½·(1 − 1) = 3⁄16. dw = 11⁄16.
    // Neuron 1: t = 2: −½. t = 1: u = ½ is ½ away, f′ = 0: 0 + (−½)·½·1 = −¼. dw = −¾.
    const { L, dw } = stepOf(2, 0.5, [1.25, 0.5], 1);
    expect(L).toBe(1);
    expect([...dw[0]]).toEqual([11 / 16, -3 / 4]);
  });
});

describe('surrogates', () => {
  it('worked by hand: width 2', () => {
    const { rectangle, fastSigmoid } = surrogates;
    expect([-1.5, -1, -0.5, 0, 0.5, 1, 3].map((d) => rectangle.smooth(d, 2))).toEqual([
      0, 0, 0.25, 0.5, 0.75, 1, 1,
    ]);
    expect([-1.5, -1, 0, 0.5, 1].map((d) => rectangle.derivative(d, 2))).toEqual([0, 0, 0.5, 0.5, 0]);
    // z = ∓1: ½·(1 ∓ ½); z = 3: ½·(1 + ¾). f′ = ½/2/(1 + |z|)².
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
