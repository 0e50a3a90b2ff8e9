/**
 * The rules that go back through time give the same derivatives as a second implementation, and as the formulas of Lee et al.
 * 2020.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replayedSample } from '../../spec/algorithm1.ts';
import { binary32, real, type Floats } from '../../spec/arithmetic.ts';
import { computeTreeSum } from '../../spec/backward.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { computePseudoDerivative, lee, powersOf } from '../../spec/lee.ts';
import { logarithm } from '../../spec/random.ts';
import { computeReversedw, computeTrains, reverseStep } from '../../spec/reverseTime.ts';
import { ruleChoices, timeRuleOf, type RuleName } from '../../spec/rule.ts';
import { stbp, stbpStep, type StbpOptions } from '../../spec/stbp.ts';
import { authors, paper, type Variant } from '../../spec/variant.ts';
import { subtracts } from '../../spec/neuron.ts';
import type { LayerDescription } from '../../spec/network.ts';
import { surrogates } from '../../spec/surrogate.ts';
import { keysOf } from '../../src/keysOf.ts';
import { linears } from '../kinds.ts';
import { anyVariant, timeRuleNames } from '../networks.ts';
import { computeLeeGradient, runNaive } from './naive.ts';
import { anySmall, made } from './small.ts';
import { expectSame, law, layerOf } from './support.ts';
import { distanceToKink, surrogatesAgain } from './surrogates.ts';

const trained = { outputWeights: 'trained' } as const;

/** Random networks with layers of all kinds and the choices that a rule needs. */
const networksFor = (rule: RuleName, more: Partial<Variant> = {}) => {
  // Only rule `asf` trains networks with a reset by subtraction.
  const toZero = (any: Variant): Variant => (subtracts(any) ? { ...any, reset: 'sameStep' } : any);
  const variant = anyVariant.map((any): Variant => ({
    ...toZero(any),
    ...trained,
    ...ruleChoices[rule],
    ...more,
  }));
  return anySmall({ variant, timeWindow: fc.integer({ min: 1, max: 8 }), bias: fc.constant(false) });
};

/** All numbers of two gradients must agree to nine digits of the largest number. */
function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  const scale = Math.max(1e-3, ...Array.from(expected, Math.abs));
  for (let k = 0; k < expected.length; k++)
    expect(Math.abs(actual[k] - expected[k]), `${what}, weight ${k}`).toBeLessThan(1e-9 * scale);
}

describe('computeTrains', () => {
  it('keeps each step as it was', () => {
    const layers = linears(1, 1);
    const input = { channels: 1, height: 1, width: 1 };
    const variant = { ...paper, reset: 'sameStep', output: 'leaks' } as const;
    const network = buildNetwork({ input, timeWindow: 2, threshold: 1, leak: 0.5, layers }, variant, real);
    const sample = replayedSample(Float64Array.of(0.5, 2), 0, network);
    const trains = computeTrains(network, [Float64Array.of(1), Float64Array.of(0.5)], sample);
    const kept = trains.map(([, { x, u, o, FI, FO }]) => [x, u, o, FI, FO].map(([value]) => value));
    // u: ½ leaks to ¼. Then ¼ + 2 fires and is reset.
    expect(kept).toEqual([
      [0.5, 0.25, 0, 0.5, 0],
      [2, 0, 1, 2.5, 1],
    ]);
  });

  it('takes the accumulated maximum of a pool after the last step, and not before', () => {
    // Two inputs fire once each. The pool fires twice, but no input does.
    const input = { channels: 1, height: 2, width: 2 };
    const layers: LayerDescription[] = [
      { kind: 'maxPool', size: 2 },
      { kind: 'linear', units: 1 },
    ];
    const variant = { ...paper, maxPoolFlow: 'accumulated' } as const;
    const network = buildNetwork({ input, timeWindow: 3, threshold: 1, layers }, variant, real);
    const sample = replayedSample(Float64Array.of(1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0), 0, network);
    const trains = computeTrains(network, [new Float64Array(0), Float64Array.of(1)], sample);
    expect(trains.map(([, pool]) => pool.FO[0])).toEqual([1, 2, 1]);
  });
});

