/** Tables 1 to 3 and N-MNIST have the paper's trainings and rows. Their sentences are true for any result. */
import { expect, test } from 'vitest';
import { accuraciesOf } from '../../src/experiment/accuracy.ts';
import { full, madeUp, saidOf, settings, trainingsOf } from './laboratory.ts';

const protocols = {
  mnist: { epochs: 125, batch: 64, learningRate: 8.5e-4, rateSteps: [25] },
  cifar10: { epochs: 100, batch: 100, learningRate: 5e-4, rateSteps: [50, 75] },
  dvs: { epochs: 60, batch: 40, learningRate: 5e-4, rateSteps: [10, 20, 30, 50] },
};

const leaks = [1, 0.99];
test.each([
  ['table1', 'mnist', 'lenet', protocols.mnist, 6000, Array(6).fill(100), [1, 1, 1, 0.99, 0.99, 0.99]],
  ['table2', 'cifar10', 'vgg7', protocols.cifar10, 5000, [400, 400, 100], [1, 0.99, 1]],
  ['table3', 'cifar10-dvs', 'vgg7-dvs', protocols.dvs, 0.1, [100, 100], leaks],
  ['nmnist', 'nmnist', 'lenet-nmnist', protocols.mnist, 0.1, [undefined, undefined], leaks],
])('size paper, %s: the paper’s network, windows and protocol', (name, dataset, model, protocol, ...more) => {
  const [validation, windows, itsLeaks] = more;
  const trainings = trainingsOf(name, full);
  expect(trainings.map(({ options }) => options.timeWindow)).toEqual(windows);
  expect(trainings.map(({ options }) => options.leak)).toEqual(itsLeaks);
  const expected = { dataset, model: { name: model }, settings: protocol, samples: { validation } };
  for (const one of trainings) expect(one).toMatchObject(expected);
});

test('the variant paper has the batch of the paper, not that of the code', () => {
  expect(trainingsOf('table1', { ...full, variant: 'paper' })[0]!.settings.batch).toBe(60);
});

test.each([settings, full])('table3, size $size: the variant paper sees the same steps three times', (of) => {
  const [once] = trainingsOf('table3', of);
  const [thrice] = trainingsOf('table3', { ...of, variant: 'paper' });
  expect(thrice!.options.timeWindow).toBe(3 * once!.options.timeWindow!);
  const results = [madeUp([0.6]), madeUp([0.5])];
  expect(saidOf('table3', results, of)).toContain('injected once as in the authors’ code');
  expect(saidOf('table3', results, { ...of, variant: 'paper' })).toContain('injected 3 times');
});

test('of epochs that are equal the first counts, by validation and on the test samples', () => {
  const { epochs } = madeUp([0.5, 0.7, 0.9, 0.9]);
  const validations = [0.6, 0.8, 0.8, 0.7];
  expect(accuraciesOf(epochs.map((record, k) => ({ ...record, validation: validations[k]! })))).toEqual({
    byValidation: 0.7,
    epochByValidation: 2,
    bestOnTest: 0.9,
    epochBestOnTest: 3,
    last: 0.9,
  });
});

/** Six made-up trainings of Table 1. */
const six = [[0.4, 0.3], [0.5, 0.7], [0.6, 0.8], [0.6], [0.6], [0.6]].map((all) => madeUp(all));

test('of several seeds each is a part of its own; after the last seed comes 0', () => {
  const seeds = trainingsOf('table1', { ...full, seed: 2 ** 32 - 1 }).map((one) => one.settings.seed);
  expect(seeds).toEqual([2 ** 32 - 1, 0, 1, 2 ** 32 - 1, 0, 1]);
});

test('a table has its difference from the paper only at the paper’s size', () => {
  const cells = 'IF 99.65 % 63.33 % ± 20.82 63.33 % ± 20.82';
  expect(saidOf('table1', six, full)).toContain(`on test − paper last ${cells} −36.32`);
  expect(saidOf('table1', six)).toContain(`on test last ${cells} 60.00`);
});

test.each([
  [
    'table2',
    [0.6, 0.5, 0.4],
    'IF, T = 40, 60.00 %, is 10.00 points above LIF, T = 40',
    '+1.24: here it has the same',
  ],
  [
    'table2',
    [0.6, 0.5, 0.4],
    'IF, T = 40, 60.00 %, is 20.00 points above IF, T = 10',
    '+1.52: here it has the same',
  ],
  ['table2', [0.4, 0.5, 0.4], 'IF, T = 40, 40.00 %, is equal to IF, T = 10', '+1.52: this run cannot tell'],
  ['table3', [0.4, 0.6], 'IF, 40.00 %, is 20.00 points below LIF', '+4.30: here it has the opposite sign'],
])('%s of %j says what came out', (name, accuracies, said, paper) => {
  const trained = accuracies.map((accuracy) => madeUp([accuracy, accuracy - 0.1]));
  expect(saidOf(name, trained)).toContain(said);
  expect(saidOf(name, trained)).toContain(`In the paper the difference is ${paper}`);
});

test('N-MNIST has no row of the paper', () => {
  const results = [madeUp([0.9, 0.8], 100), madeUp([0.94], 100)];
  const text = saidOf('nmnist', results);
  expect(text).toContain('which the paper does not have');
  expect(text).toContain('IF, 90.00 %, is 4.00 points below LIF, 94.00 %');
  expect(text).not.toContain('In the paper');
  expect(text).toContain('test samples 100 10000');
});
