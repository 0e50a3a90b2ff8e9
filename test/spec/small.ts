/** Small random networks for property tests of the spec. */
import fc from 'fast-check';
import { trainingStep, type EncodedSample, type StepResult } from '../../spec/algorithm1.ts';
import type { Floats, Precision } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import type { LayerDescription, LayerKindName, Network, Shape } from '../../spec/network.ts';
import { kindNames, wordsFor } from '../kinds.ts';
import { anyVariant, casesOf, type Bounds, type Case } from '../networks.ts';
import { samplesOf } from './drawn.ts';

/** A layer of each kind, on a map that is large enough. */
export const anyLayers: fc.Arbitrary<{ words: LayerDescription; input: Shape }[]> = fc
  .record({
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
  .map(({ input, ...drawn }) => {
    const size = Math.min(drawn.kernel, input.height, input.width);
    return kindNames.flatMap((kind) => {
      const words = wordsFor(kind, { ...drawn, size }, input);
      return words ? [{ words, input }] : [];
    });
  });

/** Layers with windows, then possibly a linear one, whose map has a single position. */
const windowed = kindNames.filter((kind) => kind !== 'linear');
const hidden = fc
  .tuple(fc.array(fc.constantFrom(...windowed), { minLength: 2, maxLength: 3 }), fc.boolean())
  .map(([kinds, isLinear]): LayerKindName[] => (isLinear ? [...kinds, 'linear'] : kinds));

/** Random networks that are small enough for tables of all synapses. */
export const anySmall = (more: Partial<Bounds> = {}): fc.Arbitrary<Case> =>
  casesOf({
    inputChannels: 3,
    side: fc.oneof(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 4, max: 6 }),
      fc.integer({ min: 4, max: 6 }),
    ),
    hidden,
    channels: fc.integer({ min: 1, max: 5 }),
    kernel: fc.constantFrom(1, 2, 2, 3),
    padding: 1,
    timeWindow: fc.integer({ min: 1, max: 6 }),
    samples: fc.integer({ min: 1, max: 6 }),
    shard: fc.integer({ min: 1, max: 3 }),
    variant: anyVariant,
    bias: fc.boolean(),
    weights: ['mild'],
    inputs: ['spikes', 'spikes', 'frames', 'counts'],
    ...more,
  });

/** The network, weights and samples of a random case, in a precision. */
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

/** One training step of a random case, by default for the first batch of the first epoch. `S` is the old S of each layer. */
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
