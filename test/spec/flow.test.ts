/** Stage flow gives Eq. (7), and Eq. (8) holds for whole networks. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { applyStep, initialStates } from '../../spec/algorithm1.ts';
import { binary32, real, sum, type Precision } from '../../spec/arithmetic.ts';
import { accumulateFlow, applyAccumulatedMaximum, computeEquivalentInput } from '../../spec/flow.ts';
import { paper, type Variant } from '../../spec/variant.ts';
import type { LayerDescription } from '../../spec/network.ts';
import { anyVariant } from '../networks.ts';
import { neuronNames } from '../kinds.ts';
import { anySmall, made, stepOf, type Small } from './small.ts';
import { expectSame, law, layerOf } from './support.ts';

describe('Eq. (7), worked by hand', () => {
  it('FI = Σ_t x^t, FO = Σ_t o^t over three steps', () => {
    const [FI, FO] = [new Float64Array(2), new Float64Array(2)];
    accumulateFlow(FI, FO, Float64Array.of(0.5, -1), Float64Array.of(0, 0));
    accumulateFlow(FI, FO, Float64Array.of(0.75, 2), Float64Array.of(1, 1));
    accumulateFlow(FI, FO, Float64Array.of(0.25, 3), Float64Array.of(0, 1));
    expect([...FI]).toEqual([1.5, 4]);
    expect([...FO]).toEqual([1, 2]);
  });

  it('in binary32 t ascends: 1 swallows what comes after it', () => {
    const e = 2 ** -24;
    const flowOf = (x: number[]): number => {
      const [FI, FO, o] = [binary32.array(1), binary32.array(1), binary32.array(1)];
      for (const value of x) accumulateFlow(FI, FO, Float32Array.of(value), o);
      return FI[0];
    };
    expect(flowOf([1, e, e])).toBe(1);
    expect(flowOf([e, e, 1])).toBe(1 + 2 * e);
  });
});

describe('Eq. (8), worked by hand', () => {
  it('FI_i = Σ_j w_ij·FO_j', () => {
    // ½·3 − 1·2 = −½;  2·3 + ¼·2 = 6½.
    const layer = layerOf({ kind: 'linear', units: 2 }, { channels: 2, height: 1, width: 1 });
    const w = Float64Array.of(0.5, -1, 2, 0.25);
    expect([...computeEquivalentInput(w, Float64Array.of(3, 2), layer, 4)]).toEqual([-0.5, 6.5]);
  });

  it('maxPoolFlow = accumulated: the maximum of the accumulated FO, which is not the flow of the maxima', () => {
    // Two neurons that fire in turn: the maximum of the spikes fires 5 times, the greater FO is 3.
    const layer = layerOf({ kind: 'maxPool', size: 2 }, { channels: 1, height: 2, width: 2 });
    const FO = Float64Array.of(5);
    applyAccumulatedMaximum(FO, Float64Array.of(2, 0, 3, 0), layer);
    expect([...FO]).toEqual([3]);
  });

  it('in a whole step: the next layer’s weight gradient sees that flow, its potential the spikes', () => {
    // 2 × 2 neurons with Vth = 1 and weight 1; the first fires at step 1, the second at step 2. The maximum fires twice:
    // FI = FO = 2, or FO = 1 accumulated. Output: mem = 2·½ = 1, T·Vth = 2, Y = 1: dmem = (½ − 1)/2 = −¼; dw = −¼·FO.
    const input = { channels: 1, height: 2, width: 2 };
    const convolution: LayerDescription = { kind: 'convolution', channels: 1, kernel: 1 };
    const layers: LayerDescription[] = [
      convolution,
      { kind: 'maxPool', size: 2 },
      { kind: 'linear', units: 1 },
    ];
    const description = { input, timeWindow: 2, threshold: 1, layers };
    const small = { description, w: [[1], [], [0.5]], frames: [[1, 0, 0, 0, 0, 1, 0, 0]], labels: [0] };
    for (const [maxPoolFlow, FO] of [
      ['spikes', 2],
      ['accumulated', 1],
    ] as const) {
      const { states, dw } = stepOf({ ...small, variant: { ...paper, maxPoolFlow } }, real);
      expect([states[0][2].FI[0], states[0][2].FO[0], states[0][3].u[0]]).toEqual([2, FO, 1]);
      expect(dw[2][0]).toBe(-FO / 4);
    }
  });
});

/** Every question answered at random, but a maximum pool's flow is that of its spikes, as Eq. (7) says. */
const trueFlows: fc.Arbitrary<Variant> = anyVariant.map((variant) => ({ ...variant, maxPoolFlow: 'spikes' }));

