import { checkWhole, isMasked, refuse } from '../errors.ts';
import type { Picture } from '../formats/png.ts';

/** Limit on the ink that a move may lose, as an intensity. */
const faint = 1 / 32;

/** Pixels of a canvas: an `ImageData`, with four bytes per pixel. */
export interface CanvasPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/**
 * Converts a picture of a digit to `side` × `side` intensities from 0 (background) to 1 (ink), row by row, as MNIST has them:
 *
 * 1. Colour becomes gray by Rec. 601 luma (0.299 R + 0.587 G + 0.114 B); transparency shows white behind it.
 * 2. If the outermost ring of pixels is light (mean above 0.5), black and white change places, since MNIST is white on black.
 * 3. A picture that is not square is centred in a square of background. Unless the picture has `side` × `side` pixels, it is
 *    then scaled by area averaging, and the digit is moved by whole pixels, so that its centre of mass is in the middle. A
 *    centre farther off than a seventh of the side suggests more than one digit: then nothing is moved.
 *
 * A gray picture of the right size on a dark background is not changed: its intensities are v / 255, or v / 65535 with
 * 16 bits. The digit is not cropped, so leave the margin of MNIST, whose digits fill about 20 of 28 pixels.
 *
 * @param supplied the result of `readPng`, or the `ImageData` of a canvas
 * @param side side of the result in pixels: 1 … 4096
 * @returns side² intensities 0 … 1
 * @throws InputError if `supplied` is not a picture
 */
export function digitFromPng(supplied: Picture | CanvasPicture, side = 28): Float32Array {
  const picture = checkPicture('digitOf', supplied);
  checkWhole('digitOf', 'side', side, 1, 4096);
  const { width, height } = picture;
  const border = meanOfBorder(picture);
  const invert = border > 0.5;
  // The rest of the square is background.
  const square = Math.max(width, height);
  const [lefts, tops] = [width, height].map((size) => edgesOf(size, side / square, (square - size) / 2));
  const inkAt = (x: number, y: number): number => {
    const gray = grayAt(picture, x, y);
    return invert ? 1 - gray : gray;
  };
  const sums = meansOf(inkAt, lefts, tops, { width: side, height: side });
  // In binary64, the areas of a cell may sum to slightly more or less than 1. Rounding to binary32 removes this error.
  if (width === side && height === side) return Float32Array.from(sums);
  return toMiddleOf(sums, side, Math.min(1, invert ? 1 - border : border));
}

/**
 * Moves a digit by whole pixels, so that its centre of mass is in the middle. It moves only so far that no ink is lost. It does not move if
 * the centre is far from the middle.
 *
 * @param background intensity that fills the space behind the digit
 */
