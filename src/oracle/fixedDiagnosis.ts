/**
 * Why arrays in fixed point differ from those of a vector: other rounding or overflow, or a mistake of the catalogue that replaces a
 * function or a choice, made in the precision of the format.
 */
import { real, type Floats, type Precision } from '../../spec/arithmetic.ts';
import type { NetworkDescription } from '../../spec/dictionary.ts';
import { fixed, ownPrecision, type FixedFormat } from '../../spec/fixed.ts';
import { neuronsOf, synapticOf, weightsOf, type Layer } from '../../spec/network.ts';
import type { Variant } from '../../spec/variant.ts';
import { isFraction, networkIn, runFixedLayer, weightsIn } from './fixedWindow.ts';
import { keyOf, weightKeys } from './keys.ts';
import type { Change } from './mistakes/mistake.ts';
import { mistakes } from './mistakes/mistakes.ts';
import { partsOf } from './parts/parts.ts';
import { semantics, type Semantics } from './semantics.ts';
import { settingOf, situationOf } from './stagePart.ts';

/** A vector in fixed point. */
export interface FixedVector {
  readonly description: NetworkDescription;
  readonly variant: Variant;
  readonly B: number;
  readonly format: FixedFormat;
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

interface Candidate extends Pick<Change, 'variant' | 'semantics'> {
  readonly id: string;
  readonly says: string;
  readonly precision?: Precision;
  /** The weights that it takes for those that it is given. */
  readonly weights?: (w: readonly number[], layer: Layer) => number[];
  /** Functions that keep something from step to step: made anew for each sample. */
  readonly make?: () => Partial<Semantics>;
}

/** Arrays by key. */
type Supplied = ReadonlyMap<string, ArrayLike<number>>;

const tracks = ['current', 'compared', 'potential', 'spikes'] as const;
const flows = ['FI', 'FO'] as const;
type Track = (typeof tracks)[number];
type Flow = (typeof flows)[number];

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
  const { description, variant, B, format, arrays } = vector;
  const { layers, input } = networkIn(description, variant, format);
  const first = firstWrong(vector, supplied, layers);
  if (!first) return undefined;
  const { layer, step, sample } = first;
  const { n } = layer;
  const before = keyOf(n - 1, 'spikes');
  const isComputed =
    [before, `expected.${before}`].some((key) => arrays.has(key)) &&
    weightKeys(layer).every((key) => arrays.has(key));
  if (!arrays.has(keyOf(n, 'current')) && !isComputed) return { n, explains: [], limit: 'inputs' };
  if (evidenceOf(vector, supplied, n) < leastEvidence) return { n, explains: [], limit: 'evidence' };
  const places = neuronsOf(layer.output) / layer.output.channels;
  const stepWork = Math.max(weightsOf(layer) * places, neuronsOf(n === 1 ? input : layers[n - 2].output));
  let work = 0;
  const tries = (samples: readonly number[], T: number, one: Candidate): boolean => {
    work += samples.length * T * stepWork;
    return fits(vector, supplied, { n, samples, T }, one);
  };
  const all = Array.from({ length: B }, (_, b) => b);
  // Most mistakes do something else where the first difference is.
  const explains = (one: Candidate, place = 0, { length }: readonly Candidate[] = []): boolean => {
    tell(`layer ${n}`, place, length);
    return work < mostWork && tries([sample], step + 1, one) && tries(all, description.timeWindow, one);
  };
  const right: Candidate = { id: '', says: '' };
  // What the layer makes of what the vector gives it is what was supplied: the vector contradicts itself.
  if (explains(right)) return { n, explains: [], limit: 'inputs' };
  const numbers = numberCandidates(format);
  const others = catalogued(vector, n);
  let found = [...numbers, ...others].filter(explains);
  if (found.length === 0)
    found = numbers.flatMap((one) => others.map((other) => together(one, other))).filter(explains);
  const named = found.map(({ id, says }) => ({ id, says }));
  return { n, explains: named, ...(named.length === 0 && work >= mostWork && { limit: 'work' as const }) };
}

/** Bits by which what was supplied of a layer differs from what is expected: few a count or a spike, more a number of the format. */
function evidenceOf({ arrays, format }: FixedVector, supplied: Supplied, n: number): number {
  const keys = [...tracks, ...flows].map((what) => keyOf(n, what));
  return keys.reduce((sum, key) => {
    const [expected, got] = [arrays.get(`expected.${key}`), supplied.get(key)];
    if (!expected || !got) return sum;
    const differing = Array.from(expected).filter((value, i) => value !== Number(got[i])).length;
    return sum + differing * (isFraction(key) ? 2 * format.width : 3);
  }, 0);
}

