/** One call writes a checkpoint. test/train/resume.test.ts resumes from such files. */
import { expect, test } from 'vitest';
import { decodeModel, encodeCheckpoint } from '../../src/modelFile/model.ts';
import { fit } from '../../src/train/fit.ts';
import { train } from '../../src/train/train.ts';
import { pictures, ready, refused } from '../train/small.ts';

const settings = { batch: 3, epochs: 3, seed: 5 };
const data = pictures(9);

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
    const { run } = decodeModel(encodeCheckpoint(net, data, state)).training!;
    expect(run).toEqual({ dataset: data.name, trainSamples: 9, testSamples: 0 });
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
