/** A reader takes memory in proportion to a file that claims more than it holds. */
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { gunzip } from '../../src/formats/gzip.ts';
import { readIdx } from '../../src/formats/idx.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { readNpz } from '../../src/formats/npz.ts';
import { readPng } from '../../src/formats/png.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { collectGarbage } from './measure.ts';
import { ascii, concat, idxFile, npyDict, npyFile, pngFile, safetensorsFile, u32le } from './samples.ts';

const zeros = new Uint8Array(10_000_000);
/** Bytes that do not compress, for claims that the ratio alone does not refuse. */
const noise = Uint8Array.from({ length: 1_000_000 }, xorshift(1));

function xorshift(word: number): () => number {
  return () => {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    return word & 255;
  };
}

/** A zip of one file, whose header says `size`. */
function zipClaiming(packed: Uint8Array, size: number): Uint8Array {
  const name = ascii('a.npy');
  const fields = concat([20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0], u32le(0, packed.length, size), [5, 0, 0, 0]);
  const local = concat(u32le(0x04034b50), fields, name);
  const head = concat(u32le(0x02014b50), [20, 0], fields, new Uint8Array(14), name);
  const end = concat(
    u32le(0x06054b50),
    [0, 0, 0, 0, 1, 0, 1, 0],
    u32le(head.length, local.length + packed.length),
    [0, 0],
  );
  return concat(local, packed, head, end);
}

function gzipClaiming(data: Uint8Array, size: number): Uint8Array {
  const file = gzipSync(data);
  file.set(u32le(size), file.length - 4);
  return file;
}

const rows = { depth: 8, colour: 0 };

/** Files that claim far more than they hold, and what the refusal must say. */
const hostile: readonly [string, Uint8Array, (bytes: Uint8Array, where: string) => unknown, RegExp][] = [
  [
    'IDX of 2^31 pictures',
    idxFile([2 ** 31, 28, 28], noise),
    readIdx,
    /1683627180032 bytes for \[2147483648, 28, 28\]/,
  ],
  [
    'IDX of 2^128 bytes',
    idxFile([0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], noise),
    readIdx,
    /fewer than 2\^53/,
  ],
  [
    'safetensors with a header of 2^62 bytes',
    concat(u32le(0, 0x40000000), ascii('{}'), noise),
    readSafetensors,
    /header length/,
  ],
  [
    'safetensors with data of 2^50 bytes',
    safetensorsFile(`{"a":{"dtype":"U8","shape":[${2 ** 50}],"data_offsets":[0,${2 ** 50}]}}`, noise),
    readSafetensors,
    /"data" expected 1125899906842624 bytes/,
  ],
  ['.npy of 2^40 numbers', npyFile(npyDict('<f4', `(${2 ** 40},)`), noise), readNpy, /4398046511104 bytes/],
  [
    '.npy of 2^80 numbers',
    npyFile(npyDict('<f4', `(${2 ** 40}, ${2 ** 40})`), noise),
    readNpy,
    /fewer than 2\^53/,
  ],
  [
    '.npy of 2^40 texts without characters',
    npyFile(npyDict('<U0', `(${2 ** 40},)`), []),
    readNpy,
    /plain element type/,
  ],
  [
    '.npy of one text of 10^9 characters',
    npyFile(npyDict('<U999999999', '()'), noise),
    readNpy,
    /3999999996 bytes/,
  ],
  [
    '.npy with a head of 4 GiB',
    concat([0x93], ascii('NUMPY'), [2, 0], u32le(0xffffffff), noise),
    readNpy,
    /header length/,
  ],
  ['zip bomb that claims 100 bytes', zipClaiming(deflateRawSync(zeros), 100), readNpz, /got more than 100/],
  [
    'zip that claims 4 GB',
    zipClaiming(deflateRawSync(zeros), 0xf0000000),
    readNpz,
    /at most 1073741824 bytes in all/,
  ],
  [
    'zip that claims 1 GB',
    zipClaiming(deflateRawSync(noise), 1e9),
    readNpz,
    /1000000000 bytes, as the file says/,
  ],
  ['gzip bomb that claims 100 bytes', gzipClaiming(zeros, 100), gunzip, /got more than 100/],
  ['gzip that claims 1 GB', gzipClaiming(noise, 1e9), gunzip, /1000000000 bytes, as the file says/],
  [
    'PNG of 60000 x 60000',
    pngFile({ width: 60000, height: 60000, ...rows, raw: [0] }),
    readPng,
    /got 60000 x 60000/,
  ],
  [
    'PNG of 4096 x 4096 without pixels',
    pngFile({ width: 4096, height: 4096, ...rows, raw: [0] }),
    readPng,
    /at most \d+ for \d+ bytes, got 16781312/,
  ],
  [
    'PNG of 8 x 8 with 10 MB in it',
    pngFile({ width: 8, height: 8, ...rows, raw: zeros }),
    readPng,
    /got more than 72/,
  ],
];

/** How much memory `read` leaves behind, in buffers or in the process. Buffers that nobody touched count too. */
function measureGrowth(read: () => unknown): number {
  // Twice: the first may leave buffers to a sweep in the background.
  collectGarbage();
  collectGarbage();
  const before = process.memoryUsage();
  read();
  const after = process.memoryUsage();
  return Math.max(after.arrayBuffers - before.arrayBuffers, after.rss - before.rss);
}

describe('memory', () => {
  it('is measured: an allocation shows', () => {
    let kept: Uint8Array | undefined;
    expect(measureGrowth(() => (kept = new Uint8Array(2 ** 26)))).toBeGreaterThanOrEqual(2 ** 26);
    expect(kept).toHaveLength(2 ** 26);
  });

  it.each(hostile)('stays in proportion to the file: %s', (_name, bytes, read, message) => {
    let error: unknown;
    const growth = measureGrowth(() => {
      try {
        read(bytes, 'hostile');
      } catch (thrown) {
        error = thrown;
      }
    });
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(message);
    expect(growth).toBeLessThan(4 * bytes.length + 2 ** 24);
  });
});
