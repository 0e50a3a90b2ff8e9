/** Relations to arrays that a stage computes from changed inputs. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { largest, medianOf, range, total } from '../../engine/rounding.ts';
import { once } from '../memo.ts';
import { axesOf, editsOf, sliceOf, type Axis } from './edits.ts';
import { along } from './rows.ts';
import {
  type InputChange,
  type Known,
  type NumberAt,
  type Region,
  type Relation,
  type RelationRow,
  Search,
  type Test,
  type Unexplained,
  few,
  firstFit,
  mostBits,
  short,
} from './search.ts';

/** A change of some inputs of an array: its text, a test for the inputs that it changes, and the change. */
type Remake = readonly [says: string, isIn: (j: number) => boolean, of: InputChange];

/** The changes to try. Limits are fitted to the wrong numbers of `fitting`. */
export function* remakesOf(unexplained: Unexplained, fitting: Search): Generator<Remake> {
  const { inputs, others, constants, isSum } = unexplained;
  yield* clipsOf(fitting);
  const K = constants.find(([name]) => name === 'classes')?.[1] ?? NaN;
  for (const [j, { slot }] of inputs.entries()) yield [`without ${slot.key}`, (k) => k === j, () => 0];
  for (const [j, { v, slot }] of inputs.entries()) {
    const [key, isIn] = [slot.key, (k: number): boolean => k === j];
    yield [`of ${key} + 1`, isIn, (x, i) => x[i] + 1];
    if (key === 'label') yield [`of ${key} + 1, and 0 for ${K}`, isIn, (x, i) => (x[i] + 1) % K];
    for (const [at, { v: its, slot: from }] of others.entries()) {
      if (its.length !== v.length || from.key === key || (v.length === 1 && from.n === 0)) continue;
      const other = (i: number, subject: Unexplained): number => subject.others[at]?.v[i] ?? NaN;
      yield [`of ${from.key} in place of ${key}`, isIn, (_, i, __, ___, subject) => other(i, subject)];
      const product: InputChange = (x, i, _, __, subject) => x[i] * other(i, subject);
      if (from.isSpikes) yield [`of ${key} where ${from.key} is 1`, isIn, product];
      else if (from.n === slot.n) yield [`of ${key} × ${from.key}`, isIn, product];
    }
    for (const { v: its, slot: from } of inputs)
      if (its.length === v.length && from.key !== key)
        yield [`of ${key} × ${from.key}`, isIn, (x, i) => x[i] * its[i]];
    for (const [name, value] of key === 'label' ? [] : constants) {
      yield [`of ${name} in place of ${key}`, isIn, () => value];
      for (const k of isSum ? [] : [1, -1, 2, -2])
        yield [
          `of ${key} ${k < 0 ? '−' : '+'} ${Math.abs(k) > 1 ? '2 × ' : ''}${name}`,
          isIn,
          (x, i) => x[i] + k * value,
        ];
    }
    // One number is by chance what some edit makes.
    for (const [says, of] of fitting.x.length > 1 ? editsOf(axesOf(slot, v.length)) : [])
      yield [`of ${says.replace('_', key)}`, isIn, of];
  }
  // An array in place of a sum of two inputs, such as the gradient and the decay of the weights.
  const same = inputs.filter(({ v, slot }) => v.length > 1 && slot.axes[0] !== 'step' && !isSum);
  for (const { slot, v } of same)
    for (const gone of same.filter((each) => each.v !== v && each.v.length === v.length))
      for (const [at, { v: its, slot: from }] of others.entries())
        if (its.length === v.length && from.n === slot.n && from.key !== slot.key)
          yield [
            `of ${from.key} in place of ${slot.key}, without ${gone.slot.key}`,
            (k) => inputs[k].slot === slot || inputs[k] === gone,
            (x, i, _, __, subject) => (x === gone.v ? 0 : (subject.others[at]?.v[i] ?? NaN)),
          ];
  yield* otherLabelsOf(unexplained);
}

/** Limit on the samples whose labels are printed. */
const mostPrinted = 16;

/** The labels of the samples that come nearest to the recorded numbers, if these are not the supplied ones. */
function* otherLabelsOf(subject: Unexplained): Generator<Remake> {
  const j = subject.inputs.findIndex(({ slot }) => slot.key === 'label');
  const found = j < 0 ? undefined : nearestLabels(subject);
  const labels = subject.inputs[j]?.v ?? [];
  if (!found || found.every((label, b) => label === labels[b])) return;
  const isSame = String(Array.from(found).sort()) === String(Array.from(labels).sort());
  const all = `${found.slice(0, mostPrinted).join(', ')}${found.length > mostPrinted ? ', …' : ''}`;
  const says = `of ${isSame ? 'the labels in another order' : 'other labels'}: ${all}`;
  yield [says, (k) => k === j, (x, b, _, __, its) => nearestLabels(its)?.[b] ?? x[b]];
}

