/** Combines the linear nodes between two layers of neurons into one layer of a network. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf, type LayerDescription, type Shape } from '../../../spec/network.ts';
import {
  applyNirMap,
  connectionsOf,
  pointwise,
  kernelOf,
  type NirMap,
  type NirWindow,
} from '../../../spec/nirMaps.ts';
import { limits } from '../../network/check.ts';
import { withoutBias, type NirMapNode } from './mapNode.ts';
import type { NirNode } from './node.ts';

/**
 * Makes weights: each is multiplied by the gain of its target neuron and rounded once. Zeros for the biases follow.
 *
 * @param held returns a number that binary32 can represent, and refuses any other
 * @param write counts the pages of a matrix before they are written, and refuses too many
 */
type MakeWeights = (
  gain: Float64Array,
  biases: number,
  held: (value: number) => number,
  write: () => void,
) => Float32Array;

/** A layer without its neurons. */
export interface Composed {
  readonly description: Exclude<LayerDescription, { readonly kind: 'maxPool' }>;
  /** Absent for a pool. */
  readonly makeWeights?: MakeWeights;
  /** The input of each neuron while no neuron of the layer before fires. */
  readonly silence: Floats;
  readonly output: Shape;
}

/**
 * Combines consecutive linear nodes into one layer. A pool before a convolution enlarges the convolution's kernel and repeats
 * each weight. Other combinations without a matching kind of layer become a matrix.
 *
 * @param flat whether the layer before has lost its rows and columns
 * @param to the node after the linear nodes
 * @param spend counts multiplications in advance, and refuses too many
 */
export function composeMaps(
  nodes: readonly NirMapNode[],
  input: Shape,
  { isOutput, flat }: { readonly isOutput: boolean; readonly flat: boolean },
  to: NirNode,
  spend: (work: number) => void,
): Composed {
  const biased = nodes.flatMap(({ map }) => (map ? [map] : []));
  const maps = biased.map(withoutBias);
  const layer = flat ? undefined : layerOf(maps, input);
  // An output layer must have weights, and one neuron per channel.
  const fits = layer && !(isOutput && (!layer.makeWeights || layer.output.height * layer.output.width > 1));
  const composed = fits ? layer : matrixOf(maps, input, to, spend);
  // Without spikes, all numbers before the first bias are 0 and need no work.
  const first = biased.findIndex((map) => 'b' in map && map.b);
  if (first >= 0) spend(workOf(biased.slice(first + 1), biased[first].output));
  return { ...composed, silence: throughMaps(biased, new Float64Array(neuronsOf(input))) };
}

function throughMaps(maps: readonly NirMap[], o: Floats): Floats {
  return maps.reduce((from, map) => {
    const to = new Float64Array(neuronsOf(map.output));
    applyNirMap(to, from, map);
    return to;
  }, o);
}

type Layer = Omit<Composed, 'silence'>;

/** The layer that is equivalent to a sequence of nodes, if there is one. */
function layerOf(maps: readonly NirMap[], input: Shape): Layer | undefined {
  const [first, second] = maps;
  if (maps.length === 0) return identity(input);
  if (maps.length === 2 && first.kind === 'pool' && second.kind === 'convolution')
    return pooledConvolution(first, second);
  if (maps.length > 1 || first.kind === 'scale') return undefined;
  const { output } = first;
  if (first.kind === 'pool') {
    const [[size], [stride], [padding]] = [first.kernel.size, first.kernel.stride, first.kernel.padding];
    if (!isSquare(first.kernel) || padding > 0) return undefined;
    return { description: { kind: first.mean ? 'averagePool' : 'sumPool', size, stride }, output };
  }
  const { w } = first;
  if (first.kind === 'convolution') return convolution(output, first.kernel, w.length, (k) => w[k]);
  const makeWeights = weightsOf(w.length, (k) => w[k], w);
  return { description: { kind: 'linear', units: output.channels }, makeWeights, output };
}

