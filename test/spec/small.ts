/** Small random networks for the laws of the spec. */
import fc from 'fast-check';
import { trainingStep, type EncodedSample, type StepResult } from '../../spec/algorithm1.ts';
import type { Floats, Precision } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import type { LayerDescription, Network, Shape } from '../../spec/network.ts';
import { kindNames, wordsFor } from '../kinds.ts';
import { anyVariant, casesOf, type Bounds, type Case } from '../networks.ts';
import { samplesOf } from './drawn.ts';

/** A layer of any kind on a map that has room for it. */
export const anyLayer: fc.Arbitrary<{ words: LayerDescription; input: Shape }> = fc
  .record({
    kind: fc.constantFrom(...kindNames),
    input: fc.record({
      channels: fc.integer({ min: 1, max: 3 }),
      height: fc.integer({ min: 1, max: 7 }),
      width: fc.integer({ min: 1, max: 7 }),
    }),
    units: fc.integer({ min: 1, max: 5 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 4 }),
    padding: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ kind, input, ...drawn }) => {
    const size = Math.min(drawn.kernel, input.height, input.width);
    return { words: wordsFor(kind, { ...drawn, size }, input)!, input };
  })
  .filter(({ words }) => words !== undefined);

/** Networks that are small enough for tables of all synapses. */
export const anySmall = (more: Partial<Bounds> = {}): fc.Arbitrary<Case> =>
  casesOf({
    inputChannels: 3,
    side: 6,
    channels: fc.integer({ min: 1, max: 5 }),
    kernel: 3,
    padding: 1,
    timeWindow: fc.integer({ min: 1, max: 6 }),
    samples: fc.integer({ min: 1, max: 6 }),
    shard: fc.integer({ min: 1, max: 3 }),
    variant: anyVariant,
    bias: fc.boolean(),
    weights: ['mild'],
    inputs: ['frames', 'counts'],
    ...more,
  });

/** The network, weights and samples of a drawn case in a precision. */
export function made(
  small: Case,
  precision: Precision,
): { network: Network; w: Floats[]; samples: EncodedSample[] } {
  const network = buildNetwork(small.description, small.variant, precision);
  const w = small.weights.map((list) => {
    const array = precision.array(list.length);
    array.set(list);
    return array;
  });
  return { network, w, samples: samplesOf(small, network) };
}

/** One step over a drawn case: S of each layer before it, and by default the first batch of the first epoch. */
export function stepOf(
  small: Case,
  precision: Precision,
  S = 0.5,
  when = { epoch: 0, batch: 0, every: 5 },
): StepResult {
  const { network, w, samples } = made(small, precision);
  const scales = network.layers.map(() => precision.round(S));
  return trainingStep(network, w, scales, samples, when, samples.length);
}
