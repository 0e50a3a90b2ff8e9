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

/** y ← output of the node for o: sums in raster order of the inputs (row, column, channel), then the bias or the division of a mean. */
export function applyNirMap(y: Floats, o: Floats, map: NirMap): void {
  y.fill(0);
  switch (map.kind) {
    case 'scale':
      for (let i = 0; i < y.length; i++) y[i] = map.w[i] * o[i];
      break;
    case 'pool':
      applyWindows(y, o, map, map.window);
      if (map.mean) applyMean(y, map.window);
      break;
    default:
      applyWindows(y, o, map, map.kind === 'dense' ? place : map.window, map.w);
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

/** Adds each input to the windows that contain it: of every channel for a convolution, of its own channel with weight 1 for a pool. */
function applyWindows(
  y: Floats,
  o: Floats,
  { input, output }: NirMap,
  { kernel, stride, padding }: NirWindow,
  w?: Floats,
): void {
  const product = precisionOf(y).array(1);
  const rows = along(input.height, (row) => reached(row, output.height, kernel[0], stride[0], padding[0]));
  const columns = along(input.width, (column) =>
    reached(column, output.width, kernel[1], stride[1], padding[1]),
  );
  for (let row = 0; row < input.height; row++) {
    for (let column = 0; column < input.width; column++) {
      for (let from = 0; from < input.channels; from++) {
        const value = o[(from * input.height + row) * input.width + column];
        if (value === 0) continue;
        for (const [r, kr] of rows[row]) {
          for (const [c, kc] of columns[column]) {
            const first = w ? 0 : from;
            const last = w ? output.channels : from + 1;
            for (let to = first; to < last; to++) {
              const i = (to * output.height + r) * output.width + c;
              product[0] = w
                ? w[((to * input.channels + from) * kernel[0] + kr) * kernel[1] + kc] * value
                : value;
              y[i] = y[i] + product[0];
            }
          }
        }
      }
    }
  }
}

const along = <V>(length: number, made: (at: number) => V): V[] =>
  Array.from({ length }, (_, at) => made(at));

/** The outputs along one side whose windows contain an input, and its index in the kernel. */
function reached(
  at: number,
  outputs: number,
  kernel: number,
  stride: number,
  padding: number,
): [output: number, inKernel: number][] {
  return Array.from({ length: outputs }, (_, to): [number, number] => [
    to,
    at + padding - to * stride,
  ]).filter(([, k]) => k >= 0 && k < kernel);
}
