/** `requestPrediction` gives what `predict` gives, and `predict` refuses a backend that must be awaited. */
import { expect, test } from 'vitest';
import type { NetworkFile } from '../../src/network/models.ts';
import { network } from '../../src/network/network.ts';
import { inspect, predict, requestPrediction, session } from '../../src/train/predict.ts';

const description: NetworkFile = {
  variant: 'authors',
  input: { channels: 1, height: 2, width: 2 },
  timeWindow: 6,
  threshold: 0.5,
  layers: [
    { kind: 'linear', units: 3 },
    { kind: 'linear', units: 2 },
  ],
};
const shown = [0.9, 0.2, 0.7, 1];

test('a prediction is the same on each backend', async () => {
  const net = network(description);
  net.weights = [
    Float32Array.from({ length: 12 }, (_, k) => (k % 5) / 4 - 0.3),
    Float32Array.of(1, 0, 0.5, 0, 1, -1),
  ];
  const expected = predict(net, shown);
  expect(expected.spikes['1 linear']).toBeGreaterThan(0);
  for (const backend of ['wasm', 'reference'] as const)
    expect(await requestPrediction(net, shown, { backend })).toEqual(expected);
  const text = 'expected one that works at once, got webgpu; take wasm or reference';
  for (const ask of [predict, inspect])
    expect(() => ask(net, shown, { backend: 'webgpu' as 'wasm' })).toThrow(text);
  expect(() => session(net, { backend: 'webgpu' as 'wasm' })).toThrow(text);
});

test('a network without weights is refused', async () => {
  await expect(requestPrediction(network(description), shown)).rejects.toThrow(
    'predict: "network" expected trained weights, got nothing; train it or load a model',
  );
});
