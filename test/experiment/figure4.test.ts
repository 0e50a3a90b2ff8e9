/** Figure 4 has the paper's windows in three panels. Its sentences are true for any result. */
import { describe, expect, test } from 'vitest';
import { experiments } from '../../src/experiment/index.ts';
import type { Trained } from '../../src/experiment/experiment.ts';
import { full, madeUp, saidOf, trainingsOf } from './laboratory.ts';

const windows = [100, 200, 300, 400, 500];

test('size paper: LeNet and VGG7 with windows from 100 to 500', () => {
  const trainings = trainingsOf('figure4', full);
  expect(trainings.map(({ options }) => options.timeWindow)).toEqual([...windows, ...windows]);
  expect(trainings[0]).toMatchObject({ model: { name: 'lenet' }, settings: { epochs: 125, batch: 64 } });
  expect(trainings[5]).toMatchObject({ model: { name: 'vgg7' }, settings: { epochs: 100, batch: 100 } });
  for (const { samples } of trainings) expect(samples).toEqual({ validation: 0 });
});

/** Ten trainings with these best accuracies: five of MNIST, five of CIFAR-10. */
const results = (mnist: readonly number[], cifar10: readonly number[]): Trained[] =>
  [...mnist, ...cifar10].map((best) => madeUp([best / 2, best, best - 0.001]));
const flat = [0.5, 0.5, 0.5, 0.5, 0.5];

test('a line for each window, the paper’s number where it has one', () => {
  const lines = experiments['figure4']!.summarise(full, results(flat, flat)).lines as Record<string, any>[];
  expect(lines).toHaveLength(11);
  const beside = lines.filter(({ paper }) => paper !== undefined);
  expect(beside.map(({ dataset, timeWindow, paper }) => [dataset, timeWindow, paper])).toEqual([
    ['cifar10', 100, 0.8983],
    ['cifar10', 400, 0.9135],
  ]);
  expect(lines[1]).toMatchObject({ bestOnTest: 0.5, epochBestOnTest: 2, last: 0.499 });
  expect(lines[1]!['accuracies']).toEqual([0.25, 0.5, 0.499]);
});

test('a data set of which a window is missing is left out', () => {
  const all = results(flat, flat);
  const { lines } = experiments['figure4']!.summarise(full, [...all.slice(0, 9), undefined]);
  expect(lines).toHaveLength(1 + 5);
});

describe('says what came out', () => {
  test.each([
    [[0.5, 0.6, 0.7, 0.7, 0.6], 'here it has the same sign', 'no growth can be seen there'],
    [[0.5, 0.6, 0.7, 0.8, 0.9], 'here it has the same sign', 'it still grows, which contra'],
    [[0.5, 0.6, 0.7, 0.6, 0.5], 'this run cannot tell', 'no growth can be seen there'],
    [
      [0.9, 0.8, 0.7, 0.6, 0.5],
      'here it has the opposite sign, which contradicts the paper',
      'no growth can be seen there',
    ],
    [[0.5, 0.501, 0.5, 0.501, 0.5], 'this run cannot tell', 'no growth can be seen there'],
  ])('%j', (accuracies, growth, top) => {
    const text = saidOf('figure4', results(flat, accuracies), full);
    const finding = text.slice(text.indexOf('VGG7 on CIFAR-10, best accuracy'));
    expect(finding).toContain(growth);
    expect(finding).toContain(top);
  });
  test('where no window is over 300', () => {
    const text = saidOf('figure4', results(flat, [0.1, 0.2, 0.3, 0.4, 0.5]));
    expect(text).toContain('T = 100, 50.00 %, is 40.00 points above T = 20, 10.00 %');
    expect(text).toContain('No window is over 300.');
  });
});
