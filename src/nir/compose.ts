/** Combines the linear nodes between two layers of neurons into one layer of a network. */
import type { Floats } from '../../spec/arithmetic.ts';
import { neuronsOf, type LayerDescription, type Shape } from '../../spec/network.ts';
import { applyNirMap, place, type NirMap, type NirWindow } from '../../spec/nirMaps.ts';
import { limits } from '../network/check.ts';
import { withoutBias, type NirMapNode } from './mapNode.ts';
import type { NirNode } from './node.ts';

/** A layer without its neurons. */
export interface Composed {
  readonly description: Exclude<LayerDescription, { readonly kind: 'maxPool' }>;
  /** Absent for a pool. */
  readonly weights?: Floats;
  /** Input of each neuron when nothing fires. */
  readonly silence: Floats;
  readonly output: Shape;
}

/**
 * Combines a row of linear nodes into one layer. A pool before a convolution enlarges its kernel and repeats each weight; any other
 * combination without a matching kind of layer becomes a matrix.
 *
 * @param flat whether the layer before has lost its rows and columns
 * @param to what they lead to
 */
export function composeMaps(
  nodes: readonly NirMapNode[],
  input: Shape,
  isOutput: boolean,
  flat: boolean,
  to: NirNode,
): Composed {
  const biased = nodes.flatMap(({ map }) => (map ? [map] : []));
  const silence = throughMaps(biased, new Float64Array(neuronsOf(input)));
  const maps = biased.map(withoutBias);
  const layer = flat ? undefined : layerOf(oneOf(maps, input));
  // An output layer has weights, and one neuron a channel.
  const fits = layer && !(isOutput && (!layer.weights || layer.output.height * layer.output.width > 1));
  return { ...(fits ? layer : matrixOf(maps, input, to)), silence };
}

/** Applies linear nodes to a map, one after the other. */
function throughMaps(maps: readonly NirMap[], o: Floats): Floats {
  return maps.reduce((from, map) => {
    const to = new Float64Array(neuronsOf(map.output));
    applyNirMap(to, from, map);
    return to;
  }, o);
}

/** The one node that does what a row of them does, if there is such a node. */
function oneOf(maps: readonly NirMap[], input: Shape): NirMap | undefined {
  const [first, second] = maps;
  if (maps.length === 0) return identity(input);
  if (maps.length === 1) return first;
  if (maps.length === 2 && first.kind === 'pool' && second.kind === 'convolution')
    return pooledConvolution(first, second);
  return undefined;
}

/** A 1 × 1 convolution that passes each channel on unchanged. */
function identity(input: Shape): NirMap | undefined {
  const { channels } = input;
  if (channels === neuronsOf(input) || channels ** 2 > limits.weights) return undefined;
  const w = Float64Array.from({ length: channels ** 2 }, (_, k) => Number(k % (channels + 1) === 0));
  return { kind: 'convolution', input, output: input, w, window: place };
}

const isSquare = ({ kernel, stride, padding }: NirWindow): boolean =>
  [kernel, stride, padding].every(([a, b]) => a === b);

/** The layer of a node, if it is of a kind that layers have. */
function layerOf(map: NirMap | undefined): Omit<Composed, 'silence'> | undefined {
  if (!map || map.kind === 'scale') return undefined;
  const { output } = map;
  const { channels } = output;
  if (map.kind === 'dense')
    return { description: { kind: 'linear', units: channels }, weights: map.w, output };
  const { window } = map;
  if (!isSquare(window)) return undefined;
  const [[kernel], [stride], [padding]] = [window.kernel, window.stride, window.padding];
  if (map.kind === 'convolution')
    return { description: { kind: map.kind, channels, kernel, stride, padding }, weights: map.w, output };
  if (padding > 0) return undefined;
  return { description: { kind: map.mean ? 'averagePool' : 'sumPool', size: kernel, stride }, output };
}

/**
 * Pool k, then convolution (K, s, p): becomes the convolution (k·K, k·s, k·p) with each weight repeated k × k. The pool's stride must be k,
 * and k must divide the map unless the padding is 0.
 */
function pooledConvolution(
  { window: first, mean, input }: NirMap & { kind: 'pool' },
  second: NirMap & { kind: 'convolution' },
): NirMap | undefined {
  const [k] = first.kernel;
  const { kernel, stride, padding } = second.window;
  const divides = [input.height, input.width].every((side) => side % k === 0) || padding[0] === 0;
  const areSquare = isSquare(first) && isSquare(second.window);
  if (!areSquare || first.stride[0] !== k || first.padding[0] > 0 || !divides) return undefined;
  const [K] = kernel;
  const side = k * K;
  const scale = mean ? k * k : 1;
  const w = Float64Array.from({ length: second.w.length * k * k }, (_, i) => {
    const [map, row, column] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side];
    return second.w[(map * K + Math.floor(row / k)) * K + Math.floor(column / k)] / scale;
  });
  const times = ([a, b]: readonly [number, number]): readonly [number, number] => [k * a, k * b];
  const window = { kernel: times(kernel), stride: times(stride), padding: times(padding) };
  return { ...second, window, w };
}

/** The matrix of any row of linear nodes: column j is their output for input j. */
function matrixOf(maps: readonly NirMap[], input: Shape, to: NirNode): Omit<Composed, 'silence'> {
  const inputs = neuronsOf(input);
  const units = maps.length > 0 ? neuronsOf(maps[maps.length - 1].output) : inputs;
  if (inputs * units > limits.weights) to.lacks(`a matrix of ${inputs * units} weights before it`);
  const weights = new Float64Array(inputs * units);
  const one = new Float64Array(inputs);
  for (let j = 0; j < inputs; j++) {
    one[j] = 1;
    const column = throughMaps(maps, one);
    column.forEach((w, i) => (weights[i * inputs + j] = w));
    one[j] = 0;
  }
  return {
    description: { kind: 'linear', units },
    weights,
    output: { channels: units, height: 1, width: 1 },
  };
}
