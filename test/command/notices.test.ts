/** The command reports faults that would silently spoil a training. It prints layer, epoch and batch on standard error. */
import { expect, test } from 'vitest';
import { asfbp, checkpointOf, fresh, linesOf, namesIn } from './command.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('data', 32, 10);
const model = writeNetwork('small', smallNetwork);
const small = [...shortTraining(dataset, model), '--batch', '8', '--json'];

test('a layer that never fires for a whole epoch is said once an epoch, with a way to wake it', async () => {
  const done = await asfbp([...small, '--threshold', '1e6', '--epochs', '2', '--out', fresh()]);
  const lines = linesOf(done);
  expect(lines[0]!['spikeRates']).toMatchObject({ '1 convolution': 0, '3 linear': 0 });
  const notices = done.err.trimEnd().split('\n');
  for (const layer of ['layer 1 (convolution)', 'layer 2 (averagePool)', 'layer 3 (linear)']) {
    const about = notices.filter((line) => line.startsWith(`${layer} never fired in epoch `));
    expect(about).toHaveLength(2);
    for (const line of about) expect(line).toContain('; try a lower threshold or a longer window');
  }
});

const place = /^train: .*(at|after) epoch (\d), (batch \d|the last batch).*; try a lower learning rate$/;
const wild = [...small, '--optimiser', 'sgd', '--lr', '1e12'];

test('a loss that is no longer a number ends the run with layer, epoch and batch, and keeps the last good checkpoint, from which it comes again', async () => {
  const out = fresh();
  const late = [...wild, '--batch', '32', '--epochs', '5', '--out', out];
  const { code, out: said, err } = await asfbp(late);
  expect(code).toBe(2);
  expect(err).not.toContain('    at ');
  const line = err.trimEnd().split('\n').at(-1)!;
  const [, , epoch] = place.exec(line) ?? [];
  expect(line).toMatch(/ layer \d \((convolution|averagePool|linear)\)[ ;]/);
  expect(Number(epoch), line).toBeGreaterThan(1);
  expect(namesIn(out)).toEqual(['checkpoint.safetensors']);
  expect(checkpointOf(out).training!.state).toMatchObject({ epoch: Number(epoch) - 1, batch: 0 });
  expect(said.trimEnd().split('\n')).toHaveLength(Number(epoch) - 1);
  const again = await asfbp([...late, '--resume']);
  expect(again.err.trimEnd().split('\n').at(-1)).toBe(line);
  expect(again.code).toBe(2);
});
