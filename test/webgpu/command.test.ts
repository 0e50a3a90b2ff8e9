/** On a GPU, the command gives the digest of wasm, resumes trainings of either backend, and reports the result of `--verify`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { writeNpz } from '../../src/formats/npz.ts';
import { fresh, home, json, start } from '../processes/process.ts';
import { pictureOf, side, smallNetwork, writeDataset, writeNetwork } from '../command/world.ts';

/** The folder that has the package `webgpu`. */
const here = fileURLToPath(new URL('.', import.meta.url));
const dataset = writeDataset('small', 40, 12);
const model = writeNetwork('small', smallNetwork);
const args = ['train', '--dataset', dataset, '--model', model, '--batch', '16', '--lr-steps', '1'];
const gpu = ['--backend', 'webgpu'];
const last = (lines: Record<string, any>[]): Record<string, any> => lines.at(-1)!;

test('gives the digest of wasm, and goes on with what the other began', async () => {
  const [a, b, c] = [fresh(), fresh(), fresh()];
  const whole = await json([...args, '--epochs', '2', '--out', a], here);
  expect(last(await json([...args, ...gpu, '--epochs', '2', '--out', b], here))['digest']).toBe(
    last(whole)['digest'],
  );
  await json([...args, ...gpu, '--epochs', '1', '--out', c], here);
  const gone = await json([...args, '--epochs', '2', '--out', c, '--resume'], here);
  expect(last(gone)['digest']).toBe(last(whole)['digest']);
  const asked = ['evaluate', last(whole)['model'] as string, '--dataset', dataset];
  expect(await json([...asked, ...gpu], here)).toEqual(await json(asked, here));
});

test('predicts what wasm predicts: class, potentials, spikes', async () => {
  const [out, pictures] = [fresh(), join(home, 'pictures.npz')];
  const trained = last(await json([...args, '--epochs', '1', '--out', out]))['model'] as string;
  const pixels = Uint8Array.from(Array.from({ length: 5 }, (_, k) => [...pictureOf(k).pixels]).flat());
  writeFileSync(
    pictures,
    writeNpz(new Map([['images', { dtype: 'U8', shape: [5, 1, side, side], data: pixels }]])),
  );
  const asked = ['predict', trained, pictures];
  const answers = await json([...asked, ...gpu], here);
  expect(answers).toHaveLength(5);
  expect(answers).toEqual(await json(asked));
});

const command = [...args, ...gpu, '--epochs', '1', '--verify', '2', '--out'];

test('--verify says what differs from wasm, here nothing', async () => {
  const outcome = await start([...command, fresh()], { cwd: here }).ended;
  expect(outcome.code, outcome.err).toBe(0);
  const lines = outcome.err.split('\n').filter((line) => line.startsWith('verify'));
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(
    /^verify: epoch 1, batch 2, \d+ spikes: 0 trains of 16 samples differ, 0 of them outside their bound; all else is the same$/,
  );
  const [first, second] = await json([...command, fresh()], here);
  expect(first['verify']).toMatchObject({ epoch: 1, batch: 1, samples: 16, gradient: 0, broken: false });
  expect(second['verify']).toMatchObject({ epoch: 1, batch: 2, weights: 0, broken: false });
});

test('--verify ends with exit code 1 where a bound is broken', async () => {
  const env = { FAULT: 'wrong', NODE_OPTIONS: '--import ./fault.mjs' };
  const { code, out, err } = await start([...command, fresh(), '--json'], { cwd: here, env }).ended;
  expect(code, err).toBe(1);
  const [first] = out.split('\n').map((line) => JSON.parse(line || '{}'));
  expect(first.verify).toMatchObject({ flipped: 0, FI: 0, report: 0, broken: true });
  expect(first.verify.gradient).toBeGreaterThan(1);
  expect(first.verify.weights).toBeLessThan(1);
  expect(err).toContain(
    'verify: 2 of 2 batches differ from wasm by more than rounding explains; use --backend wasm, and report',
  );
});
