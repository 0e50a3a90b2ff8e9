/** Small steps for the oracle's tests: a network, its inputs, and the arrays that implementations compute. */
import fc from 'fast-check';
import { binary32, real, type Precision } from '../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import {
  neuronsOf,
  synapticOf,
  weightsOf,
  type Layer,
  type LayerDescription,
  type Network,
} from '../../spec/network.ts';
import type { Variant } from '../../spec/variant.ts';
import type { Values } from '../../src/engine/rounding.ts';
import type { Computation } from '../../src/engine/run.ts';
import type { Stage } from '../../src/engine/stage.ts';
import { expectedStep } from '../../src/oracle/asf/check.ts';
import { modelOf, networkOf, type Model } from '../../src/oracle/asf/model.ts';
import { computationOf, joined } from '../../src/oracle/asf/steps.ts';
import { keyOf, sizeOf, slotsOf, weightKeys } from '../../src/oracle/keys.ts';
import { check, type CheckOptions } from '../../src/oracle/oracle.ts';
import type { Report } from '../../src/oracle/report.ts';
import { anyVariant } from '../networks.ts';
import { congruence } from '../support.ts';

export interface World {
  readonly description: NetworkDescription;
  readonly variant: Variant;
  readonly B: number;
  readonly optimiser: 'adam' | 'sgd';
  readonly given: Map<string, Values>;
}

const stacks: readonly (readonly LayerDescription[])[] = [
  [{ kind: 'linear', units: 6, bias: true }],
  [
    { kind: 'convolution', channels: 3, kernel: 3, padding: 1 },
    { kind: 'averagePool', size: 2 },
  ],
  [
    { kind: 'convolution', channels: 2, kernel: 2, stride: 2, bias: true },
    { kind: 'maxPool', size: 2, stride: 1 },
    { kind: 'linear', units: 5 },
  ],
  [
    { kind: 'convolution', channels: 3, kernel: 3, padding: 1 },
    { kind: 'averagePool', size: 3, stride: 1 },
    { kind: 'linear', units: 7, leak: 0.5, bias: true },
  ],
];

/** For a row of the table of keys, how each number of its array is drawn. */
type Draws = Readonly<Record<string, (layer: Layer) => () => number>>;

/** Draws the inputs of a step, in the order of their keys. */
export function drawn(network: Network, B: number, draws: Draws): Map<string, Values> {
  const given = new Map<string, Values>();
  for (const { key, shape, row, n } of slotsOf(network, B).values()) {
    const draw = draws[row.name]?.(network.layers[n - 1]);
    if (!draw) continue;
    const values = Array.from({ length: sizeOf(shape) }, draw);
    given.set(key, key === 'label' ? Int32Array.from(values) : Float32Array.from(values));
  }
  return given;
}

/** Draws weights that are large enough for neurons to fire: multiples of 1/8, or any numbers. */
export const weightOf =
  (next: () => number, isDyadic: boolean) =>
  (layer: Layer): (() => number) => {
    const size = Math.sqrt(2 / (synapticOf(layer) / layer.output.channels));
    return () => (isDyadic ? (Math.floor(next() * 9) - 3) / 8 : (next() * 2 - 0.7) * size);
  };

/** A world from a few numbers. Its weights are multiples of 1/8 if `isDyadic`. */
export function worldOf(
  seed: number,
  stack: number,
  variant: Variant,
  leak: number,
  isDyadic: boolean,
  optimiser: 'adam' | 'sgd' = 'adam',
): World {
  const next = congruence(seed);
  const whole = (most: number): number => Math.floor(next() * most);
  const description: NetworkDescription = {
    input: { channels: 1 + whole(2), height: 4 + whole(2), width: 4 },
    timeWindow: [4, 5, 8][whole(3)],
    threshold: isDyadic ? 0.5 : [0.5, 0.7][whole(2)],
    leak,
    layers: [...stacks[stack], { kind: 'linear', units: 3 }],
  };
  const network = buildNetwork(description, variant, real);
  const B = 1 + whole(4);
  const weight = weightOf(next, isDyadic);
  const given = drawn(network, B, {
    'input.spikes': () => () => whole(3) - (whole(2) ? 0 : 1),
    label: () => () => whole(3),
    'layer{n}.weight': weight,
    'layer{n}.bias': weight,
  });
  given.set('learningRate', Float64Array.of(0.001));
  return { description, variant, B, optimiser, given };
}

