/** `readPng` reads every kind of PNG as another library does, and refuses a damaged PNG. */
import { decode, encode } from 'fast-png';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPng, writePng } from '../../src/formats/png.ts';
import { countRefusals, refusalOf } from '../fuzz/refusal.ts';
import { concat, pngChunk, pngFile, pngSignature, repairPng, u32be } from '../fuzz/samples.ts';
import { law } from '../spec/support.ts';

const messageOf = (file: Uint8Array) => refusalOf(() => readPng(file, 'p.png'));
const gray = { width: 2, height: 2, depth: 8, colour: 0, raw: [0, 1, 2, 0, 3, 4] };
const file = pngFile(gray);
const ihdr = 8;
const idat = 33;

function patched(at: number, bytes: readonly number[] | Uint8Array, from = file): Uint8Array {
  const copy = from.slice();
  copy.set(bytes, at);
  return repairPng(copy);
}

/** Inserts a chunk at byte `at` of the file. */
const inserted = (at: number, chunk: Uint8Array) => concat(file.subarray(0, at), chunk, file.subarray(at));

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array | Uint8ClampedArray) =>
  new Uint8Array(buffer, byteOffset, byteLength);
/** For each pass of an interlaced picture: the first pixel (x, y) and the steps in x and y. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

const indexed = (...extra: Uint8Array[]): Uint8Array =>
  pngFile({ width: 2, height: 1, depth: 8, colour: 3, raw: [0, 0, 1], extra });
/** A pixel with a transparency chunk, which its colour type forbids. */
const unclear = (colour: number, raw: number[]): Uint8Array =>
  pngFile({ width: 1, height: 1, depth: 8, colour, raw, extra: [pngChunk('tRNS', [1])] });
const [palette, piece] = [pngChunk('PLTE', [1, 2, 3]), pngChunk('IDAT', [])];

