/** An accuracy names the epoch that it is of, and a table its difference from the paper where that says something. */
import { expect, test } from 'vitest';
import { accuraciesOf } from '../../src/experiment/accuracy.ts';
import { full, madeUp, saidOf } from './madeUp.ts';

const record = (epoch: number, accuracy: number, validation: number) => ({
  epoch,
  accuracy,
  validation,
  loss: 1,
  imagesPerSecond: 1,
  spikeRates: {},
});

test('of epochs that are equal the first counts, by validation and on the test samples', () => {
  const epochs = [record(1, 0.5, 0.6), record(2, 0.7, 0.8), record(3, 0.9, 0.8), record(4, 0.9, 0.7)];
  expect(accuraciesOf(epochs)).toEqual({
    byValidation: 0.7,
    epochByValidation: 2,
    bestOnTest: 0.9,
    epochBestOnTest: 3,
    last: 0.9,
  });
});

test('a table has its difference from the paper only at the paper’s size', () => {
  const results = [madeUp([0.5]), madeUp([0.6])];
  expect(saidOf('table1', results, full)).toContain(
    'on test − paper epochs IF 99.65 % 50.00 % 50.00 % −49.65',
  );
  expect(saidOf('table1', results)).toContain('on test epochs IF 99.65 % 50.00 % 50.00 % 1');
});
