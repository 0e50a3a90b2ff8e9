/** The command opens CIFAR-10 and .npz arrays as data sets, and refuses damaged ones. */
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { splitClasses } from '../../src/command/readers/place.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';
import { writeZip } from '../../src/formats/zipWriter.ts';
import { network } from '../../src/network/network.ts';
import { encodeCifar10, encodeSheet } from '../formats/encoders.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { npyDict, npyFile, tensorOf } from '../fuzz/samples.ts';
import { fresh, freshFolder, npzOf } from './place.ts';
import { copied, draw, framesOf, netOf, open } from './sets.ts';
import { classes, pictureOf, smallNetwork } from './world.ts';

describe('cifar10', () => {
  const net = netOf(3, 32, 2);
  const batches = [1, 2, 3, 4, 5].map((k) => `data_batch_${k}`);
  const picture = (k: number): Uint8Array => new Uint8Array(3072).fill(k);
  const folder = freshFolder('cifar10');
  for (const [k, name] of batches.entries()) {
    const two = [picture(10 * k), picture(10 * k + 1)];
    writeFileSync(join(folder, `${name}.bin`), encodeCifar10([k, 9 - k], two));
  }
  writeFileSync(join(folder, 'test_batch.bin'), encodeCifar10([7], [picture(200)]));
  /** A folder with small, wrong sheets and correct label lists. */
  const sheets = freshFolder('sheets');
  for (const name of [...batches, 'test_batch'])
    writeFileSync(join(sheets, `${name}.png`), encodeSheet([picture(0), picture(0)]));
  writeFileSync(join(sheets, 'train_lables.json'), JSON.stringify(Array(50_000).fill(1)));
  writeFileSync(join(sheets, 'test_lables.json'), JSON.stringify(Array(10_000).fill(9)));

  test('is the five batches one after the other, and the test batch, here or one folder below', () => {
    const below = freshFolder('cifar10');
    cpSync(folder, join(below, 'cifar-10-batches-bin'), { recursive: true });
    for (const each of [folder, below]) {
      const set = open('cifar10', each, net);
      const train = set.train();
      const labels = Array.from({ length: train.length }, (_, i) => train.label(i));
      expect(labels).toEqual([0, 9, 1, 8, 2, 7, 3, 6, 4, 5]);
      const input = train.input(7, { ...draw, sample: 7 });
      expect('intensities' in input && input.intensities[0]).toBe((31 / 255 - 0.4914) / 0.557);
      expect([set.test().length, set.test().label(0)]).toEqual([1, 7]);
    }
  });

  const short = new Uint8Array(3074);
  const third = 'data_batch_3.bin';
  test.each<[string, from: string, change: (folder: string) => void, words: string, part?: 'test']>([
    ['a batch that is cut short', folder, (at) => writeFileSync(join(at, third), short), `${third}: `],
    ['a batch that is missing', folder, (at) => rmSync(join(at, third)), 'got not all of data_batch_1.bin …'],
    ['a sheet of another size', sheets, () => {}, 'data_batch_1.png: '],
    [
      'lists of labels that are exchanged',
      sheets,
      (at) => cpSync(join(at, 'test_lables.json'), join(at, 'train_lables.json')),
      'train_lables.json: "labels" expected a list of 50000, one per image, got 10000',
    ],
    ['no labels', sheets, (at) => rmSync(join(at, 'test_lables.json')), 'cannot read', 'test'],
  ])('is refused with %s', (_, from, change, words, part: 'train' | 'test' = 'train') => {
    const copy = copied(from);
    change(copy);
    expect(refusalOf(() => open('cifar10', copy, net)[part]())).toContain(words);
  });
});

