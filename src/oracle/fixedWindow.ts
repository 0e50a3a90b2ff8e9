/** A window in fixed point, by `spec/`: encode, current, neuron and flow, as hardware has them. */
import { real, type Floats, type Precision } from '../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import { applyWords } from '../../spec/encode.ts';
import { fixed, toUnits, type FixedFormat } from '../../spec/fixed.ts';
import { accumulateFlow } from '../../spec/flow.ts';
import { neuronsOf, weightsOf, type Layer, type Network } from '../../spec/network.ts';
import type { Variant } from '../../spec/variant.ts';
import type { Values } from './interval.ts';
import { keyOf, sendsOn, weightKeys } from './keys.ts';
import { semantics, type Semantics } from './semantics.ts';

/** A network, what enters it, and a format. */
export interface FixedWindow {
  readonly description: NetworkDescription;
  readonly variant: Variant;
  readonly B: number;
  /** Weights and biases; spikes of the input, or an image and its random words, under their keys. */
  readonly given: ReadonlyMap<string, Values>;
  readonly format: FixedFormat;
}

type Window = ReadonlyMap<string, Float64Array>;

/** `fixed-8-4-truncate-saturate`. */
export const nameOfFormat = ({ width, fraction, rounding, overflow }: FixedFormat): string =>
  `fixed-${width}-${fraction}-${rounding}-${overflow}`;

/** The format of a name, or nothing. */
export function formatOf(name: string): FixedFormat | undefined {
  const found = /^fixed-(\d{1,2})-(\d{1,2})-(truncate|nearest)-(saturate|wrap)$/.exec(name);
  if (!found) return undefined;
  const [width, fraction] = [Number(found[1]), Number(found[2])];
  if (width < 2 || width > 26 || fraction > width) return undefined;
  const [rounding, overflow] = [found[3] as FixedFormat['rounding'], found[4] as FixedFormat['overflow']]; // as it matched
  return { width, fraction, rounding, overflow };
}

/** The network in a format. A leak of 1 is none: it stays, though the format may not have it. */
export function networkIn(description: NetworkDescription, variant: Variant, format: FixedFormat): Network {
  const network = buildNetwork(description, variant, fixed(format));
  const { layers } = buildNetwork(description, variant, real);
  return {
    ...network,
    layers: network.layers.map((layer, place) => (layers[place].λ === 1 ? { ...layer, λ: 1 } : layer)),
  };
}

/** Whether numbers of a key have a fraction: all but spikes, their counts and random words. */
export const isFraction = (key: string): boolean => !/(spikes|FO|word)$/.test(key);

/**
 * Every array of a window, by key, as real numbers. Spikes of an image are `encoded.spikes`, apart from those that layer 1 is given.
 *
 * @param pinned arrays that are taken in place of what the window makes: a stage's own inputs
 */
export function runFixedWindow(
  { description, variant, B, given, format }: FixedWindow,
  pinned: Window = new Map(),
): Map<string, Float64Array> {
  const precision = fixed(format);
  const network = networkIn(description, variant, format);
  const arrays = new Map<string, Float64Array>();
  for (const [key, values] of given) {
    const rounded = isFraction(key) ? precision.round : (value: number): number => value;
    arrays.set(key, pinned.get(key) ?? Float64Array.from(values, rounded));
  }
  for (const [key, length] of trackKeys(network, B, arrays.has('image')))
    if (!arrays.has(key)) arrays.set(key, new Float64Array(length));
  if (arrays.has('image')) encode(network, arrays, B);
  if (!arrays.has('input.spikes')) arrays.set('input.spikes', arrays.get('encoded.spikes')!); // one of the two is given
  for (let b = 0; b < B; b++) runSample(network, arrays, pinned, b, B);
  return arrays;
}

/** The arrays that a window makes, with their lengths. */
function* trackKeys(
  { T, input, layers }: Network,
  B: number,
  hasImage: boolean,
): Generator<readonly [key: string, length: number]> {
  const size = B * neuronsOf(input);
  if (hasImage) yield ['encoded.spikes', T * size];
  yield ['input.FO', size];
  for (const layer of layers) {
    const { n, output, spikes, kind } = layer;
    const flows = B * neuronsOf(output);
    yield [keyOf(n, 'current'), T * flows];
    if (spikes) yield [keyOf(n, 'compared'), T * flows];
    if (!kind.silent) yield [keyOf(n, 'potential'), T * flows];
    yield [keyOf(n, 'FI'), flows];
    if (!sendsOn(layer)) continue;
    yield [keyOf(n, 'spikes'), T * flows];
    yield [keyOf(n, 'FO'), flows];
  }
}

