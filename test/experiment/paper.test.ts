/** The rows are those of the paper's tables. Each training is compared with the right row. */
import { expect, test } from 'vitest';
import { paperRowFor, paperTables } from '../../src/experiment/paper.ts';

test('tables have the paper’s rows', () => {
  const shares = Object.values(paperTables).map(({ rows }) =>
    rows.map(({ accuracy }) => (100 * accuracy).toFixed(2)),
  );
  expect(shares).toEqual([
    ['99.31', '99.42', '99.49', '99.62', '99.59', '99.65', '99.60'],
    ['70.16', '90.53', '90.80', '90.95', '90.98', '91.35', '90.11', '89.83'],
    ['31.00', '27.10', '52.40', '24.50', '60.50', '58.65', '62.50', '58.20'],
  ]);
});

test('a training with fewer samples than all stands beside no row', () => {
  const trained = { dataset: 'mnist', network: 'lenet', neuron: 'IF', timeWindow: 20 } as const;
  expect(paperRowFor({ ...trained, limit: 59_999 })).toBeUndefined();
  expect(paperRowFor({ ...trained, limit: 60_000 })?.row.accuracy).toBe(0.9965);
});

test.each([
  ['mnist', 'lenet', 'IF', 20, 0.9965],
  ['mnist', 'lenet', 'LIF', 100, 0.996],
  ['cifar10', 'vgg7', 'IF', 100, 0.8983],
  ['cifar10', 'vgg7', 'IF', 400, 0.9135],
  ['cifar10', 'vgg7', 'LIF', 100, 0.9011],
  ['cifar10-dvs', 'vgg7-dvs', 'IF', 100, 0.625],
  ['mnist', 'vgg7', 'IF', 100, undefined],
  ['fashion', 'lenet', 'IF', 100, undefined],
  [undefined, undefined, 'IF', 100, undefined],
] as const)('%s, %s, %s, T = %i: %f', (dataset, network, neuron, timeWindow, accuracy) => {
  expect(paperRowFor({ dataset, network, neuron, timeWindow, limit: undefined })?.row.accuracy).toBe(
    accuracy,
  );
});
