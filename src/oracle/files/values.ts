/** Converts supplied tensors to the arrays of a network's step, in PyTorch's layout, and checks each against the slot of its key. */
import { outputLayer, type Network } from '../../../spec/network.ts';
import { refuse, show } from '../../errors.ts';
import { showShape, type Tensor } from '../../formats/tensor.ts';
import type { Values } from '../../engine/rounding.ts';
import { indicesOf, keys, slotsOf, sizeOf, type KeySlot } from '../keys.ts';

export interface Checked {
  readonly B: number;
  readonly arrays: Map<string, Values>;
  /** Names that are not keys of this network. */
  readonly unknown: string[];
}

export type Supply = Pick<Tensor, 'shape' | 'data'>;

/** @throws InputError for a shape that does not fit the key, and for an input of the step that is not finite */
export function checkArrays(
  network: Network,
  arrays: ReadonlyMap<string, Supply>,
  layout: Layout,
  where: string,
): Checked {
  const B = batchOf(network, arrays, where);
  const slots = slotsOf(network, B);
  const checked = new Map<string, Values>();
  const unknown: string[] = [];
  for (const [key, array] of arrays) {
    const slot = slots.get(key);
    if (slot) checked.set(key, valuesOf(array, slot, network, layout, `${where}(${show(key)})`));
    else unknown.push(key);
  }
  return { B, arrays: checked, unknown };
}

/** The number of samples in a batch, from the first array with a dimension for them; 1 if there is none. */
function batchOf(network: Network, arrays: ReadonlyMap<string, Supply>, where: string): number {
  const slots = slotsOf(network, 1);
  let swapped: number | undefined;
  for (const [key, { shape }] of arrays) {
    const at = slots.get(key)?.row.dimensions.indexOf('B') ?? -1;
    if (at < 0) continue;
    // An array whose samples come before its steps is refused later, with a hint.
    if (at === 1 && shape[0] !== network.T && shape[1] === network.T) {
      swapped ??= shape[0];
      continue;
    }
    const B = shape[at];
    if (!(B >= 1)) refuse(`${where}(${show(key)})`, 'shape', 'at least one sample', showShape(shape));
    return B;
  }
  return swapped || 1;
}

function valuesOf(array: Supply, slot: KeySlot, network: Network, layout: Layout, where: string): Values {
  const expected = shapeIn(slot, layout);
  const plain = (shape: readonly number[]): string => shape.filter((size) => size !== 1).join();
  const isScalar = slot.shape.length === 0 && sizeOf(array.shape) === 1;
  // Only axes of size 1 may be omitted or added, such as (K,1,1) for (K).
  if (!isScalar && (plain(array.shape) !== plain(expected) || sizeOf(array.shape) !== sizeOf(expected))) {
    const dimensions = slot.row.dimensions.join(', ');
    const next = shapeHint(expected, array.shape, slot);
    refuse(where, 'shape', `${showShape(expected)} (${dimensions})`, showShape(array.shape), next);
  }
  const values = toOurs(numbersOf(array.data, where), slot, network, layout);
  checkFinite(values, slot, where);
  checkWhole(values, slot, network, where);
  return slot.row.dimensions[0] === 'T' ? narrowed(values) : values;
}

/** A hint at the probable reason for a wrong shape. */
function shapeHint(
  expected: readonly number[],
  got: readonly number[],
  { row }: KeySlot,
): string | undefined {
  // Axes of size 1 may be anywhere.
  const plain = (shape: readonly number[]): number[] => shape.filter((size) => size !== 1);
  const is = (shape: readonly number[]): boolean => plain(shape).join() === plain(got).join();
  const [first, second, ...rest] = expected;
  if (row.dimensions[0] === 'T' && is([second, first, ...rest])) return 'time comes first, then the sample';
  if (row.dimensions.includes('weight') && is([...expected].reverse()))
    return 'if it is (in,out): --weights in-out, or layout.weights';
  if (row.name === 'label' && got.length === 2 && got[0] === first)
    return 'a label is the number of its class, not a vector with a 1';
  const inOrder = (shape: readonly number[]): string =>
    plain(shape)
      .sort((a, b) => a - b)
      .join();
  if (inOrder(got) === inOrder(expected)) return 'its dimensions are in another order: transpose it';
  return sizeOf(got) === sizeOf(expected) ? 'its numbers are as many: reshape it' : undefined;
}

/** Stores whole numbers in bytes if they fit, because most of a recording is spikes, and binary32 takes four times the memory. */
export function narrowed(values: Values): Values {
  if (values.BYTES_PER_ELEMENT === 1) return values;
  const bytes = new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    bytes[i] = values[i];
    if (bytes[i] !== values[i]) return values;
  }
  return bytes;
}

