/** The command on a GPU: the digest of wasm, gone on with on either backend, and what `--verify` says. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fresh, json, linesOf, start } from '../command/process.ts';
import { smallNetwork, writeDataset, writeNetwork } from '../command/world.ts';

/** The folder where the package `webgpu` is. */
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

test('--verify says what differs from wasm, here nothing', async () => {
  const command = [...args, ...gpu, '--epochs', '1', '--verify', '2', '--out', fresh(), '--json'];
  const outcome = await start(command, { cwd: here }).ended;
  expect(linesOf(outcome)).toHaveLength(2);
  const lines = outcome.err.split('\n').filter((line) => line.startsWith('verify'));
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(
    /^verify: epoch 1, batch 2, \d+ spikes: 0 trains of 16 samples differ, 0 of them outside their bound; FI is the same$/,
  );
});
