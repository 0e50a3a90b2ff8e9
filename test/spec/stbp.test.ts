/** STBP gives Eq. (4) and (5) by hand and, on the smooth network, central differences. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { initialStates, replayedSample, type EncodedSample } from '../../spec/algorithm1.ts';
import { real, type Floats } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { computeLoss, computeSpikeError } from '../../spec/loss.ts';
import type { Layer, Network, LayerDescription, LayerKindName } from '../../spec/network.ts';
import { applyNeuron } from '../../spec/neuron.ts';
import { stbpStep, type StbpOptions } from '../../spec/stbp.ts';
import { surrogates } from '../../spec/surrogate.ts';
import { paper, type Variant } from '../../spec/variant.ts';
import { keysOf } from '../../src/keysOf.ts';
import { anyVariant } from '../networks.ts';
import { kindNames, isPool } from '../kinds.ts';
import { anySmall, made } from './small.ts';
import { expectSame, law } from './support.ts';
import { distanceToKink, surrogatesAgain } from './surrogates.ts';

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

/**
 * L of Eq. (4) on the smooth network, written again; and how near any neuron is to a kink of its surrogate, or a maximum
 * to changing hands.
 */
function smoothLoss(
  { layers, T }: Network,
  w: readonly Floats[],
  sample: EncodedSample,
  states: readonly { u: Floats; o: Floats; x: Floats }[],
  { surrogate, width }: StbpOptions,
): { L: number; margin: number } {
  const output = states.at(-1)!.o;
  const FO = new Float64Array(output.length);
  let margin = Infinity;
  for (let t = 0; t < T; t++) {
    sample.applyInput(states[0].o, t);
    for (const layer of layers) {
      const { u, o, x } = states[layer.n];
      const before = states[layer.n - 1].o;
      layer.kind.applyCurrent(x, w[layer.n - 1], before, layer);
      if (layer.kind.silent) margin = Math.min(margin, gapOf(layer, before));
      for (let i = 0; i < u.length; i++) {
        if (layer.kind.silent) {
          o[i] = x[i];
          continue;
        }
        u[i] = layer.λ * u[i] * (1 - o[i]) + x[i];
        o[i] = surrogatesAgain[surrogate].smooth((u[i] - layer.Vth) / width);
        margin = Math.min(margin, distanceToKink(surrogate, u[i] - layer.Vth, width));
      }
    }
    for (const [i, o] of output.entries()) FO[i] += o;
  }
  const L = FO.reduce((sum, o, i) => sum + ((i === sample.label ? 1 : 0) - o / T) ** 2, 0) / 2;
  return { L, margin };
}

/** The least lead of a maximum over a different value. Equal ones are windows that see the same, and stay equal. */
function gapOf({ synapses, output }: Layer, o: Floats): number {
  let gap = Infinity;
  for (let i = 0; i < output.channels * output.height * output.width; i++) {
    const { j, count } = synapses.into(i);
    const values = Array.from(j.slice(0, count))
      .map((place) => o[place])
      .sort((a, b) => b - a);
    const second = values.find((value) => value < values[0]) ?? -Infinity;
    gap = Math.min(gap, values[0] - second);
  }
  return gap;
}

const T = fc.integer({ min: 1, max: 5 });
/** Any variant: of its choices only `fires` and `averagePool` are questions here. The leak of Eq. (3) is a product. */
const variants = anyVariant.map((variant): Variant => ({
  ...variant,
  leak: 'product',
  reset: 'nextStep',
  loss: 'half',
  outputWeights: 'trained',
  output: 'fires',
}));

describe('Eq. (5) is the gradient of Eq. (4) on the smooth network', () => {
  let moved = 0;
  afterAll(() => expect(moved).toBeGreaterThan(0));

  const kinds: Readonly<Record<string, readonly LayerKindName[]>> = {
    ...Object.fromEntries(kindNames.map((name) => [name, isPool(name) ? ['convolution', name] : [name]])),
    'all kinds': kindNames,
  };
  for (const surrogate of keysOf(surrogates)) {
    for (const [name, some] of Object.entries(kinds)) {
      const networks = anySmall({ kinds: some, weights: 'any', variant: variants, T });
      const cases = fc.record({ small: networks, width: fc.constantFrom(0.8, 1.7) });
      law(`central differences: ${name}, ${surrogate}`, cases, 60, ({ small, width }) => {
        const { network, w, samples } = made(small, real);
        const options: StbpOptions = { surrogate, width, smooth: true };
        const lossAt = (weights: readonly Floats[]) =>
          smoothLoss(network, weights, samples[0], initialStates(network), options);
        const here = lossAt(w);
        fc.pre(here.margin > 1e-4); // a difference across a kink is no derivative
        const { L, dw } = stbpStep(network, w, samples[0], options);
        expect(Math.abs(L - here.L)).toBeLessThanOrEqual(1e-12 * (1 + L));
        const h = 1e-6;
        for (const [place, list] of w.entries()) {
          for (let k = 0; k < list.length; k += 1 + Math.floor(list.length / 8)) {
            const at = (by: number): number => {
              const other = w.map((values) => values.slice());
              other[place][k] += by;
              return lossAt(other).L;
            };
            const gradient = dw[place][k];
            if (gradient !== 0) moved++;
            const difference = (at(h) - at(-h)) / (2 * h);
            expect(Math.abs(difference - gradient)).toBeLessThanOrEqual(1e-5 * Math.abs(gradient) + 1e-8);
          }
        }
      });
    }
  }
});

describe('STBP, laws', () => {
  const networks = anySmall({ weights: 'any', variant: variants, T });

  law(
    'with spikes, L is Eq. (4) of the forward process of Eq. (3), the output layer firing too',
    networks,
    60,
    (small) => {
      const { network, w, samples } = made(small, real);
      const states = initialStates(network);
      const FO = new Float64Array(states.at(-1)!.o.length);
      for (let t = 0; t < network.T; t++) {
        samples[0].applyInput(states[0].o, t);
        for (const layer of network.layers) {
          const { u, o, x } = states[layer.n];
          layer.kind.applyCurrent(x, w[layer.n - 1], states[layer.n - 1].o, layer);
          if (layer.kind.silent) o.set(x);
          else applyNeuron(u, o, x, layer, network.variant);
        }
        for (const [i, o] of states.at(-1)!.o.entries()) FO[i] += o;
      }
      const Y = FO.map((_, i) => (i === samples[0].label ? 1 : 0));
      const { L } = stbpStep(network, w, samples[0], { surrogate: 'rectangle', width: 1 });
      expect(L).toBe(computeLoss(computeSpikeError(FO, Y, network.T), paper));
    },
  );

  law(
    'beyond the rectangle nothing is learned: a network far below its thresholds has gradient 0',
    networks,
    30,
    (small) => {
      const { network, w, samples } = made(
        { ...small, description: { ...small.description, threshold: 1e6 } },
        real,
      );
      const { dw } = stbpStep(network, w, samples[0], { surrogate: 'rectangle', width: 1 });
      for (const gradient of dw) expectSame(gradient.map(Math.abs), new Float64Array(gradient.length), 'dw');
    },
  );
});
