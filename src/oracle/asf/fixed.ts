/**
 * A window in fixed point: the stages of a window of ASF-BP, whose numbers are of a format. They are exact: nothing is within a bound.
 * Spikes and their counts are whole numbers outside the format.
 */
import { real, type Floats, type Precision } from '../../../spec/arithmetic.ts';
import type { NetworkDescription } from '../../../spec/dictionary.ts';
import { fixed, ownPrecision, toUnits, type FixedFormat } from '../../../spec/fixed.ts';
import { neuronsOf, weightsOf, type Layer } from '../../../spec/network.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Values } from '../../engine/rounding.ts';
import { Missing, Run, type Computation } from '../../engine/run.ts';
import type { Ball, Stage } from '../../engine/stage.ts';
import { keyOf } from '../keys.ts';
import { planted } from '../name.ts';
import { mistakes } from './mistakes/mistakes.ts';
import { replacing, type Row } from './mistakes/rows.ts';
import { modelOf, networkOf, type Model } from './model.ts';
import { computationOf, ofSamples } from './steps.ts';

/** A network, what enters it, and a format. */
export interface FixedWindow {
  readonly description: NetworkDescription;
  readonly variant: Variant;
  readonly B: number;
  /** Weights and biases; spikes of the input, or an image and its random words, under their keys. */
  readonly given: ReadonlyMap<string, Values>;
  readonly format: FixedFormat;
}

/** A model whose constants are of a format. */
interface FixedModel extends Model {
  readonly numbers: Precision;
}

/** Whether numbers of a key have a fraction: all but spikes, their counts and random words. */
export const isFraction = (key: string): boolean => !/(spikes|FO|word)$/.test(key);

const computations = new WeakMap<Model, Computation>();

/** The window of a model, with the constants of its format. A leak of 1 is none: it stays, though the format may not have it. */
function windowOf(model: FixedModel): Computation {
  const known = computations.get(model);
  if (known) return known;
  const { layers } = networkOf(model, real);
  const { round } = model.numbers;
  const layer = ({ n }: Layer): Layer => {
    const { Vth, λ } = layers[n - 1];
    return { ...layers[n - 1], Vth: round(Vth), λ: λ === 1 ? 1 : round(λ) };
  };
  const computation = computationOf({ ...model, layer });
  const window = {
    ...computation,
    stages: computation.stages.filter(({ by }) => by === 'window').map(withWholeNumbers),
    ofSamples: (count: number) => windowOf(ofSamples(model, count) as FixedModel), // another number of samples
  };
  computations.set(model, window);
  return window;
}

/** A stage that takes whole numbers as they are, and makes them so. */
function withWholeNumbers(stage: Stage): Stage {
  const keys = [...stage.reads, ...(stage.hints ?? [])];
  const constants = [...keys.keys()].filter((place) => !isFraction(keys[place]));
  if (stage.kind === 'neuron' || isFraction(stage.writes[0])) return { ...stage, constants };
  if (stage.kind === 'sum') return { ...stage, constants, f: (args) => stage.f(args, real) };
  return { ...stage, constants, f: (args: readonly Floats[]) => stage.f(args, real) };
}

const fixedModel = ({ description, variant, B, format }: Omit<FixedWindow, 'given'>): FixedModel => ({
  ...modelOf(description, variant, B),
  numbers: fixed(format),
});

/**
 * Every array of a window, by key, as real numbers. Spikes of an image are `encoded.spikes`, apart from those that layer 1 is given.
 *
 * @param pinned arrays that are taken in place of what the window makes: a stage's own inputs
 */
export function runFixedWindow(
  window: FixedWindow,
  pinned: ReadonlyMap<string, Float64Array> = new Map(),
): Map<string, Float64Array> {
  const model = fixedModel(window);
  const arrays = new Map<string, Float64Array>();
  for (const [key, values] of window.given) {
    const own = Float64Array.from(values, isFraction(key) ? model.numbers.round : Number);
    arrays.set(key, pinned.get(key) ?? own);
  }
  const there = new Map([...arrays, ...pinned].map(([key, v]) => [key, { v }]));
  const computation = { ...windowOf(model), atOnce: Infinity };
  const run = new Run(computation, there, model.numbers);
  const encode = computation.stages.find(({ id }) => id === 'encode.0')!; // every window has it
  if (arrays.has('image')) arrays.set('encoded.spikes', Float64Array.from(run.results(encode)[0].v));
  for (const key of madeKeys(model)) {
    const made = arrays.has(key) ? undefined : run.find(key);
    if (made) arrays.set(key, Float64Array.from(made.v));
  }
  if (!arrays.has('input.spikes')) arrays.set('input.spikes', arrays.get('encoded.spikes')!); // one of the two is given
  return arrays;
}

const tracks = ['current', 'compared', 'potential', 'FI', 'spikes', 'FO'] as const;

/** The arrays that a window makes of spikes, layer by layer. */
const madeKeys = (model: Model): string[] => [
  'input.FO',
  ...networkOf(model, real).layers.flatMap(({ n }) => tracks.map((what) => keyOf(n, what))),
];

/** A vector in fixed point. */
export interface FixedVector extends Omit<FixedWindow, 'given'> {
  /** Its arrays in units: what enters under its key, what is expected under `expected.KEY`. */
  readonly arrays: ReadonlyMap<string, ArrayLike<number>>;
}

/** What explains all arrays of the first layer that differs. */
export interface FixedExplanation {
  readonly n: number;
  readonly explains: readonly { readonly id: string; readonly says: string }[];
  /** Why nothing is named, or may be missing: too little differs, what enters the layer is not there, or trying all would take long. */
  readonly limit?: 'evidence' | 'inputs' | 'work';
}

/** Arrays by key, in units. */
type Supplied = ReadonlyMap<string, ArrayLike<number>>;

/** A mistake, other numbers, or both. */
interface Candidate {
  readonly id: string;
  readonly says: string;
  readonly row?: Row;
  readonly numbers?: Precision;
}

/** Additions after which no more is tried: some ten seconds. */
const mostWork = 2e8;

/** Bits that a name is worth at least: a chance of one in 4096 that something else made what differs. */
const leastEvidence = 12;

/**
 * @param tell told of each mistake before it is tried
 * @returns nothing where no layer differs
 */
export function explainFixed(
  vector: FixedVector,
  supplied: Supplied,
  tell: (layer: string, done: number, of: number) => void = () => {},
): FixedExplanation | undefined {
  const model = fixedModel(vector);
  const { layers, input, T } = networkOf(model, real);
  const layer = layers.find(({ n }) => differing(vector, supplied, n).length > 0);
  if (!layer) return undefined;
  ...
}
