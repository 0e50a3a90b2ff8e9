/**
 * The dictionary: translates the words of a network description into the letters of the equations.
 *
 * | word         | letter | |
 * |--------------|--------|-|
 * | `timeWindow` | T      | number of steps |
 * | `threshold`  | Vth    | potential at which a neuron fires; for the output layer, the virtual threshold of Eq. 6 |
 * | `leak`       | λ      | share of a potential that remains after a step; 1 is the IF neuron |
 * | `bias`       | b      | of a layer: true if each channel has a weight from a neuron that always fires |
 * | `learningRate` | η    | |
 *
 * Vth and λ are rounded once, here, to the precision of the network.
 */
import type { Precision } from './arithmetic.ts';
import { layerKinds } from './layers/kinds.ts';
import {
  neuronsOf,
  synapticOf,
  type Layer,
  type LayerDescription,
  type LayerKind,
  type Network,
  type Shape,
} from './network.ts';
import type { Variant } from './variant.ts';

/** The input map of a network. */
export interface InputDescription extends Shape {
  /** The factor of intensities under the variant's choice `scaledIntensity`: above 0, to 2⁴⁰. Default 1. */
  readonly scale?: number;
  /** Whether an intensity becomes spikes at random steps, as in the paper, or evenly spaced. Default `random`. */
  readonly spikes?: 'random' | 'even';
}

/** The description of a network: plain data. `src/network` checks descriptions that come from users. */
export interface NetworkDescription {
  /** A name for people. Default: none. */
  readonly name?: string;
  readonly input: InputDescription;
  /** T, in steps: 1 … 65535. */
  readonly timeWindow: number;
  /** Vth, a potential: 2⁻⁴⁰ … 2⁴⁰. */
  readonly threshold: number;
  /** λ, the share of a potential that remains after a step: 2⁻⁴⁰ … 1. Default 1: IF neurons. */
  readonly leak?: number;
  /** Layers 1 … N, at most 64; the last is the output. */
  readonly layers: readonly LayerDescription[];
}

/** Builds the network of a description, in a precision and a variant. */
export function buildNetwork(
  description: NetworkDescription,
  variant: Variant,
  precision: Precision,
): Network {
  const { channels, height, width, scale = 1, spikes } = description.input;
  const input: Shape = { channels, height, width };
  const layers: Layer[] = [];
  for (const [index, words] of description.layers.entries()) {
    const before = layers.at(-1)?.output ?? input;
    const isOutput = index === description.layers.length - 1;
    layers.push(buildLayer(words, index + 1, isOutput, before, description, variant, precision));
  }
  return {
    precision,
    variant,
    input,
    layers,
    T: description.timeWindow,
    inputScale: scale,
    ...(spikes === 'even' && { isEven: true }),
  };
}

/** The sizes that a layer's description gives, with the defaults of its kind. */
export function sizesOf(words: LayerDescription, kind: LayerKind): Record<string, number> {
  const sizes: Record<string, number> = {};
  // A layer's description may give each size of the layer's kind, in a field with the name of the size.
  const values = words as LayerDescription & Readonly<Record<string, unknown>>;
  for (const [name, byDefault] of Object.entries(kind.sizes)) {
    const value = values[name] ?? (byDefault === 'size' ? values['size'] : byDefault);
    sizes[name] = value as number; // `src/network/check.ts` has checked it
  }
  return sizes;
}

function buildLayer(
  words: LayerDescription,
  n: number,
  isOutput: boolean,
  input: Shape,
  network: NetworkDescription,
  variant: Variant,
  { round }: Precision,
): Layer {
  const kind = layerKinds[words.kind];
  const sizes = sizesOf(words, kind);
  const fixed = kind.neuron?.(variant);
  const layer: Omit<Layer, 'synapses' | 'bias'> = {
    n,
    kind,
    input,
    output: kind.outputShape(sizes, input),
    window: kind.window(sizes, input),
    weightShape: kind.weightShape(sizes, input),
    spikes: !kind.silent && (!isOutput || variant.output === 'fires'),
    isOutput,
    Vth: round(fixed?.Vth ?? words.threshold ?? network.threshold),
    λ: round(fixed?.λ ?? words.leak ?? network.leak ?? 1),
  };
  return { ...layer, synapses: kind.synapses(layer), bias: words.bias === true ? biasIndices(layer) : none };
}

const none = new Int32Array(0);

/** The index of each neuron's bias; the neurons of a channel share one. Biases follow the weights of the synapses. */
function biasIndices(layer: Pick<Layer, 'weightShape' | 'output'>): Int32Array {
  const { output } = layer;
  const first = synapticOf(layer);
  const positions = output.height * output.width;
  return Int32Array.from({ length: neuronsOf(output) }, (_, i) => first + Math.floor(i / positions));
}