describe('readPng', () => {
  it('reads a file of Pillow', () => {
    // Written by Pillow 11.1: mode P, 5 x 2 pixels, two bits per pixel, alpha 0 and 128 for the first two of four colours.
    const ofPillow =
      'iVBORw0KGgoAAAANSUhEUgAAAAUAAAACAgMAAADtBP7OAAAADFBMVEX/AAAA/wAAAP8JCAei0mLAAAAAAnRSTlMAgJsrThgAAAAOSURBVHicY5Bm' +
      'YPjJAAACfwEVKuHJUAAAAABJRU5ErkJggg==';
    const [red, green, blue, dark] = [
      [255, 0, 0, 0],
      [0, 255, 0, 128],
      [0, 0, 255, 255],
      [9, 8, 7, 255],
    ];
    const data = Uint8Array.from(
      [red, green, blue, dark, red, dark, dark, blue, green, red].flat() as number[],
    );
    expect(readPng(Buffer.from(ofPillow, 'base64'), 'f')).toEqual({
      width: 5,
      height: 2,
      channels: 4,
      depth: 8,
      data,
    });
  });

  it.each([
    [8, 0, [0, 5, 6], [0, 5], Uint8Array.of(5, 0, 6, 255)],
    [2, 0, [0, 0b01100000], [0, 1], Uint8Array.of(85, 0, 170, 255)],
    [8, 2, [0, 1, 2, 3, 1, 2, 4], [0, 1, 0, 2, 0, 3], Uint8Array.of(1, 2, 3, 0, 1, 2, 4, 255)],
    [16, 0, [0, 1, 2, 1, 3], [1, 2], Uint16Array.of(258, 0, 259, 65535)],
  ])('makes an alpha channel of a transparent colour: depth %i, type %i', (depth, colour, raw, key, data) => {
    const extra = [pngChunk('tRNS', key)];
    const read = readPng(pngFile({ width: 2, height: 1, depth, colour, raw, extra }), 'f');
    expect(read).toMatchObject({ channels: colour === 2 ? 4 : 2, data });
  });

  const sizes = fc.record({
    width: fc.integer({ min: 1, max: 20 }),
    height: fc.integer({ min: 1, max: 20 }),
    channels: fc.constantFrom(1, 2, 3, 4),
  });
  law(
    'reads what fast-png writes: 8 and 16 bits, all channels, plain and interlaced',
    fc.tuple(sizes, fc.boolean(), fc.boolean(), fc.nat()),
    100,
    ([{ width, height, channels }, deep, interlaced, seed]) => {
      const random = Uint16Array.from(
        { length: width * height * channels },
        (_, i) => Math.imul(i + seed, 0x9e3779b1) >>> 13,
      );
      const data = deep ? random : Uint8Array.from(random);
      const depth = deep ? 16 : 8;
      const png = encode(
        { width, height, channels, depth, data },
        { interlace: interlaced ? 'Adam7' : 'null' },
      );
      expect(readPng(png, 'f')).toEqual({ width, height, channels, depth, data });
    },
  );

  it.each([
    ['8 bits of gray', 8, 0],
    ['8 bits', 8, 2],
    ['16 bits', 16, 6],
  ])('undoes filters over many rows: %s', (_, depth, colour) => {
    const [width, height] = [300, 70];
    const row = 1 + width * (depth / 8) * { 0: 1, 2: 3, 6: 4 }[colour]!;
    const raw = Uint8Array.from({ length: height * row }, (_value, i) =>
      i % row ? Math.imul(i, 0x9e3779b1) >>> 24 : (Math.imul(i / row + 1, 0x9e3779b1) >>> 8) % 5,
    );
    const png = pngFile({ width, height, depth, colour, raw });
    expect(Buffer.compare(bytesOf(readPng(png, 'f').data), bytesOf(decode(png).data))).toBe(0);
  });

  it.each([1, 2, 4])('reads interlaced pictures of %d bits a sample', (depth) => {
    const [width, height] = [13, 11];
    const valueOf = (x: number, y: number): number => (3 * x + 5 * y + x * y) % 2 ** depth;
    const raw: number[] = [];
    for (const [x0, y0, stepX, stepY] of adam7)
      for (let y = y0; y < height; y += stepY) {
        raw.push(0);
        for (let x = x0, bit = 8; x < width; x += stepX, bit = bit || 8) {
          if (bit === 8) raw.push(0);
          bit -= depth;
          raw.push(raw.pop()! | (valueOf(x, y) << bit));
        }
      }
    const { data } = readPng(pngFile({ width, height, depth, colour: 0, interlace: 1, raw }), 'f');
    const unit = 255 / (2 ** depth - 1);
    expect([...data]).toEqual(
      Array.from({ length: width * height }, (_, i) => unit * valueOf(i % width, Math.floor(i / width))),
    );
  });

  it('reads a picture in several chunks, skips what does not change pixels, and what follows the end', () => {
    const length = new DataView(file.buffer).getUint32(idat);
    const stream = file.subarray(idat + 8, idat + 8 + length);
    const split = [stream.subarray(0, 5), stream.subarray(5, 5), stream.subarray(5)].map((part) =>
      pngChunk('IDAT', part),
    );
    const note = pngChunk('tEXt', [65, 0, 66]);
    const whole = concat(file.subarray(0, idat), note, ...split, note, pngChunk('IEND', []), [1, 2, 3]);
    expect(readPng(whole, 'f').data).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it('never gives another picture: with one bit wrong it refuses', () => {
    expect(countRefusals(file, (damaged) => void readPng(damaged, 'f'))).toBe(8 * file.length);
  });

  it('reads as many chunks as the greatest picture has in small pieces, and refuses more', () => {
    const more = (count: number): Uint8Array =>
      concat(
        file.subarray(0, idat),
        ...Array<Uint8Array>(count).fill(pngChunk('IDAT', [])),
        file.subarray(idat),
      );
    expect(readPng(more(2 ** 16 - 3), 'f').data).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(messageOf(more(2 ** 16 - 2))).toBe(
      'p.png: "PNG file" expected at most 65536 chunks, got more; save it again',
    );
  });

  it.each<[expected: string, file: Uint8Array]>([
    ['89 "PNG" 0d 0a 1a 0a at the start, got other bytes', new Uint8Array(40)],
    ['a chunk of 12 bytes or more at byte 33, got 7 bytes', file.subarray(0, 40)],
    [
      '"Adler-32 of the picture data" expected 00000000, got 001d000b',
      patched(file.length - 20, [0, 0, 0, 0]),
    ],
    [
      '"picture data" expected a zlib stream of DEFLATE, got 14 bytes of something else',
      patched(idat + 8, [0]),
    ],
    [
      '"uncompressed size" expected 6 bytes, as the file says, got 5',
      pngFile({ ...gray, raw: gray.raw.slice(1) }),
    ],
    [
      '"uncompressed size" expected 6 bytes, as the file says, got more than 6',
      pngFile({ ...gray, raw: [...gray.raw, 0] }),
    ],
    ['"filter of row 0" expected 0 to 4, got 5', pngFile({ ...gray, raw: [5, 1, 2, 0, 3, 4] })],
    ['"picture" expected 1 to 16777216 pixels, got 60000 x 60000', patched(ihdr + 8, u32be(60000, 60000))],
    ['"picture" expected 1 to 16777216 pixels, got 0 x 2', patched(ihdr + 8, u32be(0, 2))],
    [
      '"picture" expected sides of at most 65536 pixels, got 65537 x 1',
      pngFile({ ...gray, width: 65_537, height: 1 }),
    ],
    ['"PNG bit depth" expected one of 1, 2, 4, 8, 16, got 3', patched(ihdr + 16, [3])],
    ['"PNG colour type" expected 0, 2, 3, 4 or 6, got 5', patched(ihdr + 17, [5])],
    ['"PNG compression" expected 0 (DEFLATE), got 1', patched(ihdr + 18, [1])],
    ['"PNG filter method" expected 0, got 1', patched(ihdr + 19, [1])],
    ['"PNG interlace method" expected 0 or 1, got 2', patched(ihdr + 20, [2])],
    ['IHDR as its first chunk only, got IDAT at byte 8', concat(pngSignature, file.subarray(idat))],
    ['IHDR as its first chunk only, got IHDR at byte 33', inserted(idat, file.subarray(ihdr, idat))],
    ['"length of IHDR" expected 13, got 1', concat(pngSignature, pngChunk('IHDR', [1]), file.subarray(idat))],
    ['known critical chunks, got ABCD at byte 33', inserted(idat, pngChunk('ABCD', []))],
    ['one PLTE chunk, got another at byte 48', inserted(idat, concat(palette, palette))],
    ['an IDAT chunk, got none', concat(file.subarray(0, idat), pngChunk('IEND', []))],
    ['its IDAT chunks in a row, got another at byte 57', inserted(idat, concat(piece, pngChunk('tEXt', [])))],
    ['"length of IDAT" expected at most 26 at byte 33, got 2130706', patched(idat, [0x7f, 0, 0, 0])],
    ['a PLTE chunk for its colour type, got none', indexed()],
    ['"length of PLTE" expected 3 to 768 by threes, got 2', indexed(pngChunk('PLTE', [1, 2]))],
    ['"pixel 1" expected a colour below 1, got 1', indexed(palette)],
    ['"length of tRNS" expected at most 1, got 2', indexed(palette, pngChunk('tRNS', [1, 2]))],
    ['"length of tRNS" expected 2, got 1', unclear(0, [0, 1])],
    ['no tRNS chunk beside an alpha channel, got one', unclear(4, [0, 1, 2])],
  ])('refuses what is not as %s', (expected, bytes) => {
    expect(messageOf(bytes)).toMatch(/^p\.png: "[^"]*" expected /);
    expect(messageOf(bytes)).toContain(expected);
  });
});

describe('writePng', () => {
  const sizes = fc.record({
    width: fc.integer({ min: 1, max: 12 }),
    height: fc.integer({ min: 1, max: 12 }),
    channels: fc.constantFrom(1, 3),
  });
  law(
    'writes what the reader reads, and the same bytes again',
    fc.tuple(sizes, fc.infiniteStream(fc.nat(255))),
    100,
    ([{ width, height, channels }, stream]) => {
      const data = Uint8Array.from(stream.take(width * height * channels));
      const png = writePng(width, height, data);
      expect(readPng(png, 'f')).toEqual({ width, height, channels, depth: 8, data });
      expect(writePng(width, height, data)).toEqual(png);
    },
  );

  it.each<[number, number, string]>([
    [2, 8, '"data" expected 4 bytes of gray or 12 of RGB, got 8'],
    [0, 0, '"width" expected a whole number from 1 to 67108864, got 0'],
  ])('refuses a width of %i with %i bytes', (width, length, expected) => {
    const write = () => writePng(width, 2, new Uint8Array(length));
    expect(refusalOf(write)).toBe(`writePng: ${expected}`);
  });
});
