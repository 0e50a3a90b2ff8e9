/** NIR: the linear nodes between neurons. Maps are (C,H,W), weights as in PyTorch. Silent inputs are skipped: they add nothing. */
import { precisionOf, type Floats } from './arithmetic.ts';
import type { Shape } from './network.ts';

/** A window that moves over a map: rows and columns. */
export interface NirWindow {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
}

/** A linear node, with its weights in a precision. A pool sums or averages its window. */
export type NirMap = { readonly input: Shape; readonly output: Shape } & (
  | { readonly kind: 'dense'; readonly w: Floats; readonly b?: Floats }
  | { readonly kind: 'convolution'; readonly w: Floats; readonly b?: Floats; readonly window: NirWindow }
  | { readonly kind: 'pool'; readonly mean: boolean; readonly window: NirWindow }
  | { readonly kind: 'scale'; readonly w: Floats }
);

/** The window of a dense node: its map has one place. */
export const place: NirWindow = { kernel: [1, 1], stride: [1, 1], padding: [0, 0] };

/** The window of a node that has one, or of a dense node. */
export const windowOf = (map: NirMap): NirWindow => ('window' in map ? map.window : place);

/** y ← output of the node for o: sums in raster order of the inputs (row, column, channel), then the bias or the division of a mean. */
export function applyNirMap(y: Floats, o: Floats, map: NirMap): void {
  y.fill(0);
  switch (map.kind) {
    case 'scale':
      for (let i = 0; i < y.length; i++) y[i] = map.w[i] * o[i];
      break;
    case 'pool':
      applyWindows(y, o, map);
      if (map.mean) applyMean(y, map.window);
      break;
    default:
      applyWindows(y, o, map, map.w);
      applyBias(y, map.b);
  }
}

/** y ← y + b, where each number of b is for as many neighbouring neurons: a channel, or one. */
function applyBias(y: Floats, b: Floats | undefined): void {
  if (!b) return;
  const places = y.length / b.length;
  for (let i = 0; i < y.length; i++) y[i] = y[i] + b[Math.floor(i / places)];
}

/** y ← y / n for windows of n inputs. */
function applyMean(y: Floats, { kernel }: NirWindow): void {
  const n = kernel[0] * kernel[1];
  for (let i = 0; i < y.length; i++) y[i] = y[i] / n;
}

/** Adds each input to the windows that contain it. */
function applyWindows(y: Floats, o: Floats, map: NirMap, w?: Floats): void {
  const { channels, height, width } = map.input;
  const product = precisionOf(y).array(1);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let from = 0; from < channels; from++) {
        const value = o[(from * height + row) * width + column];
        if (value === 0) continue;
        eachWindow(map, from, row, column, (i, k) => {
          product[0] = w ? w[k] * value : value;
          y[i] = y[i] + product[0];
        });
      }
    }
  }
}

/**
 * Calls with each output whose window contains an input, and the place of the weight between them: outputs of every channel of a
 * convolution, or of the input's own channel of a pool, whose weights are 1.
 */
export function eachWindow(
  map: NirMap,
  from: number,
  row: number,
  column: number,
  see: (output: number, weight: number) => void,
): void {
  const { input, output } = map;
  const { kernel, stride, padding } = windowOf(map);
  const [top, bottom] = reached(row + padding[0], output.height, kernel[0], stride[0]);
  const [left, right] = reached(column + padding[1], output.width, kernel[1], stride[1]);
  const [first, last] = map.kind === 'pool' ? [from, from] : [0, output.channels - 1];
  const [area, weights] = [output.height * output.width, input.channels * kernel[0] * kernel[1]];
  for (let r = top; r <= bottom; r++) {
    const kr = from * kernel[0] + row + padding[0] - r * stride[0];
    for (let c = left; c <= right; c++) {
      const k = kr * kernel[1] + column + padding[1] - c * stride[1];
      for (let to = first; to <= last; to++) see(to * area + r * output.width + c, to * weights + k);
    }
  }
}

/** The first and the last output along a side whose windows contain an input: (at − k + 1)/s rounded up, and at/s rounded down. */
function reached(
  at: number,
  outputs: number,
  kernel: number,
  stride: number,
): readonly [first: number, last: number] {
  return [Math.max(0, Math.ceil((at - kernel + 1) / stride)), Math.min(outputs - 1, Math.floor(at / stride))];
}
