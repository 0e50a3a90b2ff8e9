/**
 * Dyadic cases: weights, thresholds, S and T·Vth on grids of powers of two. Where a certificate shows that no sum of a
 * step reaches 2²⁴ units of its grid, every sum of binary32 is exact, in any order.
 */
import fc from 'fast-check';
import type { StepResult } from '../../spec/algorithm1.ts';
import { real, type Floats } from '../../spec/arithmetic.ts';
import { accumulatedb, accumulatedw, biasesIn } from '../../spec/backward.ts';
import { divisorOf, neuronsOf, weightsOf, type Network } from '../../spec/network.ts';
import type { Variant } from '../../spec/variant.ts';
import { anyVariant } from '../networks.ts';
import { anySmall, type Small } from './small.ts';

/** S of every layer in a dyadic step; the epoch is one that leaves it. */
export const S = 0.5;
export const frozen = { epoch: 1, batch: 0, every: 5 };

/** Cases whose every constant is dyadic. S is given: a ratio of Eq. (12), or one per neuron, would not be. */
export const anyDyadic: fc.Arbitrary<Small> = anySmall({
  weights: 'dyadic',
  variant: anyVariant.map((variant): Variant => ({ ...variant, scale: 'layer' })),
  T: fc.constantFrom(1, 2, 4),
  threshold: fc.constantFrom(0.5, 1, 2),
  leak: fc.constantFrom(1, 0.5),
  biases: fc.boolean(),
});

/**
 * True where every sum of the step is certainly exact in binary32.
 *
 * Forward, Σ|terms| of a current is at most 8 units of 1/8 for each of fewer than 2¹⁰ inputs, times T ≤ 4 for FI; a
 * potential that leaks by ½ has at most 4 bits more. Backward, the grids are followed: u/(T·Vth) and dmem by T·Vth,
 * dFI by S, dFO by the weights (3 bits) or the average of 4 (2 bits); and Σ|terms| by the same sums over absolute values.
 */
export function isExact({ layers, T }: Network, w: readonly Floats[], { states }: StepResult): boolean {
  const N = layers.length;
  const { Vth } = layers[N - 1];
  const absolutew = w.map((list) => Float64Array.from(list, Math.abs));
  const sums = layers.map((layer) => real.array(weightsOf(layer)));
  for (const state of states) {
    let bits = Math.max(0, 3 + Math.log2(T * Vth)) + Math.log2(T * Vth);
    let dFI: Floats = Float64Array.from(state[N].u, (u) => (2 * (Math.abs(u) / (T * Vth) + 1)) / (T * Vth));
    for (let n = N; n >= 1; n--) {
      const layer = layers[n - 1];
      accumulatedw(sums[n - 1], dFI, Float64Array.from(state[n - 1].FO, Math.abs), layer);
      accumulatedb(biasesIn(sums[n - 1], layer), dFI, T, layer);
      if (Math.max(0, ...dFI, ...sums[n - 1]) * 2 ** bits > 2 ** 24) return false;
      if (n === 1) break;
      const dFO = real.array(neuronsOf(layer.input));
      layer.kind.applydFO(dFO, absolutew[n - 1], dFI, state[n - 1].FO, layer);
      bits += weightsOf(layer) > 0 ? 3 : Math.log2(divisorOf(layer));
      if (Math.max(...dFO) * 2 ** bits > 2 ** 24) return false;
      const fires = layers[n - 2].spikes;
      dFI = dFO.map((value) => (fires ? value * S : value));
      if (fires) bits += 1;
    }
  }
  return true;
}
