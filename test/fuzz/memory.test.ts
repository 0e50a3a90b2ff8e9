/**
 * A reader needs at most four times the memory of a file, even if the file describes as many things as possible, or claims far more
 * than it holds.
 */
import { gzipSync } from 'node:zlib';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { gunzip } from '../../src/command/readers/images.ts';
import { openArrays, openNpz } from '../../src/command/readers/npz.ts';
import { splitClasses } from '../../src/command/readers/place.ts';
import { readAedat } from '../../src/formats/aedat.ts';
import { readCifar10Labels } from '../../src/formats/cifar10Sheets.ts';
import { readLabels } from '../../src/formats/events.ts';
import { writeHdf5 } from '../../src/formats/hdf5Writer.ts';
import { readIdx } from '../../src/formats/idx.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { readNpz, writeNpz } from '../../src/formats/npz.ts';
import { readPng } from '../../src/formats/png.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';
import { writeZip } from '../../src/formats/zipWriter.ts';
import { decodeModel } from '../../src/modelFile/model.ts';
import { network } from '../../src/network/network.ts';
import { encodeAedatWords } from '../formats/encoders.ts';
import { chunkedFile, readWhole } from '../formats/hdf5Files.ts';
import { isWhole } from '../support.ts';
import { collectGarbage, measureAllocation } from './measure.ts';
import { checkRefusal } from './refusal.ts';
import { ascii, concat, idxFile, noiseOf, npyDict, npyFile, pngFile } from './samples.ts';
import { safetensorsFile, tensorOf, u32le, writeSafetensors } from './samples.ts';

/** A third of the bytes of a file. `npm test` uses half as many. */
const third = isWhole ? 2 ** 23 : 2 ** 22;
/** Incompressible bytes. */
const noise = noiseOf(3 * third);
/** Half of these bytes, for pictures. */
const half = noise.subarray(0, noise.length / 2);
/** The contents of a file whose header claims more bytes. */
const few = noise.subarray(0, 1_000_000);
/** Bytes that compress well. */
const zeros = new Uint8Array(2 ** 25);

/** The part of the limit that is the same for all files: V8 collects young garbage only at 16 MiB. */
const constant = 2 ** 24;

const npy = (descr: string, shape: string, data: Uint8Array): Uint8Array =>
  concat(npyFile(npyDict(descr, shape), []), data);
const npz = (arrays: Record<string, AnyTensor>): Uint8Array => writeNpz(Object.entries(arrays));
const u8 = (shape: readonly number[], data = noise): AnyTensor => ({ dtype: 'U8', shape, data });
const spikes: AnyTensor = { dtype: 'I8', shape: [third / 2048, 6, 1024], data: new Int8Array(noise.buffer) };
const images = u8([noise.length / 1024, 1024]);
const classes = (count: number): AnyTensor => u8([count], new Uint8Array(count));
const one = tensorOf('U8', [1, 1024], noise.subarray(0, 1024));
const junk = u8([zeros.length], zeros);
const { plan } = network({
  input: { channels: 1, height: 32, width: 32 },
  timeWindow: 6,
  threshold: 1,
  layers: [{ kind: 'linear', units: 10 }],
});
/** The header of a safetensors file with `count` items. */
const header = (count: number, item: (k: number) => string, before = '', after = ''): Uint8Array =>
  safetensorsFile(`{${before}${Array.from({ length: count }, (_, k) => item(k)).join()}${after}}`, []);
const tensor = (size: number) => `"a":{"dtype":"U8","shape":[${size}],"data_offsets":[0,${size}]}`;
const png = (width: number, height: number, raw: Uint8Array = Uint8Array.of(0)) =>
  pngFile({ width, height, depth: 8, colour: 0, raw });
/** Overwrites the sizes at some places of a file. */
function claiming(file: Uint8Array, size: number, ...places: readonly number[]): Uint8Array {
  for (const at of places) file.set(u32le(size), at < 0 ? file.length + at : at);
  return file;
}
const gzip = (data: Uint8Array, size: number) => claiming(gzipSync(data), size, -4);
/** A zip whose local header and directory claim the length `size`. */
const zip = (data: Uint8Array, size: number) => claiming(writeZip([['a.npy', data]]), size, 22, -49);

type Read = (file: Uint8Array, where: string) => unknown;
type Files = Record<string, readonly [make: () => Uint8Array, read: Read]>;

const toTrain: Read = (file, where) => openNpz(where, file, where).read({ plan, seed: 1 }).train();
const unpacked: Read = (file, where) => gunzip(file, where, where);
const toPredict: Read = (file, where) => openArrays(where, file, plan);
const labels: Read = (file, where) => readLabels(file, 1, 11, where);
const listOfLabels: Read = (file, where) => readCifar10Labels(file, 50_000, where);
const manyGroups = () =>
  new Map(Array.from({ length: 30_000 }, (_, k) => [`${k}`, u8([1], noise.slice(0, 1))]));
const text = () => noise.map((_, k) => +(k % 4 < 1));