const together = (one: Candidate, other: Candidate): Candidate => ({
  ...other,
  ...one,
  ...(one.semantics && other.semantics && { semantics: { ...other.semantics, ...one.semantics } }),
  id: `${one.id} + ${other.id}`,
  says: `${one.says} And: ${other.says}`,
});

/** Other ways with the numbers of a format. */
function numberCandidates(format: FixedFormat): Candidate[] {
  const { width, fraction, rounding, overflow } = format;
  const [unit, most] = [2 ** fraction, 2 ** (width - 1)];
  const held = (units: number): number =>
    overflow === 'saturate'
      ? Math.min(most - 1, Math.max(-most, units))
      : units - Math.floor((units + most) / (2 * most)) * 2 * most;
  const cut = rounding === 'nearest' ? (v: number): number => Math.floor(v + 0.5) : Math.floor;
  const nearest = 'rounds them to the nearest, ties up';
  const right = rounding === 'nearest' ? nearest : 'cuts them towards −∞';
  const other =
    rounding === 'nearest'
      ? { id: 'rounding=truncate', does: 'cut towards −∞', rounding: 'truncate' as const }
      : { id: 'rounding=nearest', does: 'rounded to the nearest', rounding: 'nearest' as const };
  const wrong =
    overflow === 'wrap'
      ? { id: 'overflow=saturate', does: 'saturate', overflow: 'saturate' as const }
      : { id: 'overflow=wrap', does: 'wrap around', overflow: 'wrap' as const };
  const does = overflow === 'wrap' ? 'they wrap around' : 'they saturate';
  return [
    {
      id: other.id,
      says: `Numbers are ${other.does}, where the format ${right}.`,
      precision: fixed({ ...format, rounding: other.rounding }),
    },
    {
      id: 'rounding=towardsZero',
      says: `Numbers are cut towards 0, where the format ${right}.`,
      precision: ownPrecision((value) => held(Math.trunc(value * unit)) / unit),
    },
    {
      id: wrong.id,
      says: `Numbers beyond the range ${wrong.does}, where in the format ${does}.`,
      precision: fixed({ ...format, overflow: wrong.overflow }),
    },
    {
      id: 'overflow=none',
      says: `Numbers go beyond the range of ${width} bits, where ${does}.`,
      precision: ownPrecision((value) => cut(value * unit) / unit),
    },
    ...(overflow === 'saturate' ? [wideSums] : []),
  ];
}

/** An accumulator with more bits. */
const wideSums: Candidate = {
  id: 'sums-saturate-once',
  says: 'The sum of a current saturates once, at its end, where each addition does.',
  semantics: {
    applyCurrent(x, w, o, layer) {
      const wide = real.array(x.length);
      semantics.applyCurrent(wide, Float64Array.from(w), o, layer);
      x.set(wide);
    },
  },
};

/** The mistakes of the catalogue that concern a layer, and replace a function or a choice. */
function catalogued({ description, variant, B }: FixedVector, n: number): Candidate[] {
  const setting = settingOf(situationOf(description, variant, real, B));
  const parts = partsOf(setting).filter(
    (part) => part.n === n && ['current', 'neuron', 'flow'].includes(part.stage),
  );
  return mistakes.flatMap(({ id, says, stages, concerns, replaces }): Candidate[] => {
    const isOfLayer = parts.some(
      (part) => stages.includes(part.stage) && (concerns?.(part, setting) ?? true),
    );
    if (!isOfLayer) return [];
    if (id === 'neuron-one-step-late') return [{ id, says, make: lateNeurons }];
    if (id === 'kernel-flipped') return [{ id, says, weights: flipped }];
    if (id === 'weights-transposed') return [{ id, says, weights: transposed }];
    return replaces ? [{ id, says, ...replaces }] : [];
  });
}

/** Each kernel with its rows and columns backwards; biases stay. */
function flipped(w: readonly number[], layer: Layer): number[] {
  const area = layer.kind.name === 'convolution' ? layer.window.size ** 2 : 1;
  return w.map((value, i) => (i < synapticOf(layer) ? w[i + area - 1 - 2 * (i % area)] : value));
}

/** A square matrix with its rows as columns; biases stay. */
function transposed(w: readonly number[], { weightShape: [rows, columns] }: Layer): number[] {
  if (rows !== columns) return [...w];
  return w.map((value, i) => (i < rows * columns ? w[(i % rows) * rows + Math.floor(i / rows)] : value));
}

