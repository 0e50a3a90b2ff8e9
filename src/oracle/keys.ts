/**
 * Keys: one name for every array of one training step. Shapes are PyTorch's: spikes (T,B,C,H,W), flows (B,C,H,W), weights
 * (out,in,row,column) and (out,in). A layer whose map has one position has (K) instead of (C,H,W).
 *
 * The arrays of a second and third step in one file have the suffix `_step2`, `_step3`.
 */
import {
  biasesOf,
  outputLayer,
  weightsOf,
  type Layer,
  type Network,
  type Shape,
} from '../../spec/network.ts';
import type { Slot } from './judge.ts';
import { once } from './memo.ts';

/** The stages, in the order of the data. */
export const stages = ['encode', 'current', 'neuron', 'flow', 'scale', 'loss', 'backward', 'update'] as const;
/** Names of the stages. */
export type StageName = (typeof stages)[number];

/** One row of the table of keys. `{n}` in a name is a layer, 1 … N. */
export interface Key {
  /** The name, with `{n}` for the number of a layer. */
  readonly name: string;
  /** `map`: (C,H,W) or (K) of the layer. `weight`: the shape of its weights. `bias`: the number of its channels. */
  readonly dimensions: readonly ('T' | 'B' | 'map' | 'weight' | 'bias')[];
  readonly type: 'number' | 'whole' | 'spike';
  /** The stage that computes the array; undefined for an input of the step. */
  readonly stage?: StageName;
  /** The number of the equation in the paper. */
  readonly equation: string;
  /** A description of the content. */
  readonly meaning: string;
  /** Which layers have it; undefined for arrays of the whole network. @internal */
  readonly of?: (layer: Layer) => boolean;
}

const hasWeights = (layer: Layer): boolean => weightsOf(layer) > 0;
const hasBias = (layer: Layer): boolean => biasesOf(layer) > 0;
const hasNeurons = (layer: Layer): boolean => !layer.kind.silent;
const fires = (layer: Layer): boolean => layer.spikes;
/** Whether a layer sends spikes. Only an output layer that does not fire sends none. */
export const sendsOn = (layer: Layer): boolean => !layer.isOutput || layer.spikes;
const isBelow = (layer: Layer): boolean => !layer.isOutput;
const all = (): boolean => true;

/** Returns a function that makes rows for arrays of a stage and an equation. Arrays without a stage are inputs of the step. */
const rows =
  (stage?: StageName, equation = '') =>
  (name: string, dimensions: string, type: Key['type'], meaning: string, of?: Key['of']): Key => ({
    name,
    dimensions: dimensions === '' ? [] : (dimensions.split(',') as unknown as Key['dimensions']), // rows use only these names
    type,
    ...(stage && { stage }),
    equation,
    meaning,
    ...(of && { of }),
  });

/** The table of keys: every array of a training step. */
export const keys: readonly Key[] = /* @__PURE__ */ listKeys();