const isSquare = ({ size: kernel, stride, padding }: NirWindow): boolean =>
  [kernel, stride, padding].every(([a, b]) => a === b);

/** A convolution whose weight k is `w(k)`. */
function convolution(
  output: Shape,
  geometry: NirWindow,
  count: number,
  w: (k: number) => number,
): Layer | undefined {
  if (!isSquare(geometry) || count > limits.weights) return undefined;
  const [[kernel], [stride], [padding]] = [geometry.size, geometry.stride, geometry.padding];
  const description = { kind: 'convolution', channels: output.channels, kernel, stride, padding } as const;
  return { description, makeWeights: weightsOf(count, w), output };
}

/**
 * Makes weights from the numbers `w(k)`. Zeros are not written, because untouched memory takes no space.
 *
 * @param source the numbers of a node; they are returned unchanged if gain and biases allow
 */
const weightsOf =
  (count: number, w: (k: number) => number, source?: Floats): MakeWeights =>
  (gain, biases, held) => {
    if (source instanceof Float32Array && biases === 0 && gain.every((g) => g === 1)) return source;
    const weights = new Float32Array(count + biases);
    for (let k = 0; k < count; k++) {
      const value = held(w(k) * gain[Math.floor((k * gain.length) / count)]);
      if (!Object.is(value, 0)) weights[k] = value;
    }
    return weights;
  };

/** A 1 × 1 convolution that copies each channel. */
function identity(input: Shape): Layer | undefined {
  const { channels } = input;
  if (channels === neuronsOf(input)) return undefined;
  return convolution(input, pointwise, channels ** 2, (k) => Number(k % (channels + 1) === 0));
}

/**
 * Combines a pool of size k and a convolution (K, s, p) into the convolution (k·K, k·s, k·p), with each weight repeated k × k times. The
 * pool's stride must be k, and k must divide the map unless the padding is 0.
 */
function pooledConvolution(
  { kernel: first, mean, input }: NirMap & { kind: 'pool' },
  { kernel: second, w, output }: NirMap & { kind: 'convolution' },
): Layer | undefined {
  const [k] = first.size;
  const { size: kernel, stride, padding } = second;
  const divides = [input.height, input.width].every((side) => side % k === 0) || padding[0] === 0;
  const areSquare = isSquare(first) && isSquare(second);
  if (!areSquare || first.stride[0] !== k || first.padding[0] > 0 || !divides) return undefined;
  const [K] = kernel;
  const side = k * K;
  const scale = mean ? k * k : 1;
  const times = ([a, b]: readonly [number, number]): readonly [number, number] => [k * a, k * b];
  const geometry = { size: times(kernel), stride: times(stride), padding: times(padding) };
  return convolution(output, geometry, w.length * k * k, (i) => {
    const row = Math.floor(Math.floor(i / side) / k);
    return w[row * K + Math.floor((i % side) / k)] / scale;
  });
}

/** The number of weights in a page of memory. */
export const pageWeights = 1024;

/** The matrix of any linear nodes: column j is their output for a 1 at input j. */
function matrixOf(maps: readonly NirMap[], input: Shape, to: NirNode, spend: (work: number) => void): Layer {
  const inputs = neuronsOf(input);
  const units = maps.length > 0 ? neuronsOf(maps[maps.length - 1].output) : inputs;
  if (inputs * units > limits.weights) to.lacks(`a matrix of ${inputs * units} weights before it`);
  spend(inputs * workOf(maps, { channels: 1, height: 1, width: 1 }));
  return {
    description: { kind: 'linear', units },
    makeWeights(gain, biases, held, write) {
      const weights = new Float32Array(inputs * units + biases);
      // Pages of memory that are never written take no space.
      const pages = new Uint8Array(Math.ceil(weights.length / pageWeights));
      const set = (k: number, value: number): void => {
        const page = Math.floor(k / pageWeights);
        if (!pages[page]) write();
        pages[page] = 1;
        weights[k] = value;
      };
      // The weight from an input to an output that it does not reach is 0, or −0 after negative weights.
      throughMaps(maps, new Float64Array(inputs)).forEach((zero, i) => {
        if (Object.is(zero * gain[i], -0)) for (let j = 0; j < inputs; j++) set(i * inputs + j, -0);
      });
      eachWeight(maps, input, (i, j, w) => set(i * inputs + j, held(w * gain[i])));
      return weights;
    },
    output: { channels: units, height: 1, width: 1 },
  };
}