const nearestLabels = once(
  ({ inputs, make, got, slot, constants }: Unexplained): readonly number[] | undefined => {
    const K = constants.find(([name]) => name === 'classes')?.[1] ?? 0;
    const at = slot.axes.indexOf('sample');
    const labels = inputs.find((input) => input.slot.key === 'label')?.v;
    if (at < 0 || !labels || !make) return undefined;
    const size = slot.shape.slice(at + 1).reduce((a, b) => a * b, 1);
    const made = range(K).map((k) => make(inputs.map(({ v }) => (v === labels ? v.map(() => k) : v))));
    if (!isFull(made)) return undefined;
    return Array.from(labels, (own, b) => {
      const some = range(got.length).filter((i) => Math.floor(i / size) % labels.length === b);
      const distance = (k: number): number => total(some, (i) => (made[k][i] - got[i]) ** 2);
      return range(K).reduce((best, k) => (distance(k) < distance(best) ? k : best), own);
    });
  },
);

/** With fewer wrong numbers, some limit fits by chance. */
export const fewWrong = 8;

/** Each input clipped at a limit, which is found by bisection. */
function* clipsOf({ of: { inputs, make, got, pulledBack }, x, wrong }: Search): Generator<Remake> {
  const clip = (value: number, c: number): number => Math.max(-c, Math.min(c, value));
  const some = wrong.subarray(0, few);
  for (const [j, { slot, v }] of !pulledBack && wrong.length >= fewWrong ? inputs.entries() : []) {
    const most = largest(v);
    // Clipping numbers of one magnitude is to multiply them.
    if (v.every((each: number) => each === 0 || Math.abs(each) === most)) continue;
    /** Whether the results lie, on the whole, beyond the recorded ones, as seen from the expected ones. */
    const isTooLow = (c: number): boolean => {
      const made = make?.(inputs.map((input, k) => (k === j ? v.map((each) => clip(each, c)) : input.v)));
      return total(some, (i) => ((made?.[i] ?? NaN) - got[i]) * (x[i] - got[i])) < 0;
    };
    let [low, high] = [0, most];
    for (let k = 0; k < 30; k++) {
      const c = (low + high) / 2;
      if (isTooLow(c)) low = c;
      else high = c;
    }
    yield [`of ${slot.key} clipped at ±${short(low)}`, (k) => k === j, (values, i) => clip(values[i], low)];
  }
}

/** The relation of an array to one computed from changed inputs; '' if the change has no effect. */
export function remade(
  search: Search,
  regions: readonly Region[],
  [says, isIn, of]: Remake,
): string | undefined {
  const { x, of: subject, text } = search;
  let isChanged = false;
  const isWithout = says.startsWith('without');
  let isGone = !isWithout;
  const changed = subject.inputs.map(({ v, slot }, j) => {
    if (!isIn(j)) return v;
    const [axes, most, other] = [axesOf(slot, v.length), largest(v), Float64Array.from(v)];
    for (let i = 0; i < v.length; i++) {
      other[i] = of(v, i, axes, most, subject);
      if (other[i] !== v[i]) isChanged = true;
    }
    // An edited input counts as missing if it is tiny compared with the original.
    if (largest(other) > 2 ** -10 * most) isGone = false;
    return other;
  });
  if (!isChanged || isGone) return '';
  const result = subject.make?.(changed);
  if (result?.length !== x.length) return undefined;
  const d = search.less(subject.pulledBack?.(result, isIn, of) ?? result);
  // Multiples of a label have no meaning, and those of what one number makes say less than a multiple of the expected.
  const isLong = subject.inputs.some(({ v }, j) => isIn(j) && v.length > 1);
  const isConstant = subject.constants.some(([name]) => says.startsWith(`of ${name} in place of `));
  const hasMultiples = isLong && !isConstant && !/ label\b/.test(says);
  const often = (k: number): string =>
    Math.abs(k) < 2 ** -10 ? 'without' : Math.abs(k - 2) < 2 ** -10 ? 'with twice' : `with ${text(k)} ×`;
  const how = (k: number): string =>
    isWithout
      ? says.replace('without', often(1 - k))
      : says.replace(/\+ 1$/, k < 0 ? `− ${text(-k)}` : `+ ${text(k)}`);
  const term: RelationRow = function* (_, region) {
    for (const [, ...rest] of search.line(
      region,
      (i) => d[i] - x[i],
      (i) => x[i],
      6,
    ))
      yield [`is made ${how(rest[2] ?? NaN)}`, ...rest];
  };
  const whole: RelationRow = function* (_, region) {
    yield [`is made ${says}`, (i) => d[i], says.includes(' clipped at ') ? 8 + mostBits : 8];
    // The error of a small result is as small as the result.
    const share = Math.min(1, medianOf(d) / medianOf(x));
    if (hasMultiples)
      for (const [its, at, cost, gain = 1] of along(search, region, `what is made ${says}`, (i) => d[i], 12))
        yield [its, at, cost, share * gain];
  };
  const isTerm = isWithout || (subject.isSum && says.endsWith(' + 1'));
  const found = firstFit(search, [isTerm ? term : whole], regions.slice(0, 3));
  if (found === undefined) return undefined;
  // A recomputation explains nothing if it makes a wrong number from this same recorded number.
  const isItself = search.wrong.subarray(0, 4).some((i) => {
    const other = changed.map((v, j) => {
      const { v: own, slot } = subject.inputs[j];
      if (!isIn(j) || own[i] !== subject.got[i]) return v;
      const bumped = own.map((each, at) => each + Number(at === i)) as Floats; // `map` keeps the type
      return own.map((_, at) => of(bumped, at, axesOf(slot, own.length), largest(own), subject)) as Floats; // so here
    });
    return other.some((v, j) => v !== changed[j]) && subject.make?.(other)?.[i] !== result[i];
  });
  return isItself ? undefined : found;
}

