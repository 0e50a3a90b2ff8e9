/**
 * Crops: a layer of which only some numbers are made, so that a mistake that does not explain these costs little to exclude.
 * What is made of each of them is what the whole layer makes.
 */
import { neuronsOf, type Layer, type Reached, type Synapses } from '../../spec/network.ts';
import { sizeOf } from './keys.ts';

export interface Crop {
  readonly n: number;
  /** Neurons of layer n going forward; its inputs, which are neurons of layer n − 1, going backward; or its weights. */
  readonly what: 'neurons' | 'inputs' | 'weights';
  /** Their places, ascending. */
  readonly places: readonly number[];
}

/** Of a layer that is cropped: the whole one, and how it was done. */
const wholes = new WeakMap<Layer, { readonly whole: Layer; readonly crop: Crop }>();

/** What a crop leaves of synapses: its lists are made once. */
const shown = new WeakMap<Crop, WeakMap<Synapses, Synapses>>();

/** The layer as a crop shows it; itself where the crop is of something else. */
export function cropped(whole: Layer, what: Crop['what'], crop: Crop | undefined): Layer {
  if (crop?.n !== whole.n || crop.what !== what) return whole;
  const its = shown.get(crop) ?? new WeakMap<Synapses, Synapses>();
  shown.set(crop, its);
  const synapses = its.get(whole.synapses) ?? synapsesOf(whole, crop);
  its.set(whole.synapses, synapses);
  const layer = { ...whole, ...shapesOf(whole, crop), synapses };
  wholes.set(layer, { whole, crop });
  return layer;
}

function shapesOf({ bias }: Layer, { what, places }: Crop): Partial<Layer> {
  const row = { channels: places.length, height: 1, width: 1 };
  if (what === 'inputs') return { input: row };
  if (what === 'weights') return { weightShape: [row.channels] };
  return { output: row, bias: Int32Array.from(bias.length > 0 ? places : [], (i) => bias[i]) };
}

function synapsesOf(whole: Layer, { what, places }: Crop): Synapses {
  const { synapses } = whole;
  if (what === 'inputs') return { ...synapses, outOf: (j) => synapses.outOf(places[j]) };
  if (what === 'weights') return { ...synapses, outOf: throughSome(whole, places) };
  return { ...synapses, into: (i) => synapses.into(places[i]), outOf: outOfSome(whole, places) };
}

/** Which of a few outputs each input reaches. */
function outOfSome({ synapses }: Layer, outputs: readonly number[]): Synapses['outOf'] {
  return listed((add) => {
    for (const [to, place] of outputs.entries()) {
      const { j, k, count } = synapses.into(place);
      for (let n = 0; n < count; n++) add(j[n], to, k[n]);
    }
  });
}

/** What each input reaches through a few weights. */
function throughSome({ input, weightShape, synapses }: Layer, weights: readonly number[]): Synapses['outOf'] {
  const at = new Int32Array(sizeOf(weightShape)).fill(-1);
  for (const [own, weight] of weights.entries()) at[weight] = own;
  return listed((add) => {
    for (let from = 0; from < neuronsOf(input); from++) {
      const { i, k, count } = synapses.outOf(from);
      for (let n = 0; n < count; n++) if (at[k[n]] >= 0) add(from, i[n], at[k[n]]);
    }
  });
}

type Add = (from: number, to: number, weight: number) => void;

/** Lists what inputs reach, of what is added: all is added when the first list is asked for. */
function listed(addAll: (add: Add) => void): Synapses['outOf'] {
  let lists: Map<number, Reached> | undefined;
  const made = (): Map<number, Reached> => {
    const found = new Map<number, { i: number[]; k: number[] }>();
    addAll((from, to, weight) => {
      const list = found.get(from) ?? { i: [], k: [] };
      found.set(from, list);
      list.i.push(to);
      list.k.push(weight);
    });
    return new Map(
      [...found].map(([from, { i, k }]) => [
        from,
        { i: Int32Array.from(i), k: Int32Array.from(k), count: i.length },
      ]),
    );
  };
  return (from) => (lists ??= made()).get(from) ?? none;
}

const none: Reached = { i: new Int32Array(0), k: new Int32Array(0), count: 0 };

/** Another layer in place of one that may be cropped: the change is made to the whole one. */
export function changedWhole(layer: Layer, change: (whole: Layer) => Layer): Layer {
  const known = wholes.get(layer);
  return known ? cropped(change(known.whole), known.crop.what, known.crop) : change(layer);
}
