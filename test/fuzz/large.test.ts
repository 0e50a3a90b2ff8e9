/**
 * A reader needs at most four times the memory of a file of megabytes, even if the file describes as much as
 * its bytes allow.
 */
import { gzipSync } from 'node:zlib';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { openArrays, openNpz } from '../../src/command/readers/npz.ts';
import { InputError } from '../../src/errors.ts';
import { readAedat } from '../../src/formats/aedat.ts';
import { readCifar10, readCifar10Labels, readCifar10Sheet } from '../../src/formats/cifar10.ts';
import { readEvents, readLabels } from '../../src/formats/events.ts';
import { gunzip } from '../../src/formats/gzip.ts';
import { writeHdf5 } from '../../src/formats/hdf5Writer.ts';
import { readIdx } from '../../src/formats/idx.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { readNpz, writeNpz } from '../../src/formats/npz.ts';
import { readPng, writePng } from '../../src/formats/png.ts';
import { readSafetensors, writeSafetensors } from '../../src/formats/safetensors.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';
import { network } from '../../src/network/network.ts';
import { encodeAedatWords } from '../formats/encoders.ts';
import { readWhole } from '../formats/hdf5Files.ts';
import { isWhole } from '../support.ts';
import { collectGarbage, measureAllocation } from './measure.ts';
import { ascii, concat, idxFile, noiseOf, npyDict, npyFile, safetensorsFile } from './samples.ts';

/** A third of the bytes of a file, and half as many in `npm test`. */
const third = isWhole ? 2 ** 23 : 2 ** 22;

/** Bytes that do not compress. */
const noise = noiseOf(3 * third);

/** The bytes of a picture. */
const half = noise.subarray(0, noise.length / 2);

/** The part that does not depend on the file: V8 collects young garbage when there are 16 MiB of it. */
const constant = 2 ** 24;

const npy = (descr: string, shape: string, data: Uint8Array): Uint8Array =>
  concat(npyFile(npyDict(descr, shape), []), data);
const npz = (arrays: Record<string, AnyTensor>): Uint8Array =>
  writeNpz(Object.entries(arrays), { compress: false });
const u8 = (shape: readonly number[], data = noise): AnyTensor => ({ dtype: 'U8', shape, data });
const spikes: AnyTensor = { dtype: 'I8', shape: [third / 2048, 6, 1024], data: new Int8Array(noise.buffer) };
const images = u8([noise.length / 1024, 1024]);
const classes = (count: number): AnyTensor => u8([count], new Uint8Array(count));
const { plan } = network({
  input: { channels: 1, height: 32, width: 32 },
  timeWindow: 6,
  threshold: 1,
  layers: [{ kind: 'linear', units: 10 }],
});
/** The header of a safetensors file with `count` items. */
const header = (count: number, item: (k: number) => string, before = '', after = ''): Uint8Array =>
  safetensorsFile(`{${before}${Array.from({ length: count }, (_, k) => item(k)).join()}${after}}`, []);

type Files = Record<string, readonly [() => Uint8Array, (file: Uint8Array, where: string) => unknown]>;

const files: Files = {
  idx: [() => concat(idxFile([noise.length], new Uint8Array(0)), noise), readIdx],
  gzip: [() => gzipSync(noise), gunzip],
  'a header of many texts': [
    () => header(third / 28, (k) => `"${k}":""`, '"__metadata__":{', '}'),
    readSafetensors,
  ],
  'hdf5 of many groups': [
    () => writeHdf5(new Map(Array.from({ length: 30_000 }, (_, k) => [`${k}`, u8([1], noise.slice(0, 1))]))),
    readWhole,
  ],
  'npy of binary16': [() => npy('<f2', `(${noise.length / 2},)`, noise), readNpy],
  'npy of one text': [
    () =>
      npy(
        `<U${noise.length / 4}`,
        '()',
        noise.map((_, k) => +(k % 4 < 1)),
      ),
    readNpy,
  ],
  npz: [() => writeNpz([['a', u8([noise.length])]]), readNpz],
  'labels of sheets, nested': [
    () => ascii('[[],'.repeat(third / 4)),
    (file, where) => readCifar10Labels(file, 50_000, where),
  ],
  'labels in many columns': [
    () => ascii(`a,b\na,1${',1'.repeat(third / 2)}`),
    (file, where) => readLabels(file, 1, 11, where),
  ],
  aedat: [
    () =>
      concat(
        encodeAedatWords([]),
        noise.map((byte, k) => (k % 8 < 2 ? 0 : byte & 127)),
      ),
    readAedat,
  ],
  'images of a data set': [
    () => npz({ images, labels: classes(noise.length / 1024) }),
    (file, where) => openNpz(where, file, where).read({ plan, seed: 1 }).train(),
  ],
  'spikes to predict': [() => npz({ spikes }), (file, where) => openArrays(where, file, plan)],
};

