import { bytesOf, concat, type AnyBytes } from './bytes.ts';
import { encode } from 'fast-png';
import { checkWhole, refuse } from '../errors.ts';
import { fetchAgain, inflateZlib } from './inflate.ts';
import { readChunks, type PngChunks, type PngHeader } from './pngChunks.ts';

/** Pixels row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Samples of a pixel: 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA. */
  readonly channels: number;
  /** Bits of a sample: 8 or 16. */
  readonly depth: 8 | 16;
  readonly data: Uint8Array | Uint16Array;
}

/**
 * Reads a PNG picture. Palettes become RGB or RGBA, samples of 1, 2 and 4 bits become 8, and a transparent colour becomes
 * an alpha channel. Gamma and colour profiles are not applied.
 *
 * @param supplied the bytes of the file
 * @param where name of the file in error messages
 * @param most limit on the pixels, checked before decompression. Default: 2²⁴
 * @returns pixels row by row, of 1 to 4 channels and 8 or 16 bits
 * @throws InputError if the file is damaged or has more pixels than `most`
 */
export function readPng(supplied: AnyBytes, where = 'picture', most?: number): Picture {
  const bytes = bytesOf(where, 'file', supplied);
  if (most !== undefined) checkWhole(where, 'most', most, 1, 2 ** 53 - 1);
  const chunks = readChunks(bytes, where, most);
  const { header } = chunks;
  const samples = readSamples(chunks, where);
  const indexed = header.colour === 3;
  const { channels, data } = indexed
    ? applyPalette(samples, chunks, where)
    : applyTransparency(samples, chunks, where);
  if (!indexed && header.depth < 8) applyFullRange(data, header.depth);
  return { width: header.width, height: header.height, channels, depth: header.depth === 16 ? 16 : 8, data };
}

/**
 * A rectangle of pixels that is filtered and stored as one picture: all of a plain picture, or a pass of an
 * interlaced one.
 */
interface Pass {
  readonly columns: number;
  readonly rows: number;
  /** Column and row of its first pixel, and the steps to the next column and row. */
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
}

/** The passes of Adam7: x, y, stepX, stepY. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function passesOf({ width, height, interlaced }: PngHeader): Pass[] {
  return (interlaced ? adam7 : [[0, 0, 1, 1] as const])
    .map(([x, y, stepX, stepY]) => {
      const [columns, rows] = [Math.ceil((width - x) / stepX), Math.ceil((height - y) / stepY)];
      return { columns, rows, x, y, stepX, stepY };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
}

const bytesOfRow = ({ depth, channels }: PngHeader, columns: number): number =>
  Math.ceil((columns * depth * channels) / 8);

/** The samples of the pixels in order; samples of less than a byte take one byte each. */
function readSamples({ header, idat }: PngChunks, where: string): PngSamples {
  const passes = passesOf(header);
  // Each row of each pass has one byte of filter before it.
  const sizes = passes.map(({ columns, rows }) => rows * (1 + bytesOfRow(header, columns)));
  const size = sizes.reduce((sum, one) => sum + one, 0);
  const raw = inflateZlib(where, 'picture data', idat.length === 1 ? idat[0] : concat(idat), size);
  let end = 0;
  const all = passes.map((pass, k) => {
    end += sizes[k];
    const stored = undoFilters(header, pass, raw.subarray(end - sizes[k], end), where);
    return header.depth < 8 ? unpackBits(pass, header.depth, stored) : stored;
  });
  const bytes = header.interlaced ? interleave(header, passes, all) : all[0];
  if (header.depth < 16) return bytes;
  const wide = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  for (let i = 0; i < wide.length; i++) wide[i] = 256 * bytes[2 * i] + bytes[2 * i + 1];
  return wide;
}

/** Undoes the filters of a pass in place, and returns its rows, one after the other. */
function undoFilters(header: PngHeader, { columns, rows }: Pass, raw: Uint8Array, where: string): Uint8Array {
  const row = bytesOfRow(header, columns);
  const pixel = Math.ceil((header.depth * header.channels) / 8);
  for (let y = 0; y < rows; y++) {
    const from = y * (1 + row);
    const predict = predictors.at(raw[from]);
    if (!predict) refuse(where, `filter of row ${y}`, '0 to 4', raw[from], fetchAgain);
    const to = y * row;
    for (let i = 0; i < row; i++) {
      const left = i >= pixel ? raw[to + i - pixel] : 0;
      const above = y > 0 ? raw[to - row + i] : 0;
      const corner = y > 0 && i >= pixel ? raw[to - row + i - pixel] : 0;
      raw[to + i] = raw[from + 1 + i] + predict(left, above, corner);
    }
  }
  return raw.subarray(0, rows * row);
}

/** The prediction of each filter for a byte, from the pixels to the left, above, and above left (W3C PNG, 9.2). */
const predictors: readonly ((left: number, above: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, above) => above,
  (left, above) => (left + above) >> 1,
  function paeth(left, above, corner) {
    const [toLeft, toAbove] = [Math.abs(above - corner), Math.abs(left - corner)];
    const toCorner = Math.abs(left + above - 2 * corner);
    if (toLeft <= toAbove && toLeft <= toCorner) return left;
    return toAbove <= toCorner ? above : corner;
  },
];

