/** Combines the linear nodes between two layers of neurons into one layer of a network. */
import type { Floats } from '../../spec/arithmetic.ts';
import { neuronsOf, type LayerDescription, type Shape } from '../../spec/network.ts';
import { applyNirMap, type NirMap, type NirWindow } from '../../spec/nirMaps.ts';
import { limits } from '../network/check.ts';
import { refuseNode } from './graph.ts';
import { withoutBias, type NirMapNode } from './mapNode.ts';

/** A layer without its neurons. */
export interface Composed {
  readonly description: Exclude<LayerDescription, { readonly kind: 'maxPool' }>;
  /** Absent for a pool. */
  readonly weights?: Floats;
  /** Input of each neuron when nothing fires; absent if it is 0. */
  readonly bias?: Float64Array;
  readonly output: Shape;
  /** Divisor of the layer's potentials: an average pool that replaces a sum pool has `divided` inputs. */
  readonly divided: number;
}

/**
 * Combines a row of linear nodes into one layer. A pool before a convolution enlarges its kernel and repeats each weight; any other
 * combination without a matching kind of layer becomes a matrix.
 *
 * @param flat whether the layer before has lost its rows and columns
 */
export function composeMaps(
  nodes: readonly NirMapNode[],
  input: Shape,
  isOutput: boolean,
  flat: boolean,
  where: string,
): Composed {
  const biased = nodes.flatMap(({ map }) => (map ? [map] : []));
  const maps = biased.map(withoutBias);
  const silence = throughMaps(biased, new Float64Array(neuronsOf(input)));
  const bias = silence.some((b) => b !== 0) ? { bias: Float64Array.from(silence) } : {};
  const own = flat ? undefined : asLayer(maps, input);
  const isFinal = own && isOutput;
  if (own && !(isFinal && (!own.weights || own.output.height * own.output.width > 1)))
    return { ...own, ...bias };
  return { ...asMatrix(maps, nodes, input, where), ...bias };
}

/** Applies linear nodes to a map, one after the other. */
function throughMaps(maps: readonly NirMap[], o: Floats): Floats {
  return maps.reduce((from, map) => {
    const to = new Float64Array(neuronsOf(map.output));
    applyNirMap(to, from, map);
    return to;
  }, o);
}

/** A layer of the same kind, if there is one. */
function asLayer(maps: readonly NirMap[], input: Shape): Composed | undefined {
  const [first, second] = maps;
  if (maps.length === 0 && input.height * input.width > 1) return identity(input);
  if (maps.length === 1 && first.kind === 'pool') return pool(first);
  if (maps.length === 1 && first.kind === 'convolution') return convolution(first, first.window, first.w);
  if (maps.length === 1 && first.kind === 'dense')
    return {
      description: { kind: 'linear', units: first.output.channels },
      weights: first.w,
      output: first.output,
      divided: 1,
    };
  if (maps.length === 2 && first.kind === 'pool' && second.kind === 'convolution')
    return pooledConvolution(first, second);
  return undefined;
}

/** A 1 × 1 convolution that passes each channel on unchanged. */
function identity(input: Shape): Composed {
  const { channels } = input;
  const weights = Float64Array.from({ length: channels * channels }, (_, k) =>
    Number(Math.floor(k / channels) === k % channels),
  );
  return { description: { kind: 'convolution', channels, kernel: 1 }, weights, output: input, divided: 1 };
}

const isSquare = ({ kernel, stride, padding }: NirWindow): boolean =>
  [kernel, stride, padding].every(([a, b]) => a === b);

/** A pool directly before neurons: a mean, or a sum over a power of two, whose threshold is then divided. */
function pool({ window, mean, output }: NirMap & { kind: 'pool' }): Composed | undefined {
  const [size] = window.kernel;
  const exact = Number.isInteger(Math.log2(size * size));
  if (!isSquare(window) || window.padding[0] > 0 || !(mean || exact)) return undefined;
  const description: Composed['description'] = { kind: 'averagePool', size, stride: window.stride[0] };
  return { description, output, divided: mean ? 1 : size * size };
}

function convolution({ output }: NirMap, window: NirWindow, w: Floats): Composed | undefined {
  if (!isSquare(window)) return undefined;
  const description: Composed['description'] = {
    kind: 'convolution',
    channels: output.channels,
    kernel: window.kernel[0],
    stride: window.stride[0],
    padding: window.padding[0],
  };
  return { description, weights: w, output, divided: 1 };
}

/**
 * Pool k, then convolution (K, s, p): becomes the convolution (k·K, k·s, k·p) with each weight repeated k × k. The pool's stride must be k,
 * and k must divide the map unless the padding is 0.
 */
function pooledConvolution(
  { window: first, mean, input }: NirMap & { kind: 'pool' },
  second: NirMap & { kind: 'convolution' },
): Composed | undefined {
  const [k] = first.kernel;
  const divides = (input.height % k === 0 && input.width % k === 0) || second.window.padding[0] === 0;
  if (
    !isSquare(first) ||
    !isSquare(second.window) ||
    first.stride[0] !== k ||
    first.padding[0] > 0 ||
    !divides
  )
    return undefined;
  const [K] = second.window.kernel;
  const side = k * K;
  const channels = second.w.length / (K * K);
  const scale = mean ? k * k : 1;
  const w = new Float64Array(channels * side * side);
  for (let i = 0; i < w.length; i++) {
    const [map, row, column] = [Math.floor(i / (side * side)), Math.floor(i / side) % side, i % side];
    w[i] = second.w[(map * K + Math.floor(row / k)) * K + Math.floor(column / k)] / scale;
  }
  const times = ([a, b]: readonly [number, number]): [number, number] => [k * a, k * b];
  const window = {
    kernel: times([K, K]),
    stride: times(second.window.stride),
    padding: times(second.window.padding),
  };
  return convolution(second, window, w);
}

/** The matrix of any row of linear nodes: column j is their output for input j. */
function asMatrix(
  maps: readonly NirMap[],
  nodes: readonly NirMapNode[],
  input: Shape,
  where: string,
): Composed {
  const inputs = neuronsOf(input);
  const units = maps.length > 0 ? neuronsOf(maps[maps.length - 1].output) : inputs;
  if (inputs * units > limits.weights)
    refuseNode(
      where,
      { name: nodes[0]?.name ?? 'neurons', type: 'linear' },
      `as one matrix it has ${inputs * units} weights; a layer of its kind would have to exist`,
    );
  const weights = new Float64Array(inputs * units);
  const one = new Float64Array(inputs);
  for (let j = 0; j < inputs; j++) {
    one[j] = 1;
    const column = throughMaps(maps, one);
    for (let i = 0; i < units; i++) weights[i * inputs + j] = column[i];
    one[j] = 0;
  }
  const output = { channels: units, height: 1, width: 1 };
  return { description: { kind: 'linear', units }, weights, output, divided: 1 };
}
