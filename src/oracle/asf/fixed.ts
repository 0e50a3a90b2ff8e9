/**
 * A window in fixed point: the stages of a window of ASF-BP, whose numbers are of a format. They are exact: nothing is within a bound.
 * Spikes and their counts are whole numbers outside the format.
 */
import { real, type Floats } from '../../../spec/arithmetic.ts';
import type { NetworkDescription } from '../../../spec/dictionary.ts';
import { fixed, type FixedFormat } from '../../../spec/fixed.ts';
import { neuronsOf, weightsOf, type Layer } from '../../../spec/network.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Values } from '../../engine/rounding.ts';
import { Missing, Replay, type Computation, type Samples } from '../../engine/run.ts';
import type { Ball, Stage } from '../../engine/stage.ts';
import { keyOf } from '../keys.ts';
import { ofSamples, once } from '../memo.ts';
import { planted } from '../name.ts';
import { mistakes } from './mistakes/mistakes.ts';
import { numberRows, withNumbers, type FixedModel, type FixedRow } from './mistakes/numbers.ts';
import { modelOf, networkOf } from './model.ts';
import { computationOf } from './steps.ts';

/** A network, what enters it, and a format. */
export interface FixedWindow {
  readonly description: NetworkDescription;
  readonly variant: Variant;
  readonly B: number;
  /** Weights and biases; spikes of the input, or an image and its random words, under their keys. */
  readonly given: ReadonlyMap<string, Values>;
  readonly format: FixedFormat;
}

/** Whether numbers of a key have a fraction: all but spikes, their counts and random words. */
export const isFraction = (key: string): boolean => !/(spikes|FO|word)$/.test(key);

/** The arrays that a layer makes. */
const tracks = ['current', 'compared', 'potential', 'FI', 'spikes', 'FO'] as const;

/** The window of a model. A leak of 1 is none: it stays, though the format may not have it. */
const windowOf = once((model: FixedModel): Computation => {
  const { layers } = networkOf(model, real);
  const layer = ({ n }: Layer): Layer => {
    const { Vth, λ } = layers[n - 1];
    return { ...layers[n - 1], Vth: model.format.round(Vth), λ: λ === 1 ? 1 : model.format.round(λ) };
  };
  const computation = computationOf({ ...model, layer });
  return {
    ...computation,
    atOnce: Infinity,
    stages: computation.stages.filter(({ by }) => by === 'window').map(withWholeNumbers),
    ofSamples: (count: number) => windowOf(ofSamples(model, count)),
  };
});

/** A stage that takes whole numbers as they are, and makes them so. */
function withWholeNumbers(stage: Stage): Stage {
  const keys = [...stage.reads, ...(stage.hints ?? [])];
  const constants = [...keys.keys()].filter((place) => !isFraction(keys[place]));
  if (stage.kind === 'neuron' || isFraction(stage.writes[0])) return { ...stage, constants };
  return { ...stage, constants, f: (args: readonly Floats[]) => stage.f(args, real) } as Stage; // of the same kind
}

function fixedModel({ description, variant, B, format }: Omit<FixedWindow, 'given'>): FixedModel {
  const numbers = fixed(format);
  return { ...modelOf(description, variant, B), format: numbers, numbers };
}

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
  const run = new Replay(windowOf(model), there, model.numbers);
  const encode = run.makerOf('input.spikes')!; // every window has it
  if (arrays.has('image')) arrays.set('encoded.spikes', Float64Array.from(run.results(encode)[0].v));
  const made = networkOf(model, real).layers.flatMap(({ n }) => tracks.map((what) => keyOf(n, what)));
  for (const key of ['input.FO', ...made]) {
    const ball = arrays.has(key) ? undefined : run.find(key);
    if (ball) arrays.set(key, Float64Array.from(ball.v));
  }
  if (!arrays.has('input.spikes')) arrays.set('input.spikes', arrays.get('encoded.spikes')!); // one of the two is given
  return arrays;
}

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

/** Additions after which no more is tried: some ten seconds. */
const mostWork = 2e8;

/** Bits that a name is worth at least: a chance of one in 4096 that something else made what differs. */
const leastEvidence = 12;

/**
 * Why arrays differ from those of a vector: the mistakes that make all that is wrong in the first layer that differs, if one does.
 *
 * @param tell told of each mistake before it is tried
 */
