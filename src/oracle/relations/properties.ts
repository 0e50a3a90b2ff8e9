/** Describes wrong numbers by their own properties, if they do not follow from the expected numbers. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { isUnknown, largest, range, total } from '../../engine/rounding.ts';
import { slicesOf } from './edits.ts';
import {
  type NumberAt,
  type Region,
  type RelationRow,
  type Search,
  type Test,
  firstFit,
  leastBits,
  middle,
  short,
} from './search.ts';

/** The first property that all numbers of an array have. */
export const propertyOf = (search: Search, [all]: readonly Region[]): string | undefined =>
  search.x.length < fewNumbers ? undefined : firstFit(search, properties, [all]);

const fewNumbers = 16;

/** A property needs no evidence, because it predicts the recorded numbers themselves. */
const property = (says: string, { y }: Search) => [says, (i: number) => y[i], -leastBits] as const;

const properties: readonly RelationRow[] = [
  function* ofOneNeuron({ x, axes, of: { slot, others } }) {
    const [, sample, channel] = axes;
    if (!slot.isSpikes || sample?.name !== 'sample') return;
    const known = others.filter(({ v }) => v.length === x.length);
    const choices: (readonly [says: string, isBetter: (i: number, j: number) => boolean])[] = [
      ['the first', (i, j) => i < j],
      ...known.map(
        ({ v, slot: { key } }) =>
          [`that of the greatest ${key}`, (i: number, j: number) => v[i] > v[j]] as const,
      ),
    ];
    const groups = [
      { size: sample.stride, stride: 1, says: 'step of a sample' },
      ...(channel?.name === 'channel' && channel.stride > 1 ? [{ ...channel, says: 'place of a map' }] : []),
    ];
    for (const { size, stride, says: where } of groups.filter((group) => group.size > 1))
      for (const [says, isBetter] of choices) {
        const of: NumberAt = (i) => {
          const from = i - (Math.floor(i / stride) % size) * stride;
          const fires = (k: number): boolean => k !== i && x[k] !== 0 && isBetter(k, i);
          return range(size).some((k) => fires(from + k * stride)) ? 0 : x[i];
        };
        yield [`has one spike at most in a ${where}, ${says}`, of, 6];
      }
  },
  function* atRandom(search) {
    const { x, y, wrong, of } = search;
    const [added, missing] = [wrong.filter((i) => y[i] > x[i]), wrong.filter((i) => y[i] < x[i])];
    if (!of.slot.isSpikes || Math.min(added.length, missing.length) < 4) return;
    for (const { v, slot } of of.others.filter((each) => each.v.length === x.length && !each.slot.isSpikes)) {
      const [from, to] = [Math.min, Math.max].map((least) =>
        wrong.reduce((all, i) => least(all, v[i]), v[wrong[0]]),
      );
      const all = range(v.length);
      const inside = all.filter((i) => v[i] >= from && v[i] <= to).length;
      // Only what is compared with a threshold can be near it.
      const limitOf = (fires: boolean, least: (a: number, b: number) => number): number =>
        all.reduce(
          (limit, i) => ((x[i] !== 0) === fires ? least(limit, v[i]) : limit),
          fires ? Infinity : -Infinity,
        );
      if (limitOf(false, Math.max) < limitOf(true, Math.min) && inside < 0.8 * v.length)
        yield property(
          `is random where ${slot.key} is ${short(from)} … ${short(to)}: some are added, and some are missing`,
          search,
        );
    }
  },
  function* balanced(search) {
    const { x, y, axes } = search;
    const zeros = axes.filter(
      (axis) => axis.size > 1 && isBalanced(y, axis) && !isBalanced(x, axis) && largest(y) > 0,
    );
    for (const { name } of zeros)
      yield property(`sums to 0 over the ${name}s, where the expected numbers do not`, search);
  },
  function* ofFewValues(search) {
    const [few, many] = [search.y, search.x].map(valuesOf);
    if (few.length <= 8 && many.length > 2 * few.length)
      yield property(`has only the values ${few.map(search.text).join(', ')}`, search);
  },
  function* withZeros(search) {
    const { x, y, wrong, isWrong, of } = search;
    if (of.slot.isSpikes) return;
    const share = short((100 * wrong.length) / x.length);
    const isLeft = x.some((v: number, i: number) => v !== 0 && !isWrong(i));
    if (isLeft && wrong.every((i) => Math.abs(y[i]) <= search.tolerance(i, 0)))
      yield property(`is 0 in ${share} % of the places`, search);
  },
  function* withOtherZeros(search) {
    const { x, y, wrong, of } = search;
    const [gone, added] = [y, x].map((v) => wrong.filter((i) => v[i] === 0).length);
    if (of.slot.isSpikes || Math.min(gone, added) < 4 || gone + added !== wrong.length) return;
    const says = `is 0 in ${gone} places where the expected number is not 0, and not 0 in ${added} where that is 0`;
    yield property(`${says}, as with another mask`, search);
  },
  function* onGrid(search) {
    const { x, y } = search;
    const most = largest(y);
    const sizes = Float64Array.from(y, Math.abs).sort();
    const gap = sizes.reduce((least, each, k) => {
      const apart = each - (k === 0 ? 0 : sizes[k - 1]);
      return apart > 2 ** -20 * most ? Math.min(least, apart) : least;
    }, most);
    const unit = most / Math.round(most / gap);
    const isOn = (v: Floats): boolean =>
      v.every((each: number) => Math.abs(each / unit - Math.round(each / unit)) < 2 ** -8);
    if (most > 2 * unit && most < 4096 * unit && isOn(y) && !isOn(x))
      yield property(`has only multiples of ${search.text(unit)}`, search);
  },
  function* nearlyAlong(search) {
    const { x, y, of } = search;
    const d = y.map((each: number, i: number) => each - x[i]) as Floats; // `map` keeps the type
    const least = Math.max(leastAlong, 1 - (1 - alongOf(x, d)) / 4);
    if (of.slot.isSpikes || countOf(d) < fewNumbers / 2) return;
    const [near, { v, slot }] = of.others
      .filter((each) => each.v.length === d.length && countOf(each.v) >= fewNumbers / 2)
      .map((each) => [alongOf(each.v, d), each] as const)
      .reduce((one, other) => (other[0] > one[0] ? other : one), [0, { v: x, slot: of.slot }]);
    const k = total(d, (each, i) => each * v[i]) / total(v, (each) => each * each);
    const sum = `the expected + ${short(Number(k.toPrecision(3)))} × ${slot.key}`.replace('+ −', '− ');
    const cosine = Math.min(near, 0.9999).toFixed(4);
    if (near >= least) yield property(`is nearly ${sum} (cosine of the difference ${cosine})`, search);
  },
  function* ofOneArray(search) {
    const { x, y, axes, of } = search;
    const groups: (readonly [says: string, of: NumberAt])[] = [
      ['', () => 0],
      ...slicesOf(axes).map(([name, slice]) => [`, another one for each ${name}`, slice] as const),
    ];
    const isKnown: Test = (i) => !isUnknown(of.expected.r?.[i] ?? 0);
    // If the expected numbers are nearly a multiple of v, any small change of them seems to be a function of v.
    const isFar = (v: Floats): boolean => {
      const k = total(x, (each, i) => each * v[i]) / total(v, (each) => each * each);
      const apart = total(x, (each, i) => Math.abs(each - k * v[i]));
      return apart > 2 ** -4 * total(x, Math.abs);
    };
    const known = of.others.filter(({ v, slot }) => v.length === x.length && !slot.isSpikes && isFar(v));
    for (const [each, group] of groups)
      for (const { v, slot } of known) {
        const points = curveOf(v, y, group, isKnown);
        if (!points) continue;
        const some = [0, 0.25, 0.5, 0.75, 1].map((share) => points[Math.round(share * (points.length - 1))]);
        const most = points.reduce((one, i) => (y[i] > y[one] ? i : one));
        const curve = some.map((i) => `${short(v[i])} → ${short(y[i])}`).join(', ');
        const about = each === '' ? `: ${curve}; greatest at ${short(v[most])}` : each;
        yield property(`is a function of ${slot.key}${about}`, search);
      }
  },
  function* noisy(search) {
    const { x, y, wrong, of } = search;
    if (wrong.length < 0.9 * x.length || of.slot.isSpikes || largest(x) === 0) return;
    for (const isFactor of [true, false]) {
      const d = Float64Array.from(x, (v: number, i: number) => (isFactor ? y[i] / v : y[i] - v));
      if (!d.every(Number.isFinite)) continue;
      const [mean, size] = momentsOf(d);
      // A difference as large as the numbers themselves is not noise.
      const isSmall = isFactor || size < momentsOf(x)[1];
      const isCentred = isFactor ? size > 2 ** -8 : Math.abs(mean) * Math.sqrt(d.length) < 4 * size;
      if (!isSmall || !isCentred || !isAlone(search, d)) continue;
      const [least, most] = [Math.min(...d), Math.max(...d)];
      // Other mistakes also look random, but their factors vary more.
      if (isFactor && !(least >= 0 && most < Math.max(1.001, 4 * least))) continue;
      const says = isFactor
        ? `is the expected times ${short(least)} … ${short(most)}`
        : `differs as by noise of ${short(size)}`;
      yield property(`${says}: no single array here goes with the difference`, search);
    }
  },
];

