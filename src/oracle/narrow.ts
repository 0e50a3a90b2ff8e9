/**
 * Narrowing: a step of some samples, cut out of a batch, and of a layer a few numbers. A window is checked a few samples at a
 * time; and a mistake that does not explain a few numbers need not be tried on the others.
 */
import type { Interval, Intervals, Values } from './interval.ts';
import type { Crop } from './crop.ts';
import type { Known } from './diagnosis.ts';
import { keyOf, placesOf, sizeOf, type Key, type Place } from './keys.ts';
import { neuronsOf } from '../../spec/network.ts';
import { range } from './slices.ts';
import type { StagePart, Setting } from './stagePart.ts';

/** At most so many numbers of a layer that are wrong, and so many of all. */
const mostWrong = 32;
const mostOthers = 16;

/** Samples of a batch, from a first one on. */
export interface Samples {
  readonly from: number;
  readonly count: number;
}

/** Numbers of the largest window that are made at once, if not said otherwise: what is made of them stays near the processor. */
const mostAtOnce = 2 ** 20;

/** Most numbers of a window of two samples that are made together although one alone would fill the cache. */
const mostOfTwo = 2 ** 21;

/** The samples of a batch in groups; unless they are large, at least two in each, so that one taken for another shows. */
export function groupsOf({ network, B, atOnce = mostAtOnce }: Setting): Samples[] {
  const most = Math.max(neuronsOf(network.input), ...network.layers.map(({ output }) => neuronsOf(output)));
  const size = network.T * most;
  const each = Math.max(2 * size <= mostOfTwo ? 2 : 1, Math.floor(atOnce / size));
  const groups = Math.max(1, Math.floor(B / each));
  return range(groups).map((g) => {
    const from = Math.floor((g * B) / groups);
    return { from, count: Math.floor(((g + 1) * B) / groups) - from };
  });
}

/** What is known of some samples of a batch, of the keys that are asked for. */
export function narrowed(
  known: Known,
  { network, B }: Setting,
  { from, count }: Samples,
  isAsked: (key: string) => boolean = () => true,
): Known {
  if (count === B) return known;
  const places = placesOf(network, B);
  return changed(known, (key) => {
    const place = places.get(arrayOf(key));
    if (!place?.row.dimensions.includes('B') || !isAsked(key)) return undefined;
    const isTrain = place.row.dimensions[0] === 'T';
    const size = count * sizeOf(place.shape.slice(isTrain ? 2 : 1));
    const starts = range(isTrain ? network.T : 1).map((t) => (t * B + from) * (size / count));
    return (values) => picked(values, starts, size);
  });
}

/**
 * What is known where a layer is cropped.
 *
 * @param setting of one sample, unless it is weights that are cropped
 */
export function croppedKnown(known: Known, { network, B }: Setting, { n, what, places }: Crop): Known {
  const all = placesOf(network, B);
  const layer = what === 'inputs' ? n - 1 : n;
  return changed(known, (key) => {
    const place = all.get(arrayOf(key));
    if (what === 'weights') return key === keyOf(n, 'dw') ? (values) => picked(values, places, 1) : undefined;
    if (place?.n !== layer || !place.row.dimensions.includes('map')) return undefined;
    const size = sizeOf(place.shape.slice(headOf(place.row)));
    return (values) => {
      const maps = range(values.length / size).map((map) => map * size);
      return picked(
        values,
        maps.flatMap((from) => places.map((i) => from + i)),
        1,
      );
    };
  });
}

/** What a key without a place belongs to: the roundings of a current have its shape. */
const arrayOf = (key: string): string => key.replace(/\.rounding$/, '');

/**
 * Of the neurons or weights that are wrong some, spread evenly, and of all some.
 *
 * @param chain the parts that lead to this one, which is the last
 */
export function cropOf(
  part: StagePart,
  { network }: Setting,
  wrong: readonly number[],
  chain: readonly StagePart[],
): Crop | undefined {
  const { stage, n, outputs } = part;
  if (n === 0 || wrong.length === 0) return undefined;
  const found = kindOf();
  if (!found) return undefined;
  const places = [...new Set([...spread(wrong, mostWrong), ...spread(range(found.count), mostOthers)])].sort(
    (a, b) => a - b,
  );
  return { n: found.n, what: found.what, places };

  function kindOf(): { n: number; what: Crop['what']; count: number } | undefined {
    const { output, weightShape } = network.layers[n - 1];
    const count = output.channels * output.height * output.width;
    if (['current', 'neuron', 'flow'].includes(stage)) return { n, what: 'neurons', count };
    if (outputs.includes(keyOf(n, 'db'))) return undefined;
    if (outputs.includes(keyOf(n, 'dw'))) return { n, what: 'weights', count: sizeOf(weightShape) };
    // The gradient of a maximum pool goes to the inputs that won: it is not made of each by itself.
    const after = network.layers[n];
    // A part on the way that sums over the layer, or goes forward from it, needs all of its numbers.
    const isRead = chain.some((each) => each.stage !== 'backward' && [n, n + 1].includes(each.n));
    return after && !after.kind.silent && !isRead ? { n: n + 1, what: 'inputs', count } : undefined;
  }
}

/** Places of an array → of neurons, of the first sample that is wrong; or of weights. */
export function placesIn({ row, shape }: Place, indices: readonly number[], sample: number): number[] {
  const head = headOf(row);
  if (head === 0) return [...indices];
  const size = sizeOf(shape.slice(head));
  const isOfSample = (index: number): boolean => Math.floor(index / size) % shape[head - 1] === sample;
  return indices.filter(isOfSample).map((index) => index % size);
}

/** At most so many of a list, evenly. */
function spread(list: readonly number[], most: number): number[] {
  const unique = [...new Set(list)];
  return range(most).map((k) => unique[Math.floor((k * unique.length) / most)]);
}

/** How many dimensions are steps and samples: the first. */
const headOf = ({ dimensions }: Key): number =>
  dimensions.filter((name) => name === 'T' || name === 'B').length;

type Pick = <V extends Values>(values: V) => V;

/** Known arrays, some of them changed. */
function changed({ base, between, made }: Known, of: (key: string) => Pick | undefined): Known {
  const interval = (key: string, whole: Interval): Interval => {
    const pick = of(key);
    if (!pick) return whole;
    const { value, radius, open, ...rest } = whole;
    return {
      ...rest,
      value: pick(value),
      ...(radius && { radius: pick(radius) }),
      ...(open && { open: pick(open) }),
    };
  };
  const all = (intervals: Intervals) =>
    new Map([...intervals].map(([key, each]) => [key, interval(key, each)] as const));
  return {
    base: all(base),
    between: all(between),
    made: new Map([...made].map(([key, value]) => [key, of(key)?.(value) ?? value])),
  };
}

/** Pieces of `size` numbers from these places on, one after the other. */
function picked<V extends Values>(values: V, starts: readonly number[], size: number): V {
  // Roundings of sums that are exact have no numbers.
  if (values.length === 0) return values;
  const out = values.slice(0, starts.length * size) as V; // pieces of an array are of its kind
  for (const [at, start] of starts.entries()) out.set(values.subarray(start, start + size), at * size);
  return out;
}
