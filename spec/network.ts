/**
 * The shapes, neurons and synapses of a network.
 *
 * As in PyTorch, maps are stored as (C,H,W), weights of convolutions as (out,in,row,column), and weights of linear layers as
 * (out,in). *Raster order* is row, column, channel. Spikes arrive in this order, and sums over synapses run in it.
 */
import type { Floats, Precision } from './arithmetic.ts';
import type { Variant } from './variant.ts';

/** A map of neurons. Without spatial dimensions, height and width are 1. */
export interface Shape {
  /** 1 … 65536. */
  readonly channels: number;
  /** Rows, in neurons: 1 … 4096. */
  readonly height: number;
  /** Columns, in neurons: 1 … 4096. */
  readonly width: number;
}

/** Settings of neurons that a layer may override. */
interface NeuronOptions {
  /** Vth of this layer, a potential: 2⁻⁴⁰ … 2⁴⁰. Default: the network's. */
  readonly threshold?: number;
  /** λ of this layer, the share of a potential that remains after a step: 2⁻⁴⁰ … 1. Default: the network's. */
  readonly leak?: number;
}

/** Further settings of a layer with weights. */
interface WeightOptions extends NeuronOptions {
  /** Whether its neurons have a bias, one per channel. Default false. */
  readonly bias?: boolean;
}

/** Every input reaches every output. */
export interface LinearLayer extends WeightOptions {
  readonly kind: 'linear';
  /** Neurons: 1 … 65536. */
  readonly units: number;
}

/** A window of every input channel reaches each output. */
export interface ConvolutionLayer extends WeightOptions {
  readonly kind: 'convolution';
  /** Output channels: 1 … 65536. */
  readonly channels: number;
  /** Rows and columns of the kernel, in neurons: 1 … the map with its padding. */
  readonly kernel: number;
  /** Neurons from one window to the next: 1 … 65536. Default 1. */
  readonly stride?: number;
  /** Rows and columns of silent neurons on each side of the map: 0 … 4096. Default 0. */
  readonly padding?: number;
}

/** The size of a pool. */
interface PoolOptions {
  /** Rows and columns of the window, in neurons: 1 … the map. */
  readonly size: number;
  /** Neurons from one window to the next: 1 … 65536. Default: the size. */
  readonly stride?: number;
  /** A pool has no weights. */
  readonly bias?: never;
}

/** The mean over a window of the map enters a spiking neuron. */
export interface AveragePoolLayer extends PoolOptions, NeuronOptions {
  readonly kind: 'averagePool';
}

/** The number of spikes in a window of the map enters a spiking neuron. */
export interface SumPoolLayer extends PoolOptions, NeuronOptions {
  readonly kind: 'sumPool';
}

/** The maximum of a window's spikes. */
export interface MaxPoolLayer extends PoolOptions {
  readonly kind: 'maxPool';
  /** A maximum pool has no neuron. */
  readonly threshold?: never;
  readonly leak?: never;
}

/** One layer of a network description: its kind, the kind's sizes, and settings that differ from the network's defaults. */
export type LayerDescription =
  LinearLayer | ConvolutionLayer | AveragePoolLayer | SumPoolLayer | MaxPoolLayer;

/** The name of a kind of layer. */
export type LayerKindName = LayerDescription['kind'];

/** Layer n of a network of N layers, with its constants rounded once to the precision. */
export interface Layer {
  /** n = 1 … N. */
  readonly n: number;
  readonly kind: LayerKind;
  readonly input: Shape;
  readonly output: Shape;
  /** A kernel or pooling window: its rows and columns, its stride, and the width of the zeros around the map. */
  readonly window: { readonly size: number; readonly stride: number; readonly padding: number };
  /** Sizes of the weights: (out,in,row,column), (out,in), or empty. */
  readonly weightShape: readonly number[];
  /**
   * The index of each neuron's bias, (C,H,W). Biases, one per channel, are the last of the layer's weights. Empty if the
   * layer has none.
   */
  readonly bias: Int32Array;
  /** True if the layer integrates and fires (Eq. 2 and 3). A maximum pool does not. */
  readonly spikes: boolean;
  /** True for layer N, whose potential (or FO, if it fires) is the result. */
  readonly isOutput: boolean;
  /** Threshold; for the output layer the virtual threshold of Eq. 6. */
  readonly Vth: number;
  /** Share of a potential that remains after a step; 1 is the IF neuron. */
  readonly λ: number;
  readonly synapses: Synapses;
}

/** The synapses into one output: inputs j and indices k of weights. Only the first `count` entries of each list are valid. */
export interface Heard {
  readonly j: Int32Array;
  readonly k: Int32Array;
  readonly count: number;
}