function encode({ T, input, variant, inputScale }: Network, arrays: Window, B: number): void {
  const size = neuronsOf(input);
  const scale = variant.input === 'scaledIntensity' ? inputScale : 1;
  const mapIn = (key: string, m: number): Float64Array => arrays.get(key)!.subarray(m * size, (m + 1) * size); // there with an image
  for (let m = 0; m < T * B; m++)
    applyWords(mapIn('encoded.spikes', m), mapIn('image', m % B), mapIn('encode.word', m), scale);
}

/** One sample through the window, a layer after the other. */
function runSample(network: Network, arrays: Window, pinned: Window, b: number, B: number): void {
  const { layers, T, precision, variant, input } = network;
  const put = (key: string, values: Floats, index: number): void =>
    arrays.get(key)?.set(Float64Array.from(values), index * values.length);
  const mapOf = (n: number, t: number): Floats => {
    const size = neuronsOf(n === 0 ? input : layers[n - 1].output);
    return arrays.get(keyOf(n, 'spikes'))!.slice((t * B + b) * size, (t * B + b + 1) * size); // made before
  };
  let before = real.array(neuronsOf(input));
  for (let t = 0; t < T; t++) accumulateFlow(real.array(before.length), before, mapOf(0, t), mapOf(0, t));
  put('input.FO', before, b);
  for (const layer of layers) {
    const { n } = layer;
    const size = neuronsOf(layer.output);
    const pinnedTo = (what: 'current' | 'spikes', t: number): Floats | undefined => {
      const at = (t * B + b) * size;
      return pinned.get(keyOf(n, what))?.subarray(at, at + size);
    };
    const run = { layer, variant, precision, T, w: weightsIn(arrays, layer), pinnedTo };
    const { FI, FO } = runFixedLayer({ ...run, before, from: (t) => mapOf(n - 1, t) }, (t, tracks) => {
      for (const [what, values] of Object.entries(tracks)) put(keyOf(n, what), values, t * B + b);
    });
    put(keyOf(n, 'FI'), FI, b);
    put(keyOf(n, 'FO'), FO, b);
    before = FO;
  }
}

/** A layer, and what enters it for one sample. */
export interface FixedLayer {
  readonly layer: Layer;
  readonly variant: Variant;
  readonly precision: Precision;
  readonly T: number;
  readonly w: readonly number[];
  /** Spikes of the layer before in each step, and their counts over the window. */
  readonly from: (t: number) => Floats;
  readonly before: Floats;
  /** What is taken in place of what the layer makes. */
  readonly pinnedTo: (what: 'current' | 'spikes', t: number) => Floats | undefined;
  /** What is called in place of `spec/`: a mistake. */
  readonly semantics?: Partial<Semantics>;
}

/** Runs a layer through the window. What has a fraction is in fixed point; spikes and their counts are whole. */
export function runFixedLayer(
  { layer, variant, precision, T, w, from, before, pinnedTo, semantics: others }: FixedLayer,
  see: (t: number, tracks: Readonly<Record<'current' | 'compared' | 'potential' | 'spikes', Floats>>) => void,
): { FI: Floats; FO: Floats } {
  const called = { ...semantics, ...others };
  const size = neuronsOf(layer.output);
  const [x, u, FI] = [precision.array(size), precision.array(size), precision.array(size)];
  const [o, FO, compared] = [real.array(size), real.array(size), real.array(size)];
  const weights = precision.array(weightsOf(layer));
  weights.set(w);
  for (let t = 0; t < T; t++) {
    called.applyCurrent(x, weights, from(t), layer);
    const current = pinnedTo('current', t);
    if (current) x.set(current);
    called.applyLayerNeuron(u, o, x, layer, variant, (seen, i, fires) => {
      compared[i] = seen;
      return fires;
    });
    const spikes = pinnedTo('spikes', t);
    if (spikes) o.set(spikes);
    called.accumulateFlow(FI, FO, x, o);
    see(t, { current: x, compared, potential: u, spikes: o });
  }
  called.applyWindowEnd({ FO }, { FO: before }, layer, variant);
  return { FI, FO };
}

/** Weights, then biases. */
export function weightsIn(arrays: ReadonlyMap<string, ArrayLike<number>>, layer: Layer): number[] {
  return weightKeys(layer).flatMap((key) => Array.from(arrays.get(key) ?? []));
}

/** Numbers of a key as whole ones: in units of the format, or as they are. */
export function unitsOf(key: string, values: Float64Array, format: FixedFormat): Int32Array | Uint32Array {
  if (key === 'encode.word') return Uint32Array.from(values);
  return Int32Array.from(values, (value) => (isFraction(key) ? toUnits(value, format) : value));
}
