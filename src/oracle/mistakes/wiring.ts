/** Helpers for mistakes in how a layer is wired: weights that are read elsewhere, inputs that lie elsewhere. */
import { sumAt } from '../../../spec/arithmetic.ts';
import type { Heard, Layer, Reached, Synapses } from '../../../spec/network.ts';
import { changedWhole } from '../crop.ts';
import { indicesOf, keyOf, sizeOf } from '../keys.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { semantics, type Semantics } from '../semantics.ts';
import type { Mistake } from './mistake.ts';

/** The layer whose synapses a part goes through; ∂L/∂FO of a layer is made by the next one. */
export function layerOf({ n, outputs }: StagePart, { network }: Setting): Layer | undefined {
  return network.layers[outputs.includes(keyOf(n, 'dFO')) ? n : n - 1];
}

/** ∂L/∂FO of the inputs of a pool as the sum of what goes to each, not divided. */
export const undivided: Semantics['applydFO'] = (dFO, _w, dFI, _FO, { synapses }) => {
  for (let j = 0; j < dFO.length; j++) {
    const { i, count } = synapses.outOf(j);
    dFO[j] = sumAt(dFI, i, count);
  }
};

/** Whether a part goes through synapses. */
function isWired({ stage, n, outputs }: StagePart): boolean {
  return stage === 'current' || outputs.some((key) => key === keyOf(n, 'dFO') || key === keyOf(n, 'dw'));
}

/** Other synapses in place of a layer's, forward and backward; `change` gives none where they would be the same. */
export function byLayer(
  id: string,
  says: string,
  change: (layer: Layer) => Synapses | undefined,
  stages: Mistake['stages'] = ['current', 'backward'],
): Mistake {
  const cache = new WeakMap<Synapses, Synapses>();
  const others = (layer: Layer): Synapses => {
    const other = cache.get(layer.synapses) ?? change(layer) ?? layer.synapses;
    cache.set(layer.synapses, other);
    return other;
  };
  const changed = (layer: Layer): Layer =>
    changedWhole(layer, (whole) => ({ ...whole, synapses: others(whole) }));
  return {
    id,
    stages,
    says,
    concerns(part, setting) {
      const layer = layerOf(part, setting);
      return layer !== undefined && isWired(part) && others(layer) !== layer.synapses;
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
 * Synapses that read each weight at another place.
 *
 * @param at the place that is read for a place; a permutation
 */
export function permuted(layer: Layer, at: (k: number) => number): Synapses | undefined {
  const { weightShape, synapses } = layer;
  const length = sizeOf(weightShape);
  const places = Int32Array.from({ length }, (_, k) => at(k));
  if (places.every((place, k) => place === k)) return undefined;
  let k = new Int32Array(0);
  const moved = <List extends Heard | Reached>(list: List): List => {
    if (k.length < list.count) k = new Int32Array(list.count);
    for (let n = 0; n < list.count; n++) k[n] = places[list.k[n]];
    return { ...list, k };
  };
  return { into: (i) => moved(synapses.into(i)), outOf: (j) => moved(synapses.outOf(j)) };
}

/** The place of a number in the transposed order: dimension d of `shape` is dimension order[d] of what is read. */
export function transposedPlace(shape: readonly number[], order: readonly number[], k: number): number {
  const at = indicesOf(shape, k);
  return order.reduce((place, d) => place * shape[d] + at[d], 0);
}
