import { bytesOf, type AnyBytes } from './bytes.ts';
import { decode, encode } from 'fast-png';
import { zlibSync } from 'fflate';
import { messageOf, checkWhole, refuse } from '../errors.ts';
import { concat } from './concat.ts';
import { crc32 } from './crc32.ts';
import { fetchAgain } from './inflate.ts';
import { readChunks, type PngChunks, type PngHeader } from './pngChunks.ts';
import { applyFullRange, applyPalette, applyTransparency, unpackBits } from './pngPixels.ts';
import { inflateZlib, inflateZlibThrough, small } from './zlib.ts';

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
 * Reads a PNG picture. Palettes become RGB or RGBA, samples of 1, 2 and 4 bits become 8, a transparent colour becomes
 * an alpha channel; so there are eight kinds of result. Gamma and colour profiles are not applied.
 *
 * The chunks, the sizes and all checksums are verified before fast-png sees a byte: it fills a picture that is cut
 * short with zeros, checks no Adler-32, and inflates whatever it is given, to any size.
 *
 * @param most pixels; a picture with more is refused before any of it is inflated
 * @throws InputError for damage of any kind, for more pixels than `most`, and for interlaced pictures of less than 8
 * bits a sample, which fast-png 8.0 takes for bytes.
 */
export function readPng(given: AnyBytes, where = 'picture', most?: number): Picture {
  const bytes = bytesOf(where, 'file', given);
  if (most !== undefined) checkWhole(where, 'most', most, 1, 2 ** 53 - 1);
  const chunks = readChunks(bytes, where, most);
  const { header } = chunks;
  if (header.interlaced && header.depth < 8) {
    const got = `${header.depth} bits`;
    refuse(where, 'interlaced PNG', '8 or 16 bits a sample', got, 'save it without interlacing');
  }
  const samples = unfilter(chunks, where);
  const unpacked = header.depth < 8 ? unpackBits(header, samples as Uint8Array) : samples;
  const indexed = header.colour === 3;
  const { channels, data } = indexed
    ? applyPalette(unpacked, chunks, where)
    : applyTransparency(unpacked, chunks, where);
  if (!indexed && header.depth < 8) applyFullRange(data, header.depth);
  return { width: header.width, height: header.height, channels, depth: header.depth === 16 ? 16 : 8, data };
}

/** Verifies the compressed picture and lets fast-png undo filters and interlacing. */
function unfilter({ header, idat }: PngChunks, where: string): Uint8Array | Uint16Array {
  const stream = verify(idat.length === 1 ? idat[0] : concat(idat), computeRawSize(header), where);
  try {
    return decode(rebuild(header, stream)).data as Uint8Array | Uint16Array;
  } catch (error) {
    refuse(where, 'picture data', 'rows of PNG', messageOf(error), fetchAgain);
  }
}

/**
 * Verifies a zlib stream of `size` bytes, and returns it as fast-png may have it. A small one becomes blocks without compression: to
 * inflate takes 300 KB of windows, of which a folder of small pictures would leave as many behind.
 */
function verify(stream: Uint8Array, size: number, where: string): Uint8Array {
  const what = 'picture data';
  if (size <= small && stream.length <= small)
    return zlibSync(inflateZlib(where, what, stream, size), { level: 0 });
  inflateZlibThrough(where, what, stream, size, () => {});
  return stream;
}

/** Columns and rows of the seven passes of Adam7: where they start, and their steps. */
const adam7 = [
  [0, 8, 0, 8],
  [4, 8, 0, 8],
  [0, 4, 4, 8],
  [2, 4, 0, 4],
  [0, 2, 2, 4],
  [1, 2, 0, 2],
  [0, 1, 1, 2],
] as const;

/** The bytes of the picture before compression: each row of each pass has one byte of filter before it. */
function computeRawSize({ width, height, depth, channels, interlaced }: PngHeader): number {
  let size = 0;
  for (const [x, stepX, y, stepY] of interlaced ? adam7 : [[0, 1, 0, 1] as const]) {
    const columns = Math.ceil((width - x) / stepX);
    const rows = Math.ceil((height - y) / stepY);
    if (columns > 0 && rows > 0) size += rows * (1 + Math.ceil((columns * depth * channels) / 8));
  }
  return size;
}

/** Bytes of an IDAT chunk: fast-png inflates one at a time, into a buffer that doubles, and copies what it gave. */
const pieceBytes = 2 ** 15;

/** The same picture as a file of the chunks that fast-png cannot misread. */
function rebuild(header: PngHeader, stream: Uint8Array): Uint8Array {
  const pieces = Math.ceil(stream.length / pieceBytes);
  const file = new Uint8Array(8 + 25 + 12 * pieces + stream.length + 12);
  const view = new DataView(file.buffer);
  file.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  let at = 8;
  const add = (type: string, data: Uint8Array): void => {
    view.setUint32(at, data.length);
    file.set(new TextEncoder().encode(type), at + 4);
    file.set(data, at + 8);
    const end = at + 8 + data.length;
    view.setUint32(end, crc32(file.subarray(at + 4, end)));
    at = end + 4;
  };
  const size = new Uint8Array(8);
  new DataView(size.buffer).setUint32(0, header.width);
  new DataView(size.buffer).setUint32(4, header.height);
  add('IHDR', concat([size, Uint8Array.of(header.depth, header.colour, 0, 0, header.interlaced ? 1 : 0)]));
  for (let from = 0; from < stream.length; from += pieceBytes)
    add('IDAT', stream.subarray(from, from + pieceBytes));
  add('IEND', new Uint8Array(0));
  return file;
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
  if (channels !== 1 && channels !== 3) {
    refuse(
      'writePng',
      'data',
      `${width * height} bytes of gray or ${3 * width * height} of RGB`,
      data.length,
    );
  }
  return new Uint8Array(encode({ width, height, data, channels, depth: 8 }));
}
