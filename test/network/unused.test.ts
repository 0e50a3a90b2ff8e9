/**
 * Settings without effect are refused. They are only reported if an option sets the variant, or if the settings are from a
 * model file.
 */
import { expect, test } from 'vitest';
import type { LayerDescription } from '../../spec/network.ts';
import { images } from '../../src/data/dataset.ts';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import { lenet, type NetworkFile } from '../../src/network/models.ts';
import { drawWeights, network } from '../../src/network/network.ts';
import { train } from '../../src/train/train.ts';

const [first, pool, last]: LayerDescription[] = [
  { kind: 'convolution', channels: 1, kernel: 1 },
  { kind: 'averagePool', size: 2 },
  { kind: 'linear', units: 2 },
];
const base: NetworkFile = {
  input: { channels: 1, height: 4, width: 4 },
  timeWindow: 2,
  threshold: 1,
  layers: [first!, pool!, last!],
};
const maxPool = { kind: 'maxPool', size: 2 } as const;
const authors = { variant: 'authors' } as const;
const scaled = { input: { ...base.input, scale: 0.5 } };

/** The description with changes to its three layers. */
const file = (of: Partial<NetworkFile>, ...changes: object[]): NetworkFile => ({
  ...base,
  layers: base.layers.map((layer, n) => ({ ...layer, ...changes[n] }) as LayerDescription),
  ...of,
});

test.each<[string, NetworkFile, string, used?: NetworkFile['variant']]>([
  [
    'a threshold',
    file(authors, {}, { threshold: 3 }),
    '"layers[1].threshold" expected nothing, got 3; averagePool threeQuarters has 0.75',
    'paper',
  ],
  [
    'a leak',
    file(authors, {}, { leak: 0.5 }),
    '"layers[1].leak" expected nothing, got 0.5; averagePool threeQuarters has 1',
    'paper',
  ],
  [
    'a scale',
    file(scaled),
    '"input.scale" expected nothing, got 0.5; input intensity has no scale',
    'authors',
  ],
  [
    'a threshold of no neuron',
    file({}, {}, { ...maxPool, threshold: 2 }),
    '"layers[1].threshold" expected nothing, got 2; maxPool has no neuron',
  ],
  [
    'a leak of an output that integrates',
    file({}, {}, {}, { leak: 0.5 }),
    '"layers[2].leak" expected nothing, got 0.5; output integrates has no leak',
  ],
  [
    'a leak of all layers of which none leaks',
    file({ leak: 0.5, layers: [last!] }),
    '"leak" expected nothing, got 0.5; no layer uses it',
  ],
  [
    'a leak of all layers, each of which has its own',
    file({ leak: 0.5 }, { leak: 0.25 }, { leak: 0.75 }),
    '"leak" expected nothing, got 0.5; no layer uses it',
  ],
])('%s that the own variant does not use is refused', (_, described, message, used) => {
  expect(() => network(described)).toThrow(`network: ${message}`);
  if (used) expect(network({ ...described, variant: used })).toBeDefined();
});

test.each([
  file({ leak: 0.5 }),
  file({ leak: 0.5 }, {}, {}, { leak: 1 }),
  file({}, {}, {}, { leak: 1 }),
  file({ ...authors, input: { ...base.input, scale: 1 } }, {}, { threshold: 0.75, leak: 1 }),
])('what changes nothing is no mistake: %j', (described) => {
  expect(network(described)).toBeDefined();
});

test('a switched variant is reported once, with the first batch; its file is read again', async () => {
  const net = network(lenet, { variant: 'paper', timeWindow: 1 });
  const data = images('x', { channels: 1, height: 28, width: 28 }, new Uint8Array(2 * 784), [0, 1]);
  const told: string[] = [];
  for await (const { notices } of train(net, data, { batch: 1, epochs: 1 }))
    told.push(...notices.filter((line) => line.includes('no effect')));
  expect(told).toEqual(['input.scale 0.5 of the network has no effect: input intensity has no scale']);
  net.weights = drawWeights(net.plan, 1);
  expect(decodeModel(encodeModel(net)).net.description).toEqual(net.description);
});
