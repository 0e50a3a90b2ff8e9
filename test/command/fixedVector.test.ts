/** `asf-bp oracle run --precision fixed-…`: a vector in fixed point of a network of one's own. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readNpz, writeNpz } from '../../src/formats/npz.ts';
import type { Tensor } from '../../src/formats/tensor.ts';
import { asfbp, fresh, refusalOf } from './command.ts';

const network = {
  input: { channels: 2, height: 1, width: 1 },
  timeWindow: 4,
  threshold: 1,
  leak: 0.75,
  layers: [
    { kind: 'linear', units: 1 },
    { kind: 'linear', units: 2 },
  ],
};

function written(weight: readonly [number, number]): { folder: string; args: string[] } {
  const folder = fresh('fixed');
  mkdirSync(folder);
  const [file, description] = [join(folder, 'case.npz'), join(folder, 'net.json')];
  writeFileSync(description, JSON.stringify(network));
  const f32 = (shape: number[], ...data: number[]): Tensor => ({
    dtype: 'F32',
    shape,
    data: Float32Array.from(data),
  });
  writeFileSync(
    file,
    writeNpz([
      ['input.spikes', f32([4, 1, 2], 1, 0, 1, 1, 0, 1, 1, 0)],
      ['layer1.weight', f32([1, 2], ...weight)],
      ['layer2.weight', f32([2, 1], 0.5, -0.3)],
    ]),
  );
  return { folder, args: ['oracle', 'run', file, '--network', description] };
}

const unitsOf = (folder: string, key: string): number[] => {
  const arrays = readNpz(readFileSync(join(folder, 'case.npz')), 'case');
  return [...((arrays.get(key) as Tensor).data as Int32Array)];
};

it('rounds the weights, and makes what hardware makes of them', async () => {
  const { folder, args } = written([0.7, 0.66]);
  const out = join(folder, 'mine');
  const { code, out: said } = await asfbp([
    ...args,
    '--precision',
    'fixed-8-4-truncate-saturate',
    '--out',
    out,
  ]);
  expect(code).toBe(0);
  expect(said).toMatch(/a vector of \d+ arrays of a window in units of 1\/16, fixed-8-4-truncate-saturate$/m);
  // 0.7 and 0.66 are 11 and 10 sixteenths, Vth is 16, λ 12.
  expect(unitsOf(out, 'layer1.weight')).toEqual([11, 10]);
  expect(unitsOf(out, 'layer2.weight')).toEqual([8, -5]);
  expect(unitsOf(out, 'expected.layer1.current')).toEqual([11, 21, 10, 11]);
  // 11; 12·11 >> 4 = 8, 8 + 21 = 29 fires; 10; 12·10 >> 4 = 7, 7 + 11 = 18 fires.
  expect(unitsOf(out, 'expected.layer1.compared')).toEqual([11, 29, 10, 18]);
  expect(unitsOf(out, 'expected.layer1.spikes')).toEqual([0, 1, 0, 1]);
  expect(unitsOf(out, 'expected.layer1.FO')).toEqual([2]);
  expect(unitsOf(out, 'expected.layer2.current')).toEqual([0, 0, 8, -5, 0, 0, 8, -5]);

  const hex = join(folder, 'hex');
  expect((await asfbp(['oracle', 'export', out, '--format', 'hex', '--out', hex])).code).toBe(0);
  expect(readFileSync(join(hex, 'layer2_weight.hex'), 'utf8')).toBe(
    '// layer2.weight: 2 words of 8 bits\n08\nfb\n',
  );

  const judged = async (compared: readonly number[]) => {
    const mine = join(folder, 'mine.npz');
    const data = Int32Array.from(compared);
    writeFileSync(mine, writeNpz([['layer1.compared', { dtype: 'I32', shape: [4, 1, 1], data }]]));
    return asfbp(['check', mine, '--inputs', out]);
  };
  expect((await judged([11, 29, 10, 18])).code).toBe(0);
  const wrong = await judged([11, 29, 10, 17]);
  expect(wrong.code).toBe(1);
  expect(wrong.out).toMatch(/layer1.compared DIFFERS first at \[3, 0, 0\]: expected 18, got 17/);
});

it('says which weights the format cannot hold', async () => {
  const { folder, args } = written([9, -8]);
  const out = join(folder, 'mine');
  const { out: said } = await asfbp([
    ...args,
    '--precision',
    'fixed-8-4-nearest-saturate',
    '--out',
    out,
    '--json',
  ]);
  expect(JSON.parse(said)).toMatchObject({ beyond: 1, precision: 'fixed-8-4-nearest-saturate' });
  expect(unitsOf(out, 'layer1.weight')).toEqual([127, -128]);
});

it('refuses a format that is none', async () => {
  const { args } = written([0.5, 0.5]);
  for (const name of ['fixed', 'fixed-8-4', 'fixed-40-4-truncate-wrap'])
    expect(refusalOf(await asfbp([...args, '--precision', name, '--out', 'x']))).toMatch(
      /"--precision" expected fixed-WIDTH-FRACTION-ROUNDING-OVERFLOW: 2 to 26 bits/,
    );
});
