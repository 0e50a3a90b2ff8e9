/** Small networks and data for the tests of the library. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Draw } from '../../spec/random.ts';
import { ruleNames, type RuleName } from '../../spec/rule.ts';
import type { Backend } from '../../src/backend/backend.ts';
import { images, type Dataset } from '../../src/data/dataset.ts';
import { InputError } from '../../src/errors.ts';
import type { TrainSettings } from '../../src/train/settings.ts';
import { train } from '../../src/train/train.ts';
import type { Progress, TrainOptions } from '../../src/train/openTraining.ts';
import {
  digest,
  drawWeights,
  network,
  weightedLayers,
  type SpikingNetwork,
} from '../../src/network/network.ts';
import type { NetworkFile } from '../../src/network/models.ts';
import { withoutBias } from '../kinds.ts';
import type { Case } from '../networks.ts';

export const classes = 3;

/** A network with a layer of each kind. */
export const everyKind: NetworkFile = {
  name: 'every kind',
  input: { channels: 2, height: 6, width: 6, scale: 1 },
  timeWindow: 4,
  threshold: 0.5,
  leak: 0.9,
  layers: [
    { kind: 'convolution', channels: 8, kernel: 3, padding: 1 },
    { kind: 'averagePool', size: 2 },
    { kind: 'convolution', channels: 6, kernel: 2, padding: 1, threshold: 0.25, bias: true },
    { kind: 'maxPool', size: 2 },
    { kind: 'linear', units: 12 },
    { kind: 'linear', units: classes, bias: true },
  ],
};

/** The same network without biases, for rules that do not support them. */
export const everyKindWithoutBias: NetworkFile = {
  ...everyKind,
  layers: everyKind.layers.map(withoutBias),
};

/** Pictures of noise with two bright rows, whose position gives the class. */
export function pictures(count: number, salt = 0): Dataset {
  const size = 2 * 6 * 6;
  const labels = Uint8Array.from({ length: count }, (_, k) => (k + salt) % classes);
  const pixels = Uint8Array.from({ length: count * size }, (_, k) => {
    const noise = (Math.imul(k + 7 * salt + 1, 2654435761) >>> 24) & 31;
    const isBright = Math.floor((k % size) / 12) % 3 === labels[Math.floor(k / size)];
    return isBright ? 255 - noise : noise;
  });
  return images('pictures', { channels: 2, height: 6, width: 6 }, pixels, labels);
}

export function drawOf(net: SpikingNetwork, sample: number): Draw {
  return { seed: net.seed, stream: 'test', epoch: 0, sample };
}

export const presets = fc.constantFrom('paper' as const, 'authors' as const);

/** Settings of short trainings. Some batches and shards do not divide the data evenly. */
export const anySettings: fc.Arbitrary<TrainSettings> = fc.record({
  seed: fc.constantFrom(0, 1, 7, 2 ** 32 - 1),
  epochs: fc.integer({ min: 1, max: 3 }),
  batch: fc.integer({ min: 1, max: 6 }),
  shard: fc.integer({ min: 1, max: 7 }),
  learningRate: fc.constantFrom(1e-3, 0.01),
  rateSteps: fc.constantFrom([], [1], [0, 2]),
  optimiser: fc.constantFrom('adam' as const, 'sgd' as const),
  weightDecay: fc.constantFrom(0, 5e-4),
  scaleEvery: fc.constantFrom(1, 2, 5),
});

export function fresh(variant: NetworkFile['variant'], file: NetworkFile = everyKind): SpikingNetwork {
  return network(file, { variant });
}

/** The network of a random case, built with public functions. */
export function netOf({ description, variant, weights }: Case): SpikingNetwork {
  const net = network(description, { variant });
  net.weights = weightedLayers(net.plan).map(({ n }) => weights[n - 1]!);
  return net;
}

/** A network with all kinds of layers. Rules that do not support biases get none. */
export function made(rule: RuleName, variant: NetworkFile['variant'] = 'paper'): SpikingNetwork {
  return network(rule === 'asf' ? everyKind : everyKindWithoutBias, { rule, variant });
}

export const anyRule = fc.constantFrom(...ruleNames);

/** A backend that counts allocated bytes. */
export function countingBytes(backend: Backend): { backend: Backend; bytes(): number } {
  let sum = 0;
  const allocate: Backend['allocate'] = (role, n, samples) => {
    sum += samples * backend.bytesOf(role, n);
    return backend.allocate(role, n, samples);
  };
  return { backend: { ...backend, allocate }, bytes: () => sum };
}

/** The results of a training, for comparison of all bits. */
export async function resultOf(net: SpikingNetwork): Promise<{ digest: string; S: number[]; seed: number }> {
  return { digest: await digest(net.weights!), S: net.S, seed: net.seed };
}

export function ready(): SpikingNetwork {
  const net = fresh('paper');
  net.weights = drawWeights(net.plan, 1);
  return net;
}

export async function trained(net: SpikingNetwork, data: Dataset, options: TrainOptions) {
  const steps = await run(net, data, options);
  const shown = steps.map(({ loss, correct, totals, S, notices }) => ({ loss, correct, totals, S, notices }));
  return { ...(await resultOf(net)), shown };
}

export async function run(net = ready(), data: Dataset = pictures(9), options: TrainOptions = {}) {
  const steps: Progress[] = [];
  for await (const step of train(net, data, options)) steps.push(step);
  return steps;
}

/** The state after the first batch of a training. */
export async function stateOf(data: Dataset, options: TrainOptions) {
  for await (const step of train(ready(), data, options)) return step.state();
  throw new Error('no step');
}

/** The call must end with an InputError of one line. */
export async function refused(call: () => unknown, expected = /./): Promise<void> {
  const error = await Promise.resolve()
    .then(call)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message).toMatch(expected);
  expect((error as Error).message).not.toContain('\n');
}
