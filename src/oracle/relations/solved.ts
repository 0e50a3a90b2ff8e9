/** Inputs that would have made a sum: those of earlier steps with factors, or one other number for each. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { largest, range, total } from '../../engine/rounding.ts';
import { axesOf } from './edits.ts';
import { type NumberAt, type Region, type Relation, type Search, type Unexplained, firstFit, mostBits } from './search.ts';

/** The relation of a sum to what another input makes. */
export const solved = (
  search: Search,
  regions: readonly Region[],
  describe: (subject: Unexplained) => string,
): string | undefined => {
  const { inputs, make, isSum } = search.of;
  if (!make || !isSum) return undefined;
  for (const j of inputs.keys()) {
    const made = (v: Floats): Floats | undefined => {
      const result = make(inputs.map((input, k) => (k === j ? v : input.v)));
      return result && search.less(result);
    };
    const found = lagged(search, regions, j, made) ?? replaced(search, j, made, describe);
    if (found !== undefined) return found;
  }
  return undefined;
};

type Make = (v: Floats) => Floats | undefined;

/** The largest number of lags, and of inputs of one map. */
const [mostLags, mostInputs] = [32, 64];

/** The parts that inputs add to a sum, and the sum without them. */
function partsOf(made: Make, zero: Floats, inputs: readonly Floats[]): { none: Floats; parts: NumberAt[] } | undefined {
  const [none, ...terms] = [zero, ...inputs].map(made);
  if (!none || terms.includes(undefined)) return undefined;
  return { none, parts: terms.map((term) => (i) => term![i] - none[i]) }; // all are there
}

/** One factor for each of the last steps of an input, such as a delay, a mean of two steps, or a trace. */
function lagged(search: Search, regions: readonly Region[], j: number, made: Make): string | undefined {
  const { slot, v } = search.of.inputs[j];
  const T = axesOf(slot, v.length).find(({ name }) => name === 'step')?.size ?? 0;
  if (T < 2) return undefined;
  const size = v.length / T;
  const late = (lag: number): Floats => v.map((_: number, i: number) => v[i - lag * size] ?? 0) as Floats; // of one kind
  const found = partsOf(made, late(T), range(Math.min(T, mostLags)).map(late));
  if (!found) return undefined;
  const { none, parts } = found;
  const fitted = search.solve(regions[0], parts, (i) => search.y[i] - none[i]);
  const ks = fitted.map((k) => (Math.abs(k) < 2 ** -12 ? 0 : k));
  const last = ks.reduce((at, k, lag) => (k === 0 ? at : lag), 0);
  const factors = ks.slice(0, Math.min(last + 1, 5)).map(search.text).join(', ');
  const relation: Relation = [
    `is made of ${slot.key} with the factors ${factors}${last > 4 ? ', …' : ''} for a step and those before it`,
    (i) => none[i] + total(ks, (k, lag) => k * parts[lag](i)),
    6 + total(ks, search.cost),
  ];
  return firstFit(search, [() => [relation]], regions.slice(0, 1));
}

/** Another input of each map, where a map has more results than inputs; and its relation to the recorded input. */
function replaced(search: Search, j: number, made: Make, describe: (subject: Unexplained) => string): string | undefined {
  const { y, axes, of } = search;
  const { slot, v } = of.inputs[j];
  const [step, sample] = axes;
  const maps = sample?.name === 'sample' ? step.size * sample.size : 0;
  const isOfMaps = slot.axes[0] === 'step' && slot.axes[1] === 'sample' && v.length % maps === 0;
  const [size, outputs] = [v.length / maps, y.length / maps];
  if (!isOfMaps || size >= outputs || size > mostInputs) return undefined;
  const one = (k: number): Floats => v.map((_: number, i: number) => Number(i % size === k)) as Floats; // of one kind
  const found = partsOf(made, one(-1), range(size).map(one));
  if (!found) return undefined;
  const { none, parts } = found;
  const used = new Float64Array(v.length);
  for (const m of range(maps)) {
    const its = Int32Array.from(range(outputs), (k) => m * outputs + k);
    used.set(search.solve(['', its, its], parts, (i) => y[i] - none[i]), m * size);
  }
  const at = (i: number): number => Math.floor(i / outputs) * size;
  const predicted: NumberAt = (i) => none[i] + parts.reduce((sum, part, k) => sum + used[at(i) + k] * part(i), 0);
  if (!search.fits(search.region(''), ['', predicted, used.length * mostBits])) return undefined;
  const r = Float64Array.from(v, (each) => 2 ** -14 * (Math.abs(each) + largest(v)));
  const near = used.map((each, i) => (Math.abs(each) <= r[i] ? 0 : each));
  const { others, constants } = of;
  const text = describe({ slot: { ...slot, isSpikes: false }, expected: { v, r }, got: near, inputs: [], others, constants });
  return `it is made of other numbers than ${slot.key}, of which is true: ${text}`;
}
