/** The relations that are tried, from the simplest to the least simple. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { gridOf, largest, medianOf, range, total } from '../../engine/rounding.ts';
import { cut, editsOf, movesOf, sliceOf, slicesOf, unitOf, type Axis } from './edits.ts';
import {
  type Known,
  type NumberAt,
  type Region,
  type Relation,
  type RelationRow,
  Search,
  type Test,
  few,
  leastBits,
  middle,
  mostBits,
  short,
  thresholdOf,
  times,
} from './search.ts';

/** The simplest relations, in this order. */
export const plain: readonly RelationRow[] = [
  (search, region) => decided(search, region, false),
  // An array of zeros needs no further evidence.
  ({ base }) => [[base ? 'is 0: it is the array before the step' : 'is 0', () => 0, -leastBits, 0]],
  (search, region) => (search.of.slot.isSpikes ? [] : along(search, region, '1', () => 1, 0)),
  (search, region) => along(search, region, 'the expected', (i) => search.x[i], 0),
  (search, region) => (region[0] === '' ? blended(search, region) : []),
  function* clipped(search, [, , wrong]) {
    const { x, y, text, cost } = search;
    // A number that is off by a rounding error alone shows no limit.
    const far = wrong.filter((i) => Math.abs(y[i] - x[i]) > search.tolerance(i, x[i]));
    const [up, down] = [far.filter((i) => y[i] > x[i]), far.filter((i) => y[i] < x[i])];
    const [low, high] = [up, down].map((indices) => middle(indices, (i) => y[i]));
    const limits = [low, high].filter((limit) => !Number.isNaN(limit));
    const of: NumberAt = (i) => (x[i] < low ? low : x[i] > high ? high : x[i]);
    // At 0 alone, the positive or negative part is a simpler text.
    if (largest(limits) > 0 && !(low >= high))
      yield [`is the expected clipped at ${limits.map(text).join(' and ')}`, of, total(limits, cost)];
  },
  function* edited(search, region) {
    for (const [says, of] of editsIn(search)) yield* along(search, region, says, of, 8);
  },
  (search, region) => (search.of.slot.isSpikes ? along(search, region, '1', () => 1, 0) : []),
  function* other(search, region) {
    const others = othersIn(search);
    // An array itself is a simpler cause than a multiple of another.
    for (const [says, of] of others) {
      yield [`is ${says}`, of, 6];
      yield [`is the expected + ${says}`, (i) => search.x[i] + of(i), 6];
    }
    for (const [says, of] of others) yield* along(search, region, says, of, 6);
  },
  (search, region) => decided(search, region, true),
];

/** Other arrays that have a number for each number of this one, and functions of them. */
function othersIn({ x, of: { slot, others, constants } }: Search): (readonly [says: string, of: NumberAt])[] {
  const isSame = ({ v, slot: its }: Known): boolean => {
    const isSlice = its.axes.length > 0 && slot.axes.slice(1).join() === its.axes.join();
    return (isSlice || (v.length === x.length && (v.length > 1 || its.n > 0))) && largest(v) > 0;
  };
  const [threshold, θ] = thresholdOf(constants, slot.n) ?? ['', 0];
  const ofNumber: Readonly<Record<string, (v: number) => number>> = {
    _: (v) => v,
    'the sign of _': Math.sign,
    'the magnitude of _': Math.abs,
    'the square of _': (v) => v * v,
    ...(θ > 0 && { [`the remainder of _ ÷ ${threshold}`]: (v) => v % θ }),
  };
  const same = slot.isSpikes ? [] : others.filter(isSame);
  // Arrays themselves come first, because they are simpler than functions of others.
  return Object.entries(ofNumber).flatMap(([says, of]) =>
    same.map(({ v, slot: { key } }) => [says.replace('_', key), (i: number) => of(v[i % v.length])] as const),
  );
}

