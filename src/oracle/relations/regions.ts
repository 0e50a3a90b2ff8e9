/** The regions in which a relation is sought: slices, signs and ranges of known arrays. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { range, total } from '../../engine/rounding.ts';
import { sliceOf, type Axis } from './edits.ts';
import { type Region, Search, type Test, leastBits, short } from './search.ts';

type Condition = readonly [says: string, has: Test];

/**
 * Regions that contain the wrong numbers: everywhere, some slices, the border, and places where the numbers of an array have
 * one sign or lie in one range.
 */
export function regionsOf(search: Search): Region[] {
  const { axes, wrong, x } = search;
  const sides = axes.map((axis): Condition => {
    const its = new Uint8Array(axis.size);
    for (const i of wrong) its[sliceOf(i, axis)] = 1;
    const slices = range(axis.size).filter((slice) => its[slice]);
    return [sideText(axis, slices), (i) => its[sliceOf(i, axis)] === 1];
  });
  const natural = sides.filter(([says], d) => says !== '' && axes[d].name !== 'layer');
  const ends = axes.filter(({ name, size }) => size > 2 && (name === 'row' || name === 'column'));
  const signs: (readonly [says: string, is: (v: number) => boolean])[] = [
    ['negative', (v) => v < 0],
    ['0', (v) => v === 0],
    ['positive', (v) => v > 0],
    ['not 0', (v) => v !== 0],
  ];
  const known = search.of.others
    .filter(({ v }) => v.length === x.length)
    .map(({ v, slot }) => [slot.key, v] as const);
  const sources = [['the expected number', x] as const, ...known];
  const ofSource = ([what, v]: (typeof sources)[number]): Condition[] => [
    ...signs.map(([says, is]): Condition => [`where ${what} is ${says}`, (i) => is(v[i])]),
    ...rangesOf(search, what, v),
  ];
  const holds = ([, has]: Condition): boolean => wrong.every(has);
  const simple = [
    [natural.map(([says]) => says).join(', '), (i: number) => natural.every(([, has]) => has(i))] as const,
    ...ofSource(sources[0]),
    [
      'at the border of the map',
      (i: number) => ends.some((axis) => sliceOf(i, axis) % (axis.size - 1) === 0),
    ] as const,
  ].filter(holds);
  const left = Int32Array.from(x.keys()).filter((i) => simple.every(([, has]) => has(i)));
  const others = sources.slice(1).flatMap(ofSource);
  /** Whether a condition on another array excludes more of `left` than chance explains, given the number of conditions. */
  const isWorth = ([, has]: Condition): boolean => {
    const size = left.filter(has).length;
    const bits = total(range(wrong.length), (k) => Math.log2((left.length - k) / (size - k)));
    return bits >= leastBits + Math.log2(others.length * wrong.length);
  };
  const conditions = [...simple, ...others.filter(holds).filter(isWorth)];
  const smallest = (all: readonly Condition[], count: number, share: number): Region[] => {
    const sized = all.map(([says, has]) => ({ says, has, size: total(x, (_, i) => Number(has(i))) }));
    // If several conditions hold for equally many numbers, the first is the simplest.
    const isFirst = ({ size }: (typeof sized)[number], k: number): boolean =>
      sized.findIndex((each) => each.size === size) === k;
    const small = sized.filter((each, k) => each.size < share * x.length && isFirst(each, k));
    // The range of the wrong numbers is a little narrower than the range in which the mistake acts.
    const sizeOf = ({ says, size }: (typeof sized)[number]): number =>
      says.includes(' … ') ? 1.1 * size : size;
    small.sort((a, b) => sizeOf(a) - sizeOf(b));
    return small.slice(0, count).map(({ says, has }) => search.region(says, has));
  };
  return [search.region(''), ...smallest(natural, 2, 1), ...smallest(conditions, 3, 0.9)];
}

/**
 * Two conditions: v lies in the range of its values at wrong numbers, or outside the range of its values at right numbers.
 * The second condition is returned only if all wrong numbers meet it, some below the range and some above.
 */
function rangesOf({ x, wrong, isWrong }: Search, what: string, v: Floats): Condition[] {
  const rangeOf = (has: Test): [number, number] => {
    let [least, most] = [Infinity, -Infinity];
    for (let i = 0; i < v.length; i++)
      if (has(i)) [least, most] = [Math.min(least, v[i]), Math.max(most, v[i])];
    return [least, most];
  };
  const [[low, high], [least, most]] = [rangeOf(() => true), rangeOf(isWrong)];
  const [from, to] = [least, most].map(short);
  const inside =
    most === high
      ? `at least ${from}`
      : least === low
        ? `at most ${to}`
        : least === most
          ? from
          : `${from} … ${to}`;
  // Zeros are left out, because a wrong factor leaves them right.
  const [first, last] = rangeOf((i) => !isWrong(i) && x[i] !== 0);
  const isBeyond: Test = (i) => v[i] < first || v[i] > last;
  return [
    [`where ${what} is ${inside}`, (i) => v[i] >= least && v[i] <= most],
    ...(least < first && most > last && wrong.every(isBeyond)
      ? [[`where ${what} is below ${short(first)} or above ${short(last)}`, isBeyond] as const]
      : []),
  ];
}

/** Describes some slices of an axis; '' if every slice of the axis is among them, or if they show no pattern. */
function sideText({ name, size }: Axis, slices: readonly number[]): string {
  const [count, first, last] = [slices.length, slices[0], slices[slices.length - 1]];
  if (count === size) return '';
  if (count === 1) return `in ${name} ${first}`;
  if (last - first < count && last === size - 1) return `from ${name} ${first} on`;
  if (last - first < count) return `in ${name}s ${first} to ${last}`;
  if (count === size - 1) return `in all but ${name} ${slices.findIndex((slice, k) => slice !== k)}`;
  // Two of few neurons have some longer period by chance.
  const most = count > 2 || name === 'step' ? 4 : 2;
  for (let period = 2; count > 1 && period <= most; period++) {
    const rests = new Set(slices.map((slice) => slice % period));
    const isSame = (slice: number): boolean =>
      slice < first || slices.includes(slice) === rests.has(slice % period);
    if (rests.size === period || !range(size).every(isSame)) continue;
    const which =
      period > 2 ? `${name}s ${[...rests].join(' and ')} of every ${period}` : `every second ${name}`;
    return `in ${which}${first >= period ? ` from ${first} on` : ''}`;
  }
  return count <= 3 && size > 6 ? `in ${name}s ${slices.join(', ')}` : '';
}
