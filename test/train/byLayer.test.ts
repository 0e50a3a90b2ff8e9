/** A report by layer has each number under its own layer. */
import { expect, test } from 'vitest';
import { byLayer, network } from '../../src/network/network.ts';
import { lenet } from '../../src/network/models.ts';

test('a number by layer is under the name of its layer of neurons, and the output layer has none', () => {
  expect(byLayer(network(lenet).plan, ({ n }) => 10 * n)).toEqual({
    '1 convolution': 10,
    '2 averagePool': 20,
    '3 convolution': 30,
    '4 averagePool': 40,
    '5 linear': 50,
  });
});
