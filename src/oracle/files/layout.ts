/** Layouts: arrays as others lay them out → as PyTorch does. */
import type { Layer, Network, Shape } from '../../../spec/network.ts';
import type { Values } from '../../engine/rounding.ts';
import { sizeOf, type KeyPlace } from '../keys.ts';

export const mapLayouts = ['NCHW', 'NHWC'] as const;
export const weightLayouts = ['out-in', 'in-out'] as const;

export interface Layout {
  readonly maps: (typeof mapLayouts)[number];
  /** `in-out`: (in,out), and of convolutions (row,column,in,out). */
  readonly weights: (typeof weightLayouts)[number];
}

export const ours: Layout = { maps: 'NCHW', weights: 'out-in' };

/** The shape that an array of a place has in a layout. */
export function shapeIn({ row, shape }: KeyPlace, layout: Layout): number[] {
  const head = row.dimensions.filter((name) => name === 'T' || name === 'B').length;
  const inner = shape.slice(head);
  const order = orderOf(row.dimensions.includes('weight') ? 'weight' : 'map', inner.length, layout);
  return [...shape.slice(0, head), ...order.map((d) => inner[d])];
}

/** Which of our dimensions each of theirs is. */
function orderOf(what: 'map' | 'weight', dimensions: number, { maps, weights }: Layout): number[] {
  const same = Array.from({ length: dimensions }, (_, d) => d);
  if (what === 'weight' && weights === 'in-out') return dimensions === 4 ? [2, 3, 1, 0] : [...same].reverse();
  if (what === 'map' && maps === 'NHWC' && dimensions === 3) return [1, 2, 0];
  return same;
}

/** An array in our layout. Weights of a linear layer after a map also follow the order in which that is flattened. */
export function toOurs(values: Values, place: KeyPlace, network: Network, layout: Layout): Values {
  const { row, shape, n } = place;
  const head = row.dimensions.filter((name) => name === 'T' || name === 'B').length;
  const inner = shape.slice(head);
  const isWeight = row.dimensions.includes('weight');
  const order = orderOf(isWeight ? 'weight' : 'map', inner.length, layout);
  const ordered = order.every((d, k) => d === k) ? values : transposed(values, inner, order);
  const layer = network.layers[n - 1];
  return isWeight && layout.maps === 'NHWC' && inner.length === 2 ? unflattened(ordered, layer) : ordered;
}

/** Maps whose dimension k is our dimension order[k] → in our order. */
function transposed(values: Values, shape: readonly number[], order: readonly number[]): Values {
  const size = sizeOf(shape);
  const strides = shape.map((_, d) => sizeOf(order.slice(order.indexOf(d) + 1).map((k) => shape[k])));
  const from = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    for (let d = shape.length - 1, rest = i; d >= 0; d--) {
      from[i] += (rest % shape[d]) * strides[d];
      rest = Math.floor(rest / shape[d]);
    }
  }
  const out = values.slice();
  for (let i = 0; i < out.length; i++) out[i] = values[i - (i % size) + from[i % size]];
  return out;
}

/** Columns in the order (H,W,C) → (C,H,W). */
function unflattened(w: Values, { input }: Layer): Values {
  const { channels, height, width }: Shape = input;
  if (height * width === 1) return w;
  const out = w.slice();
  const size = channels * height * width;
  for (let from = 0; from < w.length; from += size) {
    for (let i = 0; i < size; i++) {
      const [channel, place] = [Math.floor(i / (height * width)), i % (height * width)];
      out[from + i] = w[from + place * channels + channel];
    }
  }
  return out;
}
