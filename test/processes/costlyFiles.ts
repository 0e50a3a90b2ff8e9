/** Files of recordings, sheets and graphs that cost much to read: random, compressible, nested, and legal but huge. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hdf5Group } from '../../src/formats/hdf5.ts';
import { writeHdf5 } from '../../src/formats/hdf5Writer.ts';
import { writePng } from '../../src/formats/png.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';
import { aedatHeader } from '../formats/encoders.ts';
import { chunkedFile } from '../formats/hdf5Files.ts';
import { ascii, concat, pngFile } from '../fuzz/samples.ts';
import { graphGroup, group, ifNode, input, linear, output } from '../nir/graphs.ts';
import { fresh } from './process.ts';

export type Case = readonly [
  name: string,
  make: () => readonly string[],
  /** What the refusal says; nothing where it is read. */
  refusal: RegExp | undefined,
  /** The larger of the file and what is needed of it. */
  needed: number,
];

/** Bytes that do not compress. */
export const noise = new Uint8Array(2 ** 25);
for (let k = 0, word = 7; k < noise.length; k++) {
  word ^= word << 13;
  word ^= word >>> 17;
  word ^= word << 5;
  noise[k] = word;
}

export const file = (name: string, bytes: Uint8Array | string): string => {
  const path = `${fresh('file')}-${name}`;
  writeFileSync(path, bytes);
  return path;
};

const importOf = (bytes: Uint8Array): string[] => {
  const path = file('a.nir', bytes);
  return ['import', path, '--as', 'norse', '--out', `${path}.safetensors`];
};
const nirFile = (graph: Hdf5Group): Uint8Array => writeHdf5(new Map([['node', graph]]));
const small = { i: input(2), l: linear(2, 2), n: ifNode, o: output(2) };
const edges = 'i→l l→n n→o';
/** A small graph, and a tensor beside its fields. */
const withTensor = (name: string, tensor: AnyTensor): Hdf5Group =>
  new Map([['node', graphGroup({ ...small, n: new Map([...group(ifNode), [name, tensor]]) }, edges)]]);
/** Weights of normal size, of which no two rows are equal. */
const weights = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, k) => noise[k % noise.length]! / 256 - 0.5);
function dense(units: number, inputs: number): Uint8Array {
  const weight: AnyTensor = { dtype: 'F32', shape: [units, inputs], data: weights(units * inputs) };
  const l = new Map([...group(linear(1, 1)), ['weight', weight]]);
  return nirFile(graphGroup({ i: input(inputs), l, n: ifNode, o: output(units) }, edges));
}
function nested(depth: number): Hdf5Group {
  return depth === 0
    ? graphGroup(small, edges)
    : graphGroup({ i: input(2), g: nested(depth - 1), o: output(2) }, 'i→g g→o');
}

const graphs: readonly Case[] = [
  ['a NIR graph of 4 million weights', () => importOf(dense(2048, 2048)), undefined, 2 ** 24],
  [
    'a NIR graph with a tensor that nobody asked for',
    () =>
      importOf(
        chunkedFile(new Uint8Array(2 ** 27), 2 ** 24, 2 ** 24, (tensor) => withTensor('junk', tensor)),
      ),
    /junk" expected at most \d+ inflated bytes in a file/,
    2 ** 17,
  ],
  [
    'a NIR graph with a parameter for 134 million neurons',
    () =>
      importOf(
        chunkedFile(new Uint8Array(2 ** 27), 2 ** 24, 2 ** 24, (tensor) => withTensor('v_reset', tensor)),
      ),
    /v_reset" expected at most \d+ inflated bytes in a file/,
    2 ** 17,
  ],
  ['graphs within graphs', () => importOf(nirFile(nested(16))), /at most 32 groups within groups/, 2 ** 17],
  [
    'groups within groups of a NIR graph',
    () => {
      let inner: Hdf5Group = new Map();
      for (let depth = 0; depth < 1000; depth++) inner = new Map([['g', inner]]);
      return importOf(writeHdf5(inner));
    },
    /at most 32 groups within groups/,
    2 ** 20,
  ],
  [
    'a NIR graph of 60,000 nodes',
    () =>
      importOf(
        nirFile(
          graphGroup(Object.fromEntries(Array.from({ length: 60_000 }, (_, k) => [`${k}`, {}])), 'a→b'),
        ),
      ),
    /a text/,
    2 ** 25,
  ],
  [
    'a NIR graph of many texts',
    () =>
      importOf(
        writeHdf5(withTensor('junk', { dtype: 'STR', shape: [65_000], data: Array(65_000).fill('ab') })),
      ),
    /"field of n" expected one of .*, got junk/,
    2 ** 22,
  ],
];

/** A folder like N-MNIST's, with these recordings in each class of both parts. */
function nmnist(count: number, bytes: Uint8Array): string[] {
  const folder = fresh('nmnist');
  for (const part of ['Train', 'Test'])
    for (let digit = 0; digit < 10; digit++) {
      const below = join(folder, part, `${digit}`);
      mkdirSync(below, { recursive: true });
      for (let k = 0; k < count; k++)
        writeFileSync(join(below, `${k}.bin`), digit === 0 && k === 0 ? bytes : fiveBytes(1));
    }
  return ['show', 'nmnist', '0', '--data', folder];
}

