/** The command opens CIFAR-10 and arrays of .npz files as data sets, and refuses damaged ones. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { splitClasses } from '../../src/command/readers/place.ts';
import { writeNpz } from '../../src/formats/npz.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';
import { network } from '../../src/network/network.ts';
import { encodeCifar10, encodeSheet } from '../formats/encoders.ts';
import { refusalOf as refused } from '../fuzz/refusal.ts';
import { asfbp, fresh, json, refusalOf } from './command.ts';
import { copied, draw, framesOf, netOf, open } from './sets.ts';
import { classes, pictureOf, smallNetwork, writeNetwork } from './world.ts';

describe('cifar10', () => {
  const net = netOf(3, 32, 2);
  const picture = (k: number): Uint8Array => new Uint8Array(3072).fill(k);
  const folder = fresh('cifar10');
  mkdirSync(folder);
  for (const [k, name] of [
    'data_batch_1',
    'data_batch_2',
    'data_batch_3',
    'data_batch_4',
    'data_batch_5',
  ].entries())
    writeFileSync(
      join(folder, `${name}.bin`),
      encodeCifar10([k, 9 - k], [picture(10 * k), picture(10 * k + 1)]),
    );
  writeFileSync(join(folder, 'test_batch.bin'), encodeCifar10([7], [picture(200)]));

  test('is the five batches one after the other, and the test batch, here or one folder below', () => {
    const below = fresh('cifar10');
    mkdirSync(below);
    cpSync(folder, join(below, 'cifar-10-batches-bin'), { recursive: true });
    for (const each of [folder, below]) {
      const set = open('cifar10', each, net);
      const train = set.train();
      expect(Array.from({ length: train.length }, (_, i) => train.label(i))).toEqual([
        0, 9, 1, 8, 2, 7, 3, 6, 4, 5,
      ]);
      const input = train.input(7, { ...draw, sample: 7 });
      expect('intensities' in input && input.intensities[0]).toBe((31 / 255 - 0.4914) / 0.557);
      expect([set.test().length, set.test().label(0)]).toEqual([1, 7]);
    }
  });

  test.each<[string, (file: string) => void, RegExp]>([
    [
      'is cut short',
      (file) => writeFileSync(file, new Uint8Array(3074)),
      /; the image at byte 3073 is cut short$/,
    ],
    [
      'is a folder',
      (file) => (rmSync(file), mkdirSync(file)),
      /^train: cannot read .*data_batch_3\.bin: it is a folder$/,
    ],
  ])('is refused where a batch %s', (_, change, expected) => {
    const copy = copied(folder);
    change(join(copy, 'data_batch_3.bin'));
    const message = refused(() => open('cifar10', copy, net).train());
    expect(message).toContain('data_batch_3.bin');
    expect(message).toMatch(expected);
  });

  test('is refused where a batch is missing', () => {
    const copy = copied(folder);
    rmSync(join(copy, 'data_batch_4.bin'));
    expect(refused(() => open('cifar10', copy, net).train())).toMatch(
      /expected data_batch_1\.bin … .*, got not all of data_batch_1\.bin … or .*; such data comes from https/,
    );
  });
});

describe('sheets of CIFAR-10', () => {
  const net = netOf(3, 32, 2);
  /** A folder with small, wrong sheets and right lists of labels. */
  function writeSheets(): string {
    const folder = fresh('sheets');
    mkdirSync(folder);
    for (const name of [
      'data_batch_1',
      'data_batch_2',
      'data_batch_3',
      'data_batch_4',
      'data_batch_5',
      'test_batch',
    ])
      writeFileSync(join(folder, `${name}.png`), encodeSheet([new Uint8Array(3072), new Uint8Array(3072)]));
    writeFileSync(join(folder, 'train_lables.json'), JSON.stringify(Array(50_000).fill(1)));
    writeFileSync(join(folder, 'test_lables.json'), JSON.stringify(Array(10_000).fill(9)));
    return folder;
  }

  test.each<[string, 'train' | 'test', (folder: string) => void, RegExp]>([
    [
      'a sheet of another size',
      'train',
      () => {},
      /data_batch_1\.png: "sheet" expected 1024 × 10000, 3 × 8 bits, got 1024 × 2, 3 × 8 bits$/,
    ],
    [
      'lists of labels that are exchanged',
      'train',
      (folder) => cpSync(join(folder, 'test_lables.json'), join(folder, 'train_lables.json')),
      /train_lables\.json: "labels" expected a list of 50000, one per image, got 10000$/,
    ],
    [
      'no labels',
      'test',
      (folder) => rmSync(join(folder, 'test_lables.json')),
      /^train: cannot read .*test_lables\.json: no such file or folder$/,
    ],
  ])('are refused with %s', (_, part, change, expected) => {
    const folder = writeSheets();
    change(folder);
    expect(refused(() => open('cifar10', folder, net)[part]())).toMatch(expected);
  });
});

