/** An accuracy names the epoch that it is of, and a table its difference from the paper where that says something. */
import { expect, test } from 'vitest';
import { accuraciesOf } from '../../src/experiment/accuracy.ts';
import { experiments } from '../../src/experiment/experiments.ts';
import { full, madeUp, saidOf, trainingsOf } from './madeUp.ts';

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
  const results = [0.4, 0.5, 0.6, 0.6, 0.6, 0.6].map((accuracy) => madeUp([accuracy]));
  expect(saidOf('table1', results, full)).toContain(
    'on test − paper epochs IF 99.65 % 50.00 % ± 10.00 50.00 % ± 10.00 −49.65',
  );
  expect(saidOf('table1', results)).toContain('on test epochs IF 99.65 % 50.00 % ± 10.00 50.00 % ± 10.00 1');
});

test('of several seeds each is a part of its own, and a row has their means and each of them', () => {
  expect(trainingsOf('table1', { ...full, seed: 2 ** 32 - 1 }).map((one) => one.settings.seed)).toEqual([
    2 ** 32 - 1,
    0,
    1,
    2 ** 32 - 1,
    0,
    1,
  ]);
  const results = [[0.4, 0.3], [0.5, 0.7], [0.6, 0.6], [0.6], [0.6], [0.6]].map((all) => madeUp(all));
  const { lines } = experiments['table1']!.report(full, results);
  expect(lines.at(-2)).toMatchObject({
    row: 'IF',
    byValidation: expect.closeTo((0.4 + 0.7 + 0.6) / 3),
    last: expect.closeTo((0.3 + 0.7 + 0.6) / 3),
    seeds: [
      { seed: 1, byValidation: 0.4, epochByValidation: 1, last: 0.3 },
      { seed: 2, byValidation: 0.7, epochByValidation: 2 },
      { seed: 3 },
    ],
  });
});

test('a figure has the mean of the seeds by epoch, in a band from the least to the most; of one seed no band', () => {
  const results = [[0.4, 0.3], [0.5, 0.7], [0.6, 0.8], [0.6], [0.6], [0.6]].map((all) => madeUp(all));
  const { figure } = experiments['table1']!.report(full, results) as { figure: any };
  const [band, line] = figure.layer;
  expect(band.mark.type).toBe('area');
  expect(band.data.values.slice(0, 2)).toEqual([
    { series: 'IF', x: 1, y: 0.4, most: 0.6 },
    { series: 'IF', x: 2, y: 0.3, most: 0.8 },
  ]);
  expect(line.data.values.slice(0, 2)).toMatchObject([
    { series: 'IF', x: 1, y: expect.closeTo(0.5) },
    { series: 'IF', x: 2, y: expect.closeTo(0.6) },
  ]);
  expect(figure.title.text).toBe('lines: means of 3 seeds; bands: from the least to the most');
  const one = experiments['nmnist']!.report(full, results.slice(0, 2)) as { figure: any };
  expect(one.figure.layer[0].mark.type).toBe('line');
  expect(one.figure.title).toBeUndefined();
});
