/** Finds how an array was made: as a weighted sum over the last steps, or from inputs other than the recorded ones. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { largest, range, total } from '../../engine/rounding.ts';
import { axesOf } from './edits.ts';
import {
  type Known,
  type NumberAt,
  type Region,
  type Relation,
  type Search,
  type Unexplained,
  firstFit,
  mostBits,
} from './search.ts';

/** The relation of an array to other inputs, or to the expected numbers of several steps. */
export function solved(
  search: Search,
  [all]: readonly Region[],
  describe: (subject: Unexplained) => string,
): string | undefined {
  const { x, of } = search;
  const { slot, inputs, make, isSum } = of;
  const expected = { slot: { ...slot, key: 'the expected' }, v: x };
  const late = slot.isSpikes ? undefined : lagged(search, all, expected, (v) => v);
  if (late !== undefined || !make || !isSum) return late;
  for (const [j, input] of inputs.entries()) {
    const made = (v: Floats): Floats | undefined => {
      const result = make(inputs.map((each, k) => (k === j ? v : each.v)));
      return result && search.less(result);
    };
    const found =
      lagged(search, all, input, made) ??
      replaced(search, input, made, describe, false) ??
      replaced(search, input, made, describe, true);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Make = (v: Floats) => Floats | undefined;

/** Limits on the lags, and on the inputs that are solved for at once. */
const [mostLags, mostInputs] = [32, 64];

/** The parts that inputs add to a sum, and the sum without them. */
function partsOf(
  made: Make,
  v: Floats,
  inputs: readonly Floats[],
): { readonly none: Floats; readonly parts: NumberAt[] } | undefined {
  const [none, ...terms] = [v.map(() => 0) as Floats, ...inputs].map(made); // `map` keeps the type
  if (!none || terms.includes(undefined)) return undefined;
  return { none, parts: terms.map((term) => (i) => term![i] - none[i]) }; // `terms` has no undefined
}

/** Finds one factor for each of the last steps. Such factors describe a delay, a mean of two steps, or a trace. */
function lagged(search: Search, all: Region, { slot, v }: Known, made: Make): string | undefined {
  const T = axesOf(slot, v.length).find(({ name }) => name === 'step')?.size ?? 0;
  if (T < 2) return undefined;
  const size = v.length / T;
  const late = (lag: number): Floats => v.map((_: number, i: number) => v[i - lag * size] ?? 0) as Floats; // `map` keeps the type
  const found = partsOf(made, v, range(Math.min(T, mostLags)).map(late));
  if (!found) return undefined;
  const { none, parts } = found;
  const fitted = search.solve(all, parts, (i) => search.y[i] - none[i]);
  const ks = fitted.map((k) => (Math.abs(k) < 2 ** -12 ? 0 : k));
  const last = ks.reduce((at, k, lag) => (k === 0 ? at : lag), 0);
  const factors = ks
    .slice(0, Math.min(last + 1, 5))
    .map(search.text)
    .join(', ');
  const relation: Relation = [
    `is made of ${slot.key} with the factors ${factors}${last > 4 ? ', …' : ''} for a step and those before it`,
    (i) => none[i] + parts.reduce((sum, part, lag) => sum + (ks[lag] === 0 ? 0 : ks[lag] * part(i)), 0),
    6 + total(ks, search.cost),
  ];
  return firstFit(search, [() => [relation]], [all]);
}

/**
 * Solves for an input that would give the array, and describes its relation to the recorded input. The maps of the input are
 * solved one by one, with all their numbers unknown. If `isOfSamples`, the input is instead the recorded one times an unknown
 * factor per neuron and sample, as after a dropout that lasts for the window. The array must have more numbers than there are
 * unknowns.
 */
function replaced(
  search: Search,
  { slot, v }: Known,
  made: Make,
  describe: (subject: Unexplained) => string,
  isOfSamples: boolean,
): string | undefined {
  const { y, axes, of } = search;
  const [step, sample] = axes;
  if (sample?.name !== 'sample' || slot.axes[0] !== 'step' || slot.axes[1] !== 'sample') return undefined;
  const [T, B] = [step.size, sample.size];
  const [size, outputs] = [v.length, y.length].map((length) => length / (T * B));
  const count = isOfSamples ? B : T * B;
  if (size % 1 !== 0 || size >= y.length / count || size > mostInputs) return undefined;
  const one = (k: number): Floats =>
    v.map((each: number, i: number) => (i % size !== k ? 0 : isOfSamples ? each : 1)) as Floats; // `map` keeps the type
  const found = partsOf(made, v, range(size).map(one));
  if (!found) return undefined;
  const { none, parts } = found;
  /** The group of a number: its sample if `isOfSamples`, otherwise its map. */
  const groupOf = (i: number, its: number): number => Math.floor(i / its) % count;
  const solutions = range(count).map((group) => {
    const its = Int32Array.from(y.keys()).filter((i) => groupOf(i, outputs) === group);
    return search.solve(['', its, its], parts, (i) => y[i] - none[i]);
  });
  const predicted: NumberAt = (i) =>
    none[i] + parts.reduce((sum, part, k) => sum + solutions[groupOf(i, outputs)][k] * part(i), 0);
  const fitted = total(solutions.flat(), (k) => Number(Math.abs(k) > 2 ** -14));
  if (!search.fits(search.region(''), ['', predicted, fitted * mostBits])) return undefined;
  const near = 2 ** -14 * largest(v);
  const used = v.map((each: number, i: number) => {
    const k = solutions[groupOf(i, size)][i % size] * (isOfSamples ? each : 1);
    return Math.abs(k - Math.round(k)) <= near ? Math.round(k) : k;
  });
  const text = describe({
    slot: { ...slot, isSpikes: false },
    expected: { v, r: Float64Array.from(v, (each) => near + 2 ** -14 * Math.abs(each)) },
    got: Float64Array.from(used),
    inputs: [],
    others: of.others,
    constants: of.constants,
  });
  return `it is made of other numbers than ${slot.key}, of which is true: ${text}`;
}