/** Readers that work as another of the list; `npm test` leaves them out. */
const alike: Files = {
  safetensors: [() => writeSafetensors({ a: u8([noise.length]) as never }), readSafetensors],
  'a header of many tensors': [
    () => header(1e5, (k) => `"${k}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`),
    readSafetensors,
  ],
  'npy of many texts': [() => npy('<U1', '(1000000,)', new Uint8Array(4e6)), readNpy],
  'labels of sheets': [
    () => ascii(`[${'7,'.repeat(third / 2)}7]`),
    (file, where) => readCifar10Labels(file, 50_000, where),
  ],
  'a header of many dimensions': [
    () => header(1, () => `"a":{"dtype":"U8","shape":[${'1,'.repeat(2e6)}1],"data_offsets":[0,1]}`),
    readSafetensors,
  ],
  hdf5: [() => writeHdf5(new Map([['a', u8([noise.length])]])), readWhole],
  'hdf5 of many texts': [
    () => writeHdf5(new Map([['a', { dtype: 'STR', shape: [65_535], data: Array(65_535).fill('ab') }]])),
    readWhole,
  ],
  cifar10: [
    () => noise.slice(0, 3073 * Math.floor(noise.length / 3073)).map((byte, k) => (k % 3073 ? byte : 9)),
    readCifar10,
  ],
  'labels in many lines': [
    () => ascii('a,1\n'.repeat(third / 4)),
    (file, where) => readLabels(file, 1, 11, where),
  ],
  events: [
    () => noise.slice(0, 5 * (third / 2)).map((byte, k) => (k % 5 < 2 ? byte % 34 : byte)),
    (file, where) => readEvents(file, { width: 34, height: 34 }, where),
  ],
  'spikes of a data set': [
    () => npz({ spikes, labels: classes(third / 2048) }),
    (file, where) => openNpz(where, file, where).read({ plan, seed: 1 }).train(),
  ],
  'images to predict': [() => npz({ images }), (file, where) => openArrays(where, file, plan)],
};

/**
 * A PNG is inflated twice, once to verify it, and rebuilt in between: seven times the file in all, of which
 * three are in use at a time. V8 chooses when to free the rest, so the bound is on all.
 */
const pictures: Files = {
  'interlaced png': [
    () => encode({ width: 2048, height: third / 4096, channels: 3, data: half }, { interlace: 'Adam7' }),
    readPng,
  ],
};
const alikePictures: Files = {
  'gray png': [() => writePng(4096, half.length / 4096, half), readPng],
  'sheet of CIFAR-10': [
    () => writePng(1024, half.length / 3072, half),
    (file, where) => readCifar10Sheet(file, half.length / 3072, where),
  ],
};

/**
 * The greatest memory of a reader: the least result of at most 32 tries, since uncollected garbage only adds
 * to a try. Three of five tries with an interlaced picture are above the bound.
 */
function peakOf(file: Uint8Array, read: (file: Uint8Array, where: string) => unknown, bound: number): number {
  const measured = (): number => {
    collectGarbage();
    const { peak } = measureAllocation(() => {
      try {
        return read(file, 'large');
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    });
    return peak;
  };
  let least = Infinity;
  for (let tries = 0; tries < 32 && least >= bound; tries++) least = Math.min(least, measured());
  return least;
}

describe.each([
  ['memory is at most four times the file', 4, files, alike],
  [
    'all that is allocated for a picture, garbage included, is at most seven times the file',
    7,
    pictures,
    alikePictures,
  ],
] as const)('%s', (_title, times, some, others) => {
  const cases = Object.entries({ ...some, ...(isWhole && others) });
  it.each(cases)('%s', { timeout: 120_000 }, (_, [make, read]) => {
    const file = make();
    const bound = times * file.length + constant;
    expect(peakOf(file, read, bound)).toBeLessThan(bound);
  });
});
