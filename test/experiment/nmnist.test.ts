/** N-MNIST stands under its own name, beside no row of the paper. */
import { expect, test } from 'vitest';
import { experiments } from '../../src/experiment/experiments.ts';
import { full, madeUp, saidOf, settings, trainingsOf } from './madeUp.ts';

test.each([settings, full])('size $size: LeNet for N-MNIST, of IF and of LIF neurons', (of) => {
  const trainings = trainingsOf('nmnist', of);
  expect(trainings.map(({ options }) => options)).toEqual([
    { variant: 'authors', leak: 1 },
    { variant: 'authors', leak: 0.99 },
  ]);
  for (const { dataset, model, samples } of trainings) {
    expect([dataset, model.name, model.timeWindow]).toEqual(['nmnist', 'lenet-nmnist', 30]);
    expect(samples.validation).toBe(0.1);
  }
});

test('refuses a training that was kept without its numbers of samples, with what to do', () => {
  const { samples: _, ...without } = madeUp([0.9, 0.8], 100);
  expect(() => experiments['nmnist']!.report(settings, [without, without])).toThrow(
    'experiment: "samples" expected numbers of samples in a kept training, got nothing; an earlier version kept it: run it again in a new folder',
  );
});

test('says that the paper does not have it, and what came out', () => {
  const results = [madeUp([0.9, 0.8], 100), madeUp([0.94], 100)];
  const text = saidOf('nmnist', results);
  expect(text).toContain('which the paper does not have');
  expect(text).toContain('100 for testing: one of them is 1.00 %');
  expect(text).toContain('IF, 90.00 %, is 4.00 points below LIF, 94.00 %: within two standard errors');
  expect(text).not.toContain('In the paper');
  const [, IF, LIF] = experiments['nmnist']!.report(settings, results).lines;
  expect(IF).toMatchObject({ row: 'IF', paper: null, bestOnTest: 0.9, epochBestOnTest: 1, last: 0.8 });
  expect(LIF).toMatchObject({ row: 'LIF', paper: null, byValidation: 0.94, epochs: 1 });
});