/** Neurons that integrate the current of the step before. */
function lateNeurons(): Partial<Semantics> {
  let before: Float64Array | undefined;
  return {
    applyLayerNeuron(u, o, x, ...rest) {
      const now = Float64Array.from(x);
      x.set(before ?? new Float64Array(x.length));
      semantics.applyLayerNeuron(u, o, x, ...rest);
      x.set(now);
      before = now;
    },
  };
}

/** The first layer with an array that differs, the first step of those, and a sample that does. */
function firstWrong(
  { arrays, B, description }: FixedVector,
  supplied: Supplied,
  layers: readonly Layer[],
): { layer: Layer; step: number; sample: number } | undefined {
  for (const layer of layers) {
    const size = neuronsOf(layer.output);
    const found = [...tracks, ...flows].flatMap((what) => {
      const key = keyOf(layer.n, what);
      const [expected, got] = [arrays.get(`expected.${key}`), supplied.get(key)];
      if (!expected || !got) return [];
      const at = Array.from(expected).findIndex((value, i) => value !== Number(got[i]));
      if (at < 0) return [];
      const map = Math.floor(at / size);
      const isFlow = what === 'FI' || what === 'FO';
      return [
        isFlow
          ? { step: description.timeWindow - 1, sample: map }
          : { step: Math.floor(map / B), sample: map % B },
      ];
    });
    if (found.length > 0)
      return { layer, ...found.reduce((one, other) => (other.step < one.step ? other : one)) };
  }
  return undefined;
}

/** Whether a layer with a change makes what was supplied, of some samples and the first T steps. */
function fits(
  vector: FixedVector,
  supplied: Supplied,
  { n, samples, T }: { readonly n: number; readonly samples: readonly number[]; readonly T: number },
  { variant: change, semantics: called, weights, make, precision = fixed(vector.format) }: Candidate,
): boolean {
  const { description, B, format, arrays } = vector;
  const variant = { ...vector.variant, ...change };
  // The constants are those of the vector, in its units.
  const { layers, input } = networkIn(description, variant, format);
  const layer = layers[n - 1];
  const own = weightsIn(arrays, layer).map((units) => units / 2 ** format.fraction);
  const w = weights ? weights(own, layer) : own;
  const [size, sizeBefore] = [neuronsOf(layer.output), neuronsOf(n === 1 ? input : layers[n - 2].output)];
  const before = keyOf(n - 1, 'spikes');
  const isRight = isSupplied(vector, supplied, keyOf(n, 'current'));
  return samples.every((b) => {
    const from = (t: number): Floats =>
      mapIn(vector, before, t * B + b, sizeBefore) ??
      mapIn(vector, `expected.${before}`, t * B + b, sizeBefore) ??
      new Float64Array(sizeBefore);
    const count = real.array(sizeBefore);
    for (let t = 0; t < T; t++) from(t).forEach((spikes, i) => (count[i] += spikes));
    const isSame = (what: Track | Flow, values: Floats, index: number): boolean => {
      const key = keyOf(n, what);
      const got = supplied.get(key);
      if (!got || !arrays.has(`expected.${key}`)) return true;
      const unit = isFraction(key) ? 2 ** format.fraction : 1;
      return Array.from(values).every((value, i) => value * unit === Number(got[index * size + i]));
    };
    const run = {
      layer,
      variant,
      precision,
      T,
      w,
      from,
      before: count,
      pinnedTo: (what: 'current' | 'spikes', t: number) =>
        mapIn(vector, keyOf(n, what), t * B + b, size) ??
        (what === 'current' && isRight
          ? mapIn(vector, `expected.${keyOf(n, what)}`, t * B + b, size)
          : undefined),
      semantics: { ...called, ...make?.() },
    };
    let isAlike = true;
    const { FI, FO } = runFixedLayer(run, (t, seen) => {
      isAlike &&= tracks.every((what) => isSame(what, seen[what], t * B + b));
    });
    return isAlike && (T < description.timeWindow || (isSame('FI', FI, b) && isSame('FO', FO, b)));
  });
}

/** Whether an array was supplied, and is as expected: what comes behind it begins there. */
function isSupplied({ arrays }: FixedVector, supplied: Supplied, key: string): boolean {
  const [expected, got] = [arrays.get(`expected.${key}`), supplied.get(key)];
  return (
    expected !== undefined &&
    got !== undefined &&
    Array.from(expected).every((value, i) => value === Number(got[i]))
  );
}

/** A map of an array of the vector, as real numbers; nothing where there is no such array. */
function mapIn(
  { arrays, format }: FixedVector,
  key: string,
  index: number,
  length: number,
): Float64Array | undefined {
  const values = arrays.get(key);
  const unit = isFraction(key) ? 2 ** format.fraction : 1;
  return values && Float64Array.from({ length }, (_, i) => values[index * length + i] / unit);
}
