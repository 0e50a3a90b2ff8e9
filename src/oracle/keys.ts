/**
 * Keys: one name for every array of one training step. Shapes are PyTorch's: spikes (T,B,C,H,W), flows (B,C,H,W),
 * weights (out,in,row,column) and (out,in); a layer without space has (K) for (C,H,W).
 *
 * The arrays of a second and third step in one file have the suffix `_step2`, `_step3`.
 */
import {
  biasesOf,
  neuronsOf,
  outputLayer,
  weightsOf,
  type Layer,
  type Network,
  type Shape,
} from '../../spec/network.ts';

/** The stages, in the order of the data. */
export const stages = ['encode', 'current', 'neuron', 'flow', 'scale', 'loss', 'backward', 'update'] as const;
export type Stage = (typeof stages)[number];

/** What an array's dimensions are: `map` is (C,H,W) or (K) of its layer, `weight` the weight's shape, `bias` its channels. */
export type Dimension = 'T' | 'B' | 'map' | 'weight' | 'bias';

/** One row of the table of keys. `{n}` in a name is a layer, 1 … N. */
export interface Key {
  readonly name: string;
  readonly dimensions: readonly Dimension[];
  readonly type: 'number' | 'whole' | 'spike';
  /** The stage that makes it; none where it is given from outside. */
  readonly stage?: Stage;
  readonly equation: string;
  readonly meaning: string;
  /** Which layers have it; those of whole networks have no layer. */
  readonly of?: (layer: Layer) => boolean;
}

const hasWeights = (layer: Layer): boolean => weightsOf(layer) > 0;
const hasBias = (layer: Layer): boolean => biasesOf(layer) > 0;
const hasNeurons = (layer: Layer): boolean => !layer.kind.silent;
const fires = (layer: Layer): boolean => layer.spikes;
const sendsOn = (layer: Layer): boolean => !layer.isOutput;
const all = (): boolean => true;

const given = (name: string, dimensions: string, type: Key['type'], meaning: string, of?: Key['of']): Key =>
  entry(name, dimensions, type, undefined, '', meaning, of);

function entry(
  name: string,
  dimensions: string,
  type: Key['type'],
  stage: Stage | undefined,
  equation: string,
  meaning: string,
  of?: Key['of'],
): Key {
  return {
    name,
    dimensions: dimensions === '' ? [] : (dimensions.split(',') as Dimension[]),
    type,
    ...(stage && { stage }),
    equation,
    meaning,
    ...(of && { of }),
  };
}

