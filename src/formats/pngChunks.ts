import { refuse, show } from '../errors.ts';
import { hex32 } from '../hex.ts';
import { crc32 } from './crc32.ts';
import { fetchAgain } from './inflate.ts';

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Default limit on the pixels of a picture: 4096 x 4096, the largest map of a network. */
const mostPixels = 2 ** 24;
/**
 * Limit on the pixels of a side, so that a row is small compared with the largest picture. A side of a network's map has at
 * most 4096 pixels, and the longer side of a sheet of CIFAR-10 has 10,000.
 */
const mostSide = 2 ** 16;
/**
 * Limit on the chunks, because a chunk may have only 12 bytes in the file, but far more in memory. The largest picture in chunks of 8 KB
 * has a quarter of this number.
 */
const mostChunks = 2 ** 16;

/** The bit depths and stored channels of each colour type. */
const colours: Readonly<Record<number, { readonly depths: readonly number[]; readonly channels: number }>> = {
  0: { depths: [1, 2, 4, 8, 16], channels: 1 },
  2: { depths: [8, 16], channels: 3 },
  3: { depths: [1, 2, 4, 8], channels: 1 },
  4: { depths: [8, 16], channels: 2 },
  6: { depths: [8, 16], channels: 4 },
};

interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample as stored. */
  readonly depth: number;
  readonly colour: number;
  /** Samples of a pixel as stored: 1 for a palette. */
  readonly channels: number;
  /** The factor that scales samples of less than a byte to 0 … 255; 1 for other samples and for indices. */
  readonly unit: number;
  readonly interlaced: boolean;
}

export interface PngChunks {
  readonly header: PngHeader;
  /** The pieces of the compressed picture. */
  readonly idat: readonly Uint8Array[];
  readonly palette: Uint8Array | undefined;
  readonly transparency: Uint8Array | undefined;
}

/**
 * Splits a PNG file (W3C PNG, third edition) into its chunks and verifies the CRC of each. Chunks that do not change the pixels are
 * skipped, and so are bytes after the end chunk.
 *
 * Layout, big-endian: a signature of 8 bytes, then chunks of length, type, data, and CRC-32 of type and data. IHDR is first, IEND last.
 *
 * @throws InputError for a chunk that is damaged, missing, repeated, longer than the file, or critical and unknown, and for
 *   more pixels than `most`
 */
export function readChunks(bytes: Uint8Array, where: string, most = mostPixels): PngChunks {
  const next = 'it is not a PNG file, or damaged';
  if (pngSignature.some((byte, i) => bytes[i] !== byte))
    refuse(where, 'PNG file', '89 "PNG" 0d 0a 1a 0a at the start', 'other bytes', next);
  const idat: Uint8Array[] = [];
  const single = new Map<string, Uint8Array>();
  let before = '';
  let count = 0;
  for (let at = pngSignature.length; before !== 'IEND';) {
    if (++count > mostChunks)
      refuse(where, 'PNG file', `at most ${mostChunks} chunks`, 'more', 'save it again');
    const { type, data, end } = readChunk(bytes, at, where);
    if ((before === '') !== (type === 'IHDR'))
      refuse(where, 'PNG file', 'IHDR as its first chunk only', `${show(type)} at byte ${at}`);
    if (type === 'IDAT') {
      if (idat.length > 0 && before !== 'IDAT')
        refuse(where, 'PNG file', 'its IDAT chunks in a row', `another at byte ${at}`);
      idat.push(data);
    } else if (['IHDR', 'PLTE', 'tRNS'].includes(type)) {
      if (single.has(type)) refuse(where, 'PNG file', `one ${type} chunk`, `another at byte ${at}`);
      single.set(type, data);
    } else if (type !== 'IEND' && isCritical(type)) {
      refuse(where, 'PNG file', 'known critical chunks', `${show(type)} at byte ${at}`);
    }
    before = type;
    at = end;
  }
  if (idat.length === 0) refuse(where, 'PNG file', 'an IDAT chunk', 'none');
  const header = readHeader(single.get('IHDR')!, where, most); // the first chunk was checked
  return { header, idat, palette: single.get('PLTE'), transparency: single.get('tRNS') };
}

/** A chunk whose type begins with a capital is critical: without it, the picture cannot be decoded. */
const isCritical = (type: string) => (type.charCodeAt(0) & 0x20) === 0;

function readChunk(bytes: Uint8Array, at: number, where: string) {
  const left = bytes.length - at;
  if (left < 12)
    refuse(where, 'PNG file', `a chunk of 12 bytes or more at byte ${at}`, `${left} bytes`, fetchAgain);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, left);
  const length = view.getUint32(0);
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  if (length > left - 12)
    refuse(where, `length of ${show(type)}`, `at most ${left - 12} at byte ${at}`, length, fetchAgain);
  const crc = crc32(bytes.subarray(at + 4, at + 8 + length));
  const stored = view.getUint32(8 + length);
  if (crc !== stored)
    refuse(where, `CRC-32 of ${show(type)} at byte ${at}`, hex32(stored), hex32(crc), fetchAgain);
  return { type, data: bytes.subarray(at + 8, at + 8 + length), end: at + 12 + length };
}

function readHeader(data: Uint8Array, where: string, most: number): PngHeader {
  if (data.length !== 13) refuse(where, 'length of IHDR', '13', data.length);
  const view = new DataView(data.buffer, data.byteOffset, 13);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [got, next] = [`${width} x ${height}`, 'make it smaller'];
  if (width === 0 || height === 0 || width * height > most)
    refuse(where, 'picture', `1 to ${most} pixels`, got, next);
  if (width > mostSide || height > mostSide)
    refuse(where, 'picture', `sides of at most ${mostSide} pixels`, got, next);
  const [depth, colour] = [data[8], data[9]];
  const kind = colours[colour];
  if (kind === undefined) refuse(where, 'PNG colour type', '0, 2, 3, 4 or 6', colour);
  if (!kind.depths.includes(depth)) refuse(where, 'PNG bit depth', `one of ${kind.depths.join(', ')}`, depth);
  if (data[10] !== 0) refuse(where, 'PNG compression', '0 (DEFLATE)', data[10]);
  if (data[11] !== 0) refuse(where, 'PNG filter method', '0', data[11]);
  if (data[12] > 1) refuse(where, 'PNG interlace method', '0 or 1', data[12]);
  const unit = depth < 8 && colour !== 3 ? 255 / (2 ** depth - 1) : 1;
  return { width, height, depth, colour, channels: kind.channels, unit, interlaced: data[12] === 1 };
}
