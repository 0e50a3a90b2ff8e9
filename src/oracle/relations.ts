/**
 * Relations: finds one relation by which the numbers of a differing array follow from the expected ones. Most mistakes are
 * not in the catalogue; a relation describes them well enough to act on.
 */
import type { Floats } from '../../spec/arithmetic.ts';
import { gridOf, largest, medianOf, range, total } from '../engine/rounding.ts';
import type { Ball } from '../engine/stage.ts';
import { axesOf, cut, editsOf, sliceOf, unitOf, type Axis } from './edits.ts';
import { isOff, type Slot } from './judge.ts';

/** A known array; the key of its slot is its name. */
export interface Known {
  readonly slot: Slot;
  readonly v: Floats;
}

/** An array that differs and that no known mistake explains. */
export interface Unexplained {
  readonly slot: Slot;
  readonly expected: Ball;
  readonly got: Floats;
  /** The base that differences are taken from: for weights after a step, the weights before it. */
  readonly base?: Floats | undefined;
  /** Its inputs; `make` computes the array from changed inputs, within a limit on work. */
  readonly inputs: readonly Known[];
  readonly make?: ((inputs: readonly Floats[]) => Floats | undefined) | undefined;
  /** Whether it is a sum of products of its inputs. */
  readonly isSum?: boolean | undefined;
  /** One sample of the array that differs; it is tried first. */
  readonly sample?: Unexplained | undefined;
  /** The arrays that may be described in its place, in order: itself, and others that follow from recorded arrays. Default: itself. */
  readonly views?: readonly View[] | undefined;
  readonly others: readonly Known[];
  /** Names and values that a factor may have. */
  readonly constants: readonly (readonly [name: string, value: number])[];
}

/** An array that follows from recorded ones, such as potentials of each step from those of the step before; '' is the array itself. */
export type View = readonly [says: string, subject: Unexplained];

type Numbers = (i: number) => number;
type Test = (i: number) => boolean;
type Condition = readonly [says: string, has: Test];
/** A region: its text, its indices in a spread-out order, and some of them with wrong numbers, to which constants are fitted. */
type Region = readonly [says: string, indices: Int32Array, wrong: Int32Array];
/** A relation: its text, its prediction, the cost in bits of its choice and constants, and its factor on the rounding of a number. */
type Relation = readonly [says: string, of: Numbers, cost: number, gain?: number];
type Row = (search: Search, region: Region) => Iterable<Relation>;

/** The largest share of the wrong numbers, and of all, that may contradict a relation. */
const [mostMissed, mostMisfits] = [0.01, 0.001];
/** The least evidence for a relation beyond its cost, and the most evidence of one number, in bits. */
const [leastBits, mostBits] = [8, 20];
/** Limits on the numbers that constants are fitted to, and on the numbers of one map from which other weights are fitted. */
const [few, mostLevels] = [1000, 32];

/** The indices that pass a test, in strides, so that the first ones are spread over the array. */
function indicesWhere(length: number, has: Test): Int32Array {
  let count = 0;
  const indices = new Int32Array(length);
  for (let i = 0; i < length; i++) if (has(i)) indices[count++] = i;
  // A prime stride that does not divide the count visits every index.
  const stride = count % 7919 === 0 ? 7907 : 7919;
  return indices.slice(0, count).map((_, k) => indices[(k * stride) % count]);
}

/** The median over some indices. */
function middle(indices: Iterable<number>, of: Numbers): number {
  const all = Array.from(indices, of).sort((a, b) => a - b);
  return all[all.length >> 1] ?? NaN;
}

const short = (value: number): string => String(Number(value.toPrecision(5))).replace('-', '−');
const times = (k: string, what: string): string => (k === '1' ? what : what === '1' ? k : `${k} × ${what}`);

/** The search for a relation: between numbers, or between their differences from a base. */
class Search {
  readonly x: Floats;
  readonly y: Floats;
  readonly axes: readonly Axis[];
  readonly wrong: Int32Array;
  readonly isWrong: Test;
  /** The limit on the evidence of a number, and on the cost of a constant, in bits. */
  readonly #worth: number;
  /** The evidence of a zero, in bits. */
  readonly #zero: number;
  readonly #size: number;
  readonly #radius: number;
  readonly #names: readonly Name[];

