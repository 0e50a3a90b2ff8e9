/** Tests of the authors' names of arrays, for their networks and for a network that they do not have. */
import { expect, test } from 'vitest';
import { lenet } from '../../src/network/models.ts';
import { authorsNames } from '../../src/oracle/files/authors.ts';

const weightsOf = (file: Parameters<typeof authorsNames>[0]): string[] =>
  [...authorsNames(file).keys()].filter((name) => name.startsWith('w_'));

test('LeNet has convolutions and linear layers, each by its place among these', () => {
  expect(weightsOf(lenet)).toEqual(['w_cnn1', 'w_cnn2', 'w_fc0', 'w_fc1']);
  expect(authorsNames(lenet).get('w_cnn2')).toBe('layer3.weight');
});

test('an output layer that is a convolution, which they do not have, is without names', () => {
  const input = { channels: 1, height: 4, width: 4 };
  const first = { kind: 'convolution', channels: 2, kernel: 1 } as const;
  const output = { kind: 'convolution', channels: 2, kernel: 4 } as const;
  const file = { input, timeWindow: 2, threshold: 1, layers: [first, output] };
  expect(weightsOf(file)).toEqual(['w_cnn11']);
});