export const anyWorld = fc
  .record({
    seed: fc.nat(),
    stack: fc.nat({ max: stacks.length - 1 }),
    variant: anyVariant,
    leak: fc.constantFrom(1, 1, 0.5, 0.99),
    isDyadic: fc.boolean(),
    optimiser: fc.constantFrom('adam' as const, 'sgd' as const),
  })
  .map(({ seed, stack, variant, leak, isDyadic, optimiser }) =>
    worldOf(seed, stack, variant, leak, isDyadic, optimiser),
  );

const models = new WeakMap<World, Model>();

export function modelIn(world: World): Model {
  const { description, variant, B, optimiser } = world;
  const model = models.get(world) ?? modelOf(description, variant, B, optimiser);
  models.set(world, model);
  return model;
}

/** The arrays that an implementation computes. Leaves out the arrays that exist only in other networks. */
export function made(
  world: World,
  precision: Precision = binary32,
  computation: Computation = computationOf(modelIn(world)),
): Map<string, Values> {
  const model = modelIn(world);
  const arrays = expectedStep(model, world.given, precision, computation);
  const own = new Set([
    ...world.given.keys(),
    ...computationOf(model).stages.flatMap(({ writes }) => writes),
  ]);
  const places = slotsOf(networkOf(model, real), world.B);
  return new Map(
    [...arrays].filter(
      ([key]) => places.has(key) && (own.has(key) || places.get(key)!.row.stage === undefined),
    ),
  );
}

/** The computation by Eq. 8: FI of each layer is W times FO of the layer before, and so is the final u of the output layer. */
export function byEquation8(model: Model): Computation {
  const computation = computationOf(model);
  const { layers, T } = networkOf(model, real);
  const stages = computation.stages.flatMap((stage): Stage[] => {
    const layer = layers[stage.n - 1];
    const isEnd = stage.kind === 'neuron' && layer?.isOutput;
    // Eq. 8 does not hold after a maximum pool with accumulated flows, because such flows are not sums of its spikes.
    const holds = !layers[stage.n - 2]?.kind.silent || model.variant.maxPoolFlow === 'spikes';
    if (!layer || !holds || weightsOf(layer) === 0) return [stage];
    const FI = keyOf(stage.n, 'FI');
    if (stage.writes[0] !== FI && !isEnd) return [stage];
    return [
      {
        id: stage.id,
        stage: stage.stage,
        n: stage.n,
        kind: 'exact',
        reads: [...weightKeys(layer), keyOf(stage.n - 1, 'FO')],
        writes: [isEnd ? keyOf(stage.n, 'potential.end') : FI],
        f(args, precision) {
          const own = networkOf(model, precision).layers[stage.n - 1];
          const [w, FO] = [joined(args.slice(0, -1), precision), args[args.length - 1]];
          const [from, to] = [neuronsOf(own.input), neuronsOf(own.output)];
          const value = precision.array((FO.length / from) * to);
          for (let b = 0; b < FO.length / from; b++) {
            const [x, o] = [value.subarray(b * to, (b + 1) * to), FO.subarray(b * from, (b + 1) * from)];
            model.functions.applyCurrent(x, w, o, own, T);
          }
          return [value];
        },
      },
    ];
  });
  return { ...computation, stages };
}

/** Arrays with the shapes of their keys. */
export function shaped(
  world: World,
  values: ReadonlyMap<string, Values>,
): Record<string, { shape: readonly number[]; data: Values }> {
  const places = slotsOf(networkOf(modelIn(world), real), world.B);
  return Object.fromEntries([...values].map(([key, data]) => [key, { shape: places.get(key)!.shape, data }]));
}

/** Checks arrays of a world as a user does. */
export const checkOf = (
  world: World,
  arrays: ReadonlyMap<string, Values>,
  more: Partial<CheckOptions> = {},
): Report =>
  check({
    network: { ...world.description, variant: world.variant },
    optimiser: world.optimiser,
    arrays: shaped(world, arrays),
    ...more,
  });