/** Edits of the expected array: their texts and their numbers. */
function editsIn({ x, axes }: Search, edits = editsOf): (readonly [says: string, of: NumberAt])[] {
  const most = largest(x);
  return edits(axes).map(([says, of]) => [says.replace('_', 'the expected'), (i) => of(x, i, axes, most)]);
}

/** Spikes that follow from one threshold on a known array, or from several thresholds. */
function* decided(
  { x, y, axes, wrong, of: { slot, others, constants } }: Search,
  [, indices]: Region,
  isGrouped: boolean,
): Generator<Relation> {
  if (!slot.isSpikes || axes[0]?.name !== 'step') return;
  const [{ stride: size }] = axes;
  const isAfter: Test = (i) => i >= size && y[i - size] !== 0;
  if (!isGrouped) yield ['has no neuron that fires in two steps running', (i) => (isAfter(i) ? 0 : x[i]), 0];
  const counts = new Float64Array(y.length);
  for (let i = size; i < y.length; i++) counts[i] = counts[i - size] + Math.abs(y[i - size]);
  const groups: (readonly [name: string, of: NumberAt])[] = !isGrouped
    ? [['', () => 0]]
    : [
        ['after spike', (i) => counts[i]],
        ...axes.map((axis) => [axis.name, (i: number) => sliceOf(i, axis)] as const),
        ['neuron', (i) => i % size],
      ];
  const same = others.filter(({ v }) => v.length === x.length);
  const isGraded = y.some((value: number) => !Number.isInteger(value));
  for (const { v, slot: its } of isGrouped ? [] : same)
    if (its.isSpikes || isGraded) yield [`is ${its.key}`, (i) => v[i], 6];
  for (const { v, slot: its } of [...same, ...same.map(magnitudes)]) {
    for (const [name, group] of groups) {
      const [on, off] = [new Map<number, number>(), new Map<number, number>()];
      for (const i of indices) {
        const [map, nearer] = y[i] === 0 ? [off, Math.max] : [on, Math.min];
        map.set(group(i), nearer(map.get(group(i)) ?? v[i], v[i]));
      }
      const changed = [...new Set(Array.from(wrong, group))].sort((a, b) => a - b);
      if ((!isGrouped && on.size === 0) || [...on].some(([at, least]) => least <= (off.get(at) ?? -Infinity)))
        continue;
      const limits = changed
        .slice(0, 4)
        .map((at) => short(on.get(at) ?? Infinity).replace('Infinity', '∞') + (name && ` (${name} ${at})`));
      const silent = off.get(0);
      const about =
        !isGrouped && silent !== undefined ? `, and 0 at ${short(silent)}` : changed.length > 4 ? ', …' : '';
      const [, θ = NaN] = thresholdOf(constants, its.n) ?? [];
      const isRight = !isGrouped && slot.n > 0 && θ > (silent ?? -Infinity) && θ < (on.get(0) ?? 0);
      const how = `is 1 where ${its.key} is at least ${limits.join(', ')}${about}`;
      const says = isRight ? `is what it should be for ${its.key}` : how;
      const sign: NumberAt = (i) => Math.sign(x[i]) || Math.sign(y[i]) || 1;
      const cost = 6 + (isGrouped ? changed.length * Math.log2((2 * x.length) / on.size) : 0);
      yield [says, (i) => (v[i] >= (on.get(group(i)) ?? Infinity) ? sign(i) : 0), cost];
    }
    const unit = indices.reduce((a, i) => (y[i] > 0 ? Math.min(a, v[i] / y[i]) : a), Infinity);
    if (largest(y) > 1 && !isGrouped)
      yield [
        `is ${its.key} in whole units of ${short(unit)}`,
        (i) => Math.max(0, Math.floor(v[i] / unit + 2 ** -20)),
        6,
      ];
  }
}

const magnitudes = ({ v, slot }: Known): Known => ({
  v: v.map(Math.abs),
  slot: { ...slot, key: `the magnitude of ${slot.key}` },
});

