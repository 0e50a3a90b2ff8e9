/** Random networks, inputs and training steps for property tests. */
import fc from 'fast-check';
import { binary32 } from '../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../spec/dictionary.ts';
import { neuronsOf, weightsOf, type LayerDescription, type Network, type Shape } from '../spec/network.ts';
import { layerKinds } from '../spec/layers/kinds.ts';
import { ruleNames } from '../spec/rule.ts';
import { choices, type Variant } from '../spec/variant.ts';
import type { Input } from '../src/backend/backend.ts';
import { keysOf } from '../src/keysOf.ts';
import { isPool, kindNames, outputOf, withoutBias, wordsFor } from './kinds.ts';

/** A random training step. Two implementations must agree on all its results. */
export interface Case {
  readonly description: NetworkDescription;
  readonly variant: Variant;
  readonly weights: Float32Array[];
  readonly samples: { readonly input: Input; readonly label: number }[];
  readonly S: number[];
  readonly shard: number;
  readonly optimiser: 'adam' | 'sgd';
  readonly when: { epoch: number; batch: number; every: number };
}

export const timeRuleNames = ruleNames.filter((name) => name !== 'asf');

export function networkOf({ description, variant }: Case): Network {
  return buildNetwork(description, variant, binary32);
}

/** The same step without biases, for the rules that go back through time: these rules support no biases. */
export function caseWithoutBias(drawn: Case): Case {
  const layers = drawn.description.layers.map(withoutBias);
  const description = { ...drawn.description, layers };
  const plan = buildNetwork(description, drawn.variant, binary32);
  const weights = drawn.weights.map((w, place) => w.subarray(0, weightsOf(plan.layers[place])));
  return { ...drawn, description, weights };
}

/** Sizes 1 to 9, sizes around multiples of 4, and one for each number of vectors that a kernel has code for. */
const channels = fc.oneof(
  fc.integer({ min: 1, max: 9 }),
  fc.constantFrom(11, 12, 13, 16, 17, 20, 24, 28, 32, 33, 40, 44, 48, 52, 70),
);
const thresholds = fc.oneof(
  fc.constantFrom(0.25, 0.5, 0.75, 1),
  fc.double({ min: 0.05, max: 2, noNaN: true }),
);
const leaks = fc.oneof(fc.constantFrom(1, 1, 0.5, 0.99), fc.double({ min: 0.01, max: 1, noNaN: true }));

/** Any variant that ASF-BP supports: the output layer integrates. */
export const anyVariant: fc.Arbitrary<Variant> = fc.record({
  ...Object.fromEntries(
    Object.entries(choices).map(([question, answers]) => [question, fc.constantFrom(...answers)]),
  ),
  output: fc.constant('integrates'),
}) as unknown as fc.Arbitrary<Variant>;

/** Number of products of a step, in the layers with weights. */
export function workOf({ layers }: Network): number {
  return layers.reduce((sum, layer) => sum + weightsOf(layer) * layer.output.height * layer.output.width, 0);
}

/**
 * Limit on the products of a case. A larger case gets a shorter window, then fewer samples. Without the limit, the 20 largest
 * of 1,000 cases took nine tenths of the time.
 */
const mostWork = 3e6;

/** Weights: multiples of 1/8 from −1 to 1, whose sums are exact; numbers from −½ to 1; or any binary32 from −2⁴⁰ to 2⁴⁰. */
const dyadicWeight = fc.integer({ min: -8, max: 8 }).map((n) => n / 8);
const mildWeight = fc.noBias(fc.integer({ min: -(2 ** 23), max: 2 ** 24 })).map((n) => n / 2 ** 24);
const anyWeight = fc.float({ min: -(2 ** 40), max: 2 ** 40, noNaN: true });

const kindsOfWeights = { dyadic: dyadicWeight, mild: mildWeight, any: anyWeight };
const kindsOfInputs = {
  unit: 0,
  signed: 0,
  spikes: fc.integer({ min: 0, max: 1 }),
  frames: fc.integer({ min: -1, max: 1 }),
  counts: fc.integer({ min: -2, max: 9 }),
};

/** The choices for a random case. `hidden` has the kinds of the hidden layers. */
const everything = {
  inputChannels: 5,
  side: fc.integer({ min: 1, max: 9 }),
  hidden: fc.array(fc.constantFrom(...kindNames), { maxLength: 4 }),
  channels,
  kernel: fc.integer({ min: 1, max: 5 }),
  padding: 3,
  // Mostly short. Some windows are as long as a block of steps, or longer than a signed byte can count.
  timeWindow: fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 1, max: 7 }) },
    { weight: 3, arbitrary: fc.constantFrom(16, 17, 33) },
    fc.constant(130),
  ),
  // Mostly few samples, sometimes more than a pool of threads processes at once.
  samples: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 5 }) },
    fc.integer({ min: 6, max: 40 }),
  ),
  // Mostly few samples, sometimes more than a kernel lists together.
  shard: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.integer({ min: 17, max: 40 })),
  variant: anyVariant,
  bias: fc.boolean(),
  weights: keysOf(kindsOfWeights),
  inputs: keysOf(kindsOfInputs),
};

export type Bounds = typeof everything;

export const anyCase: fc.Arbitrary<Case> = casesOf(everything);

