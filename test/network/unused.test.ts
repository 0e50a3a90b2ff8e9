/** Settings without effect are refused in a new description, and reported after a switch of the variant or in an older file. */
import { expect, test } from 'vitest';
import { images } from '../../src/data/dataset.ts';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import { lenet, type NetworkFile } from '../../src/network/models.ts';
import { drawWeights, network } from '../../src/network/network.ts';
import { train } from '../../src/train/train.ts';

const base: NetworkFile = {
  input: { channels: 1, height: 4, width: 4 },
  timeWindow: 2,
  threshold: 1,
  layers: [
    { kind: 'convolution', channels: 1, kernel: 1 },
    { kind: 'averagePool', size: 2 },
    { kind: 'linear', units: 2 },
  ],
};
const [first, pool, last] = base.layers;
const maxPool = { kind: 'maxPool', size: 2, threshold: 2 } as unknown as typeof pool;
const authors = { ...base, variant: 'authors' } as const;

test.each<[string, NetworkFile, string]>([
  [
    'a threshold',
    { ...authors, layers: [first, { ...pool, threshold: 3 } as typeof pool, last] },
    '"layers[1].threshold" expected nothing, got 3; averagePool threeQuarters has 0.75',
  ],
  [
    'a leak',
    { ...authors, layers: [first, { ...pool, leak: 0.5 } as typeof pool, last] },
    '"layers[1].leak" expected nothing, got 0.5; averagePool threeQuarters has 1',
  ],
  [
    'a scale',
    { ...base, input: { ...base.input, scale: 0.5 } },
    '"input.scale" expected nothing, got 0.5; input intensity has no scale',
  ],
  [
    'a threshold of no neuron',
    { ...base, layers: [first, maxPool, last] },
    '"layers[1].threshold" expected nothing, got 2; maxPool has no neuron',
  ],
  [
    'a leak of an output that integrates',
    { ...base, layers: [first, pool, { ...last, leak: 0.5 } as typeof last] },
    '"layers[2].leak" expected nothing, got 0.5; output integrates has no leak',
  ],
  [
    'a leak of all layers of which none leaks',
    { ...base, leak: 0.5, layers: [last] },
    '"leak" expected nothing, got 0.5; no layer uses it',
  ],
  [
    'a leak of all layers, each of which has its own',
    { ...base, leak: 0.5, layers: [{ ...last, leak: 1 } as typeof last] },
    '"leak" expected nothing, got 0.5; no layer uses it',
  ],
  [
    'the same where these leak',
    {
      ...base,
      leak: 0.5,
      layers: [{ ...first, leak: 0.25 } as typeof first, { ...pool, leak: 0.75 } as typeof pool, last],
    },
    '"leak" expected nothing, got 0.5; no layer uses it',
  ],
])('%s that the own variant does not use is refused', (_, file, message) => {
  expect(() => network(file)).toThrow(`network: ${message}`);
  const used = file.variant === undefined && file.input.scale ? 'authors' : 'paper';
  if (file.leak === undefined && file.layers[1] !== maxPool && file.layers[2] === last)
    expect(network({ ...file, variant: used })).toBeDefined();
});

test('what changes nothing is no mistake', () => {
  const idle = { ...pool, threshold: 0.75, leak: 1 } as typeof pool;
  expect(network({ ...base, leak: 0.5 })).toBeDefined();
  expect(
    network({ ...base, leak: 0.5, layers: [first, pool, { ...last, leak: 1 } as typeof last] }),
  ).toBeDefined();
  expect(network({ ...base, layers: [first, pool, { ...last, leak: 1 } as typeof last] })).toBeDefined();
  expect(
    network({ ...authors, layers: [first, idle, last], input: { ...base.input, scale: 1 } }),
  ).toBeDefined();
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
