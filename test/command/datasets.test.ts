/** The command reads IDX files in each usual form, and refuses damaged ones. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readIdxFile } from '../../src/command/readers/images.ts';
import { countRefusals } from '../fuzz/refusal.ts';
import { ascii, concat, idxFile } from '../fuzz/samples.ts';
import { asfbp, fresh, json, namesIn, refusalOf } from './command.ts';
import { copied } from './sets.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const data = writeDataset('data', 12, 6);
const model = writeNetwork('small', smallNetwork);
const [images, labels] = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'];

test('the files may have a dot in the name, or be compressed; evaluate needs no training images', async () => {
  const out = fresh();
  const last = async (folder: string, ...more: string[]): Promise<Record<string, any>> =>
    (await json([...shortTraining(folder, model), '--out', fresh(), ...more])).at(-1)!;
  const [dotted, compressed, tested] = [copied(data), copied(data), copied(data)];
  for (const name of namesIn(data)) {
    renameSync(join(dotted, name), join(dotted, name.replace('-idx', '.idx')));
    writeFileSync(join(compressed, `${name}.gz`), gzipSync(readFileSync(join(compressed, name))));
    rmSync(join(compressed, name));
    if (name.startsWith('train')) rmSync(join(tested, name));
  }
  const { digest, accuracy } = await last(data, '--out', out);
  for (const folder of [dotted, compressed]) expect(await last(folder)).toMatchObject({ digest });
  expect(await json(['evaluate', out, '--dataset', tested])).toMatchObject([{ samples: 6, accuracy }]);
});

const edit =
  (name: string, change: (bytes: Buffer) => Uint8Array, to = name) =>
  (folder: string): void => {
    const bytes = readFileSync(join(folder, name));
    rmSync(join(folder, name));
    writeFileSync(join(folder, to), change(bytes));
  };
/** Removes the last byte of an IDX file, and lowers the count of elements in its header by 1. */
function shortened(bytes: Buffer): Uint8Array {
  bytes.writeUInt32BE(bytes.readUInt32BE(4) - 1, 4);
  return bytes.subarray(0, -1);
}
const empty = (name: string, header: number) =>
  edit(name, (bytes) => bytes.fill(0, 7, 8).subarray(0, header));

test.each<[name: string, change: (folder: string) => unknown, words: string]>([
  ['no labels', (folder) => rmSync(join(folder, labels)), `a file ${labels} or`],
  ['no test images', (folder) => rmSync(join(folder, 't10k-images-idx3-ubyte')), 'a file t10k-images-idx3'],
  ['images that are cut short', edit(images, (bytes) => bytes.subarray(0, 700)), images],
  ['a label too few', edit(labels, shortened), '"train-labels" expected 12 labels, one per image, got 11'],
  ['images without columns', edit(images, (bytes) => bytes.fill(0, 15, 16).subarray(0, 16)), 'got 8 × 0'],
  ['no image', (folder) => [empty(images, 16)(folder), empty(labels, 8)(folder)], ', got 0'],
  ['labels in place of images', edit(images, () => readFileSync(join(data, labels))), 'three dimensions'],
  ['a label that is no class', edit(labels, (bytes) => bytes.fill(9, bytes.length - 1)), 'got 9 at sample'],
  [
    'a file that is a folder',
    (folder) => [rmSync(join(folder, labels)), mkdirSync(join(folder, labels))],
    'it is a folder',
  ],
  [
    'a gzip of far more images than bytes',
    edit(images, () => gzipSync(Buffer.alloc(21e7), { level: 1 }), `${images}.gz`),
    'MB of arrays for this compressed file, got 210 MB; decompress it with gunzip',
  ],
  [
    'a damaged gzip',
    edit(labels, (bytes) => gzipSync(bytes).fill(0, 12, 16), `${labels}.gz`),
    `${labels}.gz`,
  ],
])('a folder of images is refused that has %s', async (_, change, words) => {
  const [folder, out] = [copied(data), fresh()];
  change(folder);
  const line = refusalOf(await asfbp(['train', '--dataset', folder, '--model', model, '--out', out]));
  expect(line).toContain(words);
  expect(namesIn(out)).toEqual([]);
});

test('a gzip is read as what is in it, or refused: with one bit wrong, with bytes behind it, with another size', () => {
  const whole = idxFile([400], ascii('spikes and silence, '.repeat(20)));
  const file = new Uint8Array(gzipSync(whole));
  const read = (bytes: Uint8Array) => readIdxFile(bytes, 'a.gz', 'train');
  expect(read(file)).toEqual(read(whole));
  const refused = countRefusals(file, (damaged) => expect(read(damaged)).toEqual(read(whole)));
  // Six bytes (time, level and system) and the flag for text do not matter.
  expect(refused).toBeGreaterThan(8 * (file.length - 8));
  const next = '; the file is damaged, cut short, or continues after its end';
  const wrong: readonly [string, Uint8Array][] = [
    ['408 bytes in it, as its end says, got more', concat(file, file)],
    ['0 bytes in it, as its end says, got more', concat(file, [0, 0, 0, 0])],
    ['got incorrect header check', concat(file, [1, 1, 1, 0])],
    ['got unexpected end of file', file.subarray(0, 30)],
    ['got incorrect data check', concat(file.subarray(0, -8), [0], file.subarray(-7))],
    ['got incorrect length check', concat(file.subarray(0, -4), [153, 1, 0, 0])],
  ];
  for (const [expected, bytes] of wrong) expect(() => read(bytes)).toThrow(`${expected}${next}`);
});