describe('NG/Vth', () => {
  const leaking = (leak: number, words: LayerDescription = { kind: 'linear', units: 1 }) =>
    layerOf(words, { channels: 1, height: 2, width: 2 }, real, { timeWindow: 3, threshold: 0.5, leak });
  const train = (...spikes: number[]): Floats[] => spikes.map((spike) => Float64Array.of(spike));

  it('worked by hand', () => {
    // λ = ¼: LF = 1⁄16 + 1, FO = 2. A silent neuron has slope 0, and an IF neuron that fired has 1/Vth.
    const lnλ = logarithm(0.25);
    expect([...computePseudoDerivative(train(1, 0, 1), leaking(0.25))]).toEqual([
      (1 + (lnλ * 17) / 32) / 0.5,
    ]);
    expect([...computePseudoDerivative(train(0, 0, 0), leaking(0.25))]).toEqual([0]);
    expect([...computePseudoDerivative(train(1, 0, 0), leaking(1))]).toEqual([2]);
    // A neuron that fired long ago counts as silent: LF = λ².
    expect([...computePseudoDerivative(train(1, 0, 0), leaking(2 ** -6))]).toEqual([
      (logarithm(2 ** -6) * 2 ** -12) / 0.5,
    ]);
    expect([
      ...computePseudoDerivative(train(0, 0, 0), leaking(0.5, { kind: 'averagePool', size: 2 })),
    ]).toEqual([1]);
  });

  it('LF = 0.001 is silent too', () => {
    expect([...computePseudoDerivative(train(1, 0), leaking(0.001))]).toEqual([
      (logarithm(0.001) * 0.001) / 0.5,
    ]);
  });

  it('powers of λ: as many as are asked for, from 1 on, products rounded once each', () => {
    expect(powersOf(0.5, 3, real.round)).toEqual([1, 0.5, 0.25]);
    expect(powersOf(0.1, 3, Math.fround)).toEqual([1, Math.fround(0.1), Math.fround(0.1 * 0.1)]);
  });
});

describe('gradients by other code', () => {
  law('Lee et al. 2020: the formulas, layer by layer', networksFor('lee'), 300, (small) => {
    const { network, w, samples } = made(small, real);
    const { losses, dw } = reverseStep(
      { ...network, variant: { ...network.variant, batch: 'sum' } },
      w,
      samples,
      lee,
    );
    const expected = samples.map((_, b) => computeLeeGradient(small, b));
    fc.pre(expected.every(({ margin }) => margin > 1e-9));
    for (const b of samples.keys()) expect(losses[b]).toBeCloseTo(runNaive(small, b).L, 9);
    for (const [place, list] of dw.entries()) {
      const sums = Array.from(list, (_, k) => expected.reduce((sum, one) => sum + one.dw[place][k], 0));
      expectNear(list, sums, `dw of layer ${place + 1}`);
    }
  });

  const options = fc.record({
    surrogate: fc.constantFrom(...keysOf(surrogates)),
    // The last width makes the rectangle constant over all potentials.
    width: fc.constantFrom(0.7, 1, 2.5, 1e4),
  });
  const cases = fc.tuple(networksFor('stbp', { leak: 'product' }), options);
  law(
    'STBP: derivatives taken forward, of spikes with the slope f′',
    cases,
    200,
    ([small, { surrogate, width }]) => {
      const { network, w, samples } = made(small, real);
      const { L, dw } = stbpStep(network, w, samples[0], { surrogate, width });
      let nearest = Infinity;
      const derivative = (distance: number): number => {
        nearest = Math.min(nearest, distanceToKink(surrogate, distance, width));
        return surrogatesAgain[surrogate].slope(distance / width) / width;
      };
      const { margin, L: expected } = runNaive(small, 0, derivative);
      fc.pre(margin > 1e-9 && nearest > 1e-9);
      expect(L).toBeCloseTo(expected, 9);
      for (const [place, list] of dw.entries()) {
        const some = Array.from(list.keys()).filter((k) => k % (1 + Math.floor(list.length / 6)) === 0);
        const forward = some.map((k) => runNaive(small, 0, derivative, place + 1, k).dL);
        expectNear(
          some.map((k) => list[k]),
          forward,
          `dw of layer ${place + 1}`,
        );
      }
    },
  );
});

