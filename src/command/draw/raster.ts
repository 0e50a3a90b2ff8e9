/** Draws a sample and its spikes: as text, and in pixels. */
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import { drawPictures } from '../output.ts';
import { writePng } from '../../formats/index.ts';
import { edgesOf, meansOf } from '../../pictures/index.ts';

/** The input of a network: T maps (C,H,W) of spikes, and the image that they encode, if any. */
export interface Presentation {
  readonly shape: Shape;
  readonly T: number;
  readonly spikes: Float32Array;
  readonly intensities: ArrayLike<number> | undefined;
}

type RasterCounts = ReturnType<typeof count>;

/** `mostRows`: the maximum number of rows of a raster. `labels`: the width of its labels, in columns of the terminal. */
const [mostRows, labels] = [16, 10];

/** Draws the image and the sum of the spikes with half-block characters, then a raster of the spikes by input and step. */
export function drawText(presentation: Presentation, columns: number): string {
  const { shape, T, intensities } = presentation;
  const { plus, minus } = countSum(presentation, 1);
  const sum = plus.map((value, i) => (shape.channels === 2 ? value + minus[i] : value - minus[i]));
  const pictures = [{ caption: 'sum', values: scaled(sum, [0, 0]) }];
  if (intensities) pictures.unshift({ caption: 'image', values: computeGray(intensities, shape) });
  const small = Math.ceil(shape.width / (2 * columns));
  const width = Math.ceil(shape.width / small);
  const height = Math.ceil(shape.height / small);
  const edges = [edgesOf(shape.width, 1 / small), edgesOf(shape.height, 1 / small)] as const;
  const isWide = 2 * Math.ceil(width / 2) + 2 > columns;
  const drawn = drawPictures(
    pictures.map(({ caption, values }) => {
      const valueAt = (x: number, y: number): number => values[y * shape.width + x];
      return { caption, width, height, pixels: meansOf(valueAt, ...edges, { width, height }) };
    }),
    isWide ? 1 : 2,
  );
  return `${drawn}\n\n${rasterText(countRaster(presentation, mostRows, Math.max(1, columns - labels)), neuronsOf(shape), T)}`;
}

/**
 * Counts spikes per pixel over the window. If `tiles` is above 1, channels are placed one below the other; otherwise they are
 * added.
 */
function countSum(presentation: Presentation, tiles: number): RasterCounts {
  const { height, width } = presentation.shape;
  return count(presentation, width, tiles * height, (c, i) => (tiles > 1 ? c * height * width : 0) + i);
}

/**
 * Counts spikes by input and step: inputs (C,H,W) are rows, steps are columns. If there are too many, several inputs or steps
 * share a cell.
 */
function countRaster(presentation: Presentation, rows: number, columns: number): RasterCounts {
  const { shape, T } = presentation;
  const size = neuronsOf(shape);
  const inputs = Math.ceil(size / rows);
  const steps = Math.ceil(T / columns);
  const [width, height] = [Math.ceil(T / steps), Math.ceil(size / inputs)];
  const plane = shape.height * shape.width;
  const rowOf = (c: number, i: number): number => Math.floor((c * plane + i) / inputs);
  return count(presentation, width, height, (c, i, t) => rowOf(c, i) * width + Math.floor(t / steps));
}

/**
 * Counts each spike in the cell that `cellOf` returns for its channel c, pixel i and step t. Cells are row by row. `plus`
 * counts positive and `minus` negative spikes; with two channels, they count ON and OFF spikes.
 */
