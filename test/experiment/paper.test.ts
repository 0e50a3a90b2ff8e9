/** The rows are those of the paper's tables. Each training is compared with the right row. */
import { expect, test } from 'vitest';
import { paperRowFor, paperTables } from '../../src/experiment/paper.ts';

// `kept.test.ts` compares the rows of Tables 1 and 2.
test('Table 3 has the paper’s rows', () => {
  const shares = paperTables.table3.rows.map(({ accuracy }) => (100 * accuracy).toFixed(2));
  expect(shares).toEqual(['31.00', '27.10', '52.40', '24.50', '60.50', '58.65', '62.50', '58.20']);
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
