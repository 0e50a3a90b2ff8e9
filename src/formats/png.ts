import { bytesOf, type AnyBytes } from './bytes.ts';
import { decode, encode } from 'fast-png';
import { zlibSync } from 'fflate';
import { messageOf, checkWhole, refuse } from '../errors.ts';
import { concat } from './concat.ts';
import { fetchAgain } from './inflate.ts';
import { pngSignature, readChunks, type PngChunks, type PngHeader } from './pngChunks.ts';
import { applyFullRange, applyPalette, applyTransparency, unpackBits, type PngSamples } from './pngPixels.ts';
import { inflateZlib } from './zlib.ts';

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
 * @throws InputError for damage of any kind, and for more pixels than `most`.
 */
export function readPng(given: AnyBytes, where = 'picture', most?: number): Picture {
  const bytes = bytesOf(where, 'file', given);
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

/** A rectangle of pixels that is filtered and stored as a picture is: the whole of one, or a pass of an interlaced one. */
interface Pass {
  readonly columns: number;
  readonly rows: number;
  /** Where it starts, and its steps. */
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
}

/** The passes of Adam7: where they start, and their steps. */
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

/** The samples of the pixels in their order; those of less than a byte have one each. */
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
  return header.depth === 16 ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2) : bytes;
}

/** Bytes of rows that fast-png is given at once: with all, it would take the picture six times. */
const bandBytes = 2 ** 17;

/** Undoes the filters of a pass in place, some rows at a time, and returns the samples, which begin where it begins. */
function undoFilters(header: PngHeader, { columns, rows }: Pass, raw: Uint8Array, where: string): Uint8Array {
  const row = bytesOfRow(header, columns);
  const most = Math.max(1, Math.floor(bandBytes / (1 + row)));
  let before: PngSamples | undefined;
  for (let y = 0; y < rows; y += most) {
    const count = Math.min(most, rows - y);
    // The row before them comes first, as one without a filter.
    const extra = before ? 1 : 0;
    const band = new Uint8Array((extra + count) * (1 + row));
    if (before) setRow(band, before);
    band.set(raw.subarray(y * (1 + row), (y + count) * (1 + row)), extra * (1 + row));
    const data = decodeBand(header, columns, extra + count, band, where);
    before = data.slice(-data.length / (extra + count));
    raw.set(new Uint8Array(data.buffer, data.byteOffset + extra * row, count * row), y * row);
  }
  return raw.subarray(0, rows * row);
}

/** Lays a row without a filter at the beginning of a band. */
function setRow(band: Uint8Array, samples: PngSamples): void {
  if (samples instanceof Uint8Array) return band.set(samples, 1);
  const view = new DataView(band.buffer);
  for (let k = 0; k < samples.length; k++) view.setUint16(1 + 2 * k, samples[k]);
}

/** What fast-png makes of rows, as the only ones of a picture. */
function decodeBand(
  { depth, colour }: PngHeader,
  width: number,
  height: number,
  band: Uint8Array,
  where: string,
): PngSamples {
  const stream = zlibSync(band, { level: 0 });
  const file = new Uint8Array(57 + stream.length);
  const view = new DataView(file.buffer);
  file.set(pngSignature);
  const chunk = (at: number, length: number, type: string): void => {
    view.setUint32(at, length);
    file.set(new TextEncoder().encode(type), at + 4);
  };
  // Without checksums, which it does not look at.
  chunk(8, 13, 'IHDR');
  view.setUint32(16, width);
  view.setUint32(20, height);
  file.set([depth, colour], 24);
  chunk(33, stream.length, 'IDAT');
  file.set(stream, 41);
  chunk(45 + stream.length, 0, 'IEND');
  try {
    return decode(file).data as PngSamples; // it decodes into no others
  } catch (error) {
    refuse(where, 'picture data', 'rows of PNG', messageOf(error), fetchAgain);
  }
}

/** Puts the pixels of the passes into their places. */
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
