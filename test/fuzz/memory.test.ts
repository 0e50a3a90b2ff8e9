/** A reader takes memory in proportion to a file that claims more than it holds. */
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gunzip } from '../../src/formats/gzip.ts';
import { readIdx } from '../../src/formats/idx.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { readNpz } from '../../src/formats/npz.ts';
import { readPng } from '../../src/formats/png.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { collectGarbage } from './measure.ts';
import { refusalOf } from './refusal.ts';
import {
  ascii,
  concat,
  idxFile,
  noiseOf,
  npyDict,
  npyFile,
  pngFile,
  safetensorsFile,
  u32le,
} from './samples.ts';

const zeros = new Uint8Array(10_000_000);
/** Bytes that do not compress, for claims that the ratio alone does not refuse. */
const noise = noiseOf(1_000_000);

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

const safetensors = (shape: number) =>
  safetensorsFile(`{"a":{"dtype":"U8","shape":[${shape}],"data_offsets":[0,${shape}]}}`, noise);
const npy = (descr: string, shape: string, data: Uint8Array = noise) => npyFile(npyDict(descr, shape), data);
const png = (width: number, height: number, raw: Uint8Array = Uint8Array.of(0)) =>
  pngFile({ width, height, depth: 8, colour: 0, raw });

/** Files that claim far more than they hold, and a pattern of the refusal, which must be about the claim. */
const hostile: Record<string, readonly [(file: Uint8Array, where: string) => unknown, Uint8Array, RegExp]> = {
  'IDX of 2^31 pictures': [readIdx, idxFile([2 ** 31, 28, 28], noise), /1683627180032 bytes for/],
  'IDX of 2^128 bytes': [readIdx, idxFile(Array(4).fill(0xffffffff), noise), /fewer than 2\^53/],
  'safetensors with a header of 2^62 bytes': [
    readSafetensors,
    concat(u32le(0, 0x40000000), ascii('{}'), noise),
    /header length/,
  ],
  'safetensors with data of 2^50 bytes': [readSafetensors, safetensors(2 ** 50), /1125899906842624 bytes/],
  '.npy of 2^40 numbers': [readNpy, npy('<f4', `(${2 ** 40},)`), /4398046511104 bytes/],
  '.npy of 2^80 numbers': [readNpy, npy('<f4', `(${2 ** 40}, ${2 ** 40})`), /fewer than 2\^53/],
  '.npy of 2^40 texts without characters': [
    readNpy,
    npy('<U0', `(${2 ** 40},)`, new Uint8Array(0)),
    /plain element type/,
  ],
  '.npy of one text of 10^9 characters': [readNpy, npy('<U999999999', '()'), /3999999996 bytes/],
  '.npy with a head of 4 GiB': [
    readNpy,
    concat([0x93], ascii('NUMPY'), [2, 0], u32le(0xffffffff), noise),
    /header length/,
  ],
  'zip bomb that claims 100 bytes': [readNpz, zipClaiming(deflateRawSync(zeros), 100), /more than 100/],
  'zip that claims 4 GB': [readNpz, zipClaiming(deflateRawSync(zeros), 0xf0000000), /at most 1073741824/],
  'zip that claims 1 GB': [readNpz, zipClaiming(deflateRawSync(noise), 1e9), /1000000000 bytes, as/],
  'gzip bomb that claims 100 bytes': [gunzip, gzipClaiming(zeros, 100), /more than 100/],
  'gzip that claims 1 GB': [gunzip, gzipClaiming(noise, 1e9), /1000000000 bytes, as/],
  'PNG of 60000 x 60000': [readPng, png(60000, 60000), /got 60000 x 60000/],
  'PNG of 4096 x 4096 without pixels': [readPng, png(4096, 4096), /got 16781312/],
  'PNG of 8 x 8 with 10 MB in it': [readPng, png(8, 8, zeros), /more than 72/],
};

/** The memory that `read` leaves in use, in buffers or in the process. Untouched buffers count as well. */
function measureGrowth(read: () => unknown): number {
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

  it.each(Object.entries(hostile))('stays in proportion to the file: %s', (_, [read, bytes, message]) => {
    let refusal: string | undefined;
    const growth = measureGrowth(() => (refusal = refusalOf(() => read(bytes, 'hostile'))));
    expect(refusal).toMatch(message);
    expect(growth).toBeLessThan(4 * bytes.length + 2 ** 24);
  });
});