function toMiddleOf(sums: Float64Array, side: number, background: number): Float32Array {
  const ink = sums.map((value) => Math.max(0, value - background));
  const wanted = toMiddle(ink, side);
  if (Math.sqrt(wanted[0] ** 2 + wanted[1] ** 2) > side / 7) return Float32Array.from(sums);
  let [left, top, right, bottom] = [side, side, -1, -1];
  for (const [index, value] of ink.entries()) {
    if (value <= faint) continue;
    const [row, column] = [Math.floor(index / side), index % side];
    [left, right] = [Math.min(left, column), Math.max(right, column)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
  }
  const within = (by: number, first: number, last: number): number =>
    Math.max(-first, Math.min(side - 1 - last, by));
  const [across, down] = [within(wanted[0], left, right), within(wanted[1], top, bottom)];
  return Float32Array.from(sums, (_, index) => {
    const [row, column] = [Math.floor(index / side) - down, (index % side) - across];
    const isInside = row >= 0 && row < side && column >= 0 && column < side;
    return isInside ? sums[row * side + column] : background;
  });
}

/** The move in whole pixels, to the right and down, that brings the centre of mass to the middle of a square picture. */
export function toMiddle(ink: ArrayLike<number>, side: number): [right: number, down: number] {
  let [sum, x, y] = [0, 0, 0];
  for (let index = 0; index < ink.length; index++) {
    sum += ink[index];
    x += ink[index] * (index % side);
    y += ink[index] * Math.floor(index / side);
  }
  const middle = (side - 1) / 2;
  return sum > 0 ? [Math.round(middle - x / sum), Math.round(middle - y / sum)] : [0, 0];
}

/** The means of pixels over the cells of a grid, row by row. `lefts` and `tops` are the edges of the pixels ({@link edgesOf}). */
export function meansOf(
  valueAt: (x: number, y: number) => number,
  lefts: Float64Array,
  tops: Float64Array,
  grid: { readonly width: number; readonly height: number },
): Float64Array {
  const sums = new Float64Array(grid.height * grid.width);
  for (let y = 0; y + 1 < tops.length; y++) {
    const [top, bottom] = [tops[y], tops[y + 1]];
    for (let x = 0; x + 1 < lefts.length; x++) {
      const [left, right] = [lefts[x], lefts[x + 1]];
      const value = valueAt(x, y);
      // Each cell receives the pixel's value times the area of their overlap.
      for (let row = Math.floor(top); row < Math.min(bottom, grid.height); row++) {
        const high = Math.min(bottom, row + 1) - Math.max(top, row);
        for (let column = Math.floor(left); column < Math.min(right, grid.width); column++) {
          const wide = Math.min(right, column + 1) - Math.max(left, column);
          sums[row * grid.width + column] += value * high * wide;
        }
      }
    }
  }
  return sums;
}

/** @throws InputError, which begins with `where`, if `supplied` is not a picture */
export function checkPicture(where: string, supplied: Picture | CanvasPicture): Picture {
  const picture = isOfCanvas(supplied) ? ofCanvas(supplied) : supplied;
  const { width, height, channels, depth, data } = picture ?? {};
  const isData = (data instanceof Uint8Array || data instanceof Uint16Array) && !isMasked(data);
  const expected = "a picture, as readPng of asf-bp/png returns it, or a canvas's ImageData";
  if (!isData) refuse(where, 'picture', expected, picture);
  const bits = 8 * data.BYTES_PER_ELEMENT;
  if (depth !== bits) refuse(where, 'depth', `${bits}, as the data have`, depth);
  checkWhole(where, 'channels', channels, 1, 4);
  for (const [name, size] of Object.entries({ width, height })) checkWhole(where, name, size, 1, data.length);
  const count = width * height * channels;
  if (data.length !== count) refuse(where, 'data', `${count} values, as its sizes say`, data.length);
  return picture;
}

const isOfCanvas = (supplied: Picture | CanvasPicture): supplied is CanvasPicture =>
  supplied?.data instanceof Uint8ClampedArray;

/** Copies an `ImageData` by property name, because its properties are in its prototype. */
function ofCanvas({ width, height, data }: CanvasPicture): Picture {
  // An array with a transferred buffer has length 0 and cannot be copied.
  const bytes = data.length > 0 ? new Uint8Array(data) : new Uint8Array();
  return { width, height, channels: 4, depth: 8, data: bytes };
}

/** The edges of `size` pixels along an axis, in cells of a grid. A pixel is `scale` cells wide, and `margin` pixels precede the first. */
export function edgesOf(size: number, scale: number, margin = 0): Float64Array {
  return Float64Array.from({ length: size + 1 }, (_, i) => (margin + i) * scale);
}

/** The luma of a pixel over white, 0 to 1. */
export function grayAt({ width, channels, depth, data }: Picture, x: number, y: number): number {
  const full = 2 ** depth - 1;
  const at = (y * width + x) * channels;
  const luma = channels < 3 ? data[at] : (299 * data[at] + 587 * data[at + 1] + 114 * data[at + 2]) / 1000;
  if (channels % 2 === 1) return luma / full;
  const alpha = data[at + channels - 1] / full;
  return (luma / full) * alpha + 1 - alpha;
}

function meanOfBorder(picture: Picture): number {
  const { width, height } = picture;
  let sum = 0;
  let count = 0;
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1);
    for (let x = 0; x < width; x += step, count++) sum += grayAt(picture, x, y);
  }
  return sum / count;
}