function interleave(
  { width, height, depth, channels }: PngHeader,
  passes: readonly Pass[],
  samples: readonly Uint8Array[],
): Uint8Array {
  const pixel = channels * Math.ceil(depth / 8);
  const whole = new Uint8Array(width * height * pixel);
  for (const [k, { columns, rows, x, y, stepX, stepY }] of passes.entries()) {
    let from = 0;
    for (let row = 0; row < rows; row++) {
      let to = ((y + row * stepY) * width + x) * pixel;
      for (let column = 0; column < columns; column++, to += (stepX - 1) * pixel)
        for (let byte = 0; byte < pixel; byte++) whole[to++] = samples[k][from++];
    }
  }
  return whole;
}

/**
 * Writes an 8-bit PNG: gray for `width * height` bytes, RGB for three times as many.
 *
 * @throws InputError for a size out of range, and when `data` has another length.
 */
export function writePng(width: number, height: number, data: Uint8Array): Uint8Array {
  checkWhole('writePng', 'width', width, 1, 2 ** 26);
  checkWhole('writePng', 'height', height, 1, Math.floor(2 ** 26 / width));
  const channels = data.length / (width * height);
  const expected = `${width * height} bytes of gray or ${3 * width * height} of RGB`;
  if (channels !== 1 && channels !== 3) refuse('writePng', 'data', expected, data.length);
  return new Uint8Array(encode({ width, height, data, channels, depth: 8 }));
}

type PngSamples = Uint8Array | Uint16Array;

interface Pixels {
  readonly channels: number;
  readonly data: PngSamples;
}

/** Unpacks samples of 1, 2 or 4 bits into one byte each, with the same values. Rows begin at whole bytes. */
function unpackBits(
  { columns, rows }: { readonly columns: number; readonly rows: number },
  depth: number,
  packed: Uint8Array,
): Uint8Array {
  const rowBytes = Math.ceil((columns * depth) / 8);
  const mask = 2 ** depth - 1;
  const samples = new Uint8Array(columns * rows);
  for (let y = 0, to = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const bit = x * depth;
      samples[to++] = (packed[y * rowBytes + (bit >> 3)] >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return samples;
}

/**
 * Replaces indices by the colours of the palette: RGB, or RGBA if the picture has a transparency chunk.
 *
 * @throws InputError when the palette is missing or has a bad length, or when an index exceeds it.
 */
function applyPalette(indices: PngSamples, { palette, transparency }: PngChunks, where: string): Pixels {
  if (palette === undefined) refuse(where, 'PNG file', 'a PLTE chunk for its colour type', 'none');
  const colours = palette.length / 3;
  if (!Number.isInteger(colours) || colours < 1 || colours > 256)
    refuse(where, 'length of PLTE', '3 to 768 by threes', palette.length);
  if (transparency && transparency.length > colours)
    refuse(where, 'length of tRNS', `at most ${colours}`, transparency.length);
  const channels = transparency === undefined ? 3 : 4;
  const data = new Uint8Array(indices.length * channels);
  for (let i = 0, to = 0; i < indices.length; i++) {
    const index = indices[i];
    if (index >= colours) refuse(where, `pixel ${i}`, `a colour below ${colours}`, index);
    for (let c = 0; c < 3; c++) data[to++] = palette[3 * index + c];
    if (transparency !== undefined) data[to++] = transparency[index] ?? 255;
  }
  return { channels, data };
}

/**
 * Adds an alpha channel: 0 for pixels of the colour in the transparency chunk, else the greatest value.
 *
 * @throws InputError when the chunk does not have exactly one colour, or the picture has an alpha channel.
 */
function applyTransparency(samples: PngSamples, { header, transparency }: PngChunks, where: string): Pixels {
  const { channels, depth } = header;
  if (transparency === undefined) return { channels, data: samples };
  if (channels % 2 === 0) refuse(where, 'PNG file', 'no tRNS chunk beside an alpha channel', 'one');
  if (transparency.length !== 2 * channels)
    refuse(where, 'length of tRNS', String(2 * channels), transparency.length);
  const key = Array.from({ length: channels }, (_, c) => 256 * transparency[2 * c] + transparency[2 * c + 1]);
  const count = samples.length / channels;
  const full = 2 ** depth - 1;
  const data =
    depth === 16 ? new Uint16Array(count * (channels + 1)) : new Uint8Array(count * (channels + 1));
  for (let i = 0, from = 0, to = 0; i < count; i++) {
    let clear = true;
    for (let c = 0; c < channels; c++) {
      clear &&= samples[from] === key[c];
      data[to++] = samples[from++];
    }
    data[to++] = clear ? 0 : full;
  }
  return { channels: channels + 1, data };
}

/** Stretches samples of 1, 2 or 4 bits to 0 … 255, in place. */
function applyFullRange(samples: PngSamples, depth: number): void {
  const factor = 255 / (2 ** depth - 1);
  for (let i = 0; i < samples.length; i++) samples[i] = samples[i] * factor;
}