function listKeys(): Key[] {
  const enter = rows();
  const encode = rows('encode');
  const input = rows('encode', 'Alg. 1, line 3');
  const current = rows('current', '3');
  const potential = rows('neuron', '3');
  const spike = rows('neuron', '2');
  const flow = rows('flow', '7');
  const scale = rows('scale', '12');
  const loss = rows('loss', '6');
  const gradient = rows('backward', '9, 10');
  const sum = rows('backward', '11');
  const moment = rows('update', 'Adam');
  const update = rows('update', '11');
  return [
    enter('image', 'B,map', 'number', 'intensities that are encoded, −1 … 1'),
    enter('encode.seed', '', 'whole', 'seed of the encoding'),
    enter('encode.stream', '', 'whole', '1 training, 2 test; default 1'),
    enter('encode.epoch', '', 'whole', 'epoch of the encoding; default 0'),
    enter('encode.sample', 'B', 'whole', 'place of each sample in its data set; default 0, 1, …'),
    encode('encode.word', 'T,B,map', 'whole', 'random words 0 … 2³²−1; default: from the seed'),
    input(
      'input.spikes',
      'T,B,map',
      'whole',
      'o of the input: −1, 0, 1 or counts; or the input values, if they are not encoded',
    ),
    enter('label', 'B', 'whole', 'class of each sample'),
    enter('layer{n}.weight', 'weight', 'number', 'w before the step', hasWeights),
    enter('layer{n}.bias', 'bias', 'number', 'b before the step', hasBias),
    current('layer{n}.current', 'T,B,map', 'number', 'x = Σ_j w·o of the layer before, + b', all),
    potential('layer{n}.compared', 'T,B,map', 'number', 'u as Eq. 2 compares it with Vth', fires),
    potential(
      'layer{n}.potential',
      'T,B,map',
      'number',
      'u after the step, as the variant shows it',
      hasNeurons,
    ),
    potential('layer{n}.potential.end', 'B,map', 'number', 'u after the last step', hasNeurons),
    spike('layer{n}.spikes', 'T,B,map', 'spike', 'o', sendsOn),
    flow('input.FO', 'B,map', 'whole', 'Σ_t o of the input'),
    flow('layer{n}.FI', 'B,map', 'number', 'Σ_t x', all),
    flow('layer{n}.FO', 'B,map', 'whole', 'Σ_t o; for a maximum pool, by the choice maxPoolFlow', sendsOn),
    enter('scale.update', '', 'whole', '1: S is updated in this step, 0: frozen; default 1'),
    enter('layer{n}.S.before', '', 'number', 'S before the step; default: the first of the variant', fires),
    scale('layer{n}.ratio', '', 'number', 'ΣFO / ΣFI over the layer and the batch', fires),
    scale('layer{n}.S', '', 'number', 'S that the backward pass uses', fires),
    loss('output', 'B,map', 'number', 'u^{T,N} / (T·Vth)'),
    loss('loss.sample', 'B', 'number', 'L of each sample'),
    loss('loss', '', 'number', 'L of the batch'),
    gradient('layer{n}.dFO', 'B,map', 'number', '∂L/∂FO of each sample’s own L', isBelow),
    gradient('layer{n}.dFI', 'B,map', 'number', '∂L/∂FI of each sample’s own L', all),
    sum('layer{n}.dw', 'weight', 'number', '∂L/∂w of the batch, without weight decay', hasWeights),
    sum('layer{n}.db', 'bias', 'number', '∂L/∂b of the batch', hasBias),
    enter('step', '', 'whole', 'k of the optimiser, from 1; default 1'),
    enter('learningRate', '', 'number', 'η; without it the update is not checked'),
    enter(
      'weightDecay',
      '',
      'number',
      'decay·w is added to the gradient of weights, not of biases; default 0.0005',
    ),
    enter('layer{n}.m.before', 'weight', 'number', 'Adam’s m before the step; default 0', hasWeights),
    enter('layer{n}.v.before', 'weight', 'number', 'Adam’s v before the step; default 0', hasWeights),
    enter('layer{n}.bias.m.before', 'bias', 'number', 'm of the bias; default 0', hasBias),
    enter('layer{n}.bias.v.before', 'bias', 'number', 'v of the bias; default 0', hasBias),
    moment('layer{n}.m', 'weight', 'number', 'm after the step', hasWeights),
    moment('layer{n}.v', 'weight', 'number', 'v after the step', hasWeights),
    update('layer{n}.weight.after', 'weight', 'number', 'w after the step', hasWeights),
    moment('layer{n}.bias.m', 'bias', 'number', 'm of the bias after the step', hasBias),
    moment('layer{n}.bias.v', 'bias', 'number', 'v of the bias after the step', hasBias),
    update('layer{n}.bias.after', 'bias', 'number', 'b after the step', hasBias),
  ];
}

/** An array of a network, with its row of the table; layer 0 is the input or the whole network. */
export interface KeySlot extends Slot {
  readonly row: Key;
}

const axesOf: Readonly<Record<Key['dimensions'][number], readonly string[]>> = {
  T: ['step'],
  B: ['sample'],
  map: ['channel', 'row', 'column'],
  weight: ['output', 'input', 'row', 'column'],
  bias: ['output'],
};

/** The name of a layer's array. */
export const keyOf = (n: number, what: string): string => (n === 0 ? `input.${what}` : `layer${n}.${what}`);

/** The keys of a layer's weights, in the order of the array in `spec/`: synaptic weights, then biases. Empty if there are none. */
export function weightKeys(layer: Layer): string[] {
  if (!hasWeights(layer)) return [];
  return [keyOf(layer.n, 'weight'), ...(hasBias(layer) ? [keyOf(layer.n, 'bias')] : [])];
}

/** The slots of a network by batch size, cached because a diagnosis needs them often. */
const slotsByBatch = once((_network: Network) => new Map<number, ReadonlyMap<string, KeySlot>>());

/** Every array of one step of a network on a batch of B, by key. */
export function slotsOf(network: Network, B: number): ReadonlyMap<string, KeySlot> {
  const known = slotsByBatch(network);
  const found = known.get(B) ?? listSlots(network, B);
  known.set(B, found);
  return found;
}

function listSlots(network: Network, B: number): ReadonlyMap<string, KeySlot> {
  const slots = new Map<string, KeySlot>();
  for (const row of keys) {
    const layers = row.of ? network.layers.filter(row.of) : [undefined];
    for (const layer of layers) {
      const key = row.name.replace('{n}', String(layer?.n ?? ''));
      const map = mapOf(layer?.output ?? (key === 'output' ? outputLayer(network).output : network.input));
      const bias = layer ? [biasesOf(layer)] : [];
      const sizes = { T: [network.T], B: [B], map, weight: layer?.weightShape ?? [], bias };
      const shape = row.dimensions.flatMap((name) => sizes[name]);
      const axes = row.dimensions.flatMap((name) => axesOf[name]).slice(0, shape.length);
      const { equation, type } = row;
      slots.set(key, { key, n: layer?.n ?? 0, shape, axes, equation, isSpikes: type === 'spike', row });
    }
  }
  return slots;
}

function mapOf(shape: Shape): number[] {
  const { channels, height, width } = shape;
  return height === 1 && width === 1 ? [channels] : [channels, height, width];
}

/** The number of elements in an array of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** The indices of element `index` in an array of this shape, one per dimension. */
export function indicesOf(shape: readonly number[], index: number): number[] {
  return shape.map((size, d) => Math.floor(index / sizeOf(shape.slice(d + 1))) % size);
}