/** Other orders; and sums, products and quotients of known arrays, with fitted factors. */
export const joint: readonly RelationRow[] = [
  function* permuted(search) {
    for (const axis of search.axes) {
      const order = orderOf(search, axis);
      const of: NumberAt = (i) => search.x[i + (order[sliceOf(i, axis)] - sliceOf(i, axis)) * axis.stride];
      const cost = 6 + order.filter((from, to) => from !== to).length * Math.log2(axis.size);
      const says = `${order.slice(0, 12).join(' ')}${axis.size > 12 ? ' …' : ''}`;
      if (order.length > 1) yield [`is the expected with other ${axis.name}s: ${says}`, of, cost];
    }
  },
  blended,
  function* mixed(search, [where, indices, wrong]) {
    const {
      x,
      y,
      of: { slot },
      text,
      cost,
    } = search;
    const region: Region = [where, indices, wrong.subarray(0, few / 4)];
    const constant = ['1', () => 1] as const;
    const terms = [constant, ...editsIn(search, movesOf), ...othersIn(search)];
    for (const [says, of] of slot.isSpikes ? [] : terms) {
      const [a, b] = search.solve(region, [(i) => x[i], of], (i) => y[i]);
      const sum = `${times(text(a), 'the expected')} + ${times(text(b), says)}`.replace('+ −', '− ');
      yield [`is ${sum}`, (i) => a * x[i] + b * of(i), 8 + cost(a) + cost(b)];
    }
  },
  function* summed(search, region) {
    const [all, inputs] = [sameOf(search), sameOf(search, search.of.inputs)];
    const [pairs, choice] = [pairsOf(all), 2 * Math.log2(1 + all.length)];
    const triples = pairsOf(inputs).flatMap(([one, two]) =>
      inputs.slice(inputs.indexOf(two) + 1).map((three) => [one, two, three]),
    );
    for (const set of [...pairs, ...triples, inputs]) {
      const terms = set.map(([, v]) => numbersOf(v));
      const ks = search.solve(region, terms, numbersOf(search.y));
      const says = set
        .map(([key], at) => times(search.text(ks[at]), key))
        .join(' + ')
        .replaceAll('+ −', '− ');
      const of: NumberAt = (i) => total(ks, (k, at) => k * set[at][1][i]);
      if (set.length > 1) yield [`is ${says}`, of, choice + total(ks, search.cost)];
    }
  },
  function* divided(search, region) {
    const { x, y } = search;
    const all = sameOf(search);
    const choice = 4 + 2 * Math.log2(1 + all.length);
    const first: typeof all = all.length > 0 ? [['the expected', x]] : [];
    for (const [a, v] of [...first, ...all])
      for (const [b, by] of all) {
        if (a === b) continue;
        yield* along(search, region, `${a} × ${b}`, (i) => v[i] * by[i], choice);
        yield* along(search, region, `${a} ÷ ${b}`, (i) => v[i] / by[i], choice);
        yield [`is ${a} ÷ (1 + ${b})`, (i) => v[i] / (1 + by[i]), choice];
        const roots: readonly (readonly [says: (sum: string) => string, of: NumberAt, power: number])[] = [
          [(sum) => sum, (i) => by[i], 1],
          [(sum) => sum.replace(b, `√${b}`), (i) => Math.sqrt(by[i]), 1],
          [(sum) => `√${sum}`, (i) => by[i], 2],
        ];
        for (const [says, root, power] of roots) {
          const terms: NumberAt[] = [(i) => root(i) * y[i] ** power, (i) => y[i] ** power];
          const [k, less] = search.solve(region, terms, (i) => v[i] ** power);
          const of: NumberAt = (i) => (v[i] === 0 ? 0 : v[i] / (k * root(i) + less) ** (1 / power));
          const sum = `(${times(search.text(k), b)} + ${search.text(less)})`.replace('+ −', '− ');
          yield [`is ${a} ÷ ${says(sum)}`, of, choice + search.cost(k) + search.cost(less)];
        }
      }
  },
];

