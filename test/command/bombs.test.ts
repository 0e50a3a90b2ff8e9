/**
 * Files with large inflated contents: data that no command can use are refused or skipped before they are
 * inflated.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { models, network } from '../../src/network/network.ts';
import { openArrays, openNpz } from '../../src/command/readers/npz.ts';
import { openDataset } from '../../src/command/readers/datasets.ts';
import { writeNpz } from '../../src/formats/npz.ts';
import { writePng } from '../../src/formats/png.ts';
import type { Tensor } from '../../src/formats/tensor.ts';
import { measureAllocation } from '../fuzz/measure.ts';
import { idxFile } from '../fuzz/samples.ts';
import { fresh, freshFolder } from './command.ts';

const { plan } = network(models['lenet']!);
/** Twice the limit of a reader. */
const megabytes = 16;
const zeros = new Uint8Array(megabytes * 2 ** 20);
const bomb: Tensor = { dtype: 'U8', shape: [zeros.length], data: zeros };
const one: Tensor = { dtype: 'U8', shape: [1, 28, 28], data: new Uint8Array(784) };
const label: Tensor = { dtype: 'U8', shape: [1], data: Uint8Array.of(3) };

/** The allocations of `read`, garbage included, are in proportion to the file and not to its claims. */
function expectSmall(read: () => void): void {
  expect(measureAllocation(read).total).toBeLessThan(8 * 2 ** 20);
}

test('an array beside the one that is asked for', () => {
  const bytes = writeNpz([
    ['junk', bomb],
    ['images', one],
    ['labels', label],
  ]);
  expectSmall(() => expect(openArrays('a.npz', bytes, plan)).toHaveLength(1));
  expectSmall(() => expect(openNpz('a.npz', bytes, 'test').read({ plan, seed: 1 }).train().length).toBe(1));
});

test('an array of another shape, and labels of another number', () => {
  const wrong = writeNpz([
    ['images', bomb],
    ['labels', label],
  ]);
  expectSmall(() => expect(() => openArrays('a.npz', wrong, plan)).toThrow(/"a.npz: images" expected shape/));
  expectSmall(() =>
    expect(() => openNpz('a.npz', wrong, 'test').read({ plan, seed: 1 }).train()).toThrow(
      /images" expected shape/,
    ),
  );
  const labels = writeNpz([
    ['images', one],
    ['labels', bomb],
  ]);
  expectSmall(() =>
    expect(() => openNpz('a.npz', labels, 'test').read({ plan, seed: 1 }).train()).toThrow(
      /"a.npz: labels" expected 1 labels/,
    ),
  );
});

test('images of a folder that no network takes', () => {
  const folder = freshFolder('idx');
  for (const [name, file] of [
    ['images-idx3', idxFile([1, megabytes, 2 ** 20], zeros)],
    ['labels-idx1', idxFile([1], Uint8Array.of(3))],
  ] as const)
    writeFileSync(join(folder, `train-${name}-ubyte.gz`), gzipSync(file));
  expectSmall(() =>
    expect(() => openDataset(folder, 'test', { data: undefined, plan, seed: 1 }).train()).toThrow(
      /"train-images" expected images of 1 × 1 to 4096 × 4096, got 16 × 1048576/,
    ),
  );
});

test('a folder of many small pictures', () => {
  const folder = fresh('pictures');
  const blank = writePng(28, 28, new Uint8Array(784));
  for (const name of ['a', 'b']) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let k = 0; k < 100; k++) writeFileSync(join(folder, name, `${k}.png`), blank);
  }
  const open = () => openDataset(folder, 'test', { data: undefined, plan, seed: 1 }).train();
  expect(open().length).toBe(180);
  expect(measureAllocation(open).total).toBeLessThan(180 * 2 ** 17);
});
