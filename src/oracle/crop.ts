/**
 * Crops: a layer of which only some numbers are made, so that a mistake that does not explain these costs little to exclude.
 * What is made of each of them is what the whole layer makes.
 */
import type { Layer, Synapses } from '../../spec/network.ts';

export interface Crop {
  readonly n: number;
  /** Neurons of layer n going forward; its inputs, which are neurons of layer n − 1, going backward; or its weights. */
  readonly what: 'neurons' | 'inputs' | 'weights';
  /** Their places, ascending. */
  readonly places: readonly number[];
}

/** Of a layer that is cropped: the whole one, and how it was done. */
const wholes = new WeakMap<Layer, { readonly whole: Layer; readonly crop: Crop }>();

/** The layer as a crop shows it; itself where the crop is of something else. */
export function cropped(whole: Layer, what: Crop['what'], crop: Crop | undefined): Layer {
  if (crop?.n !== whole.n || crop.what !== what) return whole;
  const layer = { ...whole, ...shown(whole, crop) };
  wholes.set(layer, { whole, crop });
  return layer;
}

function shown({ synapses, bias }: Layer, { what, places }: Crop): Partial<Layer> {
  const row = { channels: places.length, height: 1, width: 1 };
  if (what === 'neurons') {
    const into = (i: number): number => synapses.into(places[i]);
    const own = Int32Array.from(bias.length > 0 ? places : [], (i) => bias[i]);
    return { output: row, bias: own, synapses: { ...synapses, into, outOf: inverse(synapses, places) } };
  }
  if (what === 'inputs')
    return { input: row, synapses: { ...synapses, outOf: (j) => synapses.outOf(places[j]) } };
  return {
    weightShape: [row.channels],
    synapses: { ...synapses, sharing: (k) => synapses.sharing(places[k]) },
  };
}

/** Which of a few outputs each input reaches: the lists into these, the other way round. */
function inverse({ i, j, k, into }: Synapses, places: readonly number[]): Synapses['outOf'] {
  let lists: Map<number, [number, number][]> | undefined;
  const listed = (): Map<number, [number, number][]> => {
    const found = new Map<number, [number, number][]>();
    for (const [to, place] of places.entries()) {
      const count = into(place);
      for (let n = 0; n < count; n++) {
        if (!found.has(j[n])) found.set(j[n], []);
        found.get(j[n])!.push([to, k[n]]);
      }
    }
    return found;
  };
  return (from) => {
    const list = (lists ??= listed()).get(from) ?? [];
    for (const [n, [to, weight]] of list.entries()) [i[n], k[n]] = [to, weight];
    return list.length;
  };
}

/** Another layer in place of one that may be cropped: the change is made to the whole one. */
export function changedWhole(layer: Layer, change: (whole: Layer) => Layer): Layer {
  const known = wholes.get(layer);
  return known ? cropped(change(known.whole), known.crop.what, known.crop) : change(layer);
}