export function explainFixed(
  vector: FixedVector,
  supplied: Supplied,
  tell: (layer: string, done: number, of: number) => void = () => {},
): FixedExplanation | undefined {
  const model = fixedModel(vector);
  const { layers, input, T } = networkOf(model, real);
  const layer = layers.find(({ n }) => differencesOf(vector, supplied, n).length > 0);
  if (!layer) return undefined;
  const { n, output } = layer;
  const found = differencesOf(vector, supplied, n);
  const there = inputsOf(vector, supplied);
  const right = new Replay(windowOf(model), there, model.numbers);
  const isOff = ({ writes }: Stage): boolean => found.some(({ key }) => writes.includes(key));
  const wrong = right.computation.stages.filter((stage) => isOff(stage) && isMade(right, stage) === false);
  // What the layer was given is not there, or makes what was supplied.
  if (wrong.length === 0) return { n, explains: [], limit: 'inputs' };
  const bits = found.map(({ key, count }) => count * (isFraction(key) ? 2 * vector.format.width : 3));
  if (bits.reduce((sum, each) => sum + each) < leastEvidence) return { n, explains: [], limit: 'evidence' };

  // Most mistakes do something else where the first difference is.
  const { step, sample } = found.reduce((one, other) => (other.step < one.step ? other : one));
  const first = { ...begun(model, there, step + 1), samples: { from: sample, count: 1 } };
  const all = { model, there, samples: { from: 0, count: vector.B } };
  const places = neuronsOf(output) / output.channels;
  const stepWork = Math.max(weightsOf(layer) * places, neuronsOf(n === 1 ? input : layers[n - 2].output));
  const numbers = numberRows(vector.format);
  let work = 0;
  const explains = (row: FixedRow, done: number, { length }: readonly FixedRow[]): boolean => {
    tell(`layer ${n}`, done, length);
    if (work >= mostWork) return false;
    work += stepWork * (step + 1);
    if (!row.wire && !makes(row, first, wrong)) return false;
    work += stepWork * T * vector.B;
    return makes(row, all, wrong);
  };
  const ofLayer = right.computation.stages.filter((stage) => stage.n === n);
  const isTried = ({ fit, bits: format, stages, concerns }: FixedRow): boolean =>
    !fit &&
    format === undefined &&
    ofLayer.some((stage) => stages.includes(stage.stage) && concerns?.(stage, model) !== false);
  const others: readonly FixedRow[] = mistakes.filter(isTried);
  const alone = [...numbers, ...others].filter(explains);
  const pairs = (): FixedRow[] => numbers.flatMap((one) => others.map((other) => withNumbers(one, other)));
  const explained = alone.length > 0 ? alone : pairs().filter(explains);
  const named = explained.map(({ id, says }) => ({ id, says }));
  return { n, explains: named, ...(named.length === 0 && work >= mostWork && { limit: 'work' as const }) };
}

/** A model, arrays that are there, and samples of them. */
type Trial = { model: FixedModel; there: ReadonlyMap<string, Ball>; samples: Samples };

/** The first steps of a model and of arrays, without what sums up the window. */
function begun(model: FixedModel, there: Trial['there'], steps: number): Omit<Trial, 'samples'> {
  const { axesOf, T } = windowOf(model);
  const cut = [...there].flatMap(([key, { v }]) => {
    if (steps < T && /F[IO]$/.test(key)) return [];
    const length = axesOf(key) === 'TB' ? (v.length / T) * steps : v.length;
    return [[key, { v: v.subarray(0, length) }] as const];
  });
  return {
    model: { ...model, description: { ...model.description, timeWindow: steps } },
    there: new Map(cut),
  };
}

/** Whether a mistake makes what was supplied of stages. */
function makes(row: FixedRow, { model, there, samples }: Trial, stages: readonly Stage[]): boolean {
  const { numbers } = { ...model, ...row.change?.(model, []) };
  const run = new Replay(computationWith(row, model), there, numbers).of(samples);
  const ids = stages.map(({ id }) => id);
  return run.computation.stages.every((stage) => !ids.includes(stage.id) || isMade(run, stage) === true);
}

/** The window of a model with a mistake. */
const computationWith = (row: FixedRow, model: FixedModel): Computation => ({
  ...(planted({ computationOf: windowOf, mistakes: [] }, row, model) ?? windowOf(model)),
  ofSamples: (count) => computationWith(row, ofSamples(model, count)),
});

/** Whether a stage makes what was supplied of it; nothing where it cannot be run. */
function isMade(run: Replay, stage: Stage): boolean | undefined {
  try {
    return run.results(stage).every(({ v }, place) => {
      const got = run.there.get(stage.writes[place])?.v;
      return !got || Float64Array.from(v).every((value, i) => value === got[i]);
    });
  } catch (error) {
    if (error instanceof Missing) return undefined;
    throw error;
  }
}

/** An array that is not as expected: how many of its numbers, and where the first is. */
type Differing = { key: string; count: number; step: number; sample: number };

function differencesOf({ arrays, B, description }: FixedVector, supplied: Supplied, n: number): Differing[] {
  const { timeWindow: T } = description;
  return tracks.flatMap((what) => {
    const key = keyOf(n, what);
    const [expected, got] = [arrays.get(`expected.${key}`), supplied.get(key)];
    if (!expected || !got) return [];
    const places = Array.from(expected).flatMap((value, i) => (value === Number(got[i]) ? [] : [i]));
    if (places.length === 0) return [];
    const steps = /F[IO]$/.test(key) ? 1 : T;
    const map = Math.floor((places[0] / expected.length) * steps * B);
    return [{ key, count: places.length, step: T - steps + Math.floor(map / B), sample: map % B }];
  });
}

/** What a vector gives, and what was supplied of what it expects: as real numbers. */
function inputsOf({ arrays, format }: FixedVector, supplied: Supplied): Map<string, Ball> {
  const there = new Map<string, Ball>();
  const add = (key: string, values: ArrayLike<number>): void => {
    const unit = isFraction(key) ? 2 ** format.fraction : 1;
    if (!there.has(key)) there.set(key, { v: Float64Array.from(values, (value) => Number(value) / unit) });
  };
  for (const [key, values] of arrays) if (!key.startsWith('expected.')) add(key, values);
  for (const [key, values] of supplied) if (arrays.has(`expected.${key}`)) add(key, values);
  return there;
}