const fiveBytes = (count: number): Uint8Array =>
  noise.subarray(0, 5 * count).map((byte, k) => (k % 5 < 2 ? byte % 34 : byte));

/** A folder like that of CIFAR10-DVS, whose first recordings are `bytes`. */
function cifar10dvs(bytes: Uint8Array, count = 1): string[] {
  const folder = fresh('dvs');
  for (const name of 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ')) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let k = 0; k < count; k++)
      writeFileSync(
        join(folder, name, `cifar10_${name}_${k}.aedat`),
        k === 0 ? bytes : aedat(noise.subarray(0, 80)),
      );
  }
  return ['show', 'cifar10-dvs', '0', '--data', folder];
}
const aedat = (events: Uint8Array, header = aedatHeader): Uint8Array =>
  concat(
    ascii(header.map((line) => `${line}\r\n`).join('')),
    events.map((byte, k) => (k % 8 < 2 ? 0 : byte & 127)),
  );

const gestures = {
  input: { channels: 2, height: 128, width: 128 },
  timeWindow: 20,
  threshold: 1,
  layers: [{ kind: 'linear', units: 11 }],
};
function gesture(table: Uint8Array | string, clip: Uint8Array): string[] {
  const folder = fresh('gesture');
  mkdirSync(folder);
  writeFileSync(join(folder, 'labels.csv'), table);
  writeFileSync(join(folder, '1.bs2'), clip);
  writeFileSync(join(folder, '2.bs2'), clip);
  return ['show', 'dvs-gesture', '0', '--data', folder, '--model', file('a.json', JSON.stringify(gestures))];
}

/** A folder of six sheets that are alike. */
function sheets(bytes: Uint8Array, labels = `[${'7,'.repeat(49_999)}7]`): string[] {
  const folder = fresh('sheets');
  mkdirSync(folder);
  const first = join(folder, 'test_batch.png');
  writeFileSync(first, bytes);
  for (let k = 1; k < 6; k++) copyFileSync(first, join(folder, `data_batch_${k}.png`));
  writeFileSync(join(folder, 'train_lables.json'), labels);
  writeFileSync(join(folder, 'test_lables.json'), `[${'7,'.repeat(9_999)}7]`);
  return ['show', 'cifar10', '0', '--data', folder, '--part', 'train', '--window', '4'];
}

const rowBytes = 1 + 3 * 1024;
const part = 50_000 * 3072;

const recordings: readonly Case[] = [
  ['recordings of N-MNIST, the first of 6 million events', () => nmnist(1, fiveBytes(6e6)), undefined, 3e7],
  ['10,000 recordings of an event', () => nmnist(500, fiveBytes(1)), undefined, 2 ** 20],
  ['a recording of 4 million events of CIFAR10-DVS', () => cifar10dvs(aedat(noise)), undefined, 2 ** 25],
  ['a recording of zeros', () => cifar10dvs(aedat(new Uint8Array(2 ** 25))), undefined, 2 ** 25],
  [
    'a recording with a header of 30 MB',
    () => cifar10dvs(aedat(noise.subarray(0, 80), [...aedatHeader, `#${'a'.repeat(3e7)}`])),
    /header" expected at most 65536 bytes/,
    3e7,
  ],
  [
    'a recording with a header of 8 million lines',
    () => cifar10dvs(aedat(noise.subarray(0, 80), [...aedatHeader, '#\n'.repeat(8e6).slice(0, -1)])),
    /header" expected at most 65536 bytes/,
    2 ** 24,
  ],
  [
    'clips of 6 million events',
    () => gesture('file,class\n1.bs2,1\n2.bs2,2\n', fiveBytes(6e6)),
    undefined,
    3e7,
  ],
  ['a table of 4 million clips', () => gesture('a.bs2,1\n'.repeat(4e6), fiveBytes(1)), /at most 16384/, 32e6],
  ['a table of a line', () => gesture(`file,class\n1.bs2${',1'.repeat(1e7)}`, fiveBytes(1)), undefined, 2e7],
];

const pictures: readonly Case[] = [
  [
    'blank sheets of CIFAR-10',
    () => sheets(writePng(1024, 10_000, new Uint8Array(3 * 1024 * 10_000))),
    undefined,
    part,
  ],
  [
    'sheets of CIFAR-10 of noise',
    () =>
      sheets(
        pngFile({
          width: 1024,
          height: 10_000,
          depth: 8,
          colour: 2,
          raw: Uint8Array.from({ length: rowBytes * 10_000 }, (_, k) => (k % rowBytes ? noise[k]! : 0)),
        }),
      ),
    undefined,
    part,
  ],
  [
    'a sheet of 16 bits',
    () =>
      sheets(
        pngFile({
          width: 1024,
          height: 10_000,
          depth: 16,
          colour: 6,
          raw: new Uint8Array(10_000 * (1 + 8 * 1024)),
        }),
      ),
    /sheet/,
    10_000 * 8 * 1024,
  ],
  [
    'nested labels of sheets',
    () => sheets(writePng(1, 1, new Uint8Array(1)), '[[],'.repeat(7e6)),
    /labels/,
    28e6,
  ],
];

export const costly: readonly Case[] = [...graphs, ...recordings, ...pictures];
