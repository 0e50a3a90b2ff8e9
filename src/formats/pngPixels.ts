import { refuse } from '../errors.ts';
import type { PngChunks } from './pngChunks.ts';

export type PngSamples = Uint8Array | Uint16Array;

/** The samples of each pixel: 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA. */
export interface Pixels {
  readonly channels: number;
  readonly data: PngSamples;
}

/**
 * Unpacks samples of 1, 2 or 4 bits, whose rows begin at whole bytes, into one byte each, with the same
 * values.
 */
export function unpackBits(
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
 * Replaces indices by the colours of the palette: RGB, or RGBA where the picture has a transparency chunk.
 *
 * @throws InputError when the palette is missing or has a bad length, or when an index exceeds it.
 */
export function applyPalette(
  indices: PngSamples,
  { palette, transparency }: PngChunks,
  where: string,
): Pixels {
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
 * Adds an alpha channel: 0 for pixels of the transparent colour of the transparency chunk, else full.
 *
 * @throws InputError when the chunk does not have exactly one colour, or the picture has an alpha channel.
 */
export function applyTransparency(
  samples: PngSamples,
  { header, transparency }: PngChunks,
  where: string,
): Pixels {
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

/** Stretches samples of 1, 2 or 4 bits in place to 0 ... 255, so that the largest becomes 255. */
export function applyFullRange(samples: PngSamples, depth: number): void {
  const factor = 255 / (2 ** depth - 1);
  for (let i = 0; i < samples.length; i++) samples[i] = samples[i] * factor;
}