/** k × one array + (1 − k) × another, such as a moving average. Arrays other than the expected one come first. */
function* blended(search: Search, region: Region): Generator<Relation> {
  const all = sameOf(search);
  const withExpected = all.map((each): [Keyed, Keyed] => [['the expected', search.x], each]);
  for (const [[a, v], [b, w]] of [...pairsOf(all), ...withExpected]) {
    const [k, rest] = search.solve(region, [numbersOf(v), numbersOf(w)], numbersOf(search.y));
    // If one array is a multiple of the other, or does not matter, another relation is simpler.
    if (!(Math.abs(k + rest - 1) < 2 ** -12 && Math.min(Math.abs(k), Math.abs(rest)) > 2 ** -12)) continue;
    const says = `is ${times(search.text(k), a)} + ${times(search.text(1 - k), b)}`.replace('+ −', '− ');
    yield [says, (i) => k * v[i] + (1 - k) * w[i], 2 * Math.log2(1 + all.length) + search.cost(k)];
  }
}

/** Other arrays of the same layer with the same length, by key. */
function sameOf(
  { x, of: { slot, got, inputs, others } }: Search,
  all: readonly Known[] = [...inputs, ...others],
): Keyed[] {
  const isSame = ({ v, slot: { n } }: Known): boolean =>
    v.length === x.length && v !== got && n === slot.n && largest(v) > 0;
  const same = all.filter(isSame);
  return slot.isSpikes ? [] : [...new Map(same.map((each) => [each.slot.key, each.v]))];
}

type Keyed = readonly [key: string, v: Floats];

function numbersOf(v: Floats): NumberAt {
  return (i) => v[i];
}

const pairsOf = (all: readonly Keyed[]): [Keyed, Keyed][] =>
  all.flatMap((one, at) => all.slice(at + 1).map((other): [Keyed, Keyed] => [one, other]));

