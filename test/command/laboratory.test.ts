/** A training in the command's laboratory that stops and resumes has the bits of an uninterrupted training. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CommandLaboratory, Stopped } from '../../src/command/laboratory.ts';
import type { Training } from '../../src/experiment/experiment.ts';
import type { NetworkFile } from '../../src/network/models.ts';
import { isWhole } from '../support.ts';
import { fresh, Process } from './command.ts';
import { smallNetwork, writeDataset } from './world.ts';

/** A substitute for MNIST. */
const data = writeDataset('data', 50, 12);

const training: Training = {
  dataset: 'mnist',
  model: smallNetwork as NetworkFile,
  options: { variant: 'authors', timeWindow: 4 },
  settings: { epochs: 2, batch: 8, seed: 3 },
  samples: { train: 40, validation: 8, test: 10 },
};

/** A laboratory whose stop signal is set after `polls` reads. */
function laboratory(polls = Infinity, threads = 1): { lab: CommandLaboratory; folder: string } {
  const folder = fresh();
  mkdirSync(folder);
  return { lab: within(folder, polls, threads), folder };
}

function within(folder: string, polls = Infinity, threads = 1): CommandLaboratory {
  let asked = 0;
  const signal = {
    get aborted() {
      return ++asked > polls;
    },
  } as AbortSignal;
  const { stderr } = new Process();
  return new CommandLaboratory({ folder, threads, signal, stderr, isQuiet: true, data: { mnist: data } });
}

test('trains without the samples that are set aside, and measures both', async () => {
  const { lab, folder } = laboratory();
  const { epochs, digest } = await lab.train('one', training);
  expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
  for (const { accuracy, validation, S } of epochs) {
    expect(accuracy * 10).toBeCloseTo(Math.round(accuracy * 10), 9);
    expect(validation! * 8).toBeCloseTo(Math.round(validation! * 8), 9);
    expect(Object.keys(S!)).toHaveLength(3);
  }
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(existsSync(join(folder, 'one', 'model.safetensors'))).toBe(true);
  expect(existsSync(join(folder, 'one', 'checkpoint.safetensors'))).toBe(false);

  const whole = { ...training, samples: { ...training.samples, train: 32, validation: 0 } };
  expect((await laboratory().lab.train('one', whole)).digest).toBe(digest);
  const share = { ...training, samples: { ...training.samples, validation: 0.2 } };
  const samples = { train: 32, validation: 8, test: 10 };
  expect(await laboratory().lab.train('x', share)).toMatchObject({ digest, samples });
});

test('a training that is stopped anywhere goes on to the same digest and epochs', async () => {
  const { digest, epochs } = await laboratory().lab.train('x', training);
  const bare = (all: typeof epochs) => all.map((record) => ({ ...record, imagesPerSecond: 0 }));
  for (const polls of isWhole ? [1, 2, 3, 4, 5, 6, 7, 8] : [2, 7]) {
    const { lab, folder } = laboratory(polls);
    let stops = 0;
    let result = await lab.train('x', training).catch((cause: unknown) => {
      expect(cause).toBeInstanceOf(Stopped);
      stops++;
      return undefined;
    });
    result ??= await within(folder, Infinity, 2).train('x', training);
    expect(stops).toBe(1);
    expect({ digest: result.digest, epochs: bare(result.epochs) }).toEqual({ digest, epochs: bare(epochs) });
  }
});

test('times batches, and says what they take in memory and how many an epoch has', async () => {
  const { lab } = laboratory();
  const timed = await lab.time(training, 2);
  expect(timed.seconds).toBeGreaterThan(0);
  expect(timed.bytes).toBeGreaterThan(5e4);
  expect(timed.batches).toBe(4);
  expect(timed).toMatchObject({ threads: 1, bytesOneThread: timed.bytes });
  const two = await laboratory(Infinity, 2).lab.time(training, 1);
  expect(two).toMatchObject({ threads: 2, bytesOneThread: timed.bytes });
  expect(two.bytes).toBeGreaterThan(timed.bytes);
  const rule = { ...training, options: { ...training.options, rule: 'lee' as const } };
  expect((await lab.time(rule, 1)).seconds).toBeGreaterThan(0);
  await expect(laboratory(0).lab.time(training, 2)).rejects.toThrow(Stopped);
});

test('guesses the seconds of a training from a few samples: twice the epochs, twice as long', async () => {
  const { lab } = laboratory();
  const once = await lab.estimate(training);
  expect(once).toBeGreaterThan(0);
  const twice = await lab.estimate({ ...training, settings: { ...training.settings, epochs: 4 } });
  expect(twice / once).toBeCloseTo(2, 9);
});
