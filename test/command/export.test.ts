/** `asf-bp export` writes a model of eight bits that evaluates as the command said. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { asfbp, fresh, json, refusalOf } from './command.ts';
import { smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('data', 96, 25);
const out = fresh();
const model = join(out, 'model.safetensors');

beforeAll(async () => {
  const small = ['--dataset', dataset, '--model', writeNetwork('small', smallNetwork)];
  await json(['train', ...small, '--epochs', '4', '--batch', '8', '--lr', '0.01', '--out', out]);
}, 60_000);

test('writes the model and measures what it costs', async () => {
  const [facts] = await json(['export', model, '--grid', '64', '--dataset', dataset]);
  const written = join(out, 'model-int8.safetensors');
  expect(facts).toMatchObject({ out: written, samples: 25, bytes: readFileSync(written).length });
  const [before] = await json(['evaluate', model, '--dataset', dataset]);
  const [after] = await json(['evaluate', written, '--dataset', dataset]);
  expect([facts!['accuracy'], facts!['accuracyOnGrid']]).toEqual([before!['accuracy'], after!['accuracy']]);
  expect(facts!['digest']).toBe(after!['digest']);
  for (const step of facts!['steps']) expect(Number.isInteger(-Math.log2(step))).toBe(true);
});

test('says the same to people, and writes where it is told', async () => {
  const told = join(out, 'told.safetensors');
  const { code, out: text, err } = await asfbp(['export', model, '--dataset', dataset, '--out', told]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(text).toMatch(
    /^steps of the weights: 1\/\d+, 1\/\d+, 1\/\d+\ntest accuracy .* points less on 25 samples\ndigest /,
  );
  expect(existsSync(told)).toBe(true);
});

test('refuses a grid that is no power of two', async () => {
  const line = refusalOf(await asfbp(['export', model, '--grid', '100']));
  expect(line).toMatch(/^export: "--grid" expected a power of two, got 100$/);
});