/** The largest number of slices that may each have a factor. */
const mostSlices = 256;

/** Describes which slices of one input, or of all inputs, are missing in an array, or how often each was added. */
export function weighed(search: Search, regions: readonly Region[]): string | undefined {
  const {
    x,
    text,
    of: { inputs, make },
  } = search;
  const axisNames = ({ slot, v }: Known): string[] =>
    axesOf(slot, v.length)
      .map(({ name }) => name)
      .concat('neuron');
  const cuts = [...inputs.map((input) => [input]), inputs].flatMap((its) =>
    [...new Set(its.flatMap(axisNames))].map(
      (name) => [its.length > 1 ? `${name} #` : `${name} # of ${its[0].slot.key}`, name, its] as const,
    ),
  );
  for (const [what, name, its] of make ? cuts : []) {
    const axis = its.flatMap((input) => axisIn(input, name) ?? []).find(({ size }) => size > 0);
    if (!axis || axis.size < 2 || axis.size > mostSlices) continue;
    const terms = range(axis.size).map((slice) => {
      const changed = inputs.map((input) =>
        its.includes(input) ? only(input, name, (at) => at !== slice) : input.v,
      );
      const result = make?.(changed);
      return result && search.less(result);
    });
    if (!isFull(terms)) continue;
    const at = (slice: number): string => what.replace('#', String(slice));
    for (const region of regions.slice(0, 3)) {
      const parts = terms.map(
        (term): NumberAt =>
          (i) =>
            x[i] - term[i],
      );
      const ks = solveOnly(search, region, parts);
      const often = ks.map((k) => (Math.abs(k) < 2 ** -12 ? 1 : Math.abs(k + 1) < 2 ** -12 ? 0 : k + 1));
      const [odd, there] = [(k: number) => k !== 1, (k: number) => k !== 0].map(
        (has) => often.filter(has).length,
      );
      const other = often.findIndex((k) => k !== 1);
      const how =
        odd === 1
          ? `${often[other] === 2 ? 'with twice' : `with ${text(often[other])} ×`} ${at(other)}`
          : there === 1 && often.includes(1)
            ? `of ${at(often.findIndex((k) => k !== 0))} alone`
            : `with a factor of its own for each ${what.replace(' #', '')}: ${often.slice(0, 12).map(text).join(', ')}`;
      // Factors of a bias are terms of a channel, which are described as such.
      if (odd > 1 && there > 1 && its.length === 1 && its[0].v.length === axis.size) continue;
      const cost = total(often, (k) => (k === 1 ? 0 : search.cost(k) + Math.log2(axis.size)));
      const of: NumberAt = (i) => x[i] + total(often, (k, slice) => (k - 1) * (x[i] - terms[slice][i]));
      const missing = terms.map((term, slice): Relation => [
        `is made without ${at(slice)}`,
        (i) => term[i],
        8,
      ]);
      const found = firstFit(search, [() => [...missing, [`is made ${how}`, of, 6 + cost]]], [region]);
      if (found) return found;
    }
  }
  return undefined;
}

