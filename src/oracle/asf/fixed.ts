/**
 * The stages of a window of ASF-BP in fixed point. All numbers are exact, so they have no error bounds. Spikes and counts are
 * whole numbers outside the format.
 */
import { real, type Floats, type Precision } from '../../../spec/arithmetic.ts';
import type { NetworkDescription } from '../../../spec/dictionary.ts';
import { fixed, precisionBy, type FixedFormat } from '../../../spec/fixed.ts';
import { neuronsOf, weightsOf, type Layer } from '../../../spec/network.ts';
import type { Variant } from '../../../spec/variant.ts';
import { total, type Values } from '../../engine/rounding.ts';
import { Replay, type Computation } from '../../engine/run.ts';
import type { Ball, Stage } from '../../engine/stage.ts';
import { keyOf } from '../keys.ts';
import { ifComputable, once } from '../memo.ts';
import { pairOf, planted, type Mistake } from '../name.ts';
import { mistakes } from './mistakes/mistakes.ts';
import { replacing } from './mistakes/rows.ts';
import { modelOf, networkOf, type Model } from './model.ts';
import { computationOf } from './steps.ts';

/** A network, its inputs, and a format. */
export interface FixedCase {
  readonly description: NetworkDescription;
  readonly variant: Variant;
  readonly B: number;
  /** By key: weights and biases, and either spikes of the input or an image and its random words. */
  readonly inputs: ReadonlyMap<string, Values>;
  readonly format: FixedFormat;
}

/** Whether the numbers of a key have a fraction. Spikes, their counts and random words have none. */
export const isFraction = (key: string): boolean => !/(spikes|FO|word)$/.test(key);

/** The arrays that each layer computes. */
const tracks = ['current', 'compared', 'potential', 'FI', 'spikes', 'FO'] as const;

/** The computation of a model over its window. A leak of 1 means no leak, and is kept even if the format cannot hold 1. */
const forwardOf = once((model: FixedModel): Computation => {
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
  };
});

/** A stage, changed to leave whole numbers as they are, because they are outside the format. */
function withWholeNumbers(stage: Stage): Stage {
  const keys = [...stage.reads, ...(stage.hints ?? [])];
  const constants = [...keys.keys()].filter((index) => !isFraction(keys[index]));
  if (stage.kind === 'neuron' || stage.kind === 'choice' || isFraction(stage.writes[0]))
    return { ...stage, constants };
  return { ...stage, constants, f: (args: readonly Floats[]) => stage.f(args, real) } as Stage; // the stage keeps its kind
}

function fixedModel({ description, variant, B, format }: Omit<FixedCase, 'inputs'>): FixedModel {
  const numbers = fixed(format);
  return { ...modelOf(description, variant, B), format: numbers, numbers };
}

/**
 * Every array of a window by key, as real numbers. If there is an image, `encoded.spikes` are its spikes. Layer 1 reads
 * `input.spikes`; unless supplied, they are the same spikes.
 *
 * @param pinned arrays that stages read in place of the computed ones
 */
export function runFixedCase(
  fixedCase: FixedCase,
  pinned: ReadonlyMap<string, Float64Array> = new Map(),
): Map<string, Float64Array> {
  const model = fixedModel(fixedCase);
  const arrays = new Map<string, Float64Array>();
  for (const [key, values] of fixedCase.inputs) {
    const rounded = Float64Array.from(values, isFraction(key) ? model.numbers.round : Number);
    arrays.set(key, pinned.get(key) ?? rounded);
  }
  const there = new Map([...arrays, ...pinned].map(([key, v]) => [key, { v }]));
  const run = new Replay(forwardOf(model), there, model.numbers);
  const encode = run.makerOf('input.spikes')!; // used only for an image, which a stage encodes
  if (arrays.has('image')) arrays.set('encoded.spikes', Float64Array.from(run.results(encode)[0].v));
  const computed = networkOf(model, real).layers.flatMap(({ n }) => tracks.map((what) => keyOf(n, what)));
  for (const key of ['input.FO', ...computed]) {
    const ball = arrays.has(key) ? undefined : run.find(key);
    if (ball) arrays.set(key, Float64Array.from(ball.v));
  }
  if (!arrays.has('input.spikes')) arrays.set('input.spikes', arrays.get('encoded.spikes')!); // without input spikes, an image was encoded
  return arrays;
}

