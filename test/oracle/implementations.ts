/**
 * Other correct implementations: sums in another order, fused, by pairs, or with flushed subnormals. They replace only the sums
 * of `spec/`.
 */
import { precisionOf, type Floats } from '../../spec/arithmetic.ts';
import { applydFI } from '../../spec/backward.ts';
import { neuronsOf, rasterOrder, weightsOf, type Layer } from '../../spec/network.ts';
import type { Functions, Model } from '../../src/oracle/asf/model.ts';
import { sums } from '../engine/sums.ts';

/** For each weight, the outputs and inputs that share it, in raster order. */
function sharedBy({ input, weightShape, synapses }: Layer): [number[], number[]][] {
  const length = weightShape.reduce((a, b) => a * b, 1);
  const shared = Array.from({ length }, (): [number[], number[]] => [[], []]);
  for (const from of rasterOrder(input)) {
    const { i, k, count } = synapses.outOf(from);
    for (let n = 0; n < count; n++) {
      shared[k[n]][0].push(i[n]);
      shared[k[n]][1].push(from);
    }
  }
  return shared;
}

function withSum(sum: (typeof sums)[string]): Partial<Functions> {
  const over = (
    a: Floats,
    i: ArrayLike<number>,
    b: Floats,
    j: ArrayLike<number>,
    count: number,
    start = 0,
  ): number => {
    const [one, other] = [new Float64Array(count + 1).fill(start), new Float64Array(count + 1).fill(1)];
    for (let n = 0; n < count; n++) [one[n + 1], other[n + 1]] = [a[i[n]], b[j[n]]];
    return sum(one, other, precisionOf(a).round);
  };
  return {
    applyCurrent(x, w, o, layer, always = 1) {
      if (weightsOf(layer) === 0) return layer.kind.applyCurrent(x, w, o, layer, always);
      const { round } = precisionOf(x);
      for (let i = 0; i < neuronsOf(layer.output); i++) {
        const { j, k, count } = layer.synapses.into(i);
        // The bias comes first; in `spec/` it comes last.
        x[i] = over(w, k, o, j, count, layer.bias.length > 0 ? round(w[layer.bias[i]] * always) : 0);
      }
    },
    applydFO(dFO, w, dFI, FO, layer: Layer) {
      if (weightsOf(layer) === 0) return layer.kind.applydFO(dFO, w, dFI, FO, layer);
      for (let from = 0; from < neuronsOf(layer.input); from++) {
        const { i, k, count } = layer.synapses.outOf(from);
        dFO[from] = over(dFI, i, w, k, count);
      }
    },
    accumulatedw(dw, dFI, FO, layer) {
      const shared = sharedBy(layer);
      for (let k = 0; k < dw.length; k++) {
        const [i, j] = shared[k];
        dw[k] = over(dFI, i, FO, j, i.length, dw[k]);
      }
    },
    applydFI,
  };
}

export const implementations: Readonly<Record<string, Partial<Functions>>> = {
  'the text': {},
  'last term first': withSum(sums['backwards']),
  'largest term first': withSum(sums['largestFirst']),
  'fused multiply-add': withSum(sums['fused']),
  'by pairs': withSum(sums['pairwise']),
  'subnormals flushed': withSum(sums['flushed']),
};

/** The model, computed by another implementation. */
export const carriedOut = (model: Model, name: string): Model => ({
  ...model,
  functions: { ...model.functions, ...implementations[name] },
});