function count(
  { shape, T, spikes }: Presentation,
  width: number,
  height: number,
  cellOf: (c: number, i: number, t: number) => number,
) {
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

function rasterText({ width, height, plus, minus }: RasterCounts, inputs: number, T: number): string {
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

/** The maximum of the values and 0. */
const greatest = (values: ArrayLike<number>): number => rangeOf(values, [0, 0])[1];

/** The usual range of intensities, which normalised or scaled intensities may exceed. */
const brightness = [0, 1] as const;

/** The mean of an image over its channels, scaled to 0 … 1. */
function computeGray(intensities: ArrayLike<number>, { channels, height, width }: Shape): Float64Array {
  const plane = height * width;
  const all = scaled(intensities, brightness);
  const gray = new Float64Array(plane);
  for (let at = 0; at < all.length; at++) gray[at % plane] += all[at] / channels;
  return gray;
}

/** The smallest range that contains all values and the range `[low, high]`. */
function rangeOf(values: ArrayLike<number>, [low, high]: readonly [number, number]): [number, number] {
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return [low, high];
}

/** Scales values so that their range, extended to include `least`, becomes 0 … 1. */
function scaled(values: ArrayLike<number>, least: readonly [number, number]): Float64Array {
  const [low, high] = rangeOf(values, least);
  return Float64Array.from(values, (value) => (high > low ? (value - low) / (high - low) : 0));
}

/** Three bytes per pixel. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

/**
 * Sizes in pixels: the maximum width of a `picture`; the height of the `inputs`; the width of all `steps` and of one `step`;
 * the `margin`.
 */
const pixels = { picture: 560, inputs: 800, steps: 600, step: 16, margin: 16 };
/** A sample with more channels than this is drawn as the sum of its channels. */
const mostChannels = 4;
/** The minimum darkness, 0 … 1, of a raster cell with a spike. */
const faintest = 0.35;

/** The grey of the frame around a picture. */
const frame = 136;

const black = [0, 0, 0];
const red = [204, 32, 32];
const blue = [32, 80, 208];

/** Draws the original image, the sum of the spikes, and the raster side by side on white, each in a thin frame. */
export function drawPng(presentation: Presentation): Uint8Array {
  const { shape, intensities } = presentation;
  const tiles = shape.channels <= mostChannels ? shape.channels : 1;
  const sum = paint(countSum(presentation, tiles), shape, 0);
  const raster = drawRaster(presentation, pixels.inputs, pixels.steps);
  const images = intensities ? [computeColours(intensities, shape), sum] : [sum];
  const panels = images.map((picture) => {
    const scale = Math.min(scaleFor(pixels.picture, picture.width), scaleFor(pixels.inputs, picture.height));
    return { picture, across: scale, down: scale };
  });
  const step = Math.min(pixels.step, scaleFor(pixels.steps, raster.width));
  panels.push({ picture: raster, across: step, down: scaleFor(pixels.inputs, raster.height) });

  const { margin } = pixels;
  const width = panels.reduce((so, { picture, across }) => so + picture.width * across + margin, margin);
  const height = Math.max(...panels.map(({ picture, down }) => picture.height * down)) + 2 * margin;
  const page = new Uint8Array(3 * width * height).fill(255);
  let left = margin;
  for (const { picture, across, down } of panels) {
    const [right, bottom] = [picture.width * across, picture.height * down];
    for (let y = -1; y <= bottom; y++) {
      for (let x = -1; x <= right; x++) {
        const at = 3 * ((margin + y) * width + left + x);
        const cell = 3 * (Math.floor(y / down) * picture.width + Math.floor(x / across));
        const isFrame = x < 0 || y < 0 || x === right || y === bottom;
        if (isFrame) page.fill(frame, at, at + 3);
        else page.set(picture.bytes.subarray(cell, cell + 3), at);
      }
    }
    left += right + margin;
  }
  return writePng(width, height, page);
}

/** Draws only the raster, of at most `rows` × `columns` cells, with one pixel per cell. */
export function drawRaster(presentation: Presentation, rows: number, columns: number): RgbPicture {
  return paint(countRaster(presentation, rows, columns), presentation.shape, faintest);
}

/** Draws only the original image, or the sum of the spikes if there is no image. */
export function drawImage(presentation: Presentation): RgbPicture {
  const { shape, intensities } = presentation;
  return intensities ? computeColours(intensities, shape) : paint(countSum(presentation, 1), shape, 0);
}

/** Paints counts in colour on white. `faint`: the minimum darkness, 0 … 1, of a count above 0. */
function paint({ width, height, plus, minus }: RasterCounts, { channels }: Shape, faint: number): RgbPicture {
  const most = Math.max(greatest(plus), greatest(minus));
  const isOneKind = channels !== 2 && greatest(minus) === 0;
  const ink = (value: number): number => (value === 0 ? 0 : faint + ((1 - faint) * value) / most);
  const bytes = new Uint8Array(3 * plus.length);
  for (let i = 0; i < plus.length; i++) {
    for (let k = 0; k < 3; k++) {
      const taken = ink(plus[i]) * (255 - (isOneKind ? black : red)[k]) + ink(minus[i]) * (255 - blue[k]);
      bytes[3 * i + k] = Math.max(0, Math.round(255 - taken));
    }
  }
  return { width, height, bytes };
}

/** Paints the original image: three channels as colours, any other number as the grey of their mean. */
function computeColours(intensities: ArrayLike<number>, shape: Shape): RgbPicture {
  const { width, height } = shape;
  const plane = height * width;
  const bytes = new Uint8Array(3 * plane);
  const values = shape.channels === 3 ? scaled(intensities, brightness) : computeGray(intensities, shape);
  for (let i = 0; i < plane; i++)
    for (let k = 0; k < 3; k++)
      bytes[3 * i + k] = Math.round(255 * values[shape.channels === 3 ? k * plane + i : i]);
  return { width, height, bytes };
}

/** The largest whole number of pixels per cell with which `cells` cells fit into `size`, at least 1. */
function scaleFor(size: number, cells: number): number {
  return Math.max(1, Math.floor(size / cells));
}