describe('FO, laws', () => {
  let spikes = 0;
  afterAll(() => expect(spikes).toBeGreaterThan(0)); // networks that are silent prove little

  const counted = anySmall({
    weights: 'any',
    variant: anyVariant,
    inputs: fc.constant([0, 1, 1]),
  });
  law('FO is whole, and 0 ≤ FO ≤ T', counted, 100, (small) => {
    const T = small.description.timeWindow;
    for (const state of stepOf(small, binary32).states) {
      for (const [n, { FO }] of state.entries()) {
        if (n === state.length - 1) continue; // the output layer does not fire
        expect(FO.every((count) => Number.isInteger(count) && count >= 0 && count <= T)).toBe(true);
        spikes += sum(FO);
      }
      expect(state.at(-1)!.FO.every((count) => count === 0)).toBe(true);
    }
  });
});

describe('FI, laws', () => {
  const dyadic = anySmall({ weights: 'dyadic', variant: trueFlows, biases: fc.boolean() });
  law(
    'Eq. (8) has the bits of Eq. (7) where all sums are exact: weights on a grid of 1/8, pools of 2 × 2',
    dyadic,
    150,
    (small) => {
      for (const precision of [binary32, real]) {
        const { network, w } = made(small, precision);
        for (const state of stepOf(small, precision).states) {
          for (const layer of network.layers) {
            if (layer.kind.silent) continue; // a maximum is not linear
            const equivalent = computeEquivalentInput(
              w[layer.n - 1],
              state[layer.n - 1].FO,
              layer,
              network.T,
            );
            expectSame(equivalent, state[layer.n].FI, `FI of layer ${layer.n}`);
          }
        }
      }
    },
  );

  const rounded = anySmall({
    weights: 'any',
    variant: trueFlows,
    biases: fc.boolean(),
    inputs: fc.constantFrom([0, 1], [0, 1, 2, 3], [-1, 0, 1]),
  });
  law('Eq. (8) agrees with Eq. (7) within its roundings elsewhere', rounded, 150, (small) => {
    for (const [precision, unit] of [
      [binary32, 2 ** -24],
      [real, 2 ** -53],
    ] as [Precision, number][]) {
      const { network, w } = made(small, precision);
      const { states } = stepOf(small, precision);
      for (const [b, state] of states.entries()) {
        for (const layer of network.layers) {
          if (layer.kind.silent) continue;
          // Each way adds m terms (m = synapses and a bias, and T steps in Eq. 7) whose products were rounded once:
          // both lie within (m + T + 1)·unit/(1 − …)·A of the exact sum, A = Σ_t Σ_j |w_ij|·|o_j^t|.
          const equivalent = computeEquivalentInput(w[layer.n - 1], state[layer.n - 1].FO, layer, network.T);
          const count = layer.n > 1 ? state[layer.n - 1].FO : absoluteInput(small, b);
          const A = computeEquivalentInput(
            Float64Array.from(w[layer.n - 1], Math.abs),
            Float64Array.from(count),
            layer,
            network.T,
          );
          for (const [i, FI] of state[layer.n].FI.entries()) {
            const terms = layer.synapses.into(i).count + Math.sign(layer.bias.length) + network.T + 1;
            const bound = 2.01 * terms * unit * A[i];
            expect(Math.abs(equivalent[i] - FI)).toBeLessThanOrEqual(bound);
          }
        }
      }
    }
  });

  const integrating = anySmall({
    kinds: neuronNames,
    weights: 'dyadic',
    biases: fc.boolean(),
    leak: fc.constant(1),
    variant: fc
      .constantFrom('atThreshold', 'aboveThreshold')
      .map((fires) => ({ ...paper, fires }) as Variant),
  });
  law(
    'at λ = 1, FI = the last u + Σ of u at each firing before, exactly in dyadic cases',
    integrating,
    100,
    (small) => {
      for (const precision of [binary32, real]) {
        const { network, w, samples } = made(small, precision);
        const states = initialStates(network);
        const lost = states.map(({ u }) => new Float64Array(u.length)); // what the resets took
        for (let t = 0; t < network.T; t++) {
          samples[0].applyInput(states[0].o, t);
          for (const layer of network.layers) {
            const { u, o } = states[layer.n];
            for (let i = 0; i < u.length; i++) if (o[i] === 1) lost[layer.n][i] += u[i]; // shown before its reset
            applyStep(states[layer.n], states[layer.n - 1], w[layer.n - 1], layer, network.variant);
          }
        }
        for (const { n } of network.layers) {
          const { u, FI } = states[n];
          expectSame(
            FI,
            u.map((last, i) => last + lost[n][i]),
            `layer ${n}`,
          );
        }
      }
    },
  );
});

/** Σ_t |o^t| of an input, which may have negative spikes. */
function absoluteInput({ description, frames }: Small, b: number): number[] {
  const count: number[] = Array(frames[b].length / description.timeWindow).fill(0);
  for (const [at, o] of frames[b].entries()) count[at % count.length] += Math.abs(o);
  return count;
}
