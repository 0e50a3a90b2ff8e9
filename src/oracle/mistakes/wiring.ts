/** Helpers for mistakes in how a layer is wired: weights that are read elsewhere, inputs that lie elsewhere. */
import type { Layer } from '../../../spec/network.ts';
import { changedWhole } from '../crop.ts';
import { keyOf } from '../keys.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { semantics } from '../semantics.ts';
import type { Mistake } from './mistake.ts';

/** The layer whose synapses a part goes through; ∂L/∂FO of a layer is made by the next one. */
export function layerOf({ n, outputs }: StagePart, { network }: Setting): Layer | undefined {
  return network.layers[outputs.includes(keyOf(n, 'dFO')) ? n : n - 1];
}

/** Whether a part goes through synapses. */
function isWired({ stage, n, outputs }: StagePart): boolean {
  return stage === 'current' || outputs.some((key) => key === keyOf(n, 'dFO') || key === keyOf(n, 'dw'));
}

/** Another layer in place of one, forward and backward; `change` gives none where it would be the same. */
export function byLayer(
  id: string,
  says: string,
  change: (layer: Layer) => Layer | undefined,
  stages: Mistake['stages'] = ['current', 'backward'],
): Mistake {
  const cache = new WeakMap<Layer, Layer>();
  const changedOne = (layer: Layer): Layer => {
    let other = cache.get(layer);
    if (!other) cache.set(layer, (other = change(layer) ?? layer));
    return other;
  };
  const changed = (layer: Layer): Layer => changedWhole(layer, changedOne);
  return {
    id,
    stages,
    says,
    concerns(part, setting) {
      const layer = layerOf(part, setting);
      return layer !== undefined && isWired(part) && changedOne(layer) !== layer;
    },
    plant: (_, make) =>
      make({
        semantics: {
          applyCurrent: (x, w, o, layer, always) => semantics.applyCurrent(x, w, o, changed(layer), always),
          applydFO: (dFO, w, dFI, FO, layer) => semantics.applydFO(dFO, w, dFI, FO, changed(layer)),
          accumulatedw: (dw, dFI, FO, layer) => semantics.accumulatedw(dw, dFI, FO, changed(layer)),
        },
      }),
  };
}

/**
 * A layer that reads each weight at another place.
 *
 * @param at the place that is read for a place; a permutation
 */
export function permuted(layer: Layer, at: (k: number) => number): Layer | undefined {
  const length = layer.weightShape.reduce((a, b) => a * b, 1);
  const places = Int32Array.from({ length }, (_, k) => at(k));
  if (places.every((place, k) => place === k)) return undefined;
  const from = new Int32Array(length);
  for (let k = 0; k < length; k++) from[places[k]] = k;
  const { synapses } = layer;
  const move = (count: number): number => {
    for (let n = 0; n < count; n++) synapses.k[n] = places[synapses.k[n]];
    return count;
  };
  return {
    ...layer,
    synapses: {
      ...synapses,
      into: (i) => move(synapses.into(i)),
      outOf: (j) => move(synapses.outOf(j)),
      sharing: (k) => synapses.sharing(from[k]),
    },
  };
}

/** The place of a number in the transposed order: dimension d of `shape` is dimension order[d] of what is read. */
export function transposedPlace(shape: readonly number[], order: readonly number[], k: number): number {
  const at = shape.map(() => 0);
  for (let d = shape.length - 1, rest = k; d >= 0; d--) {
    at[d] = rest % shape[d];
    rest = Math.floor(rest / shape[d]);
  }
  return order.reduce((place, d) => place * shape[d] + at[d], 0);
}
