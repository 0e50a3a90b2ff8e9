/** A program writes checkpoints with one call, also after a stop, and resumes to the same bits. */
import { expect, test } from 'vitest';
import { decodeModel, encodeCheckpoint } from '../../src/modelFile/model.ts';
import { fit } from '../../src/train/fit.ts';
import { train } from '../../src/train/train.ts';
import type { Progress } from '../../src/train/openTraining.ts';
import { pictures, ready, refused, resultOf } from '../train/small.ts';

const settings = { batch: 3, epochs: 3, seed: 5 };
const data = pictures(9);

test('a state after an abort, as a file, resumes to the bits of a training that never stopped', async () => {
  const unbroken = ready();
  for await (const _ of train(unbroken, data, settings));
  const stopped = ready();
  const controller = new AbortController();
  let last: Progress | undefined;
  for await (const step of train(stopped, data, { ...settings, signal: controller.signal })) {
    last = step;
    if (step.epoch === 1) controller.abort();
  }
  const file = decodeModel(encodeCheckpoint(stopped, data, await last!.state()));
  expect(file.epochs).toEqual([]);
  expect(file.training!.run).toEqual({ dataset: data.name, trainSamples: 9, testSamples: 0 });
  for await (const _ of train(file.net, data, { state: file.training!.state }));
  expect(await resultOf(file.net)).toEqual(await resultOf(unbroken));
});

test('what fit hands on is written as it is; a step is no state, a foreign data set no data of it', async () => {
  const net = ready();
  const split = { train: data, test: pictures(3, 1) };
  const files: Uint8Array[] = [];
  const records = [];
  for await (const record of fit(net, split, {
    ...settings,
    onCheckpoint: (c) => void files.push(encodeCheckpoint(net, split, c)),
  }))
    records.push(record);
  const { epochs, training } = decodeModel(files.at(-1)!);
  expect(epochs).toEqual(records);
  expect(training!.run.testSamples).toBe(3);
  for await (const step of train(ready(), data, settings)) {
    await refused(() => encodeCheckpoint(net, data, step as never), /got a step; await its state\(\)$/);
    await refused(() => encodeCheckpoint(net, data, step.state() as never), /got a promise; await it$/);
    const state = await step.state();
    await refused(() => encodeCheckpoint(net, pictures(2), state), /"state.batch" expected .*, got 1$/);
    break;
  }
});

test('a training that is awaited says that it is to be iterated', async () => {
  const given = train(ready(), data, settings);
  await refused(
    // @ts-expect-error
    async () => await given,
    /^train: expected steps to be iterated, got await; iterate: for await/,
  );
});
