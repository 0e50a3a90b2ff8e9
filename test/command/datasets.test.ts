/** The command reads a folder of images in each usual form, and refuses a damaged one. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { asfbp, fresh, json, namesIn, refusalOf } from './command.ts';
import { copied } from './sets.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const data = writeDataset('data', 12, 6);
const model = writeNetwork('small', smallNetwork);

async function digestOf(dataset: string): Promise<string> {
  const lines = await json([...shortTraining(dataset, model), '--out', fresh()]);
  return lines.at(-1)!['digest'] as string;
}

describe('a folder of images', () => {
  test('may have its files with a dot in the name, or compressed', async () => {
    const [dotted, compressed] = [copied(data), copied(data)];
    for (const name of namesIn(data)) {
      renameSync(join(dotted, name), join(dotted, name.replace('-idx', '.idx')));
      writeFileSync(join(compressed, `${name}.gz`), gzipSync(readFileSync(join(compressed, name))));
      rmSync(join(compressed, name));
    }
    const expected = await digestOf(data);
    expect([await digestOf(dotted), await digestOf(compressed)]).toEqual([expected, expected]);
  });
});

test('evaluate needs no training images', async () => {
  const out = fresh();
  const [last] = (await json([...shortTraining(data, model), '--out', out])).slice(-1);
  const folder = copied(data);
  for (const name of namesIn(folder).filter((each) => each.startsWith('train'))) rmSync(join(folder, name));
  const [answer] = await json(['evaluate', join(out, 'model.safetensors'), '--dataset', folder]);
  expect(answer).toMatchObject({ samples: 6, accuracy: last!['accuracy'] });
});

/** Changes one file of a folder. */
function edit(name: string, change: (bytes: Buffer) => Uint8Array): (folder: string) => void {
  return (folder) => writeFileSync(join(folder, name), change(readFileSync(join(folder, name))));
}

const images = 'train-images-idx3-ubyte';
const labels = 'train-labels-idx1-ubyte';

const wrong: readonly [name: string, change: (folder: string) => void, expected: RegExp][] = [
  ['no labels', (folder) => rmSync(join(folder, labels)), /a file train-labels-idx1-ubyte or/],
  ['no test images', (folder) => rmSync(join(folder, 't10k-images-idx3-ubyte')), /a file t10k-images-idx3/],
  [
    'images that are cut short',
    edit(images, (bytes) => bytes.subarray(0, 700)),
    /train-images-idx3-ubyte: .*got/,
  ],
  [
    'training and test labels exchanged',
    (folder) => {
      renameSync(join(folder, labels), join(folder, 'x'));
      renameSync(join(folder, 't10k-labels-idx1-ubyte'), join(folder, labels));
      renameSync(join(folder, 'x'), join(folder, 't10k-labels-idx1-ubyte'));
    },
    /"train-labels" expected 12 labels, one per image, got 6/,
  ],
  [
    'images without columns',
    edit(images, (bytes) => bytes.fill(0, 15, 16).subarray(0, 16)),
    /"train-images" expected images of 1 × 1 to 4096 × 4096, got 8 × 0/,
  ],
  [
    'no image',
    (folder) => {
      edit(images, (bytes) => bytes.fill(0, 7, 8).subarray(0, 16))(folder);
      edit(labels, (bytes) => bytes.fill(0, 7, 8).subarray(0, 8))(folder);
    },
    /expected at least one sample, got 0/,
  ],
  ['labels in place of images', edit(images, () => readFileSync(join(data, labels))), /three dimensions/],
  ['a label too few', edit(labels, shortened), /"train-labels" expected 12 labels, one per image, got 11/],
  [
    'a label that is no class',
    edit(labels, (bytes) => bytes.fill(9, bytes.length - 1)),
    /labels from 0 to 3.*got 9 at sample 11/,
  ],
  [
    'a file that is a folder',
    (folder) => (rmSync(join(folder, labels)), mkdirSync(join(folder, labels))),
    /it is a folder/,
  ],
  [
    'a gzip file that is damaged',
    (folder) => {
      const packed = gzipSync(readFileSync(join(folder, labels)));
      rmSync(join(folder, labels));
      writeFileSync(join(folder, `${labels}.gz`), packed.fill(0, 12, 16));
    },
    /train-labels-idx1-ubyte\.gz/,
  ],
];

/** An IDX file with one byte less, and one element less in its header. */
function shortened(bytes: Buffer): Uint8Array {
  bytes.writeUInt32BE(bytes.readUInt32BE(4) - 1, 4);
  return bytes.subarray(0, -1);
}

describe.concurrent('a folder of images is refused that has', () => {
  test.each(wrong)('%s', async (_, change, expected) => {
    const folder = copied(data);
    change(folder);
    const out = fresh();
    const line = refusalOf(await asfbp(['train', '--dataset', folder, '--model', model, '--out', out]));
    expect(line).toMatch(expected);
    expect(namesIn(out)).toEqual([]);
  });
});