/** Random training steps within bounds. */
export function casesOf(bounds: Bounds): fc.Arbitrary<Case> {
  return fc
    .record({
      input: fc.record({
        channels: fc.integer({ min: 1, max: bounds.inputChannels }),
        height: bounds.side,
        width: bounds.side,
      }),
      scale: fc.constantFrom(0.5, 1, 2),
      timeWindow: bounds.timeWindow,
      threshold: thresholds,
      leak: leaks,
      kinds: bounds.hidden,
      // An output layer must have weights.
      last: fc.constantFrom('linear', ...kindNames.filter((name) => !isPool(name))),
      variant: bounds.variant,
      samples: bounds.samples,
      shard: bounds.shard,
      epoch: fc.integer({ min: 0, max: 11 }),
      batch: fc.integer({ min: 0, max: 2 }),
      sizes: fc.array(
        fc.record({
          channels: bounds.channels,
          kernel: bounds.kernel,
          stride: fc.constantFrom(1, 1, 1, 2, 3),
          padding: fc.integer({ min: 0, max: bounds.padding }),
          own: fc.boolean(),
          bias: bounds.bias,
          threshold: thresholds,
          leak: leaks,
        }),
        { minLength: 5, maxLength: 5 },
      ),
      weight: fc.constantFrom(...bounds.weights),
      input01: fc.constantFrom(...bounds.inputs),
      seed: fc.nat(),
    })
    .chain((drawn) => {
      const layers: LayerDescription[] = [];
      let shape: Shape = drawn.input;
      const kinds = [...drawn.kinds, drawn.last];
      kinds.forEach((kind, place) => {
        const { channels: units, kernel, stride, padding, own, bias, threshold, leak } = drawn.sizes[place];
        // A maximum pool needs spikes as its input.
        if (layerKinds[kind].silent && layers.length === 0) return;
        const isLast = place === kinds.length - 1;
        const size = Math.min(kernel, shape.height, shape.width);
        const sizes = isLast
          ? { units, kernel: 1, size: 1, stride, padding: 0 }
          : { units, kernel, size, stride, padding };
        let words = wordsFor(kind, sizes, shape);
        if (words === undefined) return;
        const { height, width } = outputOf(words, shape);
        // The output layer must end in a map of 1 × 1.
        if (isLast && height * width !== 1) words = { kind: 'linear', units };
        else if (own) words = { ...words, threshold, leak } as LayerDescription;
        if (bias && !isPool(words.kind)) words = { ...words, bias } as LayerDescription;
        layers.push(words);
        shape = outputOf(words, shape);
      });
      const { threshold, leak, variant } = drawn;
      const wanted: NetworkDescription = {
        input: { ...drawn.input, scale: drawn.scale },
        timeWindow: drawn.timeWindow,
        threshold,
        leak,
        layers,
      };
      const network = buildNetwork(wanted, variant, binary32);
      const work = workOf(network);
      const timeWindow = Math.min(drawn.timeWindow, Math.ceil(mostWork / work));
      const count = Math.min(drawn.samples, Math.ceil(mostWork / (work * timeWindow)));
      const description = { ...wanted, timeWindow };
      const inputs = neuronsOf(network.input);
      const classes = network.layers.at(-1)!.output.channels;
      const weight = kindsOfWeights[drawn.weight];
      const list = <V>(value: fc.Arbitrary<V>, length: number) =>
        fc.array(value, { minLength: length, maxLength: length });
      const counts = kindsOfInputs[drawn.input01];
      const intensity =
        drawn.input01 === 'signed'
          ? fc.constantFrom(-1.5, -1, -0.5, -0.1, 0, 0.3, 0.9, 2)
          : fc.oneof(fc.constantFrom(0, 1, 1), fc.double({ min: 0, max: 1, noNaN: true }));
      // A seed draws the weights from a small palette, so that shrinking stays fast.
      const palette = fc.array(weight, { minLength: 3, maxLength: 12 });
      return fc.record({
        description: fc.constant(description),
        variant: fc.constant(variant),
        weights: fc.tuple(palette, fc.nat()).map(([values, seed]) =>
          network.layers.map((layer) => {
            const w = new Float32Array(weightsOf(layer));
            for (let k = 0, state = seed + layer.n; k < w.length; k++) {
              state = (Math.imul(state, 1103515245) + 12345) >>> 0;
              w[k] = values[(state >>> 16) % values.length];
            }
            return w;
          }),
        ),
        samples: list(
          fc.record({
            input: (counts === 0
              ? fc.record({
                  intensities: list(intensity, inputs),
                  draw: fc.record({
                    seed: fc.constantFrom(0, 1, 2 ** 32 - 1, drawn.seed),
                    stream: fc.constantFrom('train', 'test'),
                    epoch: fc.constantFrom(0, 3, 2 ** 24 - 1),
                    sample: fc.constantFrom(0, 7, 2 ** 32 - 1),
                  }),
                })
              : fc.record({
                  frames: list(counts as fc.Arbitrary<number>, inputs * timeWindow),
                })) as fc.Arbitrary<Input>,
            label: fc.nat({ max: classes - 1 }),
          }),
          count,
        ),
        S: fc.constant(network.layers.map(({ n }) => Math.fround(n % 2 === 0 ? 0.75 : 0.3))),
        shard: fc.constant(drawn.shard),
        optimiser: fc.constantFrom('adam' as const, 'sgd' as const),
        when: fc.constant({ epoch: drawn.epoch, batch: drawn.batch, every: 5 }),
      });
    });
}
