/**
 * Other right implementations: sums in another order, with fused multiply-add, by pairs, in binary64. They replace the sums
 * of `spec/` and nothing else.
 */
import { precisionOf, type Floats } from '../../spec/arithmetic.ts';
import { applydFI } from '../../spec/backward.ts';
import { neuronsOf, rasterOrder, weightsOf, type Layer } from '../../spec/network.ts';
import type { Functions, Model } from '../../src/oracle/asf/model.ts';

type Sum = (terms: readonly { a: number; b: number }[], round: (value: number) => number) => number;

/** Last term first. */
const backwards: Sum = (terms, round) => terms.reduceRight((sum, { a, b }) => round(sum + round(a * b)), 0);

/** Product and sum rounded once: of binary32 numbers the product is exact in binary64, the sum all but. */
const fused: Sum = (terms, round) => terms.reduce((sum, { a, b }) => round(sum + a * b), 0);

/** What is below the smallest normal number is 0. */
const flushed: Sum = (terms, round) => {
  const flush = (value: number): number => (Math.abs(value) < 2 ** -126 ? 0 : value);
  return terms.reduce((sum, { a, b }) => flush(round(sum + flush(round(flush(a) * flush(b))))), 0);
};

/** In an order of its own for each number of terms, none of them the text's. */
const shuffled: Sum = (terms, round) => {
  const order = terms.map((term, place) => ({
    term,
    rank: Math.imul(place + terms.length, 2654435769) >>> 0,
  }));
  order.sort((one, other) => one.rank - other.rank);
  return order.reduce((sum, { term: { a, b } }) => round(sum + round(a * b)), 0);
};

/** By halves. */
const pairwise: Sum = (terms, round) => {
  if (terms.length === 0) return 0;
  if (terms.length === 1) return round(terms[0].a * terms[0].b);
  const half = terms.length >> 1;
  return round(pairwise(terms.slice(0, half), round) + pairwise(terms.slice(half), round));
};

/** Of each weight the outputs and inputs that share it, in raster order. */
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

function withSum(sum: Sum): Partial<Functions> {
  const over = (
    a: Floats,
    i: ArrayLike<number>,
    b: Floats,
    j: ArrayLike<number>,
    count: number,
    start = 0,
  ): number => {
    const terms = Array.from({ length: count }, (_, n) => ({ a: a[i[n]], b: b[j[n]] }));
    return sum([{ a: start, b: 1 }, ...terms], precisionOf(a).round);
  };
  return {
    applyCurrent(x, w, o, layer, always = 1) {
      if (weightsOf(layer) === 0) return layer.kind.applyCurrent(x, w, o, layer, always);
      const { round } = precisionOf(x);
      for (let i = 0; i < neuronsOf(layer.output); i++) {
        const { j, k, count } = layer.synapses.into(i);
        // The bias first, where the text has it last.
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
  'last term first': withSum(backwards),
  'in any order': withSum(shuffled),
  'fused multiply-add': withSum(fused),
  'by pairs': withSum(pairwise),
  'subnormals flushed': withSum(flushed),
};

/** A model that is carried out in another of these ways. */
export const carriedOut = (model: Model, name: string): Model => ({
  ...model,
  functions: { ...model.functions, ...implementations[name] },
});