  constructor(
    readonly of: Unexplained,
    readonly base?: Floats,
  ) {
    const { v, r } = of.expected;
    [this.x, this.y] = [this.less(v), this.less(of.got)];
    [this.axes, this.#names] = [axesOf(of.slot, v.length), namesOf(of.constants)];
    this.isWrong = (i) => isOff(of.got[i], v[i], r ? r[i] : 0);
    this.wrong = indicesWhere(v.length, this.isWrong);
    const most = largest(this.x) + largest(this.y);
    // An open spike says nothing about the other spikes.
    const radius = r && !of.slot.isSpikes ? medianOf(r.filter(Number.isFinite)) : 0;
    [this.#size, this.#radius] = [medianOf(this.x) || most, radius];
    const grid = Math.min(gridOf(this.x), gridOf(this.y));
    this.#worth = Math.min(mostBits, Math.log2(1 + most / 2 ** grid));
    const zeros = this.x.filter((value) => value === 0).length;
    this.#zero = Math.min(this.#worth, Math.log2((v.length + 1) / (zeros + 1)));
  }

  less(values: Floats): Floats {
    if (!this.base) return values;
    const differences = Float64Array.from(values);
    for (let i = 0; i < values.length; i++) differences[i] -= this.base[i];
    return differences;
  }

  region(says: string, has: Test = () => true): Region {
    return [says, indicesWhere(this.x.length, has), this.wrong.filter(has).subarray(0, few)];
  }

  /** The largest distance of a number from its prediction. */
  tolerance(i: number, predicted: number, gain = 1): number {
    const { expected, base } = this.of;
    const radius = Math.max(1, Math.abs(gain)) * Math.max(this.#radius, expected.r?.[i] ?? 0);
    return 2 * radius + 2 ** -21 * (Math.abs(predicted) + this.#size) + 2 ** -23 * Math.abs(base?.[i] ?? 0);
  }

  /** Whether a relation fits nearly all numbers and is no coincidence. */
  fits([, indices]: Region, [, of, cost, gain]: Relation): boolean {
    let [wrong, missed, misfits, bits] = [0, 0, 0, 0];
    for (let n = 0; n < indices.length; n++) {
      const i = indices[n];
      const predicted = of(i);
      const tolerance = this.tolerance(i, predicted, gain);
      const isHeld = Math.abs(this.y[i] - predicted) <= tolerance;
      if (!isHeld && ++misfits > 20 + 0.02 * n) return false;
      if (!this.isWrong(i)) continue;
      wrong++;
      // A zero is little evidence for one of many relations.
      const isZero = predicted === 0 || (cost > 6 && this.x[i] === 0);
      const most = isZero ? Math.min(this.#zero, cost > 6 ? 2 : mostBits) : this.#worth;
      const evidence = Math.log2(Math.abs(this.y[i] - this.x[i]) / tolerance);
      if (isHeld) bits += Math.max(0, Math.min(most, evidence));
      else missed++;
    }
    // It is also evidence which few of many decisions are wrong.
    if (this.#worth < 2) bits *= Math.max(1, Math.log2(indices.length / wrong));
    const isFit = missed <= mostMissed * wrong && misfits <= mostMisfits * indices.length;
    return isFit && bits >= cost + leastBits;
  }

  /** y = k·d + less, with k fitted to the numbers near the median quotient. The text is that of k. */
  *line([, , wrong]: Region, d: Numbers, less: Numbers, cost: number): Generator<Relation> {
    const quotient: Numbers = (i) => (this.y[i] - less(i)) / d(i);
    const some = wrong.subarray(0, few / 10).filter((i) => d(i) !== 0);
    const least = middle(some, (i) => Math.abs(d(i)));
    const large = some.filter((i) => Math.abs(d(i)) >= least);
    const about = middle(large, quotient);
    const isNear: Test = (i) => Math.abs(quotient(i) - about) <= 2 ** -8 * Math.abs(about);
    if (2 * some.filter(isNear).length < some.length) return;
    const near = wrong.filter(isNear);
    const k = total(near, (i) => quotient(i) * d(i) ** 2) / total(near, (i) => d(i) ** 2);
    if (Number.isFinite(k)) yield [this.text(k), (i) => k * d(i) + less(i), cost + this.cost(k), k];
  }

  /** The factors with which a sum of terms is nearest to `of` at wrong places; 0 for a term that depends linearly on those before it. */
  solve([, , wrong]: Region, terms: readonly Numbers[], of: Numbers): number[] {
    const left = Float64Array.from(wrong, of);
    const dot = (a: Floats, b: Floats): number => total(a, (v, n) => v * b[n]);
    const [orthogonal, rows]: [Float64Array[], number[][]] = [[], []];
    const ks = terms.map((term) => {
      const v = Float64Array.from(wrong, term);
      const size = dot(v, v);
      const shares = orthogonal.map((each) => {
        const share = dot(v, each) / (dot(each, each) || 1);
        for (let n = 0; n < v.length; n++) v[n] -= share * each[n];
        return share;
      });
      if (dot(v, v) <= 2 ** -40 * size) v.fill(0);
      const k = dot(left, v) / (dot(v, v) || 1);
      for (let n = 0; n < v.length; n++) left[n] -= k * v[n];
      orthogonal.push(v);
      rows.push(shares);
      return k;
    });
    for (let at = ks.length - 1; at >= 0; at--)
      rows[at].forEach((share, before) => (ks[before] -= share * ks[at]));
    return ks;
  }

  cost = (k: number): number => Math.min(this.#worth, k === 0 ? 1 : this.#named(k)[2]);

  text = (k: number): string => {
    const [[name], size] = [this.#named(k), short(Math.abs(k))];
    return `${k < 0 ? '−' : ''}${name === '' || name === size ? size : `${name} (= ${size})`}`;
  };

  #named(k: number): Name {
    return this.#names.find(([, value]) => Math.abs(Math.abs(k) / value - 1) < 2 ** -15) ?? ['', k, mostBits];
  }
}

/** The name of a number in terms of constants, the number, and the cost of the name in bits. */
type Name = readonly [name: string, value: number, cost: number];

function namesOf(constants: Unexplained['constants']): Name[] {
  const whole = range(16).map((n) => [`${n + 1}`, n + 1] as const);
  const plainly = [...whole, ...constants];
  const rest = constants.map(([c, v]) => [`(1 − ${c})`, 1 - v] as const);
  const ratios = (all: Unexplained['constants']): Name[] =>
    all.flatMap(([a, v]) => all.map(([b, w]): Name => [`${a}/${b}`, v / w, 11]));
  return [
    ...[plainly, rest].flatMap((all) => [
      ...all.map(([name, value]): Name => [name, value, 6]),
      ...all.map(([name, value]): Name => [`1/${name}`, 1 / value, 6]),
    ]),
    ...constants.map(([c, v]): Name => [`${c}/(${c} − 1)`, v / (v - 1), 8]),
    ...constants.map(([c, v]): Name => [`(${c} − 1)/${c}`, (v - 1) / v, 8]),
    ...ratios(constants),
    ...ratios(whole.slice(0, 6)),
    ...range(1024).map((n): Name => [`1/${n + 1}`, 1 / (n + 1), mostBits]),
  ];
}

/** Relations, from the plainest to the least plain. */
const plain: readonly Row[] = [
  (search, region) => decided(search, region, false),
  // An array of zeros needs no further evidence.
  ({ base }) => [[base ? 'is 0: it is the array before the step' : 'is 0', () => 0, -leastBits, 0]],
  (search, region) => along(search, region, '1', () => 1, 0),
  (search, region) => along(search, region, 'the expected', (i) => search.x[i], 0),
  function* edited(search, region) {
    const { x, axes } = search;
    const most = largest(x);
    for (const [says, of] of editsOf(axes))
      yield* along(search, region, says.replace('_', 'the expected'), (i) => of(x, i, axes, most), 8);
  },
  function* clipped({ x, y, text, cost }, [, , wrong]) {
    const [up, down] = [wrong.filter((i) => y[i] > x[i]), wrong.filter((i) => y[i] < x[i])];
    const [low, high] = [up, down].map((indices) => middle(indices, (i) => y[i]));
    const limits = [low, high].filter((limit) => !Number.isNaN(limit));
    const of: Numbers = (i) => (x[i] < low ? low : x[i] > high ? high : x[i]);
    yield [`is the expected clipped at ${limits.map(text).join(' and ')}`, of, total(limits, cost)];
  },
  function* permuted(search) {
    for (const axis of search.axes) {
      const order = orderOf(search, axis);
      const of: Numbers = (i) => search.x[i + (order[sliceOf(i, axis)] - sliceOf(i, axis)) * axis.stride];
      const cost = 6 + order.filter((from, to) => from !== to).length * Math.log2(axis.size);
      const says = `${order.slice(0, 12).join(' ')}${axis.size > 12 ? ' …' : ''}`;
      if (order.length > 1) yield [`is the expected with other ${axis.name}s: ${says}`, of, cost];
    }
  },
  function* other(search, region) {
    const { slot, others } = search.of;
    for (const { v, slot: its } of slot.isSpikes ? [] : others) {
      const isSlice = its.axes.length > 0 && slot.axes.slice(1).join() === its.axes.join();
      if (isSlice || (v.length === search.x.length && (v.length > 1 || its.n > 0)))
        for (const [says, of] of [
          [its.key, (each: number) => each] as const,
          [`the sign of ${its.key}`, Math.sign] as const,
        ])
          yield* along(search, region, says, (i) => of(v[i % v.length]), 6);
    }
  },
  (search, region) => decided(search, region, true),
];

/** Spikes that follow from one threshold on a known array, or from several thresholds. */
function* decided(
  { x, y, axes, wrong, of: { slot, inputs, others } }: Search,
  [, indices]: Region,
  isGrouped: boolean,
): Generator<Relation> {
  if (!slot.isSpikes || axes[0]?.name !== 'step') return;
  const [{ stride: size }] = axes;
  const isAfter: Test = (i) => i >= size && y[i - size] !== 0;
  if (!isGrouped) yield ['has no neuron that fires in two steps running', (i) => (isAfter(i) ? 0 : x[i]), 6];
  const counts = new Float64Array(y.length);
  for (let i = size; i < y.length; i++) counts[i] = counts[i - size] + Math.abs(y[i - size]);
  const groups: (readonly [says: string, of: Numbers])[] = !isGrouped
    ? [['', () => 0]]
    : [
        ...axes.map(
          (axis) => [`, of its own for each ${axis.name}`, (i: number) => sliceOf(i, axis)] as const,
        ),
        [', of its own for each neuron', (i) => i % size],
        [', of its own after each number of spikes', (i) => counts[i]],
      ];
  const same = others.filter(({ v }) => v.length === x.length);
  for (const { v, slot: its } of [...same, ...same.map(magnitudes), ...sharesOf(inputs)]) {
    for (const [each, group] of groups) {
      const [on, off] = [new Map<number, number>(), new Map<number, number>()];
      for (const i of indices) {
        const [map, nearer] = y[i] === 0 ? [off, Math.max] : [on, Math.min];
        map.set(group(i), nearer(map.get(group(i)) ?? v[i], v[i]));
      }
      const changed = [...new Set(Array.from(wrong, group))].sort((a, b) => a - b);
      if ([...on].some(([at, least]) => least <= (off.get(at) ?? -Infinity))) continue;
      const limits = changed
        .slice(0, 4)
        .map((at) => short(on.get(at) ?? Infinity).replace('Infinity', '∞') + (each && ` (${at})`));
      const about = each === '' ? `, and 0 at ${short(off.get(0) ?? -Infinity)}` : '';
      const says = `is 1 from ${limits.join(', ')} on of ${its.key}${each}${about}`;
      const sign: Numbers = (i) => Math.sign(x[i]) || Math.sign(y[i]) || 1;
      const cost = each === '' ? 6 : changed.length * Math.log2((2 * x.length) / on.size);
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

/** Quotients of the intensity, or its square, and the random words, which an encoding may compare with a threshold, from either side. */
function sharesOf(inputs: readonly Known[]): Known[] {
  const [words, image] = ['encode.word', 'image'].map((key) => inputs.find(({ slot }) => slot.key === key));
  if (!words || !image) return [];
  return [1, 2].flatMap((power) =>
    [1, -1].map((sign) => ({
      slot: {
        ...words.slot,
        key: `${sign < 0 ? 'minus ' : ''}|image|${power > 1 ? '²' : ''} ÷ (encode.word ÷ 2³²)`,
      },
      v: Float64Array.from(
        words.v,
        (w, i) => (sign * Math.abs(image.v[i % image.v.length]) ** power * 2 ** 32) / w,
      ),
    })),
  );
}

const magnitudes = ({ v, slot }: Known): Known => ({
  v: v.map(Math.abs),
  slot: { ...slot, key: `the magnitude of ${slot.key}` },
});

/** Sums and quotients of known arrays of the same layer, with fitted factors. */
const joint: readonly Row[] = [
  function* summed(search, region) {
    const [all, inputs] = [sameOf(search), sameOf(search, search.of.inputs)];
    const [pairs, choice] = [pairsOf(all), 2 * Math.log2(1 + all.length)];
    for (const [[a, v], [b, w]] of pairs)
      for (const [, of, , k = NaN] of search.line(
        region,
        (i) => v[i] - w[i],
        (i) => w[i],
        6,
      ))
        yield [
          `is ${times(search.text(k), a)} + ${times(search.text(1 - k), b)}`,
          of,
          choice + search.cost(k),
        ];
    const triples = pairsOf(inputs).flatMap(([one, two]) =>
      inputs.slice(inputs.indexOf(two) + 1).map((three) => [one, two, three]),
    );
    for (const set of [...pairs, ...triples, inputs]) {
      const ks = search.solve(
        region,
        set.map(
          ([, v]) =>
            (i) =>
              v[i],
        ),
        (i) => search.y[i],
      );
      const says = set
        .map(([key], at) => times(search.text(ks[at]), key))
        .join(' + ')
        .replaceAll('+ −', '− ');
      const of: Numbers = (i) => total(ks, (k, at) => k * set[at][1][i]);
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
        const roots: readonly (readonly [says: (sum: string) => string, of: Numbers, power: number])[] = [
          [(sum) => sum, (i) => by[i], 1],
          [(sum) => sum.replace(b, `√${b}`), (i) => Math.sqrt(by[i]), 1],
          [(sum) => `√${sum}`, (i) => by[i], 2],
        ];
        for (const [says, root, power] of roots) {
          const terms: Numbers[] = [(i) => root(i) * y[i] ** power, (i) => y[i] ** power];
          const [k, less] = search.solve(region, terms, (i) => v[i] ** power);
          const of: Numbers = (i) => (v[i] === 0 ? 0 : v[i] / (k * root(i) + less) ** (1 / power));
          const sum = `(${times(search.text(k), b)} + ${search.text(less)})`.replace('+ −', '− ');
          yield [`is ${a} ÷ ${says(sum)}`, of, choice + search.cost(k) + search.cost(less)];
        }
      }
  },
];

/** Other arrays of the same layer with the same length, by key. */
function sameOf(
  { x, of: { slot, got, inputs, others } }: Search,
  all: readonly Known[] = [...inputs, ...others],
): Keyed[] {
  const same = all.filter((each) => each.v.length === x.length && each.v !== got && each.slot.n === slot.n);
  return slot.isSpikes ? [] : [...new Map(same.map((each) => [each.slot.key, each.v]))];
}

type Keyed = readonly [key: string, v: Floats];

const pairsOf = (all: readonly Keyed[]): [Keyed, Keyed][] =>
  all.flatMap((one, at) => all.slice(at + 1).map((other): [Keyed, Keyed] => [one, other]));

/** Relations with many constants, or that predict a number from itself. */
const special: readonly Row[] = [
  function* nearly({ x, y }, [where, indices]) {
    const [size, error] = [total(indices, (i) => x[i] ** 2), total(indices, (i) => (y[i] - x[i]) ** 2)];
    const k = total(indices, (i) => (y[i] - x[i]) * x[i]) / size;
    const left = Math.max(0, error - k * k * size) / indices.length;
    // Rounding is as often up as down: a common factor shows in the sum of many numbers.
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
    const of: Numbers = (i) => (y[i] === 0 ? 0 : k * x[i]);
    if (share > 0.01 && share < 0.95) yield [says, of, 2 * zeros + cost(k), k];
  },
  function* onGrid(search, [, indices]) {
    const { x, y } = search;
    const most = largest(y);
    const grids: (readonly [says: string, unit: Numbers])[] = [
      ['numbers of 8 bits, as bfloat16 are', (v) => unitOf(v, 8)],
      ['numbers of 11 bits, as binary16 and TF32 are', (v) => unitOf(v, 11)],
      ['whole numbers', () => 1],
      ...range(14).map((b) => [`multiples of 1/${2 ** (b + 1)}`, () => 2 ** -(b + 1)] as const),
      ...[127, 7].map((n) => [`${2 * n + 1} levels`, () => most / n] as const),
    ];
    for (const [says, unit] of grids) {
      const isOn: Test = (i) => Math.abs(cut(x[i], unit(x[i])) - x[i]) <= search.tolerance(i, x[i]);
      const of: Numbers = (i) => (Math.abs(y[i] - x[i]) <= 16 * unit(y[i]) ? cut(y[i], unit(y[i])) : NaN);
      const some = indices.subarray(0, x.length > 1 ? few : 0);
      if (2 * some.filter(isOn).length < some.length)
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
  function* byOtherWeights({ y, axes, of: { inputs, others, slot: own } }) {
    const [step, sample] = axes;
    if (sample?.name !== 'sample') return;
    const [maps, n] = [step.size * sample.size, sample.stride];
    for (const { v, slot } of [...inputs, ...others]) {
      const w = v.length / maps;
      if (slot.n === own.n || slot.axes[1] !== 'sample' || w % 1 !== 0 || 4 * w > maps || w > mostLevels)
        continue;
      const R = mapOf(v, y, w);
      const of: Numbers = (i) => {
        const at = Math.floor(i / n) * w;
        return total(v.subarray(at, at + w), (d, j) => d * R[j * n + (i % n)]);
      };
      yield [`is made of ${slot.key} by other weights`, of, R.length * mostBits, largest(R)];
    }
  },
  function* rising(search, [where]) {
    const { x, y, wrong } = search;
    const order = Array.from(x.keys()).sort((a, b) => x[a] - x[b]);
    const isRising = order.every((i, k) => k === 0 || y[i] >= y[order[k - 1]] - search.tolerance(i, y[i]));
    // Small changes leave the order of numbers that are far apart.
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
    const of: Numbers = (i) => lines.get(at(i))![0] * x[i] + lines.get(at(i))![1]; // each has a line
    const most = Math.max(1, ...[...lines.values()].map(([k]) => Math.abs(k) || 0));
    yield [
      `has a factor and a term of its own for each ${names}: ${some.join('; ')}`,
      of,
      2 * mostBits * lines.size,
      most,
    ];
  },
  function* bySlice({ x, y, axes, text }, [, , wrong]) {
    const neuronAxes = axes.filter(({ name }) => name !== 'step' && name !== 'sample');
    const neuron: Numbers = (i) => neuronAxes.reduce((at, axis) => at * axis.size + sliceOf(i, axis), 0);
    const slicings = axes.map((axis) => [axis.name, (i: number) => sliceOf(i, axis)] as const);
    for (const [name, slice] of [...slicings, ['neuron', neuron] as const])
      for (const isFactor of [true, false]) {
        const fit: Numbers = (i) => (isFactor ? y[i] / x[i] : y[i] - x[i]);
        const of = new Map<number, number[]>();
        for (const i of wrong) of.set(slice(i), [...(of.get(slice(i)) ?? []), i]);
        const ks = new Map([...of].map(([each, indices]) => [each, middle(indices, fit)]));
        const all = [...ks.values()];
        const says = `has a ${isFactor ? 'factor' : 'term'} of its own for each ${name}: ${all.slice(0, 4).map(text).join(', ')}`;
        const k: Numbers = (i) => ks.get(slice(i)) ?? Number(isFactor);
        yield [says, (i) => (isFactor ? k(i) * x[i] : k(i) + x[i]), all.length * mostBits, largest(all)];
      }
  },
];

/** R of y = v·R by least squares, for rows of v with `w` numbers; numbers of R that v does not determine are 0. */
function mapOf(v: Floats, y: Floats, w: number): Float64Array {
  const [rows, n] = [v.length / w, (y.length * w) / v.length];
  const A = range(w).map((j) => {
    const row = new Float64Array(w + n);
    for (let m = 0; m < rows; m++) {
      const d = v[m * w + j];
      for (let k = 0; k < w && d !== 0; k++) row[k] += d * v[m * w + k];
      for (let k = 0; k < n && d !== 0; k++) row[w + k] += d * y[m * n + k];
    }
    return row;
  });
  const sizes = A.map((row, j) => row[j]);
  for (const j of range(w)) {
    const isTold = A[j][j] > 2 ** -30 * sizes[j];
    for (const row of A) {
      const k = row === A[j] || !isTold ? 0 : row[j] / A[j][j];
      for (let i = j; i < w + n && k !== 0; i++) row[i] -= k * A[j][i];
    }
    if (!isTold) A[j].fill(0);
  }
  return Float64Array.from({ length: w * n }, (_, i) => {
    const j = Math.floor(i / n);
    return A[j][j] === 0 ? 0 : A[j][w + (i % n)] / A[j][j];
  });
}

/** Relations to an array d: the array is d, a multiple of d, or the expected array plus a multiple of d. */
function* along(search: Search, region: Region, says: string, d: Numbers, cost: number): Generator<Relation> {
  yield [`is ${says}`, d, cost];
  for (const [k, ...rest] of search.line(region, d, () => 0, cost)) yield [`is ${times(k, says)}`, ...rest];
  if (says === 'the expected') return;
  for (const [k, ...rest] of search.line(region, d, (i) => search.x[i], cost))
    yield [`is the expected + ${times(k, says)}`.replace('+ −1 × ', '− ').replace('+ −', '− '), ...rest];
}

/** For each slice along an axis, the index of the equal slice of the expected array; empty if a slice has none. */
function orderOf(search: Search, { size, stride }: Axis): number[] {
  const { x, y } = search;
  const inner = x.length / size;
  const indices = range(Math.min(inner, 2048)).map((k) => Math.floor((k * inner) / Math.min(inner, 2048)));
  const at = (slice: number, k: number): number =>
    (Math.floor(k / stride) * size + slice) * stride + (k % stride);
  const isNear = (i: number, j: number): boolean => Math.abs(y[i] - x[j]) <= search.tolerance(j, x[j]);
  const isLike = (to: number, from: number): boolean => indices.every((k) => isNear(at(to, k), at(from, k)));
  if (size > 512) return [];
  const order = range(size).map((to) =>
    isLike(to, to) ? to : range(size).findIndex((from) => isLike(to, from)),
  );
  return order.includes(-1) ? [] : order;
}

/** Regions that contain the wrong numbers: everywhere, some slices, the border, or where an array has a sign. */
function regionsOf(search: Search): Region[] {
  const { axes, wrong, x } = search;
  const sides = axes.map((axis): Condition => {
    const its = new Uint8Array(axis.size);
    for (const i of wrong) its[sliceOf(i, axis)] = 1;
    const slices = range(axis.size).filter((slice) => its[slice]);
    return [sideText(axis, slices), (i) => its[sliceOf(i, axis)] === 1];
  });
  const natural = sides.filter(([says]) => says !== '');
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
  const conditions: Condition[] = [
    [natural.map(([says]) => says).join(', '), (i) => natural.every(([, has]) => has(i))],
    ...sources.flatMap(([what, v]) =>
      signs.map(([says, is]): Condition => [`where ${what} is ${says}`, (i) => is(v[i])]),
    ),
    ...sources.flatMap(([what, v]) => rangesOf(search, what, v)),
    ['at the border of the map', (i) => ends.some((axis) => sliceOf(i, axis) % (axis.size - 1) === 0)],
  ];
  const smallest = (all: readonly Condition[], count: number, share: number): Region[] => {
    const found = all.filter(([, has]) => wrong.every(has)).map(([says, has]) => search.region(says, has));
    // Of conditions with equally many numbers, the first is the plainest.
    const isFirst = ([, { length }]: Region, k: number): boolean =>
      found.findIndex(([, indices]) => indices.length === length) === k;
    const small = found.filter((each, k) => each[1].length < share * x.length && isFirst(each, k));
    // A range of the wrong numbers themselves is a little narrower than its cause.
    const sizeOf = ([says, { length }]: Region): number => (says.includes(' … ') ? 1.1 * length : length);
    return small.sort((a, b) => sizeOf(a) - sizeOf(b)).slice(0, count);
  };
  return [search.region(''), ...smallest(natural, 2, 1), ...smallest(conditions, 3, 0.9)];
}

/** The range of v where numbers are wrong, or the two ranges of v outside that of right numbers. */
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
  // Zeros stay right whatever the factor.
  const [first, last] = rangeOf((i) => !isWrong(i) && x[i] !== 0);
  const isBeyond: Test = (i) => v[i] < first || v[i] > last;
  return [
    [`where ${what} is ${inside}`, (i) => v[i] >= least && v[i] <= most],
    ...(least < first && most > last && wrong.every(isBeyond)
      ? [[`where ${what} is below ${short(first)} or above ${short(last)}`, isBeyond] as const]
      : []),
  ];
}

/** Describes some slices of an axis; '' if they are all slices, or no natural choice. */
function sideText({ name, size }: Axis, slices: readonly number[]): string {
  const [count, first, last] = [slices.length, slices[0], slices[slices.length - 1]];
  if (count === size) return '';
  if (count === 1) return `in ${name} ${first}`;
  if (last - first < count && last === size - 1) return `from ${name} ${first} on`;
  if (last - first < count) return `in ${name}s ${first} to ${last}`;
  if (count === size - 1) return `in all but ${name} ${slices.findIndex((slice, k) => slice !== k)}`;
  if (2 * count >= size - 1 && slices.every((slice, k) => slice === first + 2 * k))
    return `in every second ${name}`;
  return count <= 3 && size > 6 ? `in ${name}s ${slices.join(', ')}` : '';
}

/** A change of some inputs of an array: its text, which inputs, and the change. */
type Remake = readonly [says: string, isIn: (j: number) => boolean, of: Change];
type Change = (x: Floats, i: number, axes: readonly Axis[], most: number, subject: Unexplained) => number;

function* remakesOf({ inputs, others, constants }: Unexplained): Generator<Remake> {
  const K = constants.find(([name]) => name === 'classes')?.[1] ?? NaN;
  for (const [j, { v, slot }] of inputs.entries()) {
    const [key, isIn] = [slot.key, (k: number): boolean => k === j];
    yield [`without ${key}`, isIn, () => 0];
    yield [`of ${key} + 1, and 0 for ${K}`, isIn, (x, i) => (x[i] + 1) % K];
    for (const [at, { v: its, slot: from }] of others.entries()) {
      if (its.length !== v.length || from.key === key || (v.length === 1 && from.n === 0)) continue;
      const other = (i: number, subject: Unexplained): number => subject.others[at]?.v[i] ?? NaN;
      yield [`of ${from.key} in place of ${key}`, isIn, (_, i, __, ___, subject) => other(i, subject)];
      if (from.isSpikes)
        yield [`of ${key} where ${from.key} is 1`, isIn, (x, i, _, __, subject) => x[i] * other(i, subject)];
    }
    for (const { v: its, slot: from } of inputs)
      if (its.length === v.length && from.key !== key)
        yield [`of ${key} × ${from.key}`, isIn, (x, i) => x[i] * its[i]];
    for (const [name, value] of constants) {
      yield [`of ${name} in place of ${key}`, isIn, () => value];
      for (const [sign, c] of [
        ['+', value],
        ['−', -value],
        ['+ 2 ×', 2 * value],
        ['− 2 ×', -2 * value],
      ] as const)
        yield [`of ${key} ${sign} ${name}`, isIn, (x, i) => x[i] + c];
    }
    for (const [says, of] of editsOf(axesOf(slot, v.length)))
      yield [`of ${says.replace('_', key)}`, isIn, of];
  }
}

/** The relation of an array to one computed from changed inputs; '' if the change has no effect. */
function remade(search: Search, regions: readonly Region[], [says, isIn, of]: Remake): string | undefined {
  const { x, of: subject, text } = search;
  let isChanged = false;
  const changed = subject.inputs.map(({ v, slot }, j) => {
    if (!isIn(j)) return v;
    const [axes, most, other] = [axesOf(slot, v.length), largest(v), Float64Array.from(v)];
    for (let i = 0; i < v.length; i++) {
      other[i] = of(v, i, axes, most, subject);
      if (other[i] !== v[i]) isChanged = true;
    }
    return other;
  });
  if (!isChanged) return '';
  const result = subject.make?.(changed);
  if (result?.length !== x.length) return undefined;
  const d = search.less(result);
  const often = (k: number): string =>
    Math.abs(k) < 2 ** -10 ? 'without' : Math.abs(k - 2) < 2 ** -10 ? 'with twice' : `with ${text(k)} ×`;
  const term: Row = function* (_, region) {
    for (const [, ...rest] of search.line(
      region,
      (i) => d[i] - x[i],
      (i) => x[i],
      6,
    ))
      yield [`is made ${says.replace('without', often(1 - (rest[2] ?? NaN)))}`, ...rest];
  };
  const whole: Row = function* (_, region) {
    yield [`is made ${says}`, (i) => d[i], 8];
    yield* along(search, region, `what is made ${says}`, (i) => d[i], 12);
  };
  return firstFit(search, [says.startsWith('without') ? term : whole], regions.slice(0, 3));
}

/** The text of the first relation that fits. */
function firstFit(search: Search, rows: readonly Row[], regions: readonly Region[]): string | undefined {
  const it = search.base ? 'its step (after − before)' : 'it';
  for (const row of rows)
    for (const region of regions)
      for (const relation of row(search, region))
        if (search.fits(region, relation))
          return `${region[0] === '' ? '' : `${region[0]}, `}${it} ${relation[0]}`;
  return undefined;
}

/** The first relation whose text does not need many constants. */
function related(search: Search, regions: readonly Region[]): string | undefined {
  const found = firstFit(search, search.base ? [...plain, ...special.slice(0, 1)] : plain, regions);
  if (found !== undefined) return found;
  const { sample, make } = search.of;
  const small = sample && new Search(sample, search.base && sample.base);
  const its = small && small.wrong.length > 0 ? regionsOf(small) : [];
  for (const remake of make ? remakesOf(search.of) : []) {
    const says =
      small && remade(small, its, remake) === undefined ? undefined : remade(search, regions, remake);
    if (says) return says;
  }
  const joined =
    firstFit(search, joint, regions.slice(0, 2)) ?? weighed(search, regions) ?? reweighed(search);
  if (joined !== undefined) return joined;
  const alone = small && its.length > 0 ? weighed(small, its) : undefined;
  return alone && `in the first sample that differs, ${alone}`;
}

/** The largest number of slices that may each have a factor. */
const mostSlices = 256;

/** Which slices of one input, or of all inputs, are missing in an array, or how often each was added. */
function weighed(search: Search, regions: readonly Region[]): string | undefined {
  const {
    x,
    y,
    text,
    of: { inputs, make, isSum },
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
      const changed = inputs.map((input) => (its.includes(input) ? without(input, name, slice) : input.v));
      const result = make?.(changed);
      return result && search.less(result);
    });
    if (!isFull(terms)) continue;
    const at = (slice: number): string => what.replace('#', String(slice));
    for (const region of regions.slice(0, 3)) {
      const ks =
        isSum && axis.size > 2
          ? search.solve(
              region,
              terms.map((term) => (i) => x[i] - term[i]),
              (i) => y[i] - x[i],
            )
          : [];
      const often = ks.map((k) => (Math.abs(k) < 2 ** -12 ? 1 : Math.abs(k + 1) < 2 ** -12 ? 0 : k + 1));
      const [odd, there] = [(k: number) => k !== 1, (k: number) => k !== 0].map(
        (has) => often.filter(has).length,
      );
      const other = often.findIndex((k) => k !== 1);
      const how =
        odd === 1
          ? `${often[other] === 2 ? 'with twice' : `with ${text(often[other])} ×`} ${at(other)}`
          : there === 1
            ? `of ${at(often.findIndex((k) => k !== 0))} alone`
            : `with a factor of its own for each ${what.replace(' #', '')}: ${often.slice(0, 12).map(text).join(', ')}`;
      const cost = total(often, (k) => (k === 1 ? 0 : search.cost(k) + Math.log2(axis.size)));
      const of: Numbers = (i) => x[i] + total(often, (k, slice) => (k - 1) * (x[i] - terms[slice][i]));
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

/** An axis of an array by name; all axes of a map together are its neurons. */
function axisIn({ slot, v }: Known, name: string): Axis | undefined {
  const axes = axesOf(slot, v.length);
  const map = axes.filter((each) => each.name !== 'step' && each.name !== 'sample');
  if (name !== 'neuron' || slot.key.endsWith('weight')) return axes.find((each) => each.name === name);
  return { name, stride: 1, size: map.length < 2 ? 0 : map.reduce((a, { size }) => a * size, 1) };
}

/** An array in which one slice of an axis is 0. */
function without(input: Known, name: string, slice: number): Floats {
  const axis = axisIn(input, name);
  return axis ? input.v.map((each, i) => (sliceOf(i, axis) === slice ? 0 : each)) : input.v;
}

const isFull = (all: (Floats | undefined)[]): all is Floats[] => !all.includes(undefined);

/** The weights that would have made a sum, and their relation to the recorded weights. */
function reweighed(search: Search): string | undefined {
  const {
    y,
    axes,
    of: { inputs, make, isSum, others, constants },
  } = search;
  const channel = axes.find(({ name }) => name === 'channel');
  for (const [j, { v, slot }] of make && isSum && channel ? inputs.entries() : []) {
    const side = axesOf(slot, v.length).find(
      ({ name, size }) => name.endsWith('put') && size === channel!.size,
    ); // there is one
    const count = v.length / (side?.size ?? 1);
    if (!side || count === v.length || count > mostSlices) continue;
    const groupOf = (i: number): number =>
      Math.floor(i / (side.stride * side.size)) * side.stride + (i % side.stride);
    const one = (group: number): Floats | undefined =>
      make!(inputs.map((input, k) => (k === j ? v.map((_, i) => Number(groupOf(i) === group)) : input.v))); // it can be made
    const [none, terms] = [one(-1), range(count).map(one)];
    if (!none || !isFull(terms)) continue;
    const used = Float64Array.from(v);
    for (const slice of range(side.size)) {
      const region = search.region('', (i) => sliceOf(i, channel!) === slice); // there is one
      const some = region[1].subarray(0, few);
      const ks = search.solve(
        ['', some, some],
        terms.map((term) => (i) => term[i] - none[i]),
        (i) => y[i] - none[i],
      );
      for (let i = 0; i < v.length; i++)
        if (sliceOf(i, side) === slice && some.some((at) => terms[groupOf(i)][at] !== none[at]))
          used[i] = ks[groupOf(i)];
    }
    const made = make!(inputs.map((input, k) => (k === j ? used : input.v))); // it can be made
    const relation: Relation = ['', (i) => made?.[i] ?? NaN, v.length * mostBits];
    if (!search.fits(search.region(''), relation)) continue;
    const r = Float64Array.from(v, (each) => 2 ** -18 * (Math.abs(each) + largest(v)));
    const text = describeArray({ slot, expected: { v, r }, got: used, inputs: [], others, constants });
    return `it is made of other numbers than ${slot.key}, of which is true: ${text}`;
  }
  return undefined;
}

/** The relation of an array's numbers to the expected ones, if there is one. */
export function relationOf(subject: Unexplained): string | undefined {
  const search = new Search(subject);
  return related(search, regionsOf(search));
}

/** The relation of an array's numbers to the expected ones; without one, where they are wrong. */
export function describeArray(subject: Unexplained): string {
  const { got, base, slot, views = [['', subject]] } = subject;
  const bad = got.findIndex((v: number) => !Number.isFinite(v));
  const isAll = bad >= 0 && got.every((v) => Object.is(v, got[bad]));
  if (bad >= 0) return `${isAll ? 'every number' : `number ${bad}`} is ${got[bad]}`;
  const seen = views.flatMap(([says, its]) => {
    const search = new Search(its);
    return search.wrong.length > 0 ? [{ says, search, regions: regionsOf(search) }] : [];
  });
  const first = (found: (search: Search, regions: readonly Region[]) => string | undefined) => {
    for (const { says, search, regions } of seen) {
      const text = found(search, regions);
      if (text !== undefined) return says + text;
    }
    return undefined;
  };
  const itself = new Search(subject);
  const begins = itself.axes.slice(0, slot.axes[0] === 'step' ? 1 : 0).map((axis): Region => {
    const begin = itself.wrong.reduce((least, i) => Math.min(least, sliceOf(i, axis)), Infinity);
    return itself.region(`at step ${begin}, where it first differs`, (i) => sliceOf(i, axis) === begin);
  });
  const rows = slot.isSpikes ? [] : special;
  const least = seen.reduce((one, other) =>
    other.search.wrong.length < one.search.wrong.length ? other : one,
  );
  return (
    (base && related(new Search(subject, base), regionsOf(itself))) ??
    first(related) ??
    first((search, regions) => firstFit(search, rows, [...regions].reverse())) ??
    (slot.isSpikes
      ? undefined
      : firstFit(itself, plain.slice(1), [itself.region('where it differs', itself.isWrong)])) ??
    firstFit(itself, [...plain.slice(1), ...rows], begins) ??
    least.says + whereOf(least.search, least.regions)
  );
}

/** Whether the numbers along an axis are the expected ones in another order: their sums and sums of squares are the same. */
function isReordered({ x, y }: Search, { size, stride }: Axis): boolean {
  const isSame = (from: number, power: number): boolean => {
    const changes = range(size).map((k) => y[from + k * stride] ** power - x[from + k * stride] ** power);
    return Math.abs(total(changes, (each) => each)) <= 1e-4 * total(changes, Math.abs);
  };
  for (let i = 0; i < x.length; i++)
    if (Math.floor(i / stride) % size === 0 && !(isSame(i, 1) && isSame(i, 2))) return false;
  return true;
}

/** Where the wrong numbers are, if no relation fits. */
function whereOf(search: Search, regions: readonly Region[]): string {
  const { wrong, x, y, axes } = search;
  const ratio = x[0] === 0 ? '' : `, ${search.text(y[0] / x[0])} × the expected`;
  if (x.length === 1) return `it is ${short(y[0])} in place of ${short(x[0])}${ratio}`;
  const more = wrong.filter((i) => y[i] > x[i]).length;
  const less = wrong.length - more;
  const [missing, added] = search.of.slot.isSpikes ? ['missing', 'added'] : ['too small', 'too large'];
  const way =
    more === 0 ? `all ${missing}` : less === 0 ? `all ${added}` : `${less} ${missing} and ${more} ${added}`;
  const [where] = [...regions].sort(([, a], [, b]) => a.length - b.length).map(([says]) => says);
  const begin = wrong.reduce((a, b) => Math.min(a, b));
  const at = axes.filter(({ size }) => size > 1).map((axis) => `${axis.name} ${sliceOf(begin, axis)}`);
  const cosine = total(x, (v, i) => v * y[i]) / Math.sqrt(total(x, (v) => v * v) * total(y, (v) => v * v));
  const isUnrelated = x.length >= 32 && Math.abs(cosine) < 4 / Math.sqrt(x.length);
  const [some, all] = [wrong.length, x.length].map((count) => count.toLocaleString('en-US'));
  const moved = axes.filter((axis) => axis.size > 1 && isReordered(search, axis)).map(({ name }) => name);
  const order =
    moved.length > 0 ? `along each ${moved[0]} axis the expected numbers are in another order; ` : '';
  const apart = short(middle(wrong, (i) => Math.abs(y[i] - x[i])));
  const alike = `${isUnrelated ? 'they have nothing to do with the expected ones, ' : ''}cosine ${cosine.toFixed(3)}`;
  return `${some} of ${all} numbers differ, ${way}${where === '' ? '' : `, only ${where}`}; the first is at ${at.join(', ')}; ${order}${search.of.slot.isSpikes ? '' : `half of them by more than ${apart}; `}${alike}`;
}