/** An axis of an array by name; `neuron` is all axes of a map together. */
function axisIn({ slot, v }: Known, name: string): Axis | undefined {
  const axes = axesOf(slot, v.length);
  const map = axes.filter((each) => !['part', 'step', 'sample'].includes(each.name));
  if (name !== 'neuron' || map.length < 2 || axes[0].name === 'output')
    return axes.find((each) => each.name === name);
  return { name, stride: 1, size: map.reduce((a, { size }) => a * size, 1) };
}

/** An array in which some slices of an axis are kept, and the others are 0. */
export function only(input: Known, name: string, isLeft: (slice: number) => boolean): Floats {
  const axis = axisIn(input, name);
  return axis ? input.v.map((each, i) => (isLeft(sliceOf(i, axis)) ? each : 0)) : input.v;
}

/** The factors with which the parts add up to the difference; empty if other factors fit as well. */
function solveOnly(search: Search, region: Region, parts: readonly NumberAt[]): number[] {
  const difference: NumberAt = (i) => search.y[i] - search.x[i];
  const ks = search.solve(region, parts, difference);
  const isMissed: Test = (i) => {
    const made = total(ks, (k, at) => k * parts[at](i));
    return Math.abs(made - difference(i)) > 2 * search.tolerance(i, search.y[i]);
  };
  // Factors that miss many numbers are not used, so there is no need to search for others that fit equally well.
  if (50 * region[2].filter(isMissed).length > region[2].length) return [];
  const others = search.solve(region, [...parts].reverse(), difference).reverse();
  return ks.every((k, at) => Math.abs(k - others[at]) <= 2 ** -10 * (1 + Math.abs(k))) ? ks : [];
}

const isFull = (all: (Floats | undefined)[]): all is Floats[] => !all.includes(undefined);

/** The weights with which a sum gives the recorded numbers of a region, and their relation to the recorded weights. */
export function reweighed(
  search: Search,
  [where, indices]: Region,
  describe: (subject: Unexplained) => string,
): string | undefined {
  const {
    y,
    axes,
    of: { inputs, make, isSum, others, constants },
  } = search;
  const channel = axes.find(({ name }) => name === 'channel' || name === 'neuron');
  for (const [j, { v, slot }] of make && isSum && channel ? inputs.entries() : []) {
    const side = axesOf(slot, v.length).find(
      ({ name, size }) => name.endsWith('put') && size === channel!.size,
    ); // the loop is empty without a channel
    const count = v.length / (side?.size ?? 1);
    // Other numbers than those of a bias are terms of a channel, too.
    if (!side || count === v.length || count === 1 || count > mostSlices) continue;
    const groupOf = (i: number): number =>
      Math.floor(i / (side.stride * side.size)) * side.stride + (i % side.stride);
    const one = (group: number): Floats | undefined =>
      make!(inputs.map((input, k) => (k === j ? v.map((_, i) => Number(groupOf(i) === group)) : input.v))); // the loop is empty without `make`
    const [none, terms] = [one(-1), range(count).map(one)];
    if (!none || !isFull(terms)) continue;
    const used = Float64Array.from(v);
    for (const slice of range(side.size)) {
      const some = indices.filter((i) => sliceOf(i, channel!) === slice).subarray(0, few); // the loop is empty without a channel
      const ks = search.solve(
        ['', some, some],
        terms.map((term) => (i) => term[i] - none[i]),
        (i) => y[i] - none[i],
      );
      for (let i = 0; i < v.length; i++)
        if (sliceOf(i, side) === slice && some.some((at) => terms[groupOf(i)][at] !== none[at]))
          used[i] = ks[groupOf(i)];
    }
    const made = make!(inputs.map((input, k) => (k === j ? used : input.v))); // the loop is empty without `make`
    const relation: Relation = ['', (i) => made?.[i] ?? NaN, v.length * mostBits];
    if (!search.fits([where, indices, indices], relation)) continue;
    const r = Float64Array.from(v, (each) => 2 ** -18 * (Math.abs(each) + largest(v)));
    const text = describe({ slot, expected: { v, r }, got: used, inputs: [], others, constants });
    return `${where === '' ? '' : `${where}, `}it is made of other numbers than ${slot.key}, of which is true: ${text}`;
  }
  return undefined;
}