/** Relations that have many constants, or predict a number from itself. */
export const special: readonly RelationRow[] = [
  function* nearly({ x, y }, [where, indices]) {
    const [size, error] = [total(indices, (i) => x[i] ** 2), total(indices, (i) => (y[i] - x[i]) ** 2)];
    const k = total(indices, (i) => (y[i] - x[i]) * x[i]) / size;
    const left = Math.max(0, error - k * k * size) / indices.length;
    // Rounding errors go up as often as down and cancel, so a common factor shows in the sum of many numbers.
    const isCommon =
      where === '' && indices.length >= 16 && k * k * size > 100 * left && Math.abs(k) < 2 ** -10;
    const says = `is ${k < 0 ? '1 − ' : '1 + '}${short(Math.abs(k))} times the expected: a constant of it was rounded`;
    if (isCommon) yield [says, (i) => (1 + k) * x[i], -leastBits];
  },
  function* dropped({ x, y, text, cost }, [, indices, wrong]) {
    const zeros = indices.filter((i) => y[i] === 0 && x[i] !== 0).length;
    const share = zeros / indices.length;
    const others = wrong.filter((i) => y[i] !== 0);
    const k = middle(others, (i) => y[i] / x[i]) || 1;
    const says = `is 0 in ${short(100 * share)} % of the places, and ${times(text(k), 'the expected')} in the others`;
    const of: NumberAt = (i) => (y[i] === 0 ? 0 : k * x[i]);
    if (share > 0.01 && share < 0.95) yield [says, of, 2 * zeros + cost(k), k];
  },
  function* onGrid(search, [where, indices]) {
    const { x, y } = search;
    const [most, grid] = [largest(y), 2 ** gridOf(y)];
    const grids: (readonly [says: string, unit: NumberAt])[] = [
      ['numbers of 8 bits, as bfloat16 are', (v) => unitOf(v, 8)],
      ['numbers of 11 bits, as binary16 and TF32 are', (v) => unitOf(v, 11)],
      ['whole numbers', () => 1],
      ...range(14).map((b) => [`multiples of 1/${2 ** (b + 1)}`, () => 2 ** -(b + 1)] as const),
      ...[127, 7].map((n) => [`${2 * n + 1} levels`, () => most / n] as const),
    ];
    for (const [says, unit] of grids) {
      const isOn: Test = (i) => Math.abs(cut(x[i], unit(x[i])) - x[i]) <= search.tolerance(i, x[i]);
      const of: NumberAt = (i) => (Math.abs(y[i] - x[i]) <= 64 * unit(y[i]) ? cut(y[i], unit(y[i])) : NaN);
      // If all numbers are on the grid, a region says too little.
      if (where !== '' && y.every((_, i) => Math.abs(of(i) - y[i]) <= search.tolerance(i, y[i]))) continue;
      if (says.endsWith('levels') && new Set(y).size <= 4) continue;
      // A 0 is on every grid.
      const some = indices.filter((i) => x[i] !== 0).subarray(0, x.length > 1 ? few : 0);
      // Numbers whose common grid is coarser than the units of a number format do not show this format.
      const isFiner: Test = (i) => y[i] !== 0 && says.startsWith('numbers') && unit(y[i]) < grid;
      if (2 * some.filter(isOn).length < some.length && 2 * some.filter(isFiner).length < some.length)
        yield [`has only ${says}`, of, says.includes('levels') ? 6 + mostBits : 6];
    }
  },
  function* affine({ x, y, cost, text }, [, , wrong]) {
    const some = [...wrong].sort((i, j) => x[i] - x[j]);
    const [low, high] = [some[0], some[some.length - 1]];
    const k = (y[high] - y[low]) / (x[high] - x[low]);
    const c = middle(wrong, (i) => y[i] - k * x[i]);
    const says = `is ${times(text(k), 'the expected')} + ${text(c)}`.replace('+ −', '− ');
    if (Number.isFinite(k)) yield [says, (i) => k * x[i] + c, cost(k) + cost(c) + 6, k];
  },
  function* rising(search, [where]) {
    const { x, y, wrong } = search;
    const order = Array.from(x.keys()).sort((a, b) => x[a] - x[b]);
    const isRising = order.every((i, k) => k === 0 || y[i] >= y[order[k - 1]] - search.tolerance(i, y[i]));
    // Small changes keep the order of numbers that are far apart.
    const steps = order.map((i, k) => x[i] - x[order[Math.max(0, k - 1)]]);
    const isFar = middle(wrong, (i) => Math.abs(y[i] - x[i])) > 8 * medianOf(steps);
    const some = [0.1, 0.3, 0.7, 0.9].map((share) => order[Math.floor(share * order.length)]);
    const says = `is a function of the expected number alone, which rises: ${some.map((i) => `${short(x[i])} → ${short(y[i])}`).join(', ')}`;
    if (where === '' && x.length >= 64 && isRising && isFar) yield [says, (i) => y[i], -leastBits];
  },
  function* ofMaps({ x, y, axes }, [where]) {
    const [maps] = [axes.filter(({ name }) => name === 'step' || name === 'sample')];
    const stride = maps[maps.length - 1]?.stride ?? 0;
    if (where !== '' || stride < 16) return;
    const at = (i: number): number => Math.floor(i / stride);
    const lines = new Map<number, readonly [k: number, less: number]>();
    for (let from = 0; from < x.length; from += stride) {
      const its = range(stride).map((k) => from + k);
      const [mx, my] = [x, y].map((of) => total(its, (i) => of[i]) / stride);
      const k = total(its, (i) => (x[i] - mx) * (y[i] - my)) / total(its, (i) => (x[i] - mx) ** 2);
      lines.set(at(from), [k, my - k * mx]);
    }
    const names = maps.map(({ name }) => name).join(' and ');
    const some = [...lines.values()].slice(0, 3).map(([k, less]) => `${short(k)} and ${short(less)}`);
    const of: NumberAt = (i) => lines.get(at(i))![0] * x[i] + lines.get(at(i))![1]; // each map has a line
    const most = Math.max(1, ...[...lines.values()].map(([k]) => Math.abs(k) || 0));
    yield [
      `has a factor and a term of its own for each ${names}: ${some.join('; ')}`,
      of,
      2 * mostBits * lines.size,
      most,
    ];
  },
  function* bySlice({ x, y, axes, text }, [, , wrong]) {
    for (const [name, slice] of slicesOf(axes))
      for (const isFactor of [true, false]) {
        const fit: NumberAt = (i) => (isFactor ? y[i] / x[i] : y[i] - x[i]);
        const of = new Map<number, number[]>();
        for (const i of wrong) of.set(slice(i), [...(of.get(slice(i)) ?? []), i]);
        const ks = new Map([...of].map(([each, indices]) => [each, middle(indices, fit)]));
        const all = [...ks.values()];
        const some = [...ks].sort(([a], [b]) => a - b).slice(0, 4);
        const says = `has a ${isFactor ? 'factor' : 'term'} of its own for each ${name}: ${some.map(([at, k]) => `${text(k)} (${at})`).join(', ')}${ks.size > 4 ? ', …' : ''}`;
        const kAt: NumberAt = (i) => ks.get(slice(i)) ?? Number(isFactor);
        yield [says, (i) => (isFactor ? kAt(i) * x[i] : kAt(i) + x[i]), all.length * mostBits, largest(all)];
      }
  },
];

