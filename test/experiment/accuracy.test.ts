/** An accuracy names the epoch that it is of. */
import { expect, test } from 'vitest';
import { accuraciesOf } from '../../src/experiment/accuracy.ts';

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
