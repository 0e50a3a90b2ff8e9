/** A report by layer has each number under its own layer. */
import { expect, test } from 'vitest';
import { network } from '../../src/network/network.ts';
import { lenet } from '../../src/network/models.ts';
import { scalesByLayer } from '../../src/train/report.ts';

test('S by layer has each layer of neurons under its own name, and not the output layer', () => {
  const { plan } = network(lenet);
  expect(scalesByLayer(plan, [1, 2, 3, 4, 5, 6])).toEqual({
    '1 convolution': 1,
    '2 averagePool': 2,
    '3 convolution': 3,
    '4 averagePool': 4,
    '5 linear': 5,
  });
});
