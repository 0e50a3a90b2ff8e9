/** Stage flow gives Eq. (7), and Eq. (8) holds for whole networks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import { accumulateFlow, applyAccumulatedMaximum, computeEquivalentInput } from '../../spec/flow.ts';
import { paper, type Variant } from '../../spec/variant.ts';
import type { LayerDescription } from '../../spec/network.ts';
import { anyVariant } from '../networks.ts';
import { anySmall, made, stepOf } from './small.ts';
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
});
