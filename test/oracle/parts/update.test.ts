/** The bounds of moments and of weights after a step: what they are made of may be off, and each step is rounded. */
import { describe, expect, it } from 'vitest';
import { tiny, ε } from '../../../src/oracle/interval.ts';
import {
  decayedRadius,
  firstMomentRadius,
  secondMomentRadius,
  weightRadius,
} from '../../../src/oracle/parts/adamRadius.ts';
import { expectTight, runPart } from './tight.ts';

describe('Adam, of numbers that are known within a radius', () => {
  const constants = { β1: 0.9, β2: 0.999, ε: 1e-8, weightDecay: 0.0005, kind: 'adam' } as const;

  it('q = g + decay·w moves by what g does; and of exact numbers by three roundings of its terms', () => {
    expectTight(decayedRadius(3, 0.5, 2, 0.1), 0.5);
    expect(decayedRadius(3, 0, 2, 0.1)).toBeGreaterThanOrEqual(3.2 * 3 * ε);
    expectTight(decayedRadius(-3, 0, -2, 0.1), 3.2 * 3 * ε);
    expect(decayedRadius(0, 0, 0, 0.1)).toBe(tiny);
  });

  it('m moves by β1 of what m does and 1 − β1 of what q does', () => {
    expectTight(firstMomentRadius(3, 0.5, 2, 0.25, constants), 0.45 + 0.025);
    const terms = 0.9 * 3 + 0.1 * 2;
    expectTight(firstMomentRadius(-3, 0, 2, 0, constants), 5 * ε * terms);
    expect(firstMomentRadius(0, 0, 0, 0, constants)).toBe(2 ** -100);
  });

  it('v moves by β2 of what v does and 1 − β2 of what q² does', () => {
    const spread = 0.001 * (2.25 ** 2 - 2 ** 2);
    expectTight(secondMomentRadius(3, 0.5, 2, 0.25, constants), 0.999 * 0.5 + spread);
    const terms = 0.999 * 3 + 0.001 * 4;
    expectTight(secondMomentRadius(3, 0, 2, 0, constants), 6 * ε * terms);
    expect(secondMomentRadius(0, 0, 0, 0, constants)).toBe(2 ** -100);
  });

  it('w moves by the farthest of the steps that m and v allow', () => {
    const radiusOf = weightRadius({ size: 0.01, correction: 0.5 }, constants);
    const after = (m: number, v: number): number => (0.01 * m) / (Math.sqrt(Math.max(0, v)) / 0.5 + 1e-8);
    for (const [m, mRadius, v, vRadius] of [
      [0.5, 0.1, 0.25, 0.05],
      [-0.5, 0.1, 0.25, 0.05],
      [0.5, 0.1, 0.25, 0],
      [0.5, 0, 0.25, 0.05],
      [0.01, 0.5, 0.25, 0.3],
    ]) {
      const ends = [-1, 1].flatMap((a) =>
        [-1, 1].map((b) => Math.abs(after(m + a * mRadius, v + b * vRadius) - after(m, v))),
      );
      expectTight(radiusOf(0, m, mRadius, v, vRadius), Math.max(...ends), 1e-4);
    }
    // Exact moments: ten roundings of the step, and one of the weight.
    expectTight(radiusOf(8, 0.5, 0, 0.25, 0), 8 * ε + 10 * ε * after(0.5, 0.25));
    expectTight(radiusOf(0, 0.5, 0, 0.25, 0), 10 * ε * after(0.5, 0.25));
  });
});

it('v that one flushes to zero and another keeps makes another step where m is not small', () => {
  const [size, correction, least] = [0.001, Math.sqrt(0.001), 1e-8];
  const constants = { β1: 0.9, β2: 0.999, ε: least, weightDecay: 0, kind: 'adam' } as const;
  const radiusOf = weightRadius({ size, correction }, constants);
  const after = (v: number): number => (size * 0.5) / (Math.sqrt(v) / correction + least);
  const apart = after(0) - after(2 ** -100);
  expect(radiusOf(0, 0.5, 0, 0, 2 ** -100)).toBeGreaterThan(apart);
  expect(radiusOf(0, 0.5, 0, 0, 0)).toBeLessThan(apart);
});

it('Adam’s bounds of a part follow its own q, the gradient with its decay, whatever the moments were', () => {
  const [g, w, decay] = [2, 3, 0.5];
  const at = { 'layer1.weight': w, 'layer1.dw': g, 'layer1.m.before': 8, 'layer1.v.before': 0 };
  const results = runPart('update.1', { ...at, learningRate: 0.001, weightDecay: decay, step: 1 });
  const [q, qRadius] = [g + decay * w, decayedRadius(g, 0, w, decay)];
  const constants = { β1: 0.9, β2: 0.999, ε: 1e-8, weightDecay: decay, kind: 'adam' } as const;
  expectTight(results.get('layer1.v')!.radius![0], secondMomentRadius(0, 0, q, qRadius, constants), 1e-2);
  expectTight(results.get('layer1.m')!.radius![0], firstMomentRadius(8, 0, q, qRadius, constants));
});

it('Adam’s constants are those of the number of the step', () => {
  const after = (step: number): number =>
    runPart('update.1', {
      'layer1.weight': 0,
      'layer1.dw': 0,
      'layer1.m.before': 1,
      'layer1.v.before': 1,
      learningRate: 1,
      weightDecay: 0,
      step,
    }).get('layer1.weight.after')!.value[0];
  for (const step of [1, 2, 5]) {
    const [m, v] = [0.9 / (1 - 0.9 ** step), 0.999 / (1 - 0.999 ** step)];
    expect(after(step)).toBeCloseTo(-m / Math.sqrt(v), 5);
  }
});

it('a weight after Adam’s step is off by what it was off before, and by what its step is', () => {
  const rates = { learningRate: 0.001, weightDecay: 0, step: 1 };
  const after = (
    weight: number | readonly [number, number],
    dw: number | readonly [number, number],
  ): number =>
    runPart('update.1', {
      'layer1.weight': weight,
      'layer1.dw': dw,
      'layer1.m.before': 0,
      'layer1.v.before': 0,
      ...rates,
    }).get('layer1.weight.after')!.radius![0];
  expectTight(after([3, 0.25], 2), 0.25 + after(3, 2));
  expect(after(3, [2, 0.5])).toBeGreaterThan(100 * after(3, 2));
});

describe('a weight after a step of SGD, w − η·(g + decay·w)', () => {
  const after = (weight: number, dw: number | readonly [number, number], weightDecay: number): number => {
    const inputs = { 'layer1.weight': weight, 'layer1.dw': dw, learningRate: 0.125, weightDecay };
    return runPart('update.1', inputs, { optimiser: 'sgd' }).get('layer1.weight.after')!.radius![0];
  };

  it('is off by η times what the gradient is off', () => {
    expectTight(after(3, [2, 0.5], 0.5), 0.125 * 0.5);
  });

  it('of exact numbers is rounded five times in its step, and once', () => {
    // 3 − 0.125 · (2 + 0.5 · 3) = 2.5625
    expectTight(after(3, 2, 0.5), 5 * ε * 0.125 * 3.5 + ε * 2.5625);
    expectTight(after(3, -2, 0.5), 5 * ε * 0.125 * 3.5 + ε * 3.0625);
    expect(after(0, 0, 0)).toBe(tiny);
  });
});
