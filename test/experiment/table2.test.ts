/** Table 2 has the paper's windows and protocol, its rows beside ours, and words that are true of any result. */
import { describe, expect, test } from 'vitest';
import { experiments } from '../../src/experiment/experiments.ts';
import type { NetworkFile } from '../../src/network/models.ts';
import { network } from '../../src/network/network.ts';
import { full, madeUp, saidOf, settings, trainingsOf } from './madeUp.ts';

test.each(['authors', 'paper'] as const)(
  'size paper, variant %s: VGG7 as it is, T = 400 and 100, the protocol',
  (variant) => {
    const trainings = trainingsOf('table2', { ...full, variant });
    expect(trainings.map(({ options }) => options)).toEqual([
      { variant, timeWindow: 400, leak: 1 },
      { variant, timeWindow: 400, leak: 0.99 },
      { variant, timeWindow: 100, leak: 1 },
    ]);
    for (const { dataset, model, settings: given, samples } of trainings) {
      expect(dataset).toBe('cifar10');
      expect(model).toMatchObject({ name: 'vgg7', threshold: 2 });
      expect(given).toMatchObject({ epochs: 100, batch: 100, learningRate: 5e-4, rateSteps: [50, 75] });
      expect(samples).toEqual({ validation: 5000 });
    }
  },
);

test('size small: a narrower VGG7 of the same layers, windows in the ratio of the paper’s', () => {
  const [long, leaking, short] = trainingsOf('table2', settings);
  expect(long!.options.timeWindow! / short!.options.timeWindow!).toBe(4);
  expect(leaking!.options).toEqual({ ...long!.options, leak: 0.99 });
  const [theirs] = trainingsOf('table2', full);
  const kinds = ({ layers }: NetworkFile) => layers.map(({ kind }) => kind);
  expect(kinds(long!.model)).toEqual(kinds(theirs!.model));
  const { plan } = network(long!.model);
  expect(plan.layers.at(-1)!.output.channels).toBe(10);
  expect(theirs!.model).toMatchObject({ threshold: 2 });
});

test('each row stands beside the paper’s', () => {
  const results = [madeUp([0.3, 0.4]), madeUp([0.35]), madeUp([0.33])];
  const lines = experiments['table2']!.report(settings, results).lines as Record<string, unknown>[];
  expect(lines.slice(-3).map(({ row, standsFor, paper }) => [row, standsFor, paper])).toEqual([
    ['IF, T = 40', 'The paper’s ASF-BP (IF)', 0.9135],
    ['LIF, T = 40', 'The paper’s ASF-BP (LIF)', 0.9011],
    ['IF, T = 10', 'The paper’s ASF-BP (IF), in its text', 0.8983],
  ]);
  expect(lines.at(-3)).toMatchObject({ byValidation: 0.4, bestOnTest: 0.4, epochs: 2 });
});

describe('says what came out', () => {
  const said = (...accuracies: [number, number, number]) =>
    saidOf(
      'table2',
      accuracies.map((accuracy) => madeUp([accuracy])),
    );
  test('as in the paper', () => {
    const text = said(0.6, 0.5, 0.4);
    expect(text).toContain('IF, T = 40, 60.00 %, is 10.00 points above LIF, T = 40, 50.00 %: more than two');
    expect(text).toContain('In the paper the difference is +1.24: here it has the same sign.');
    expect(text).toContain('IF, T = 40, 60.00 %, is 20.00 points above IF, T = 10, 40.00 %: more than two');
    expect(text).toContain('In the paper the difference is +1.52: here it has the same sign.');
    expect(text).not.toContain('contradicts');
  });
  test('the other way round', () => {
    const text = said(0.4, 0.5, 0.6);
    expect(text).toContain('IF, T = 40, 40.00 %, is 10.00 points below LIF, T = 40, 50.00 %: more than two');
    expect(text).toContain('IF, T = 40, 40.00 %, is 20.00 points below IF, T = 10, 60.00 %: more than two');
    expect(text.match(/contradicts the paper at this size/g)).toHaveLength(2);
  });
  test('nothing to tell', () => {
    expect(said(0.5, 0.5, 0.501).match(/this run cannot tell/g)).toHaveLength(2);
  });
});
