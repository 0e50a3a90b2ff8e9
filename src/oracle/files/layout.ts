/** Layouts: converts arrays from other layouts to PyTorch's. */
import type { Network } from '../../../spec/network.ts';
import type { Values } from '../../engine/rounding.ts';
import { sizeOf, type KeyPlace } from '../keys.ts';

export const mapLayouts = ['NCHW', 'NHWC'] as const;
export const weightLayouts = ['out-in', 'in-out'] as const;

/** The order of the dimensions of maps and weights. */
export interface Layout {
  readonly maps: (typeof mapLayouts)[number];
  /** `in-out`: (in,out), and of convolutions (row,column,in,out). */
  readonly weights: (typeof weightLayouts)[number];
}

export const ours: Layout = { maps: 'NCHW', weights: 'out-in' };

/** The shape that an array of a place has in a layout. */
export const shapeIn = (place: KeyPlace, layout: Layout): number[] =>
  orderIn(place, layout).map((d) => place.shape[d]);

/** For each dimension of the layout, its place among PyTorch's. */
function orderIn({ row: { dimensions }, shape }: KeyPlace, { maps, weights }: Layout): number[] {
  const same = [...shape.keys()];
  const [before, [c, h, w]] = [same.slice(0, -3), same.slice(-3)];
  if (dimensions.includes('weight') && weights === 'in-out')
    return shape.length === 4 ? [2, 3, 1, 0] : same.reverse();
  const isMap = dimensions.includes('map') && shape.length === dimensions.length + 2;
  return isMap && maps === 'NHWC' ? [...before, h, w, c] : same;
}

/** An array in PyTorch's layout. Weights of a linear layer after a map also follow the order in which the map is flattened. */
export function toOurs(values: Values, place: KeyPlace, network: Network, layout: Layout): Values {
  const { row, shape, n } = place;
  const ordered = transposed(values, shape, orderIn(place, layout));
  const isFlattened = row.dimensions.includes('weight') && shape.length === 2 && layout.maps === 'NHWC';
  if (!isFlattened) return ordered;
  const { channels, height, width } = network.layers[n - 1].input;
  return transposed(ordered, [shape[0], channels, height, width], [0, 2, 3, 1]);
}

/** Transposes an array whose dimension k is dimension order[k] of the result. */
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
