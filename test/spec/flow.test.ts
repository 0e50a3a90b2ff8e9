/** Stage `flow` gives Eq. (7), and Eq. (8) holds for whole networks. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import { accumulateFlow, computeEquivalentInput } from '../../spec/flow.ts';
import { divisorOf } from '../../spec/network.ts';
import type { Variant } from '../../spec/variant.ts';
import { anyVariant } from '../networks.ts';
import { anySmall, made, stepOf } from './small.ts';
import { expectSame, law, layerOf } from './support.ts';

it('Eq. (7), worked by hand: FI = Σ_t x^t, FO = Σ_t o^t over three steps', () => {
  const [FI, FO] = [new Float64Array(2), new Float64Array(2)];
  accumulateFlow(FI, FO, Float64Array.of(0.5, -1), Float64Array.of(0, 0));
  accumulateFlow(FI, FO, Float64Array.of(0.75, 2), Float64Array.of(1, 1));
  accumulateFlow(FI, FO, Float64Array.of(0.25, 3), Float64Array.of(0, 1));
  expect([...FI]).toEqual([1.5, 4]);
  expect([...FO]).toEqual([1, 2]);
});

it('Eq. (8), worked by hand: FI_i = Σ_j w_ij·FO_j', () => {
  // ½·3 − 1·2 = −½;  2·3 + ¼·2 = 6½.
  const layer = layerOf({ kind: 'linear', units: 2 }, { channels: 2, height: 1, width: 1 });
  const w = Float64Array.of(0.5, -1, 2, 0.25);
  expect([...computeEquivalentInput(w, Float64Array.of(3, 2), layer, 4)]).toEqual([-0.5, 6.5]);
});

/** Any variant in which a maximum pool's flow counts its spikes, as in Eq. (7). */
const trueFlows: fc.Arbitrary<Variant> = anyVariant.map((variant) => ({ ...variant, maxPoolFlow: 'spikes' }));

const dyadic = anySmall({ weights: ['dyadic'], variant: trueFlows, kernel: fc.constantFrom(1, 2) });
law(
  'FI Eq. (8) has the bits of Eq. (7) where all sums are exact: weights on a grid of 1/8, windows of 1, 4, 16 …',
  dyadic,
  150,
  (small) => {
    for (const precision of [binary32, real]) {
      const { network, w } = made(small, precision);
      for (const state of stepOf(small, precision).states) {
        for (const layer of network.layers) {
          // Skips maximum pools, which are not linear, and divisions that are not exact, such as by 9.
          if (layer.kind.silent || !Number.isInteger(Math.log2(divisorOf(layer)))) continue;
          const equivalent = computeEquivalentInput(w[layer.n - 1], state[layer.n - 1].FO, layer, network.T);
          expectSame(equivalent, state[layer.n].FI, `FI of layer ${layer.n}`);
        }
      }
    }
  },
);
