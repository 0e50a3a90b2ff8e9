/** `asf-bp oracle run --precision fixed-…` writes a vector in fixed point for the user's network. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadModel } from '../../src/modelFile/reader.ts';
import { readNpz } from '../../src/formats/npz.ts';
import type { Tensor } from '../../src/formats/tensor.ts';
import { tensorOf } from '../fuzz/samples.ts';
import { linears } from '../kinds.ts';
import { asfbp, freshFolder, json, npzOf, refusalOf, root } from './command.ts';

const [saturate, truncate] = ['fixed-8-4-truncate-saturate', 'fixed-8-4-truncate-wrap'];
const network = {
  input: { channels: 2, height: 1, width: 1 },
  timeWindow: 4,
  threshold: 1,
  leak: 0.75,
  layers: linears(1, 2),
};

function written(
  weight: readonly [number, number],
  { first = 1, ...more }: { first?: number; threshold?: number; leak?: number } = {},
): { folder: string; args: string[] } {
  const folder = freshFolder('fixed');
  const [file, description] = [join(folder, 'case.npz'), join(folder, 'net.json')];
  writeFileSync(description, JSON.stringify({ ...network, ...more }));
  const f32 = (shape: number[], ...data: number[]) => tensorOf('F32', shape, data);
  const arrays = {
    'input.spikes': f32([4, 1, 2], first, 0, 1, 1, 0, 1, 1, 0),
    'layer1.weight': f32([1, 2], ...weight),
    'layer2.weight': f32([2, 1], 0.5, -0.3),
  };
  npzOf(arrays, file);
  return { folder, args: ['oracle', 'run', file, '--network', description] };
}

const unitsOf = (folder: string, key: string): number[] => {
  const arrays = readNpz(readFileSync(join(folder, 'case.npz')), 'case');
  return [...((arrays.get(key) as Tensor).data as Int32Array)];
};

it('rounds the weights, and makes what hardware makes of them', async () => {
  const { folder, args } = written([0.7, 0.66]);
  const out = join(folder, 'mine');
  const { code, out: said } = await asfbp([...args, '--precision', saturate, '--out', out]);
  expect(code).toBe(0);
  expect(said).toMatch(
    /a vector of \d+ arrays of a window, variant paper, in units of 1\/16, fixed-8-4-truncate-saturate$/m,
  );
  // In units of 1/16: 0.7 is 11, 0.66 is 10, Vth is 16 and λ is 12.
  expect(unitsOf(out, 'layer1.weight')).toEqual([11, 10]);
  expect(unitsOf(out, 'layer2.weight')).toEqual([8, -5]);
  expect(unitsOf(out, 'expected.layer1.current')).toEqual([11, 21, 10, 11]);
  // Potentials: 11; 12·11 >> 4 = 8, and 8 + 21 = 29 fires; 10; 12·10 >> 4 = 7, and 7 + 11 = 18 fires.
  expect(unitsOf(out, 'expected.layer1.compared')).toEqual([11, 29, 10, 18]);
  expect(unitsOf(out, 'expected.layer1.spikes')).toEqual([0, 1, 0, 1]);
  expect(unitsOf(out, 'expected.layer1.FO')).toEqual([2]);
  expect(unitsOf(out, 'expected.layer2.current')).toEqual([0, 0, 8, -5, 0, 0, 8, -5]);
});

it.each([
  ['the format cannot hold', [9, -8], 'fixed-8-4-nearest-saturate', [127, -128]],
  // 7.97 is 127.52 in units of 1/16. It rounds to 128, which wraps to −128.
  ['rounding takes beyond the range', [7.97, 7.9], 'fixed-8-4-nearest-wrap', [-128, 126]],
] as const)('says how many weights %s', async (_, weights, precision, units) => {
  const { folder, args } = written(weights);
  const out = join(folder, 'mine');
  expect(await json([...args, '--precision', precision, '--out', out])).toMatchObject([
    { beyond: 1, precision },
  ]);
  expect(unitsOf(out, 'layer1.weight')).toEqual(units);
});

it.each([
  ['a format that is none', 'fixed-40-4-truncate-wrap', {}, '"--precision" expected'],
  ['a short name of a format', '8.8', {}, 'binary32 or fixed-WIDTH-FRACTION'],
  ['a threshold that it rounds to 0', truncate, { threshold: 0.01 }, '"threshold of layer 1" expected a'],
  ['a threshold beyond its range', truncate, { threshold: 9 }, '"threshold of layer 1" expected'],
  ['a leak that it rounds to 0', truncate, { leak: 0.05 }, '"leak of layer 1" expected'],
  ['half a spike', truncate, { first: 0.5 }, '"input.spikes" expected'],
])('refuses %s', async (_, precision, change, words) => {
  const { folder, args } = written([0.5, 0.5], change);
  const asked = [...args, '--precision', precision, '--out', join(folder, 'mine')];
  expect(refusalOf(await asfbp(asked))).toContain(words);
});

it('does not write over the file that it reads', async () => {
  const { folder, args } = written([0.5, 0.5]);
  const line = refusalOf(await asfbp([...args, '--precision', truncate, '--out', folder]));
  expect(line).toContain('"--out" expected another folder than that of');
});

it('has no leak where there is none, though the format may not hold 1', async () => {
  const { folder, args } = written([0.25, 0.25], { leak: 1, threshold: 0.75 });
  const out = join(folder, 'mine');
  expect((await asfbp([...args, '--precision', 'fixed-8-7-truncate-saturate', '--out', out])).code).toBe(0);
  // In units of 1/128: the currents are 32 and 64, and Vth is 96.
  expect(unitsOf(out, 'expected.layer1.compared')).toEqual([32, 96, 32, 64]);
  expect(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')).constants.layer1).toEqual({
    Vth: 96,
    leak: 128,
  });
});

it('is of a saved model, whose weights lie on a grid, and of an image with a seed', async () => {
  const folder = freshFolder('model');
  const model = join(root, 'models/tiny.safetensors');
  const [image, plain, fixed] = ['image.npz', 'plain.npz', 'fixed'].map((name) => join(folder, name));
  const pixels = Float64Array.from({ length: 784 }, (_, k) => (k % 29 < 4 ? 1 : 0));
  npzOf({ image: tensorOf('F64', [1, 28, 28], pixels), 'encode.seed': tensorOf('I32', [], 5) }, image);
  const run = ['oracle', 'run', model, '--inputs', image!];
  const said = await asfbp([...run, '--precision', 'fixed-16-8-truncate-saturate', '--out', fixed!]);
  expect(said.out).toMatch(/of a window, variant authors, in units of 1\/256/);
  expect((await asfbp([...run, '--out', plain!])).code).toBe(0);
  const arrays = readNpz(readFileSync(plain!), 'plain');
  const { weights, S } = loadModel(readFileSync(model));
  const numbersOf = (key: string): number[] => [...((arrays.get(key) as Tensor).data as Float32Array)];
  expect(numbersOf('layer1.weight')).toEqual([...weights![0]!]);
  expect(numbersOf('layer1.S.before')).toEqual([S[0]]);
  // The format holds multiples of 1/64 exactly.
  expect(unitsOf(fixed!, 'layer1.weight')).toEqual([...weights![0]!].map((w) => 256 * w));
  expect(unitsOf(fixed!, 'encode.word')).toEqual(numbersOf('encode.word'));
  expect(numbersOf('input.FO').reduce((a, b) => a + b)).toBeGreaterThan(0);
  expect(unitsOf(fixed!, 'expected.input.FO')).toEqual(numbersOf('input.FO'));
  expect((await asfbp(['check', plain!, '--network', model])).code).toBe(0);
});

it('a single layer of neurons does not fire, and the command says how it does', async () => {
  const { folder, args } = written([0.7, 0.66]);
  const [out, layers] = [join(folder, 'one'), linears(1)];
  writeFileSync(join(folder, 'net.json'), JSON.stringify({ ...network, layers }));
  const run = (...more: string[]) => asfbp([...args, '--precision', saturate, '--out', out, ...more]);
  const { err } = await run();
  const [, variant] = /^no layer fires: the only layer is the output; --variant '(.*)' makes it fire\n$/.exec(
    err,
  )!;
  expect((await run('--variant', variant!)).err).toBe('');
  expect(unitsOf(out, 'expected.layer1.spikes')).toEqual([0, 1, 0, 1]);
});