/** The synapses out of one input: outputs i and indices k of weights. Only the first `count` entries of each list are valid. */
export interface Reached {
  readonly i: Int32Array;
  readonly k: Int32Array;
  readonly count: number;
}

/**
 * A synapse joins an input to an output by a weight. The synapses of a layer define its kind.
 *
 * The order of a list is the order of the sums. The returned lists are valid until the next call.
 */
export interface Synapses {
  /** The synapses into output i; for a convolution in the order kernel row, kernel column, input channel. */
  into(i: number): Heard;
  /** The synapses out of input j, in the order output row, column, channel. */
  outOf(j: number): Reached;
}

/** A kind of layer: its sizes and synapses, and the functions that compute currents and gradients. */
export interface LayerKind {
  readonly name: LayerKindName;
  /** The sizes in a description, by name, with their defaults: a number, the value of `size`, or undefined if there is none. */
  readonly sizes: Readonly<Record<string, number | 'size' | undefined>>;
  /** True if the layer itself has no neuron (maximum pool). */
  readonly silent: boolean;
  /** The divisor of its sums; absent for a kind that does not divide. See {@link divisorOf}. */
  divisor?(window: Layer['window']): number;
  /** Threshold and leak of its neurons, if the variant sets them. */
  neuron?(variant: Variant): { readonly Vth: number; readonly λ: number } | undefined;
  /** The kernel or window of a layer with these sizes. `src/network` refuses a window larger than the padded input map. */
  window(sizes: Readonly<Record<string, number>>, input: Shape): Layer['window'];
  outputShape(sizes: Readonly<Record<string, number>>, input: Shape): Shape;
  weightShape(sizes: Readonly<Record<string, number>>, input: Shape): readonly number[];
  synapses(layer: Omit<Layer, 'synapses' | 'bias'>): Synapses;
  /**
   * Stage `current`: x^t from o^t of the layer before, and from `always`, the number of spikes of a neuron that always fires.
   */
  applyCurrent(x: Floats, w: Floats, o: Floats, layer: Layer, always?: number): void;
  /** Stage `backward`: computes ∂L/∂FO of the layer before, from ∂L/∂FI of this layer. `FO` is the flow of the layer before. */
  applydFO(dFO: Floats, w: Floats, dFI: Floats, FO: Floats, layer: Layer): void;
}

/** A whole network in one precision and variant. */
export interface Network {
  readonly precision: Precision;
  readonly variant: Variant;
  readonly input: Shape;
  /** Layers 1 … N at indices 0 … N−1. */
  readonly layers: readonly Layer[];
  /** Length of the time window. */
  readonly T: number;
  /** The factor of intensities under the choice `scaledIntensity`. */
  readonly inputScale: number;
  /** Whether intensities become evenly spaced spikes. Such spikes are computed before stage `encode`. */
  readonly isEven?: boolean;
}

export function outputLayer({ layers }: Pick<Network, 'layers'>): Layer {
  return layers[layers.length - 1];
}

export function neuronsOf({ channels, height, width }: Shape): number {
  return channels * height * width;
}

/** Indices (C,H,W) of a map's neurons, in raster order (row, column, channel). */
export function rasterOrder({ channels, height, width }: Shape): Int32Array {
  const order = new Int32Array(channels * height * width);
  let n = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < channels; channel++) {
        order[n++] = (channel * height + row) * width + column;
      }
    }
  }
  return order;
}

/** Number of weights of a layer, including its biases; 0 for a layer without weights (a pool). */
export function weightsOf(layer: Layer): number {
  return synapticOf(layer) + biasesOf(layer);
}

/** Number of weights of a layer's synapses: the product of its weight shape. */
export function synapticOf({ weightShape }: Pick<Layer, 'weightShape'>): number {
  return weightShape.length === 0 ? 0 : weightShape.reduce((a, b) => a * b);
}

/** Number of biases of a layer: one per channel, or none. */
export function biasesOf({ bias, output }: Layer): number {
  return bias.length === 0 ? 0 : output.channels;
}

/** The divisor of the layer's sums: 1 except for an average pool. */
export function divisorOf({ kind, window }: Layer): number {
  return kind.divisor?.(window) ?? 1;
}

/** Empty lists for {@link Synapses}, long enough for `length` entries. */
export function emptyLists(length: number): {
  heard: Heard & { count: number };
  reached: Reached & { count: number };
} {
  const list = (): Int32Array => new Int32Array(length);
  return { heard: { j: list(), k: list(), count: 0 }, reached: { i: list(), k: list(), count: 0 } };
}