describe('an .npz file', () => {
  const net = network(smallNetwork as Parameters<typeof network>[0]);
  const samples = Array.from({ length: 20 }, (_, i) => pictureOf(i));
  const u8 = (shape: readonly number[], values: readonly number[]): AnyTensor => ({
    dtype: 'U8',
    shape,
    data: Uint8Array.from(values),
  });
  const images = u8(
    [20, 8, 8],
    samples.flatMap(({ pixels }) => [...pixels]),
  );
  const labels = u8(
    [20],
    samples.map(({ label }) => label),
  );
  const write = (arrays: Record<string, AnyTensor>): string => {
    const path = `${fresh('arrays')}.npz`;
    writeFileSync(path, writeNpz(Object.entries(arrays)));
    return path;
  };

  test('has the last tenth of each class as the test part, or arrays of its own', () => {
    const set = open(write({ images, labels }), undefined, net);
    const held = splitClasses(samples.length, (i) => samples[i]!.label).test;
    expect([set.train().length, set.test().length]).toEqual([20 - classes, classes]);
    expect(set.test().label(1)).toBe(samples[held[1]!]!.label);
    const input = set.test().input(1, draw);
    expect('intensities' in input && Array.from(input.intensities)).toEqual(
      Array.from(samples[held[1]!]!.pixels, (byte) => byte / 255),
    );
    const keras = open(
      write({ x_train: images, y_train: labels, x_test: images, y_test: labels }),
      undefined,
      net,
    );
    expect([keras.train().length, keras.test().length]).toEqual([20, 20]);
  });

  test('of spikes shows them as they are', () => {
    const spikes: AnyTensor = {
      dtype: 'I8',
      shape: [10, 4, 64],
      data: Int8Array.from({ length: 2560 }, (_, i) => (i % 3) - 1),
    };
    const set = open(write({ spikes, labels: u8([10], Array(10).fill(2)) }), undefined, net);
    expect(framesOf(set.test(), 0)).toEqual(Array.from({ length: 256 }, (_, i) => ((9 * 256 + i) % 3) - 1));
  });

  test.each<[string, Record<string, AnyTensor>, RegExp]>([
    ['no labels', { images }, /expected arrays images or spikes, and labels, got images$/],
    [
      'a label too few',
      { images, labels: u8([19], Array(19).fill(0)) },
      /labels" expected 20 labels, one per sample, got 19$/,
    ],
    [
      'measurements',
      {
        images: { dtype: 'F32', shape: [1, 64], data: new Float32Array(64).fill(5.5).fill(2, 0, 9) },
        labels: u8([1], [0]),
      },
      /expected intensities from -1 to 1, got 2 at place 0; values with fractions above 1 are neither bytes nor intensities: scale each column to 0 … 1$/,
    ],
    [
      'an intensity out of range',
      {
        images: { dtype: 'F32', shape: [1, 64], data: new Float32Array(64).fill(15) },
        labels: u8([1], [0]),
      },
      /expected intensities from -1 to 1, got 15 at place 0; store bytes 0 … 255 as uint8, or divide them by 255$/,
    ],
    ...[3.5, NaN, 1e9].map((label): [string, Record<string, AnyTensor>, RegExp] => [
      `a label ${label}`,
      { images, labels: { dtype: 'F64', shape: [20], data: new Float64Array(20).fill(label, 7) } },
      new RegExp(`labels" expected classes, whole numbers from 0 to 65535, got ${label} at place 7$`),
    ]),
    [
      'texts',
      { images, labels: { dtype: 'STR', shape: [1], data: ['a'] } },
      /labels" expected numbers, got texts$/,
    ],
    [
      'images and labels exchanged',
      { images: labels, labels: images },
      /images" expected shape .*, got \(20\)$/,
    ],
    [
      'spikes of another window',
      { spikes: u8([1, 5, 64], Array(320).fill(0)), labels: u8([1], [0]) },
      /spikes" expected shape \(4, 1, 8, 8\) or .*, got \(1, 5, 64\); --model FILE\.json describes a network for other maps, --window sets the number of steps$/,
    ],
    [
      'one sample and no test part',
      { images: u8([1, 64], Array(64).fill(0)), labels: u8([1], [0]) },
      /expected a class with at least two samples, got 1 in all$/,
    ],
  ])('is refused with %s', (_, arrays, expected) => {
    const set = open(write(arrays), undefined, net);
    expect(refused(() => [set.train(), set.test()])).toMatch(expected);
  });

  test('trains and goes on', async () => {
    const [path, out] = [write({ images, labels }), fresh()];
    const model = writeNetwork('small', smallNetwork);
    const lines = await json(['train', '--dataset', path, '--model', model, '--epochs', '1', '--out', out]);
    expect(lines).toHaveLength(2);
    const more = await json(['train', '--out', out, '--resume', '--epochs', '2']);
    expect(more.map(({ epoch }) => epoch)).toEqual([2, undefined]);
  });

  test('with a label beyond the classes is refused before the run begins', async () => {
    const path = write({ images, labels: u8([20], Array(20).fill(classes)) });
    const model = writeNetwork('small', smallNetwork);
    const line = refusalOf(await asfbp(['train', '--dataset', path, '--model', model, '--out', fresh()]));
    expect(line).toMatch(/labels from 0 to 3, as the network has classes, got 4 at sample 0/);
  });
});