describe('an .npz file', () => {
  const net = network(smallNetwork as Parameters<typeof network>[0]);
  const samples = Array.from({ length: 20 }, (_, i) => pictureOf(i));
  const u8 = (shape: readonly number[], values?: readonly number[]) => tensorOf('U8', shape, values);
  const f32 = (data: Float32Array) => tensorOf('F32', [1, data.length], data);
  const pixels = samples.flatMap((sample) => [...sample.pixels]);
  const ofSamples = samples.map(({ label }) => label);
  const [images, labels] = [u8([20, 8, 8], pixels), u8([20], ofSamples)];

  test('has the last tenth of each class as the test part, or arrays of its own', () => {
    const set = open(npzOf({ images, labels }), undefined, net);
    const held = splitClasses(samples.length, (i) => samples[i]!.label).test;
    expect([set.train().length, set.test().length]).toEqual([20 - classes, classes]);
    expect(set.test().label(1)).toBe(samples[held[1]!]!.label);
    const input = set.test().input(1, draw);
    const expected = Array.from(samples[held[1]!]!.pixels, (byte) => byte / 255);
    expect('intensities' in input && Array.from(input.intensities)).toEqual(expected);
    const dots = tensorOf('BOOL', [20, 8, 8], pixels.map((byte) => +(byte > 99))); // prettier-ignore
    const shown = open(npzOf({ images: dots, labels }), undefined, net).whole!().input(0, draw);
    expect('intensities' in shown && new Set(Array.from(shown.intensities))).toEqual(new Set([0, 1]));
    const x_test = tensorOf('I16', [20, 8, 8], pixels);
    const keras = open(npzOf({ x_train: images, y_train: labels, x_test, y_test: labels }), undefined, net);
    expect([keras.train().length, keras.test().length]).toEqual([20, 20]);
    expect(keras.test().input(3, draw)).toEqual(keras.train().input(3, draw));
  });

  test('of spikes shows them as they are', () => {
    const values = Int8Array.from({ length: 2560 }, (_, i) => (i % 3) - 1);
    const spikes = tensorOf('I8', [10, 4, 64], values);
    const set = open(npzOf({ spikes, labels: u8([10]) }), undefined, net);
    expect(framesOf(set.test(), 0)).toEqual(Array.from({ length: 256 }, (_, i) => ((9 * 256 + i) % 3) - 1));
  });

  test('is refused where its arrays, as binary32, together take far more than the file', () => {
    const halves = npyFile(npyDict('<f2', `(${2 ** 18}, 64)`), new Uint8Array(2 ** 25));
    const own = npyFile(npyDict('|u1', `(${2 ** 18},)`), new Uint8Array(2 ** 18));
    const files = { images: halves, labels: own, test_images: halves, test_labels: own };
    const parts = Object.entries(files).map(([name, file]) => [`${name}.npy`, file] as const);
    const path = `${fresh()}.npz`;
    writeFileSync(path, writeZip(parts));
    const set = open(path, undefined, net);
    expect(set.train().length).toBe(2 ** 18);
    expect(refusalOf(() => set.test())).toMatch(
      /test_images" expected at most 201 MB of .*, got 202 MB; take --limit N/,
    );
  });

  const one = u8([1]);
  const fraction = f32(new Float32Array(64).fill(5.5).fill(2, 0, 9));
  const beyond = f32(new Float32Array(64).fill(15));
  test.each<[string, Record<string, AnyTensor>, string]>([
    ['no labels', { images }, 'expected arrays images or spikes, and labels, got images'],
    ['a label too few', { images, labels: u8([19]) }, 'labels" expected 20 labels, one per sample, got 19'],
    ['measurements', { images: fraction, labels: one }, 'are neither bytes nor intensities: scale each'],
    ['an intensity out of range', { images: beyond, labels: one }, 'store bytes 0 … 255 as uint8, or divide'],
    ...[3.5, NaN, 1e9].map((label): [string, Record<string, AnyTensor>, string] => [
      `a label ${label}`,
      { images, labels: tensorOf('F64', [20], new Float64Array(20).fill(label, 7)) },
      `expected classes, whole numbers from 0 to 65535, got ${label} at place 7`,
    ]),
    ['texts', { images, labels: { dtype: 'STR', shape: [1], data: ['a'] } }, 'labels" expected numbers, got'],
    ['images and labels exchanged', { images: labels, labels: images }, 'images" expected shape '],
    ['spikes of another window', { spikes: u8([1, 5, 64]), labels: one }, '"timeWindow":5,'],
    ['no test part', { images: u8([1, 64]), labels: one }, 'a class with at least two samples, got 1 in all'],
  ])('is refused with %s', (_, arrays, words) => {
    const set = open(npzOf(arrays), undefined, net);
    expect(refusalOf(() => [set.train(), set.test()])).toContain(words);
  });
});
