/** Small random networks for the laws of the spec. */
import fc from 'fast-check';
import { replayedSample, trainingStep, type EncodedSample, type StepResult } from '../../spec/algorithm1.ts';
import { real, type Floats, type Precision } from '../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import { layerKinds } from '../../spec/layers/kinds.ts';
import { neuronsOf, weightsOf, type LayerDescription, type Network, type Shape } from '../../spec/network.ts';
import { paper, type Variant } from '../../spec/variant.ts';
import { divisorIn, kindNames, outputOf, isPool, wordsFor } from '../kinds.ts';
import { numbers } from './support.ts';

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

/** A drawn network with weights and samples, for either precision. */
export interface Small {
  readonly description: NetworkDescription;
  readonly variant: Variant;
  /** Place n − 1. */
  readonly w: readonly (readonly number[])[];
  /** T maps of spikes or counts per sample. */
  readonly frames: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

interface Choice {
  readonly variant?: fc.Arbitrary<Variant>;
  readonly T?: fc.Arbitrary<number>;
  /** The values that an input may have. */
  readonly inputs?: fc.Arbitrary<readonly number[]>;
  /** Whether a layer with weights has a bias; default none. */
  readonly biases?: fc.Arbitrary<boolean>;
  /** Weights on a grid of 1/8, or any between the same bounds. */
  readonly weights: 'dyadic' | 'any';
}

/** Networks of all kinds of layers, the last of them linear; a maximum pool comes after some other layer. */
export function anySmall(choice: Choice): fc.Arbitrary<Small> {
  const sizes = fc.record({
    units: fc.integer({ min: 1, max: 5 }),
    kernel: fc.integer({ min: 1, max: 3 }),
    // A mean over four is dyadic.
    size: fc.constant(2),
    stride: fc.constantFrom(1, 1, 2),
    padding: fc.integer({ min: 0, max: 1 }),
  });
  const biases = choice.biases ?? fc.constant(false);
  const along = fc.oneof(
    fc.constantFrom(1, 2),
    fc.integer({ min: 3, max: 6 }),
    fc.integer({ min: 4, max: 6 }),
  );
  return fc
    .record({
      input: fc.record({
        channels: fc.integer({ min: 1, max: 3 }),
        height: along,
        width: along,
      }),
      hidden: fc.array(fc.tuple(fc.constantFrom(...kindNames), sizes, biases), {
        minLength: 1,
        maxLength: 4,
      }),
      bias: biases,
      classes: fc.integer({ min: 2, max: 4 }),
      variant: choice.variant ?? fc.constant(paper),
      T: choice.T ?? fc.integer({ min: 1, max: 6 }),
      threshold: fc.constantFrom(0.5, 0.75, 1),
      leak: fc.constantFrom(1, 1, 0.5, 0.9),
      inputs: choice.inputs ?? fc.constantFrom([0, 1], [0, 1, 1, 1], [-1, 0, 1, 1]),
      samples: fc.integer({ min: 1, max: 6 }),
      seed: fc.nat(),
    })
    .map(({ input, hidden, bias: last, classes, variant, T, threshold, leak, inputs, samples, seed }) => {
      const layers: LayerDescription[] = [];
      let shape: Shape = input;
      for (const [kind, drawn, bias] of hidden) {
        const words = wordsFor(kind, drawn, shape);
        if (words === undefined || (layerKinds[kind].silent && layers.length === 0)) continue;
        if (choice.weights === 'dyadic' && !Number.isInteger(Math.log2(divisorIn(words, shape)))) continue;
        layers.push(bias && !isPool(kind) ? ({ ...words, bias } as LayerDescription) : words);
        shape = outputOf(words, shape);
      }
      layers.push({ kind: 'linear', units: classes, ...(last && { bias: true }) });
      const description = { input, timeWindow: T, threshold, leak, layers };
      const random = numbers(seed);
      const draw = (length: number, value: () => number): number[] => Array.from({ length }, value);
      const weight = (): number =>
        choice.weights === 'dyadic' ? Math.floor(random() * 13 - 4) / 8 : random() * 1.5 - 0.5;
      return {
        description,
        variant,
        w: buildNetwork(description, variant, real).layers.map((layer) => draw(weightsOf(layer), weight)),
        frames: draw(samples, () => 0).map(() =>
          draw(T * neuronsOf(input), () => inputs[Math.floor(random() * inputs.length)]),
        ),
        labels: draw(samples, () => Math.floor(random() * classes)),
      };
    });
}

/** The network, weights and samples of a drawn case in a precision. */
export function made(
  small: Small,
  precision: Precision,
): { network: Network; w: Floats[]; samples: EncodedSample[] } {
  const network = buildNetwork(small.description, small.variant, precision);
  const list = (values: readonly number[]): Floats => {
    const array = precision.array(values.length);
    array.set(values);
    return array;
  };
  return {
    network,
    w: small.w.map(list),
    samples: small.frames.map((frames, b) => replayedSample(list(frames), small.labels[b], network)),
  };
}

/** One step over a drawn case: S of each layer before it, and by default the first batch of the first epoch. */
export function stepOf(
  small: Small,
  precision: Precision,
  S = 0.5,
  when = { epoch: 0, batch: 0, every: 5 },
): StepResult {
  const { network, w, samples } = made(small, precision);
  const scales = network.layers.map(() => precision.round(S));
  return trainingStep(network, w, scales, samples, when, samples.length);
}
