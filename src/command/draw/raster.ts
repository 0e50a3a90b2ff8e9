/** Draws a sample and its spikes as text, and counts spikes for pictures; `rasterPng.ts` draws them in pixels. */
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import { drawPictures } from '../output.ts';

/** The input of a network: T maps (C,H,W) of o, and the image from which they were encoded, if any. */
export interface Presentation {
  readonly shape: Shape;
  readonly T: number;
  readonly spikes: Float32Array;
  readonly intensities: ArrayLike<number> | undefined;
}

/** Counts of two kinds, row by row: positive and negative spikes or, with two channels, ON and OFF. */
export interface RasterCounts {
  readonly width: number;
  readonly height: number;
  readonly plus: Float64Array;
  readonly minus: Float64Array;
}

/** Rows of the raster; columns of its labels. */
const [mostRows, labels] = [16, 10];

/** Draws the image and the sum of spikes in half blocks, and a raster of inputs by steps, for a terminal of `columns`. */
export function drawText(shown: Presentation, columns: number): string {
  const { shape, T, intensities } = shown;
  const { plus, minus } = countSum(shown, 1);
  const sum = plus.map((value, i) => (shape.channels === 2 ? value + minus[i] : value - minus[i]));
  const pictures = [{ caption: 'sum', values: scaled(sum, least(sum), greatest(sum)) }];
  if (intensities) pictures.unshift({ caption: 'image', values: computeGray(intensities, shape) });
  const small = Math.ceil(shape.width / (2 * columns));
  const width = Math.ceil(shape.width / small);
  const height = Math.ceil(shape.height / small);
  const isWide = 2 * Math.ceil(width / 2) + 2 > columns;
  const drawn = drawPictures(
    pictures.map(({ caption, values }) => ({ caption, width, height, pixels: shrink(values, shape, small) })),
    isWide ? 1 : 2,
  );
  return `${drawn}\n\n${drawRaster(countRaster(shown, mostRows, Math.max(1, columns - labels)), neuronsOf(shape), T)}`;
}

/** Spikes per pixel over the window. If `tiles` is over 1, the channels are one below the other; else they are summed. */
export function countSum(shown: Presentation, tiles: number): RasterCounts {
  const { height, width } = shown.shape;
  return count(shown, width, tiles * height, (c, i) => (tiles > 1 ? c * height * width : 0) + i);
}

/** Spikes by input (C,H,W), downwards, and step, to the right. If there are too many inputs or steps, several share a cell. */
export function countRaster(shown: Presentation, rows: number, columns: number): RasterCounts {
  const { shape, T } = shown;
  const size = neuronsOf(shape);
  const inputs = Math.ceil(size / rows);
  const steps = Math.ceil(T / columns);
  const [width, height] = [Math.ceil(T / steps), Math.ceil(size / inputs)];
  const plane = shape.height * shape.width;
  const rowOf = (c: number, i: number): number => Math.floor((c * plane + i) / inputs);
  return count(shown, width, height, (c, i, t) => rowOf(c, i) * width + Math.floor(t / steps));
}

/** Counts the spikes of channel c and pixel i at step t in a cell of rows of `width`. */
function count(
  { shape, T, spikes }: Presentation,
  width: number,
  height: number,
  cellOf: (c: number, i: number, t: number) => number,
): RasterCounts {
  const [plus, minus] = [new Float64Array(width * height), new Float64Array(width * height)];
  const plane = shape.height * shape.width;
  for (let at = 0, t = 0; t < T; t++) {
    for (let c = 0; c < shape.channels; c++) {
      for (let i = 0; i < plane; i++, at++) {
        if (spikes[at] === 0) continue;
        const isMinus = shape.channels === 2 ? c === 0 : spikes[at] < 0;
        (isMinus ? minus : plus)[cellOf(c, i, t)] += Math.abs(spikes[at]);
      }
    }
  }
  return { width, height, plus, minus };
}

/** Draws counts as characters: larger counts are darker. */
function drawRaster({ width, height, plus, minus }: RasterCounts, inputs: number, T: number): string {
  const all = plus.map((value, i) => value + minus[i]);
  const most = Math.max(1, greatest(all));
  const inRow = Math.ceil(inputs / mostRows);
  const digits = String(inputs - 1).length;
  const lines = [`inputs 0 … ${inputs - 1} downward, steps 0 … ${T - 1} to the right`];
  for (let row = 0; row < height; row++) {
    let line = '';
    for (let column = 0; column < width; column++)
      line += ' ░▒▓█'[Math.ceil((4 * all[row * width + column]) / most)];
    lines.push(`${String(row * inRow).padStart(digits)} │${line}`.trimEnd());
  }
  return lines.join('\n');
}

/** The minimum of some numbers and 0. */
function least(values: Float64Array): number {
  return values.reduce((a, b) => Math.min(a, b), 0);
}

/** The maximum of some numbers and 0. */
export function greatest(values: Float64Array): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}

/** An image's mean over channels, from 0 to 1. */
export function computeGray(
  intensities: ArrayLike<number>,
  { channels, height, width }: Shape,
): Float64Array {
  const plane = height * width;
  const [low, high] = rangeOf(intensities);
  const all = scaled(intensities, low, high);
  const gray = new Float64Array(plane);
  for (let at = 0; at < all.length; at++) gray[at % plane] += all[at] / channels;
  return gray;
}

/** The range 0 … 1 if all intensities are in it; otherwise, for normalised intensities, their minimum and maximum. */
export function rangeOf(intensities: ArrayLike<number>): [number, number] {
  let [low, high] = [0, 1];
  for (let i = 0; i < intensities.length; i++) {
    low = Math.min(low, intensities[i]);
    high = Math.max(high, intensities[i]);
  }
  return [low, high];
}

/** Maps low … high to 0 … 1. */
export function scaled(values: ArrayLike<number>, low: number, high: number): Float64Array {
  return Float64Array.from(values, (value) => (high > low ? (value - low) / (high - low) : 0));
}

/** The means over squares of `by` × `by` pixels. */
function shrink(values: Float64Array, { height, width }: Shape, by: number): Float64Array {
  const across = Math.ceil(width / by);
  const small = new Float64Array(across * Math.ceil(height / by));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      small[Math.floor(y / by) * across + Math.floor(x / by)] += values[y * width + x] / by ** 2;
  return small;
}