const files: Files = {
  idx: [() => concat(idxFile([noise.length], new Uint8Array(0)), noise), readIdx],
  gzip: [() => gzipSync(noise), unpacked],
  'a header of many texts': [
    () => header(third / 28, (k) => `"${k}":""`, '"__metadata__":{', '}'),
    readSafetensors,
  ],
  'hdf5 of many groups': [() => writeHdf5(manyGroups()), readWhole],
  'npy of binary16': [() => npy('<f2', `(${noise.length / 2},)`, noise), readNpy],
  'npy of one text': [() => npy(`<U${noise.length / 4}`, '()', text()), readNpy],
  npz: [() => writeNpz([['a', u8([noise.length])]]), readNpz],
  'labels of sheets, nested': [() => ascii('[[],'.repeat(third / 4)), listOfLabels],
  'labels in many columns': [() => ascii(`a,b\na,1${',1'.repeat(third / 2)}`), labels],
  aedat: [
    () =>
      concat(
        encodeAedatWords([]),
        noise.map((byte, k) => (k % 8 < 2 ? 0 : byte & 127)),
      ),
    readAedat,
  ],
  'images of a data set': [() => npz({ images, labels: classes(noise.length / 1024) }), toTrain],
  'images beside junk': [() => npz({ junk, images: one, labels: classes(1) }), toTrain],
  'spikes to predict': [() => npz({ spikes }), toPredict],
  'many samples to predict': [
    () => npz({ images: u8([2 ** 17, 1], noise.subarray(0, 2 ** 17)) }),
    (file, where) => openArrays(where, file, { ...plan, input: { channels: 1, height: 1, width: 1 } }),
  ],
};

/**
 * A PNG is inflated into a growing array, and its samples are copied into another one. V8 decides when to free the first, so the
 * limit is for both.
 */
const pictures: Files = {
  'interlaced png': [
    () => encode({ width: 2048, height: third / 4096, channels: 3, data: half }, { interlace: 'Adam7' }),
    readPng,
  ],
};

const nest = { 'asf-bp': '1', network: '['.repeat(5e6) };

const hostile: Files = {
  'IDX of 2^31 pictures': [() => idxFile([2 ** 31, 28, 28], few), readIdx],
  'IDX of 2^128 bytes': [() => idxFile(Array(4).fill(0xffffffff), few), readIdx],
  'safetensors with a header of 2^62 bytes': [
    () => concat(u32le(0, 2 ** 30), ascii('{}'), few),
    readSafetensors,
  ],
  'safetensors of 2^50 bytes': [
    () =>
      concat(
        header(1, () => tensor(2 ** 50)),
        few,
      ),
    readSafetensors,
  ],
  '.npy of 2^40 numbers': [() => npy('<f4', `(${2 ** 40},)`, few), readNpy],
  '.npy of 2^80 numbers': [() => npy('<f4', `(${2 ** 40}, ${2 ** 40})`, few), readNpy],
  '.npy of 2^40 texts without characters': [() => npy('<U0', `(${2 ** 40},)`, new Uint8Array(0)), readNpy],
  '.npy of one text of 10^9 characters': [() => npy('<U999999999', '()', few), readNpy],
  '.npy with a head of 4 GiB': [() => concat(ascii('\x93NUMPY\x02\x00'), u32le(2 ** 32 - 1), few), readNpy],
  'zip bomb that claims 100 bytes': [() => zip(zeros, 100), readNpz],
  'zip that claims 4 GB': [() => zip(zeros, 0xf0000000), readNpz],
  'zip that claims 1 GB': [() => zip(few, 1e9), readNpz],
  'gzip bomb that claims 100 bytes': [() => gzip(zeros, 100), unpacked],
  'gzip that claims 1 GB': [() => gzip(few, 1e9), unpacked],
  'hdf5 with chunks of 50 MB': [() => chunkedFile(few, few.length, 5e7), readWhole],
  'PNG of 60000 x 60000': [() => png(60000, 60000), readPng],
  'PNG of 4096 x 4096 without pixels': [() => png(4096, 4096), readPng],
  'PNG of 8 x 8 with 32 MB in it': [() => png(8, 8, zeros), readPng],
  'a model with a nest of 5 MB': [() => writeSafetensors({ one }, nest), decodeModel],
  'an array of another shape': [() => npz({ images: junk, labels: classes(1) }), toTrain],
  'an array of another shape to predict': [() => npz({ images: junk }), toPredict],
  'images of 200 MB in a file of 0.2 MB': [
    () => npz({ images: u8([196_608, 1024], new Uint8Array(3 * 2 ** 26)), labels: classes(196_608) }),
    toTrain,
  ],
  'labels of another number': [() => npz({ images: one, labels: junk }), toTrain],
};

/**
 * Reads a file up to 32 times, until a try needs less memory than `bound`. Repeating is fair, because uncollected garbage can only
 * add memory: of five tries with an interlaced picture, three exceed the bound. Returns the least peak, and whether the file was
 * refused.
 */
function measure(file: Uint8Array, read: Read, bound: number): { peak: number; isRefused: boolean } {
  let [least, isRefused] = [Infinity, false];
  for (let tries = 0; tries < 32 && least >= bound; tries++) {
    collectGarbage();
    const { peak } = measureAllocation(() => {
      try {
        read(file, 'large');
      } catch (error) {
        checkRefusal(error);
        isRefused = true;
      }
    });
    least = Math.min(least, peak);
  }
  return { peak: least, isRefused };
}

describe.each([
  ['memory is at most four times the file', 4, files],
  ['all that is allocated for a picture is at most seven times the file', 7, pictures],
  ['no memory is taken for what a file claims', 4, hostile],
] as const)('%s', (_title, times, some) => {
  it.each(Object.entries<Files[string]>(some))('%s', { timeout: 120_000 }, (_, [make, read]) => {
    const file = make();
    const bound = times * file.length + constant;
    const { peak, isRefused } = measure(file, read, bound);
    expect(peak).toBeLessThan(bound);
    if (some === hostile) expect(isRefused).toBe(true);
  });
});

it('to split samples into two parts, 16 bytes per sample suffice', () => {
  const count = 2 ** 20;
  collectGarbage();
  expect(measureAllocation(() => splitClasses(count, (i) => i % 10)).total).toBeLessThan(16 * count);
});