/** Below this cosine or correlation with another array, an array is not described as nearly a multiple of the other. */
const leastAlong = 0.99;

/** Magnitude of the cosine or the correlation of two arrays, whichever is smaller. Similar numbers have a large cosine. */
function alongOf(a: Floats, b: Floats): number {
  const [[p, size], [q, other]] = [momentsOf(a), momentsOf(b)];
  const dot = (of: NumberAt): number => Math.abs(total(a, (_, i) => of(i)));
  const norms = Math.sqrt(dot((i) => a[i] ** 2) * dot((i) => b[i] ** 2));
  const correlation = dot((i) => (a[i] - p) * (b[i] - q)) / (a.length * size * other);
  return Math.min(dot((i) => a[i] * b[i]) / norms, correlation) || 0;
}

/** How many numbers of an array are large enough to count as evidence. The more the numbers differ in size, the fewer count. */
function countOf(v: Floats): number {
  const [mean] = momentsOf(v);
  const power = (p: number): number => total(v, (each) => (each - mean) ** p);
  return power(2) ** 2 / power(4);
}

/** The different numbers of an array, or `fewNumbers` + 1 of them if there are more. */
function valuesOf(v: Floats): number[] {
  const found: number[] = [];
  const near = 1e-5 * largest(v);
  for (const each of v) {
    if (!found.some((other) => Math.abs(each - other) <= near)) found.push(each);
    if (found.length > fewNumbers) break;
  }
  return found.sort((a, b) => a - b);
}

