import { bytesOf, concat, type AnyBytes } from './bytes.ts';
import { encode } from 'fast-png';
import { checkWhole, refuse } from '../errors.ts';
import { fetchAgain, inflateZlib } from './inflate.ts';
import { readChunks, type PngChunks } from './pngChunks.ts';

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
 * Reads a PNG picture. Palettes become RGB or RGBA, samples of 1, 2 and 4 bits are widened to 8 bits, and a transparent
 * colour becomes an alpha channel. Gamma and colour profiles are not applied.
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
  const { channels, data } =
    header.colour === 3 ? applyPalette(samples, chunks, where) : applyTransparency(samples, chunks, where);
  return { width: header.width, height: header.height, channels, depth: header.depth === 16 ? 16 : 8, data };
}

/** The passes of Adam7: column and row of the first pixel, and distances to the next column and row. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * The samples of all pixels, in order, with one or two bytes each. Samples of under 8 bits, except indices, are scaled to 0 …
 * 255.
 */
function readSamples({ header, idat }: PngChunks, where: string): PngSamples {
  const { width, height, depth, channels, unit } = header;
  const passes = (header.interlaced ? adam7 : [[0, 0, 1, 1] as const]).map(([x, y, stepX, stepY]) => {
    const columns = Math.ceil((width - x) / stepX);
    // A pass without columns has no rows.
    const rows = columns > 0 ? Math.max(0, Math.ceil((height - y) / stepY)) : 0;
    return { x, y, stepX, stepY, columns, rows, length: Math.ceil((columns * depth * channels) / 8) };
  });
  // A filter byte precedes each row of each pass.
  const size = passes.reduce((sum, { rows, length }) => sum + rows * (1 + length), 0);
  const raw = inflateZlib(where, 'picture data', idat.length === 1 ? idat[0] : concat(idat), size);
  const samples = new (depth === 16 ? Uint16Array : Uint8Array)(width * height * channels);
  let at = 0;
  for (const { x, y, stepX, stepY, columns, rows, length } of passes) {
    let above: Uint8Array = new Uint8Array(length);
    for (let row = 0; row < rows; row++, at += 1 + length) {
      const line = raw.subarray(at + 1, at + 1 + length);
      if (raw[at] > 4) refuse(where, `filter of row ${row}`, '0 to 4', raw[at], fetchAgain);
      undoFilter(raw[at], line, above, Math.ceil((depth * channels) / 8));
      above = line;
      let to = ((y + row * stepY) * width + x) * channels;
      if (stepX === 1 && depth === 8) {
        samples.set(line, to);
        continue;
      }
      for (let from = 0; from < columns * channels; to += (stepX - 1) * channels)
        for (let c = 0; c < channels; c++) samples[to++] = unit * sampleAt(line, from++, depth);
    }
  }
  return samples;
}

/** Undoes the filter of a row in place, from the pixels to the left, above, and above left (W3C PNG, 9.2). */
function undoFilter(filter: number, line: Uint8Array, above: Uint8Array, pixel: number): void {
  if (filter === 0) return;
  for (let i = 0; i < line.length; i++) {
    const left = i >= pixel ? line[i - pixel] : 0;
    const corner = i >= pixel ? above[i - pixel] : 0;
    if (filter === 1) line[i] += left;
    else if (filter === 2) line[i] += above[i];
    else if (filter === 3) line[i] += (left + above[i]) >> 1;
    else line[i] += paeth(left, above[i], corner);
  }
}

function paeth(left: number, above: number, corner: number): number {
  const [toLeft, toAbove] = [Math.abs(above - corner), Math.abs(left - corner)];
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

function sampleAt(line: Uint8Array, k: number, depth: number): number {
  if (depth === 8) return line[k];
  if (depth === 16) return 256 * line[2 * k] + line[2 * k + 1];
  const bit = k * depth;
  return (line[bit >> 3] >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
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

type PngSamples = Picture['data'];
type Pixels = Pick<Picture, 'channels' | 'data'>;

/**
 * Replaces indices by the colours of the palette: RGB, or RGBA if the picture has a tRNS chunk.
 *
 * @throws InputError if the palette is missing or has a bad length, or an index exceeds it
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
 * Adds an alpha channel: 0 for pixels of the colour in the tRNS chunk, else the greatest value.
 *
 * @throws InputError if the chunk does not have exactly one colour, or the picture has an alpha channel
 */
function applyTransparency(samples: PngSamples, { header, transparency }: PngChunks, where: string): Pixels {
  const { channels, depth, unit } = header;
  if (transparency === undefined) return { channels, data: samples };
  if (channels % 2 === 0) refuse(where, 'PNG file', 'no tRNS chunk beside an alpha channel', 'one');
  if (transparency.length !== 2 * channels)
    refuse(where, 'length of tRNS', String(2 * channels), transparency.length);
  const key = Array.from({ length: channels }, (_, c) => unit * sampleAt(transparency, c, 16));
  const count = samples.length / channels;
  const data = new (depth === 16 ? Uint16Array : Uint8Array)(count * (channels + 1));
  for (let i = 0, from = 0, to = 0; i < count; i++) {
    let clear = true;
    for (let c = 0; c < channels; c++) {
      clear &&= samples[from] === key[c];
      data[to++] = samples[from++];
    }
    data[to++] = clear ? 0 : depth === 16 ? 65535 : 255;
  }
  return { channels: channels + 1, data };
}
