/** Table 3 has the paper's protocol, a window that three injections divide, its rows beside ours, and true words. */
import { expect, test } from 'vitest';
import { experiments } from '../../src/experiment/experiments.ts';
import { full, madeUp, saidOf, settings, trainingsOf } from './madeUp.ts';

test('size paper: VGG7 for CIFAR10-DVS as it is, of IF and LIF neurons, the protocol', () => {
  const trainings = trainingsOf('table3', full);
  expect(trainings.map(({ options }) => options.leak)).toEqual([1, 0.99]);
  for (const { dataset, model, settings: given, samples } of trainings) {
    expect(dataset).toBe('cifar10-dvs');
    expect(model.name).toBe('vgg7-dvs');
    expect(given).toMatchObject({ epochs: 60, batch: 40, learningRate: 5e-4, rateSteps: [10, 20, 30, 50] });
    expect(samples).toEqual({ validation: 0.1 });
  }
});

test.each([settings, full])('size $size: the variant paper sees the same steps three times', (of) => {
  const [once] = trainingsOf('table3', of);
  const [thrice] = trainingsOf('table3', { ...of, variant: 'paper' });
  expect(thrice!.options.timeWindow).toBe(3 * once!.options.timeWindow!);
  const results = [madeUp([0.6]), madeUp([0.5])];
  expect(saidOf('table3', results, of)).toContain('injected once as by the authors’ code');
  expect(saidOf('table3', results, { ...of, variant: 'paper' })).toContain('injected 3 times');
});

test('each row stands beside the paper’s, and what came out is said', () => {
  const results = [madeUp([0.3, 0.4]), madeUp([0.6])];
  const lines = experiments['table3']!.report(settings, results).lines as Record<string, unknown>[];
  expect(lines.slice(-2).map(({ row, paper, byValidation }) => [row, paper, byValidation])).toEqual([
    ['IF', 0.625, 0.4],
    ['LIF', 0.582, 0.6],
  ]);
  const contradicted = saidOf('table3', results);
  expect(contradicted).toContain('IF, 40.00 %, is 20.00 points below LIF, 60.00 %');
  expect(contradicted).toContain('In the paper the difference is +4.30: here it has the opposite sign');
  expect(contradicted).toContain('900 recordings for training, 100 for validation, 1000 for testing');
  expect(saidOf('table3', [...results].reverse())).toContain('+4.30: here it has the same sign');
});
