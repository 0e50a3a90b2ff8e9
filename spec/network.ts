/**
 * The network: the shapes, neurons and synapses over which the equations range.
 *
 * Maps are stored (C,H,W), weights (out,in,row,column) and (out,in), as PyTorch does. *Raster order* is row,
 * column, channel: the order in which spikes arrive and in which sums over neurons run.
 */
import type { Floats, Precision } from './arithmetic.ts';
import type { Variant } from './variant.ts';

/** A map of neurons. A layer without space has height 1 and width 1. */
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
  /** Vth of this layer, in potential: 2⁻⁴⁰ … 2⁴⁰. Default: the network's. */
  readonly threshold?: number;
  /** λ of this layer, the share of a potential that remains after a step: 2⁻⁴⁰ … 1. Default: the network's. */
  readonly leak?: number;
}

/** Further settings of a layer with weights. */
interface WeightOptions extends NeuronOptions {
  /** Whether its neurons have a bias, one a channel. Default false. */
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
  /** Neurons between two windows: 1 … 65536. Default 1. */
  readonly stride?: number;
  /** Silent neurons around the map: 0 … 4096. Default 0. */
  readonly padding?: number;
}

/** The size of a pool. */
interface PoolOptions {
  /** Rows and columns of the window, in neurons: 1 … the map. */
  readonly size: number;
  /** Neurons between two windows: 1 … 65536. Default: the size. */
  readonly stride?: number;
  /** It has no weights. */
  readonly bias?: never;
}

/** The mean of a window enters a spiking neuron. */
export interface AveragePoolLayer extends PoolOptions, NeuronOptions {
  readonly kind: 'averagePool';
}

/** The number of spikes of a window enters a spiking neuron. */
export interface SumPoolLayer extends PoolOptions, NeuronOptions {
  readonly kind: 'sumPool';
}

/** The maximum of a window's spikes. */
export interface MaxPoolLayer extends PoolOptions {
  readonly kind: 'maxPool';
  /** It has no neuron. */
  readonly threshold?: never;
  readonly leak?: never;
}

/** One layer of a network description: its kind, the kind's sizes, and settings that differ from the network's defaults. */
export type LayerDescription =
  LinearLayer | ConvolutionLayer | AveragePoolLayer | SumPoolLayer | MaxPoolLayer;

/** The name of a kind of layer. */
export type LayerKindName = LayerDescription['kind'];

/**
 * Layer n of a network of N, with its constants rounded once to the precision.
 * Maximum pools have no neurons, nor has the output layer where it does not fire.
 */
export interface Layer {
  /** n = 1 … N. */
  readonly n: number;
  readonly kind: LayerKind;
  readonly input: Shape;
  readonly output: Shape;
  /** Rows and columns of a kernel or pooling window, how far it moves, and the zeros around the map. */
  readonly window: { readonly size: number; readonly stride: number; readonly padding: number };
  /** (out,in,row,column), (out,in), or empty. */
  readonly weightShape: readonly number[];
  /**
   * The index of each neuron's bias, (C,H,W). Biases, one per channel, are the last of the layer's weights. Empty if the
   * layer has none.
   */
  readonly bias: Int32Array;
  /** True where the layer integrates and fires (Eq. 2 and 3). */
  readonly spikes: boolean;
  /** True for layer N, whose potential, or where it fires whose FO, is the result. */
  readonly isOutput: boolean;
  /** Threshold; of the output layer the virtual one of Eq. 6. */
  readonly Vth: number;
  /** Leak per step; 1 is the IF neuron. */
  readonly λ: number;
  readonly synapses: Synapses;
}

/** The inputs j that an output hears, and the weights k: the first `count` of each list. */
export interface Heard {
  readonly j: Int32Array;
  readonly k: Int32Array;
  readonly count: number;
}

/** The outputs i that an input reaches, and the weights k: the first `count` of each list. */
export interface Reached {
  readonly i: Int32Array;
  readonly k: Int32Array;
  readonly count: number;
}

/**
 * Which neuron listens to which, through which weight: what a kind of layer is.
 *
 * The order of a list is the order of the sums. What is returned holds until the next call.
 */
export interface Synapses {
  /** The synapses of output i. Convolution: kernel row, kernel column, input channel. */
  into(i: number): Heard;
  /** The synapses of input j: output row, column, channel. */
  outOf(j: number): Reached;
}

/** A kind of layer: its sizes, its synapses, and how its neurons' input and gradients are formed. */
export interface LayerKind {
  readonly name: LayerKindName;
  /** Names of the sizes a description gives, with defaults (undefined: must be given). */
  readonly sizes: Readonly<Record<string, number | 'size' | undefined>>;
  /** True where the layer itself has no neuron (maximum pool). */
  readonly silent: boolean;
  /** The divisor of its sums; absent for a kind that does not divide. See {@link divisorOf}. */
  divisor?(window: Layer['window']): number;
  /** Threshold and leak of its neurons, where the variant sets them. */
  neuron?(variant: Variant): { readonly Vth: number; readonly λ: number } | undefined;
  /** Its kernel or window, from its sizes or from the map before it; one that is larger than the map and its padding is refused. */
  window(sizes: Readonly<Record<string, number>>, input: Shape): Layer['window'];
  outputShape(sizes: Readonly<Record<string, number>>, input: Shape): Shape;
  weightShape(sizes: Readonly<Record<string, number>>, input: Shape): readonly number[];
  synapses(layer: Omit<Layer, 'synapses' | 'bias'>): Synapses;
  /** Stage current: x^t from o^t of the layer before, and from `always`, what a neuron that always fires sends. */
  applyCurrent(x: Floats, w: Floats, o: Floats, layer: Layer, always?: number): void;
  /** Stage backward: ∂L/∂FO of the layer before from ∂L/∂FI. `FO` is the flow of the layer before. */
  applydFO(dFO: Floats, w: Floats, dFI: Floats, FO: Floats, layer: Layer): void;
}

/** A whole network in one precision and variant. */
export interface Network {
  readonly precision: Precision;
  readonly variant: Variant;
  readonly input: Shape;
  /** Layers 1 … N at places 0 … N−1. */
  readonly layers: readonly Layer[];
  /** Length of the time window. */
  readonly T: number;
  /** The factor of an intensity for `scaledIntensity`. */
  readonly inputScale: number;
  /** Whether intensities become spikes at even distances, which are made before the encode stage. */
  readonly isEven?: boolean;
}

/** Layer N. */
export function outputLayer({ layers }: Pick<Network, 'layers'>): Layer {
  return layers[layers.length - 1];
}

/** Number of neurons of a map. */
export function neuronsOf({ channels, height, width }: Shape): number {
  return channels * height * width;
}

/** Places (C,H,W) of a map's neurons in raster order (row, column, channel). */
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

/** Weights of a layer, its biases among them; 0 for a layer without weights (a pool). */
export function weightsOf(layer: Layer): number {
  return synapticOf(layer) + biasesOf(layer);
}

/** Weights of synapses: the product of a weight shape. */
export function synapticOf({ weightShape }: Pick<Layer, 'weightShape'>): number {
  return weightShape.length === 0 ? 0 : weightShape.reduce((a, b) => a * b);
}

/** Biases of a layer: one a channel, or none. */
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