export interface FixedVector extends Omit<FixedCase, 'inputs'> {
  /** Arrays in units of the format: inputs by key, expected arrays by `expected.KEY`. */
  readonly arrays: ReadonlyMap<string, ArrayLike<number>>;
}

/** The mistakes that explain all arrays of the first layer that differs. */
export interface FixedExplanation {
  readonly n: number;
  readonly explains: readonly { readonly id: string; readonly says: string }[];
  /** Why no mistake is named: too few differences, missing inputs of the layer, or too much work. */
  readonly limit?: 'evidence' | 'inputs' | 'work';
}

/** Arrays by key, in units of the format. */
type Supplied = ReadonlyMap<string, ArrayLike<number>>;

/** Limit on the additions when mistakes are tried, about a minute of work. */
const mostWork = 2e9;

/** The least evidence for naming a mistake, in bits. A mistake that was not made explains 12 bits by chance once in 4096. */
const leastEvidence = 12;

/**
 * Explains why arrays differ from a vector. Each named mistake reproduces all wrong numbers of the first layer that differs.
 *
 * @param tell called before each mistake is tried
 */
export function explainFixed(
  vector: FixedVector,
  supplied: Supplied,
  tell: (layer: string, done: number, of: number) => void = () => {},
): FixedExplanation | undefined {
  const model = fixedModel(vector);
  const { layers, input, T } = networkOf(model, real);
  const layer = layers.find(({ n }) => differencesOf(vector, supplied, n).size > 0);
  if (!layer) return undefined;
  const { n, output } = layer;
  const found = differencesOf(vector, supplied, n);
  const there = inputsOf(vector, supplied);
  const right = new Replay(forwardOf(model), there, model.numbers);
  const isOff = ({ writes }: Stage): boolean => writes.some((key) => found.has(key));
  const wrong = right.computation.stages.filter((stage) => isOff(stage) && isSame(right, stage) === false);
  // No stage is wrong by itself: the stages that differ lack inputs, or have wrong inputs.
  if (wrong.length === 0) return { n, explains: [], limit: 'inputs' };
  const bits = [...found].map(([key, count]) => count * (isFraction(key) ? 2 * vector.format.width : 3));
  if (bits.reduce((sum, each) => sum + each) < leastEvidence) return { n, explains: [], limit: 'evidence' };

  const positions = neuronsOf(output) / output.channels;
  const stepWork = Math.max(weightsOf(layer) * positions, neuronsOf(n === 1 ? input : layers[n - 2].output));
  const numbers = numberRows(vector.format);
  let work = 0;
  const explains = (row: FixedRow, done: number, { length }: readonly FixedRow[]): boolean => {
    tell(`layer ${n}`, done, length);
    work += stepWork * T * vector.B;
    return work < mostWork && makes(row, model, there, wrong);
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

/** Whether a mistake reproduces the supplied results of the stages. */
function makes(
  row: FixedRow,
  model: FixedModel,
  there: ReadonlyMap<string, Ball>,
  stages: readonly Stage[],
): boolean {
  const { numbers } = { ...model, ...row.change?.(model, []) };
  const computation =
    planted({ computationOf: forwardOf, ofSamples: (same) => same }, row, model) ?? forwardOf(model);
  const run = new Replay(computation, there, numbers);
  const ids = stages.map(({ id }) => id);
  return computation.stages.every((stage) => !ids.includes(stage.id) || isSame(run, stage) === true);
}

/** Whether a stage reproduces its supplied results; undefined if it cannot run. */
function isSame(run: Replay, stage: Stage): boolean | undefined {
  return ifComputable(() =>
    run.results(stage).every(({ v }, index) => {
      const got = run.there.get(stage.writes[index])?.v;
      return !got || Float64Array.from(v).every((value, i) => value === got[i]);
    }),
  );
}

/** The number of differences in each differing array of a layer, by key. */
function differencesOf({ arrays }: FixedVector, supplied: Supplied, n: number): Map<string, number> {
  const counts = tracks.map((what): [string, number] => {
    const key = keyOf(n, what);
    const [expected, got] = [arrays.get(`expected.${key}`), supplied.get(key)];
    return [key, expected && got ? total(expected, (value, i) => (value === Number(got[i]) ? 0 : 1)) : 0];
  });
  return new Map(counts.filter(([, count]) => count > 0));
}

/** The inputs of a vector, and the supplied arrays that the vector expects, as real numbers. */
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

// mistakes

interface FixedModel extends Model {
  /** `format`: the precision of constants. `numbers`: the precision of all other numbers. */
  readonly format: Precision;
  readonly numbers: Precision;
}

type FixedRow = Mistake<FixedModel>;

/** Mistakes in which the numbers have another format. */
function numberRows(format: FixedFormat): FixedRow[] {
  const { width, fraction } = format;
  const [isNearest, wraps] = [format.rounding === 'nearest', format.overflow === 'wrap'];
  const does = isNearest ? 'rounds them to the nearest, ties up' : 'cuts them towards −∞';
  const ends = wraps ? 'they wrap around' : 'they saturate';
  const towardsZero = (value: number): number =>
    fixed(format).round(Math.trunc(value * 2 ** fraction) / 2 ** fraction);
  const [rounding, otherwise] = isNearest
    ? (['truncate', 'cut towards −∞'] as const)
    : (['nearest', 'rounded to the nearest'] as const);
  const [overflow, beyond] = wraps ? (['saturate', 'saturate'] as const) : (['wrap', 'wrap around'] as const);
  const others: [id: string, says: string, Partial<FixedFormat> | Precision][] = [
    [`rounding=${rounding}`, `Numbers are ${otherwise}, where the format ${does}.`, { rounding }],
    [
      'rounding=towardsZero',
      `Numbers are cut towards 0, where the format ${does}.`,
      precisionBy(towardsZero),
    ],
    [
      `overflow=${overflow}`,
      `Numbers beyond the range ${beyond}, where in the format ${ends}.`,
      { overflow },
    ],
    ['overflow=none', `Numbers go beyond the range of ${width} bits, where ${ends}.`, { width: 53 }],
    ...[width - 1, width + 1].map((bits): (typeof others)[number] => [
      `width=${bits}`,
      `Numbers have ${bits} bits, where the format has ${width}.`,
      { width: bits },
    ]),
  ];
  const rows = others.map(([id, says, other]): FixedRow => {
    const numbers = 'round' in other ? other : fixed({ ...format, ...other });
    return { id, says, stages: ['current', 'neuron', 'flow'], change: () => ({ numbers }) };
  });
  return [...rows, ...(wraps ? [] : [wideSums])];
}

/** The mistake of an accumulator that has more bits than the format. */
const wideSums: FixedRow = {
  id: 'sums-saturate-once',
  says: 'The sum of a current saturates once, at its end, where each addition does.',
  stages: ['current'],
  change: replacing(({ applyCurrent }) => ({
    applyCurrent(x, w, o, layer, always) {
      const wide = real.array(x.length);
      applyCurrent(wide, Float64Array.from(w), o, layer, always);
      x.set(wide);
    },
  })),
};

/** Another number format combined with another mistake. */
const withNumbers = (numbers: FixedRow, other: FixedRow): FixedRow => ({
  ...other,
  ...pairOf(numbers, other),
  stages: other.stages,
});