/** Calls `see` with each nonzero number of a matrix, its output i and its input j. */
function eachWeight(
  maps: readonly NirMap[],
  input: Shape,
  see: (i: number, j: number, w: number) => void,
): void {
  const rooms = [input, ...maps.map(({ output }) => output)].map(
    (shape) => new Float64Array(neuronsOf(shape)),
  );
  const seen = new Uint8Array(Math.max(...rooms.map(({ length }) => length)));
  for (let j = 0; j < rooms[0].length; j++) {
    rooms[0][j] = 1;
    let reached = [j];
    for (const [k, map] of maps.entries()) reached = carry(map, rooms[k], reached, rooms[k + 1], seen);
    const last = rooms[maps.length];
    for (const i of reached) {
      if (last[i] !== 0) see(i, j, last[i]);
      last[i] = 0;
    }
  }
}

/**
 * Applies a map to the numbers of o at `positions`, and clears these numbers. Adds the results to y, which must be 0 before. Returns each
 * index of y that it changed, once.
 *
 * @param seen an array of zeros, at least as long as y; at the end it has only zeros again
 */
function carry(
  map: NirMap,
  o: Float64Array,
  positions: readonly number[],
  y: Float64Array,
  seen: Uint8Array,
): number[] {
  const reached: number[] = [];
  const add = (i: number, value: number): void => {
    if (seen[i] === 0) reached.push(i);
    seen[i] = 1;
    y[i] += value;
  };
  const { channels, height, width } = map.input;
  const area = height * width;
  // Sums run in raster order, as in spec/.
  const order = Float64Array.from(positions, (i) => (i % area) * channels + Math.floor(i / area)).sort();
  for (const at of order) {
    const [from, spot] = [at % channels, Math.floor(at / channels)];
    const i = from * area + spot;
    const value = o[i];
    o[i] = 0;
    if (value === 0) continue;
    if (map.kind === 'scale') add(i, map.w[i] * value);
    else {
      const { i: to, k, count } = connectionsOf(map).synapses.outOf(i);
      for (let n = 0; n < count; n++) add(to[n], map.kind === 'pool' ? value : map.w[k[n]] * value);
    }
  }
  for (const i of reached) seen[i] = 0;
  if (map.kind !== 'pool' || !map.mean) return reached;
  const n = map.kernel.size[0] * map.kernel.size[1];
  for (const i of reached) y[i] /= n;
  return reached;
}

/**
 * Upper bound on the multiplications when a part of the input, of shape `shape`, passes through the nodes `maps`. Finding and
 * sorting a number counts as several multiplications.
 */
export function workOf(maps: readonly NirMap[], shape: Shape): number {
  let work = 0;
  for (const map of maps) {
    const { input, output, kind } = map;
    const count = neuronsOf(shape);
    if (input.channels === neuronsOf(input)) shape = { channels: count, height: 1, width: 1 };
    work += 64 + 8 * count;
    if (kind === 'scale') continue;
    const { size: kernel, stride } = kernelOf(map);
    const along = (d: 0 | 1, inputs: number, outputs: number): number =>
      Math.min(outputs, Math.floor((inputs + kernel[d] - 2) / stride[d]) + 1);
    work +=
      count *
      along(0, 1, output.height) *
      along(1, 1, output.width) *
      (kind === 'pool' ? 1 : output.channels);
    shape = {
      channels: kind === 'pool' ? shape.channels : output.channels,
      height: along(0, shape.height, output.height),
      width: along(1, shape.width, output.width),
    };
  }
  return work;
}