function numbersOf(data: Supply['data'], where: string): Values {
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return data;
  const numbers = Float64Array.from<bigint>(data, Number);
  const bad = numbers.findIndex((value) => !Number.isSafeInteger(value));
  if (bad >= 0) refuse(where, 'elements', 'whole numbers below 2^53', `${data[bad]} at place ${bad}`);
  return numbers;
}

/** Refuses inputs of a step that are not finite. Results may be anything, because they are judged. */
function checkFinite(values: Values, { shape, row }: KeySlot, where: string): void {
  const areReal = values instanceof Float32Array || values instanceof Float64Array;
  if (!areReal || (row.stage !== undefined && row.type === 'number')) return;
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    refuse(where, 'elements', 'finite numbers', `${values[bad]} at [${indicesOf(shape, bad).join(', ')}]`);
}

/** Refuses inputs that are not whole numbers in their range, because loops and indices use them. Results may be anything. */
function checkWhole(values: Values, { key, row }: KeySlot, network: Network, where: string): void {
  if (row.stage !== undefined || row.type !== 'whole') return;
  const K = outputLayer(network).output.channels;
  const [low, high] = ranges[key] ?? (key === 'label' ? [0, K - 1] : [0, 2 ** 32 - 1]);
  const bad = values.findIndex((value) => !(Number.isInteger(value) && value >= low && value <= high));
  if (bad >= 0)
    refuse(where, 'elements', `whole numbers from ${low} to ${high}`, `${values[bad]} at place ${bad}`);
}

const ranges: Readonly<Record<string, readonly [number, number]>> = {
  step: [1, 10_000_000],
  'scale.update': [0, 1],
  'encode.stream': [1, 2],
  'encode.epoch': [0, 2 ** 24 - 1],
};

/** All names of keys, for messages. */
export const keyNames: readonly string[] = /* @__PURE__ */ keys.map(({ name }) => name);

// layouts

export const mapLayouts = ['NCHW', 'NHWC'] as const;
export const weightLayouts = ['out-in', 'in-out'] as const;

/** The order of the dimensions of maps and weights. */
export interface Layout {
  readonly maps: (typeof mapLayouts)[number];
  /** `in-out` is (in,out) for linear layers and (row,column,in,out) for convolutions. */
  readonly weights: (typeof weightLayouts)[number];
}

export const ours: Layout = { maps: 'NCHW', weights: 'out-in' };

/** The shape that the array of a slot has in a layout. */
const shapeIn = (slot: KeySlot, layout: Layout): number[] => orderIn(slot, layout).map((d) => slot.shape[d]);

/** For each dimension of the layout, its index in PyTorch's layout. */
function orderIn({ row: { dimensions }, shape }: KeySlot, { maps, weights }: Layout): number[] {
  const same = [...shape.keys()];
  const [before, [c, h, w]] = [same.slice(0, -3), same.slice(-3)];
  if (dimensions.includes('weight') && weights === 'in-out')
    return shape.length === 4 ? [2, 3, 1, 0] : same.reverse();
  const isMap = dimensions.includes('map') && shape.length === dimensions.length + 2;
  return isMap && maps === 'NHWC' ? [...before, h, w, c] : same;
}

/**
 * Converts an array to PyTorch's layout. Weights that follow a flattened map are reordered too, because layouts flatten it
 * differently.
 */
function toOurs(values: Values, slot: KeySlot, network: Network, layout: Layout): Values {
  const { row, shape, n } = slot;
  const ordered = transposed(values, shape, orderIn(slot, layout));
  const isFlattened = row.dimensions.includes('weight') && shape.length === 2 && layout.maps === 'NHWC';
  if (!isFlattened) return ordered;
  const { channels, height, width } = network.layers[n - 1].input;
  return transposed(ordered, [shape[0], channels, height, width], [0, 2, 3, 1]);
}

/** Transposes an array. Its dimension k is dimension order[k] of the result. */
function transposed(values: Values, shape: readonly number[], order: readonly number[]): Values {
  if (order.every((d, k) => d === k)) return values;
  const strides = shape.map((_, d) => sizeOf(order.slice(order.indexOf(d) + 1).map((k) => shape[k])));
  const out = values.slice();
  for (let i = 0; i < out.length; i++) {
    let [rest, from] = [i, 0];
    for (let d = shape.length - 1; d >= 0; d--) {
      from += (rest % shape[d]) * strides[d];
      rest = Math.floor(rest / shape[d]);
    }
    out[i] = values[from];
  }
  return out;
}