export const keys: readonly Key[] = [
  given('image', 'B,map', 'number', 'intensities that are encoded, −1 … 1'),
  given('encode.seed', '', 'whole', 'seed of the encoding'),
  given('encode.stream', '', 'whole', '1 training, 2 test; 1 where it is not given'),
  given('encode.epoch', '', 'whole', 'epoch of the encoding; 0 where it is not given'),
  given('encode.sample', 'B', 'whole', 'place of each sample in its data set; 0, 1, … where it is not given'),
  entry('encode.word', 'T,B,map', 'whole', 'encode', '', 'random words 0 … 2³²−1; given, or from the seed'),
  entry('input.spikes', 'T,B,map', 'whole', 'encode', 'Alg. 1, line 3', 'o of the input: −1, 0, 1 or counts'),
  given('label', 'B', 'whole', 'class of each sample'),
  given('layer{n}.weight', 'weight', 'number', 'w before the step', hasWeights),
  given('layer{n}.bias', 'bias', 'number', 'b before the step', hasBias),
  entry('layer{n}.current', 'T,B,map', 'number', 'current', '3', 'x = Σ_j w·o of the layer before, + b', all),
  entry('layer{n}.compared', 'T,B,map', 'number', 'neuron', '3', 'u as Eq. 2 compares it with Vth', fires),
  entry(
    'layer{n}.potential',
    'T,B,map',
    'number',
    'neuron',
    '3',
    'u after the step, as the variant shows it',
    hasNeurons,
  ),
  entry('layer{n}.potential.end', 'B,map', 'number', 'neuron', '3', 'u after the last step', hasNeurons),
  entry('layer{n}.spikes', 'T,B,map', 'spike', 'neuron', '2', 'o', sendsOn),
  entry('input.FO', 'B,map', 'whole', 'flow', '7', 'Σ_t o of the input'),
  entry('layer{n}.FI', 'B,map', 'number', 'flow', '7', 'Σ_t x', all),
  entry(
    'layer{n}.FO',
    'B,map',
    'whole',
    'flow',
    '7',
    'Σ_t o; of a maximum pool as the variant says',
    sendsOn,
  ),
  given('scale.update', '', 'whole', '1: S is updated in this step, 0: frozen; 1 where it is not given'),
  given(
    'layer{n}.S.before',
    '',
    'number',
    'S before the step; the variant’s first where it is not given',
    fires,
  ),
  entry('layer{n}.ratio', '', 'number', 'scale', '12', 'ΣFO / ΣFI over the layer and the batch', fires),
  entry('layer{n}.S', '', 'number', 'scale', '12', 'S that the backward pass uses', fires),
  entry('output', 'B,map', 'number', 'loss', '6', 'u^{T,N} / (T·Vth)'),
  entry('loss.sample', 'B', 'number', 'loss', '6', 'L of each sample'),
  entry('loss', '', 'number', 'loss', '6', 'L of the batch'),
  entry('layer{n}.dFO', 'B,map', 'number', 'backward', '9, 10', '∂L/∂FO of each sample’s own L', sendsOn),
  entry('layer{n}.dFI', 'B,map', 'number', 'backward', '9, 10', '∂L/∂FI of each sample’s own L', all),
  entry(
    'layer{n}.dw',
    'weight',
    'number',
    'backward',
    '11',
    '∂L/∂w of the batch, without weight decay',
    hasWeights,
  ),
  entry('layer{n}.db', 'bias', 'number', 'backward', '11', '∂L/∂b of the batch', hasBias),
  given('step', '', 'whole', 'k of the optimiser, from 1; 1 where it is not given'),
  given('learningRate', '', 'number', 'η; without it the update is not checked'),
  given('weightDecay', '', 'number', 'decay·w is added to the gradient; 0.0005 where it is not given'),
  given(
    'layer{n}.m.before',
    'weight',
    'number',
    'Adam’s m before the step; 0 where it is not given',
    hasWeights,
  ),
  given(
    'layer{n}.v.before',
    'weight',
    'number',
    'Adam’s v before the step; 0 where it is not given',
    hasWeights,
  ),
  given('layer{n}.bias.m.before', 'bias', 'number', 'm of the bias; 0 where it is not given', hasBias),
  given('layer{n}.bias.v.before', 'bias', 'number', 'v of the bias; 0 where it is not given', hasBias),
  entry('layer{n}.m', 'weight', 'number', 'update', 'Adam', 'm after the step', hasWeights),
  entry('layer{n}.v', 'weight', 'number', 'update', 'Adam', 'v after the step', hasWeights),
  entry('layer{n}.weight.after', 'weight', 'number', 'update', '11', 'w after the step', hasWeights),
  entry('layer{n}.bias.m', 'bias', 'number', 'update', 'Adam', 'm of the bias after the step', hasBias),
  entry('layer{n}.bias.v', 'bias', 'number', 'update', 'Adam', 'v of the bias after the step', hasBias),
  entry('layer{n}.bias.after', 'bias', 'number', 'update', '11', 'b after the step', hasBias),
];

/** An array of a network: its row of the table, its layer (0: the input or the whole network), and its shape. */
export interface Place {
  readonly key: string;
  readonly row: Key;
  readonly n: number;
  readonly shape: readonly number[];
}

/** The name of a layer's array. */
export const keyOf = (n: number, what: string): string => (n === 0 ? `input.${what}` : `layer${n}.${what}`);

/** The keys of a layer's weights, in the order in which `spec/` has them in one array: none, those of its synapses, or also those of its biases. */
export function weightKeys(layer: Layer): string[] {
  if (!hasWeights(layer)) return [];
  return [keyOf(layer.n, 'weight'), ...(hasBias(layer) ? [keyOf(layer.n, 'bias')] : [])];
}

/** Every array of one step of a network on a batch of B, by key. */
export function placesOf(network: Network, B: number): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const row of keys) {
    const layers = row.of ? network.layers.filter(row.of) : [undefined];
    for (const layer of layers) {
      const key = row.name.replace('{n}', String(layer?.n ?? ''));
      const map = mapOf(layer?.output ?? (key === 'output' ? outputLayer(network).output : network.input));
      const bias = layer ? [biasesOf(layer)] : [];
      const sizes = { T: [network.T], B: [B], map, weight: layer?.weightShape ?? [], bias };
      places.set(key, { key, row, n: layer?.n ?? 0, shape: row.dimensions.flatMap((name) => sizes[name]) });
    }
  }
  return places;
}

function mapOf(shape: Shape): number[] {
  const { channels, height, width } = shape;
  return height === 1 && width === 1 ? [channels] : [channels, height, width];
}

/** Numbers in an array of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Neurons of layer n; 0 is the input. */
export function neuronsAt(network: Network, n: number): number {
  return neuronsOf(n === 0 ? network.input : network.layers[n - 1].output);
}