/** Whether the sums along an axis are 0. */
function isBalanced(v: Floats, { size, stride }: Search['axes'][number]): boolean {
  const near = 1e-6 * largest(v);
  return range(v.length).every((i) => {
    if (Math.floor(i / stride) % size !== 0) return true;
    const its = range(size).map((k) => v[i + k * stride]);
    return Math.abs(total(its, (each) => each)) <= 1e-5 * total(its, Math.abs) + near;
  });
}

/** The indices in the order of v, if nearly every number of y is between, or close to, its neighbours in this order and group. */
function curveOf(v: Floats, y: Floats, group: NumberAt, isKnown: Test): number[] | undefined {
  const all = range(y.length).filter(isKnown);
  const order = all.sort((i, j) => group(i) - group(j) || v[i] - v[j]);
  const about = middle(all, (i) => y[i]);
  const spread = middle(all, (i) => Math.abs(y[i] - about));
  if (spread === 0) return undefined;
  const near = Math.max(spread / 32, 2 ** -16 * Math.abs(about));
  let [held, count] = [0, 0];
  for (let k = 1; k + 1 < order.length; k++) {
    const [before, i, after] = [order[k - 1], order[k], order[k + 1]];
    if (group(before) !== group(after)) continue;
    count++;
    // A function has one value for equal numbers.
    const next = v[before] === v[i] ? before : after;
    const [low, high] = [Math.min(y[before], y[next]), Math.max(y[before], y[next])];
    if (Math.max(low - y[i], y[i] - high) <= near) held++;
  }
  // A few numbers of a group may be on a curve by chance.
  const groups = new Set(all.map(group)).size;
  return count > fewNumbers && count >= fewNumbers * groups && held >= 0.97 * count
    ? all.sort((i, j) => v[i] - v[j])
    : undefined;
}

/** The mean and the standard deviation. */
function momentsOf(d: Floats): [number, number] {
  const mean = total(d, (each) => each) / d.length;
  return [mean, Math.sqrt(total(d, (each) => (each - mean) ** 2) / d.length)];
}

/** Whether numbers are correlated neither with known arrays nor with their neighbours. */
function isAlone({ x, axes, of: { others } }: Search, d: Floats): boolean {
  const [mean, size] = momentsOf(d);
  const goesWith = (v: Floats): boolean => {
    const [its, own] = momentsOf(v);
    const sum = total(d, (each, i) => (each - mean) * (v[i] - its));
    return Math.abs(sum) > 4 * Math.sqrt(d.length) * size * own;
  };
  const near = axes
    .filter((axis) => axis.size > 1)
    .map(({ size: side, stride }) =>
      d.map(
        (_: number, i: number) =>
          d[Math.floor(i / stride) % side === 0 ? i + (side - 1) * stride : i - stride],
      ),
    );
  const known = others.map(({ v }) => v).filter((v) => v.length === d.length);
  const sizes = known.map((v) => Float64Array.from(v, Math.abs));
  return ![x, ...known, ...sizes, ...near].some(goesWith);
}