describe('laws, for both rules', () => {
  const rules = fc.constantFrom(...timeRuleNames).chain((rule) => {
    return fc.record({
      rule: fc.constant(rule),
      small: networksFor(rule),
      shard: fc.integer({ min: 1, max: 4 }),
    });
  });
  const options: StbpOptions = { surrogate: 'rectangle', width: 1 };

  law('a batch is the tree sum of its shards', rules, 60, ({ rule, small, shard }) => {
    const { network, w, samples } = made(small, binary32);
    const plan = { ...network, variant: { ...network.variant, batch: 'sum' } as const };
    const data = timeRuleOf(rule, options)!;
    const batch = reverseStep(plan, w, samples, data, shard);
    const alone = [];
    for (let from = 0; from < samples.length; from += shard)
      alone.push(reverseStep(plan, w, samples.slice(from, from + shard), data));
    for (const [place, dw] of batch.dw.entries())
      expectSame(computeTreeSum(alone.map((one) => one.dw[place])), dw, `dw of layer ${place + 1}`);
  });

  law(
    'outputWeights = untrained: the last layer has gradient 0, the others as they were',
    rules,
    60,
    (drawn) => {
      const { network, w, samples } = made(drawn.small, binary32);
      const data = timeRuleOf(drawn.rule, options)!;
      const { dw } = reverseStep(network, w, samples, data);
      const variant = { ...network.variant, outputWeights: 'untrained' } as const;
      const untrained = reverseStep({ ...network, variant }, w, samples, data);
      const expected = [...dw.slice(0, -1), dw.at(-1)!.map(() => 0)];
      for (const [place, list] of expected.entries())
        expectSame(untrained.dw[place], list, `dw of layer ${place + 1}`);
    },
  );
});

it('Eq. (5), the sum has one accumulator over t descending, then samples', () => {
  // Two samples, T = 2, one neuron, a slope that is constant. The order of the terms 2²⁴ and 1 shows in the sum.
  const input = { channels: 1, height: 1, width: 1 };
  const variant = { ...paper, output: 'leaks', reset: 'sameStep' } as const;
  const layers = linears(1);
  const network = buildNetwork({ input, timeWindow: 2, threshold: 1, layers }, variant, binary32);
  const w = [Float32Array.of(0)];
  const trains = [
    [1, 2 ** 24],
    [1, -(2 ** 24)],
  ].map((frames) => computeTrains(network, w, replayedSample(Float32Array.from(frames), 0, network)));
  const one = [Float32Array.of(1), Float32Array.of(1)];
  // t = 2: 2²⁴ − 2²⁴. t = 1: + 1 + 1. With the samples outermost, the sum would be 2²⁴ + 1 − 2²⁴ + 1 = 1.
  expect([...computeReversedw(network, w, trains, one, lee)[0]]).toEqual([2]);
});

describe('rules', () => {
  it('are data: surrogate and leak', () => {
    expect(timeRuleOf('asf', { surrogate: 'rectangle', width: 1 })).toBeUndefined();
    expect(timeRuleOf('lee', { surrogate: 'rectangle', width: 1 })).toEqual({
      slope: 'window',
      keeps: 'all',
      reset: false,
    });
    const slope = { surrogate: 'fastSigmoid', width: 2 } as const;
    expect(timeRuleOf('stbp', slope)).toEqual({ slope, keeps: 'leak', reset: true });
    expect(stbp(slope)).toEqual(timeRuleOf('stbp', slope));
  });

  it('ask choices of a variant', () => {
    for (const variant of [paper, authors]) expect({ ...variant, ...ruleChoices.asf }).toEqual(variant);
  });
});