/** Relations to an array d: the array is d, a multiple of d, or the expected array plus a multiple of d. */
export function* along(
  search: Search,
  region: Region,
  says: string,
  d: NumberAt,
  cost: number,
): Generator<Relation> {
  // A number that differs is not the expected one, however near it is.
  const isExpected = says === 'the expected';
  if (!isExpected) yield [`is ${says}`, d, cost];
  for (const [k, ...rest] of search.line(region, d, () => 0, cost))
    if (!isExpected || k !== '1') yield [`is ${times(k, says)}`, ...rest];
  if (isExpected) return;
  for (const [k, ...rest] of search.line(region, d, (i) => search.x[i], cost))
    yield [`is the expected + ${times(k, says)}`.replace('+ −1 × ', '− ').replace('+ −', '− '), ...rest];
}

/**
 * For each slice along an axis, the index of the equal slice of the expected array. Empty if a slice has no equal slice,
 * or if the indices are neither a permutation nor ascending.
 */
function orderOf(search: Search, { size, stride }: Axis): number[] {
  const { x, y } = search;
  const inner = x.length / size;
  const indices = range(Math.min(inner, 2048)).map((k) => Math.floor((k * inner) / Math.min(inner, 2048)));
  const at = (slice: number, k: number): number =>
    (Math.floor(k / stride) * size + slice) * stride + (k % stride);
  const isNear = (i: number, j: number): boolean => Math.abs(y[i] - x[j]) <= search.tolerance(j, x[j]);
  const isLike = (to: number, from: number): boolean => indices.every((k) => isNear(at(to, k), at(from, k)));
  if (size > 512) return [];
  const own = range(size).map((to) => isLike(to, to));
  const left = new Set(range(size).filter((from) => !own[from]));
  const order = range(size).map((to) => {
    // Of equal slices, each is taken once, if possible.
    const from = own[to] ? to : ([...left, ...range(size)].find((each) => isLike(to, each)) ?? -1);
    left.delete(from);
    return from;
  });
  const isOnce = new Set(order).size === size;
  return !order.includes(-1) && (isOnce || order.every((from, k) => k === 0 || from >= order[k - 1]))
    ? order
    : [];
}
