/**
 * Relations: by which one relation the numbers of an array that differs come of the expected ones. Unlisted mistakes are the
 * rule, and a relation says of them what a person can act on.
 */
import type { Floats } from '../../spec/arithmetic.ts';
import { largest, medianOf, total } from '../engine/rounding.ts';
import type { Ball } from '../engine/stage.ts';
import { axesOf, cut, editsOf, range, sliceOf, unitOf, type Axis } from './edits.ts';
import { isOff, type Place } from './judge.ts';

/** An array that is known, and what it is called. */
export interface Known {
  readonly says: string;
  readonly place: Place;
  readonly v: Floats;
}

/** An array that differs and that no known mistake explains. */
export interface Unexplained {
  readonly place: Place;
  readonly expected: Ball;
  readonly got: Floats;
  /** What the numbers are differences from: of weights after a step, those before it. */
  readonly base?: Floats | undefined;
  /** What it is made of; and the array, made of others like these, as long as that does not take too long. */
  readonly inputs: readonly Known[];
  readonly make?: ((inputs: readonly Floats[]) => Floats | undefined) | undefined;
  /** The same of one sample that differs, which is tried first. */
  readonly sample?: Unexplained | undefined;
  /** What is expected if the potential before each step is the supplied one. */
  readonly stepwise?: Floats | undefined;
  readonly others: readonly Known[];
  /** Names and values of what a factor may be. */
  readonly constants: readonly (readonly [name: string, value: number])[];
}

type Numbers = (i: number) => number;
type Test = (i: number) => boolean;
/** Places of an array, of which the first are of everywhere; and wrong ones of them, which constants are fitted to. */
type Region = readonly [says: string, places: Int32Array, wrong: Int32Array];
/** What is said, what it predicts, the bits that its choice and constants cost, and how often it has the rounding of a number. */
type Relation = readonly [says: string, of: Numbers, cost: number, gain?: number];

/** At most this share of the wrong numbers, and of all, may contradict a relation. */
const [mostMissed, mostMisfits] = [0.01, 0.001];
/** What a relation must be worth beyond its cost, and what a number is worth at most, in bits. */
const [leastBits, mostBits] = [10, 20];
/** So many places are looked at first, and constants are fitted to so many numbers. */
const [few, fewer] = [20_000, 1000];

function placesWhere(length: number, has: Test): Int32Array {
  let [count, stride] = [0, 1];
  const places = new Int32Array(length);
  for (let i = 0; i < length; i++) if (has(i)) places[count++] = i;
  if (count > fewer) for (stride = Math.floor(count / fewer) + 1; count % stride === 0;) stride++;
  return places.subarray(0, count).map((_, k, own) => own[(k * stride) % count]);
}

/** The median of what some places have. */
function middle(places: Iterable<number>, of: Numbers): number {
  const all = Array.from(places, of)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
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
  readonly it: string;
  /** What a number is worth at most. */
  readonly worth: number;
  /** The typical size, and radius, of a number. */
  readonly #typical: readonly [number, number];

  constructor(
    readonly of: Unexplained,
    readonly base?: Floats,
  ) {
    const { v, r } = of.expected;
    [this.x, this.y] = [this.less(v), this.less(of.got)];
    this.axes = axesOf(of.place, v.length);
    this.isWrong = (i) => isOff(of.got[i], v[i], r ? r[i] : 0);
    this.wrong = placesWhere(v.length, this.isWrong);
    const most = largest(this.x) + largest(this.y);
    this.#typical = [medianOf(this.x) || most, r ? medianOf(r) : 0];
    const isWhole = this.wrong.every((i) => Number.isInteger(this.x[i]) && Number.isInteger(this.y[i]));
    this.worth = isWhole ? Math.min(mostBits, Math.log2(1 + most)) : mostBits;
    this.it = base ? 'the expected step' : 'the expected';
  }

  less(values: Floats): Floats {
    const { base } = this;
    return base ? Float64Array.from(values, (value, i) => value - base[i]) : values;
  }

  /** How far a number may be from what is predicted. */
  tolerance(i: number, predicted: number, gain = 1): number {
    const [size, radius] = this.#typical;
    const most = 2 * Math.max(1, Math.abs(gain)) * Math.max(radius, this.of.expected.r?.[i] ?? 0);
    return most + 2 ** -21 * (Math.abs(predicted) + size) + 2 ** -23 * Math.abs(this.of.base?.[i] ?? 0);
  }

  /** Whether a relation fits nearly all numbers, and is no coincidence. */
  fits([, places]: Region, [, of, cost, gain]: Relation): boolean {
    let [wrong, missed, misfits, bits] = [0, 0, 0, 0];
    for (let n = 0; n < places.length; n++) {
      const i = places[n];
      const predicted = of(i);
      const tolerance = this.tolerance(i, predicted, gain);
      const isHeld = Math.abs(this.y[i] - predicted) <= tolerance;
      if (!isHeld && ++misfits > 20 + 0.02 * n) return false;
      if (!this.isWrong(i)) continue;
      wrong++;
      if (!isHeld) missed++;
      else bits += Math.max(0, Math.min(this.worth, Math.log2(Math.abs(this.y[i] - this.x[i]) / tolerance)));
    }
    // Which few of many decisions are wrong is evidence, too.
    if (this.worth < 2) bits *= Math.max(1, Math.log2(places.length / wrong));
    const isFit = missed <= mostMissed * wrong && misfits <= mostMisfits * places.length;
    return isFit && bits >= cost + leastBits;
  }

  region(says: string, has: Test): Region {
    return [says, placesWhere(this.x.length, has), this.wrong.filter(has).subarray(0, fewer)];
  }

  /** y = k·d + less, k fitted: to the numbers that say it best. */
  *line(
    [, , wrong]: Region,
    says: (k: number) => string,
    d: Numbers,
    less: Numbers,
    cost = 0,
  ): Generator<Relation> {
    const places = wrong.filter((i) => d(i) !== 0);
    const least = middle(places, (i) => Math.abs(d(i)));
    const quotient: Numbers = (i) => (this.y[i] - less(i)) / d(i);
    const first = middle(
      places.filter((i) => Math.abs(d(i)) >= least),
      quotient,
    );
    const near = places.filter((i) => Math.abs(quotient(i) - first) <= 2 ** -8 * Math.abs(first));
    const k = total(near, (i) => quotient(i) * d(i) ** 2) / total(near, (i) => d(i) ** 2);
    if (Number.isFinite(k)) yield [says(k), (i) => k * d(i) + less(i), cost + this.cost(k), k];
  }

  /** What comes of a direction: itself, a factor of it, and the expected array plus so much of it. */
  *along(region: Region, [says, d, cost]: Relation): Generator<Relation> {
    yield [`it is ${says}`, d, cost];
    yield* this.line(
      region,
      (k) => `it is ${times(this.text(k), says)}`,
      d,
      () => 0,
      cost,
    );
    const signed = (k: number): string => `${k < 0 ? '−' : '+'} ${times(this.text(Math.abs(k)), says)}`;
    if (says !== this.it)
      yield* this.line(
        region,
        (k) => `it is ${this.it} ${signed(k)}`,
        d,
        (i) => this.x[i],
        cost,
      );
  }

  cost = (k: number): number => Math.min(this.worth, k === 0 ? 1 : this.#named(k)[1]);

  text = (k: number): string => {
    const [name] = this.#named(k);
    const size = short(Math.abs(k));
    return `${k < 0 ? '−' : ''}${name === '' || name === size ? size : `${name} (= ${size})`}`;
  };

  /** A constant in the terms of those that have names, and what it costs. */
  #named(k: number): readonly [string, number] {
    const { constants } = this.of;
    const near = constants.flatMap(
      ([name, c]) =>
        [
          [`(${name} − 1)`, c - 1],
          [`(1 − ${name})`, 1 - c],
        ] as const,
    );
    const all = [...range(16).map((n) => [`${n + 1}`, n + 1] as const), ...constants, ...near];
    for (const [most, cost] of [
      [1, 6],
      [2, 11],
    ])
      for (const [a, v] of all)
        for (const [b, w] of all) {
          const isPlain = Number(a !== '1') + Number(b !== '1') <= most;
          if (isPlain && Math.abs(Math.abs(k) / (v / w) - 1) < 2 ** -14)
            return [b === '1' ? a : `${a}/${b}`, cost];
        }
    const n = Math.round(1 / Math.abs(k));
    return [n < 1024 && Math.abs(n * Math.abs(k) - 1) < 2 ** -14 ? `1/${n}` : '', mostBits];
  }

  /** What the numbers may be a multiple of, or have as a term. */
  *directions(): Generator<Relation> {
    const {
      x,
      axes,
      it,
      of: { others, inputs, place },
    } = this;
    yield ['1', () => 1, 0];
    yield [it, (i) => x[i], 0];
    const most = largest(x);
    for (const [says, of] of editsOf(axes)) yield [says.replace('_', it), (i) => of(x, i, axes, most), 8];
    for (const {
      says,
      v,
      place: {
        n,
        axes: [axis, ...rest],
      },
    } of others) {
      if (v.length === x.length && (v.length > 1 || n > 0)) yield [says, (i) => v[i], 6];
      // An array of one axis, that it is not made of.
      const own = axes.find(
        ({ size, name }) => size === v.length && name.replace('channel', 'output') === axis,
      );
      const isOwn =
        n === place.n &&
        rest.length === 0 &&
        v.length < x.length &&
        !inputs.some((input) => input.says === says);
      if (own && isOwn) yield [says, (i) => v[sliceOf(i, own)], 6];
    }
  }
}

type Row = (search: Search, region: Region) => Iterable<Relation>;

/** Relations that are no line, from the plainest on; those of many constants, or of what was supplied, come last. */
const rows: Readonly<Record<'plain' | 'special', readonly Row[]>> = {
  plain: [
    function* clipped({ x, y, it, text, cost }, [, , wrong]) {
      const low = middle(
        wrong.filter((i) => y[i] > x[i]),
        (i) => y[i],
      );
      const high = middle(
        wrong.filter((i) => y[i] < x[i]),
        (i) => y[i],
      );
      const [below, above] = [low, high].map((limit) => (Number.isNaN(limit) ? [] : [limit]));
      const says = [
        ...below.map((k) => `below at ${text(k)}`),
        ...above.map((k) => `above at ${text(k)}`),
      ].join(' and ');
      yield [
        `it is ${it} clipped ${says}`,
        (i) => (x[i] < low ? low : x[i] > high ? high : x[i]),
        total([...below, ...above], cost),
      ];
    },
    function* permuted(search) {
      for (const axis of search.axes) {
        const order = orderOf(search, axis);
        const says = `${axis.name}s ${order.slice(0, 12).join(' ')}${axis.size > 12 ? ' …' : ''}`;
        const of: Numbers = (i) => search.x[i + (order[sliceOf(i, axis)] - sliceOf(i, axis)) * axis.step];
        const cost = total(order, (from, to) => (from === to ? 0 : Math.log2(axis.size)));
        if (order.length > 1) yield [`it is ${search.it} in another order: ${says}`, of, cost];
      }
    },
    function* decided({ x, y, axes: [step], of: { place, others } }, [, places]) {
      if (!place.isSpikes) return;
      yield [
        'no neuron fires in two steps running',
        (i) => (i >= step.step && y[i - step.step] !== 0 ? 0 : x[i]),
        8,
      ];
      for (const { says, v } of others.filter((other) => other.v.length === x.length))
        for (const [what, of] of [
          ['', (i: number) => v[i]],
          ['the magnitude of ', (i: number) => Math.abs(v[i])],
        ] as const) {
          let [fired, silent] = [Infinity, -Infinity];
          for (const i of places)
            if (y[i] !== 0) fired = Math.min(fired, of(i));
            else silent = Math.max(silent, of(i));
          const text = `a neuron fires from ${short(fired)} on of ${what}${says}, and not at ${short(silent)}`;
          if (fired > silent) yield [text, (i) => (of(i) >= fired ? 1 : 0), 8];
        }
    },
  ],
  special: [
    function* dropped({ x, y, text, cost, of: { place } }, [, places, wrong]) {
      const zeros = places.filter((i) => y[i] === 0 && x[i] !== 0).length;
      const share = zeros / places.length;
      const others = wrong.filter((i) => y[i] !== 0);
      const k = others.length === 0 ? 1 : middle(others, (i) => y[i] / x[i]);
      const says = `${short(100 * share)} % of the numbers are 0, and the others are ${times(text(k), 'the expected')}`;
      if (!place.isSpikes && share > 0.01 && share < 0.95)
        yield [says, (i) => (y[i] === 0 ? 0 : k * x[i]), 2 * zeros + cost(k), k];
    },
    function* onGrid(search, [, places]) {
      const { x, y } = search;
      const most = largest(y);
      const grids: (readonly [string, (v: number) => number])[] = [
        ['of 8 bits, as bfloat16 is', (v) => unitOf(v, 8)],
        ['of 11 bits, as binary16 and TF32 are', (v) => unitOf(v, 11)],
        ...range(15).map((b) => [b === 0 ? 'whole' : `a multiple of 1/${2 ** b}`, () => 2 ** -b] as const),
        ...[127, 7].map((n) => [`one of ${2 * n + 1} levels`, () => most / n] as const),
      ];
      const some = places.subarray(0, fewer);
      for (const [says, unit] of grids) {
        const isOn: Test = (i) => Math.abs(cut(x[i], unit(x[i])) - x[i]) <= search.tolerance(i, x[i]);
        const of: Numbers = (i) => (Math.abs(y[i] - x[i]) <= 16 * unit(y[i]) ? cut(y[i], unit(y[i])) : NaN);
        if (x.length > 1 && 2 * some.filter(isOn).length < some.length)
          yield [`every number is ${says}`, of, 8];
      }
    },
    function* bySlice({ x, y, axes, cost, text }, [, , wrong]) {
      const own = axes.filter(({ name }) => name !== 'step' && name !== 'sample');
      const neuron: Numbers = (i) => own.reduce((at, axis) => at * axis.size + sliceOf(i, axis), 0);
      const plain = axes.map((axis) => [axis.name, (i: number) => sliceOf(i, axis)] as const);
      for (const [name, slice] of [...plain, ['neuron', neuron] as const])
        for (const [what, k0, of, back] of [
          ['factor', 1, (i: number) => y[i] / x[i], (k: number, i: number) => k * x[i]],
          ['term', 0, (i: number) => y[i] - x[i], (k: number, i: number) => k + x[i]],
        ] as const) {
          const slices = [...new Set(Array.from(wrong, slice))];
          const ks = new Map(
            slices.map((each) => [
              each,
              middle(
                wrong.filter((i) => slice(i) === each),
                of,
              ),
            ]),
          );
          const all = [...ks.values()];
          const says = `each ${name} has its own ${what}: ${all.slice(0, 4).map(text).join(', ')}${all.length > 4 ? ', …' : ''}`;
          yield [says, (i) => back(ks.get(slice(i)) ?? k0, i), total(all, cost), largest(all)];
        }
    },
  ],
};

/** For each slice along an axis, the slice of the expected array that it is; nothing where one is none. */
function orderOf(search: Search, { size, step }: Axis): number[] {
  const { x, y } = search;
  const inner = x.length / size;
  const places = range(Math.min(inner, 2048)).map((k) => Math.floor((k * inner) / Math.min(inner, 2048)));
  const at = (slice: number, k: number): number => (Math.floor(k / step) * size + slice) * step + (k % step);
  const isNear = (i: number, j: number): boolean => Math.abs(y[i] - x[j]) <= search.tolerance(j, x[j]);
  const isLike = (to: number, from: number): boolean => places.every((k) => isNear(at(to, k), at(from, k)));
  const order: number[] = [];
  for (let to = 0; to < size && size <= 512; to++) {
    const from = isLike(to, to) ? to : range(size).findIndex((each) => isLike(to, each));
    if (from < 0) return [];
    order.push(from);
  }
  return order;
}

/** Where the wrong numbers are: everywhere; in some slices; at the border; where the expected or another array has a sign. */
function regionsOf(search: Search): Region[] {
  const {
    axes,
    wrong,
    x,
    it,
    of: { others },
  } = search;
  const sides = axes.flatMap((axis): (readonly [string, Test])[] => {
    const slices = new Set(Array.from(wrong, (i) => sliceOf(i, axis)));
    const says = sideText(
      axis,
      range(axis.size).filter((slice) => slices.has(slice)),
    );
    return says === '' ? [] : [[says, (i) => slices.has(sliceOf(i, axis))]];
  });
  const ends = axes.filter(({ name, size }) => size > 2 && (name === 'row' || name === 'column'));
  let [least, most] = [Infinity, -Infinity];
  for (const i of wrong) [least, most] = [Math.min(least, x[i]), Math.max(most, x[i])];
  const arrays = [{ says: `${it} number`, v: x }, ...others.filter(({ v }) => v.length === x.length)];
  const masks: (readonly [string, Test])[] = [
    [sides.map(([says]) => says).join(', '), (i) => sides.every(([, has]) => has(i))],
    ...arrays.flatMap(({ says, v }): (readonly [string, Test])[] => [
      [`where ${says} is negative`, (i) => v[i] < 0],
      [`where ${says} is 0`, (i) => v[i] === 0],
      [`where ${says} is positive`, (i) => v[i] > 0],
      [`where ${says} is not 0`, (i) => v[i] !== 0],
    ]),
    [`where ${it} number is at least ${short(least)}`, (i) => x[i] >= least],
    [`where ${it} number is at most ${short(most)}`, (i) => x[i] <= most],
    ['at the border of the map', (i) => ends.some((axis) => sliceOf(i, axis) % (axis.size - 1) === 0)],
  ];
  const made = (all: typeof masks, share: number): Region[] =>
    all
      .filter(([, has]) => wrong.every(has))
      .map(([says, has]) => search.region(says, has))
      .filter(([, places]) => places.length < share * x.length)
      .sort(([, a], [, b]) => a.length - b.length);
  return [search.region('', () => true), ...made(sides, 1).slice(0, 2), ...made(masks, 0.9).slice(0, 3)];
}

/** Some slices of an axis in words; none where they are all, or no natural choice. */
function sideText({ name, size }: Axis, slices: readonly number[]): string {
  const [count, first, last] = [slices.length, slices[0], slices[slices.length - 1]];
  if (count === size) return '';
  if (count === 1) return `in ${name} ${first}`;
  if (last - first < count)
    return last === size - 1 ? `from ${name} ${first} on` : `in ${name}s ${first} to ${last}`;
  if (count === size - 1) return `in all but ${name} ${slices.findIndex((slice, k) => slice !== k)}`;
  if (2 * count >= size - 1 && slices.every((slice, k) => slice === first + 2 * k))
    return `in every second ${name}`;
  return count <= 3 && size > 6 ? `in ${name}s ${slices.join(', ')}` : '';
}

/** What is changed in which of the arrays that an array is made of; a term that is left out may also be there twice. */
interface Remake {
  readonly says: string;
  readonly isIn: (input: Known, j: number) => boolean;
  readonly of: (input: Known, axes: readonly Axis[], subject: Unexplained) => Numbers;
  readonly isTerm?: boolean;
}

function* remakesOf({ inputs, others, constants }: Unexplained): Generator<Remake> {
  const find = (says: string, subject: Unexplained): Floats =>
    [...subject.inputs, ...subject.others].find((each) => each.says === says)?.v ?? new Float64Array(0);
  const K = constants.find(([name]) => name === 'classes')?.[1] ?? NaN;
  for (const [j, { says: name, v, place }] of inputs.entries()) {
    const isIn: Remake['isIn'] = (_, k) => k === j;
    yield { says: name, isIn, of: () => () => 0, isTerm: true };
    for (const {
      says,
      v: its,
      place: { n },
    } of others)
      if (its.length === v.length && says !== name && (v.length > 1 || n > 0))
        yield {
          says: `of ${says} in place of ${name}`,
          isIn,
          of: (_, __, subject) => (i) => find(says, subject)[i],
        };
    for (const [says, of] of editsOf(axesOf(place, v.length))) {
      const edit: Remake['of'] = (input, axes) => {
        const most = largest(input.v);
        return (i) => of(input.v, i, axes, most);
      };
      yield { says: `of ${says.replace('_', name)}`, isIn, of: edit };
    }
    yield { says: `of ${name} + 1, and 0 for ${K}`, isIn, of: (input) => (i) => (input.v[i] + 1) % K };
  }
  for (const { says, v } of [...inputs, ...others.filter(({ place }) => place.isSpikes)]) {
    const isIn: Remake['isIn'] = (_, j) => inputs[j].v.length === v.length;
    const masked =
      (has: (value: number) => boolean): Remake['of'] =>
      (input, _, subject) => {
        const mask = find(says, subject);
        return (i) => (has(mask[i]) ? input.v[i] : 0);
      };
    yield { says: `only where ${says} is not 0`, isIn, of: masked((value) => value !== 0) };
    yield { says: `only where ${says} is positive`, isIn, of: masked((value) => value > 0) };
  }
  const groups = [...inputs.map((input) => [` of ${input.says}`, [input]] as const), ['', inputs] as const];
  for (const [name, its] of groups)
    for (const { name: axis, size } of its.flatMap(({ place, v }) => axesOf(place, v.length)))
      for (const slice of range(size).filter((k) => size > 1 && (k <= 32 || k >= size - 2))) {
        const isIn: Remake['isIn'] = ({ place: { axes } }, j) =>
          axes.includes(axis) && its.includes(inputs[j]);
        const left =
          (isOut: boolean): Remake['of'] =>
          ({ v }, axes) => {
            const own = axes.find((each) => each.name === axis)!; // it has the axis
            return (i) => ((sliceOf(i, own) === slice) === isOut ? 0 : v[i]);
          };
        yield { says: `${axis} ${slice}${name}`, isIn, of: left(true), isTerm: true };
        if (slice === 0 || slice === size - 1)
          yield { says: `of ${axis} ${slice}${name} alone`, isIn, of: left(false) };
      }
}

/** Which relation an array has to one that is made of changed arrays; '' where the change changes nothing. */
function remade(
  search: Search,
  regions: readonly Region[],
  { says, isIn, of, isTerm }: Remake,
): string | undefined {
  const {
    x,
    of: { inputs, make },
  } = search;
  const changed = inputs.map((input, j) => {
    const change = isIn(input, j) ? of(input, axesOf(input.place, input.v.length), search.of) : undefined;
    return change ? Float64Array.from(input.v, (_, i) => change(i)) : input.v;
  });
  if (changed.every((v, j) => v.every((each, i) => each === inputs[j].v[i]))) return '';
  const made = make?.(changed);
  if (made?.length !== x.length) return undefined;
  const d = search.less(made);
  const often = (k: number): string =>
    Math.abs(k) < 1e-3 ? 'without' : Math.abs(k - 2) < 1e-3 ? 'with twice' : `with ${search.text(k)} ×`;
  const row: Row = isTerm
    ? (_, region) =>
        search.line(
          region,
          (k) => `it is made ${often(1 - k)} ${says}`,
          (i) => d[i] - x[i],
          (i) => x[i],
          6,
        )
    : () => [[`it is made ${says}`, (i) => d[i], 10]];
  return first(search, [row], regions.slice(0, 3));
}

/** The first relation that fits, in words. */
function first(search: Search, tried: readonly Row[], regions: readonly Region[]): string | undefined {
  for (const row of tried)
    for (const region of regions)
      for (const relation of row(search, region))
        if (search.fits(region, relation))
          return region[0] === '' ? relation[0] : `${region[0]}, ${relation[0]}`;
  return undefined;
}

function related(search: Search, regions = regionsOf(search)): string | undefined {
  for (const direction of search.directions()) {
    const found = first(search, [(_, region) => search.along(region, direction)], regions);
    if (found !== undefined) return found;
  }
  const found = first(search, rows.plain, regions);
  if (found !== undefined) return found;
  const { sample, make } = search.of;
  const small = sample && new Search(sample, search.base && sample.base);
  const smallRegions = small && small.wrong.length > 0 ? regionsOf(small) : [];
  for (const remake of make ? remakesOf(search.of) : []) {
    if (small && remade(small, smallRegions, remake) === undefined) continue;
    const says = remade(search, regions, remake);
    if (says) return says;
  }
  return first(search, rows.special, [...regions].reverse());
}

/** By which relation the numbers of an array come of the expected ones; or where they are wrong. */
export function describeArray(subject: Unexplained): string {
  const { got, base, stepwise, expected, place } = subject;
  const bad = got.findIndex((v: number) => !Number.isFinite(v));
  const isAll = bad >= 0 && got.every((v) => Object.is(v, got[bad]));
  if (bad >= 0) return isAll ? `every number is ${got[bad]}` : `number ${bad} is ${got[bad]}`;
  const search = new Search(subject);
  const found = (base && related(new Search(subject, base))) ?? related(search);
  if (found !== undefined) return found;
  const alone = { ...subject, make: undefined };
  const each = stepwise && new Search({ ...alone, expected: { ...expected, v: stepwise } });
  if (each && each.wrong.length > 0 && each.wrong.length < search.wrong.length)
    return `of the potential before each step: ${related(each) ?? fallback(each)}`;
  const [step] = search.axes;
  if (place.axes[0] !== 'step') return fallback(search);
  const begin = search.wrong.reduce((least, i) => Math.min(least, sliceOf(i, step)), step.size);
  const region = search.region(`at step ${begin}, where it first differs`, (i) => sliceOf(i, step) === begin);
  return related(new Search(alone), [region]) ?? fallback(search);
}

/** Where numbers are wrong of which nothing else is known. */
function fallback(search: Search): string {
  const {
    wrong,
    x,
    y,
    axes,
    of: { place },
  } = search;
  const ratio = x[0] === 0 ? '' : `, ${search.text(y[0] / x[0])} × the expected`;
  if (x.length === 1) return `it is ${short(y[0])} in place of ${short(x[0])}${ratio}`;
  const count = (value: number): string => value.toLocaleString('en-US');
  const more = wrong.filter((i) => y[i] > x[i]).length;
  const less = wrong.length - more;
  const way = place.isSpikes
    ? `: ${count(less)} spikes are missing and ${count(more)} are added`
    : more === 0
      ? ', all too small'
      : less === 0
        ? ', all too large'
        : '';
  const [least] = regionsOf(search).sort(([, a], [, b]) => a.length - b.length);
  const begin = wrong.reduce((a, b) => Math.min(a, b));
  const at = axes.map((axis) => (axis.size > 1 ? ` ${axis.name} ${sliceOf(begin, axis)},` : '')).join('');
  const cosine = total(x, (v, i) => v * y[i]) / Math.sqrt(total(x, (v) => v * v) * total(y, (v) => v * v));
  const says =
    x.length >= 32 && Math.abs(cosine) < 4 / Math.sqrt(x.length)
      ? ', they have nothing to do with the expected ones'
      : '';
  return `${count(wrong.length)} of ${count(x.length)} numbers differ${way}${least[0] === '' ? '' : `, all ${least[0]}`}; the first is at${at} cosine ${cosine.toFixed(3)}${says}`;
}

/** One factor of several arrays that differ, in words: it explains all that it fits. */
export function oneFactor(all: readonly Unexplained[]): string | undefined {
  const factors = all.map((subject) => {
    const search = new Search(subject, subject.base);
    const region = search.region('', () => true);
    const found = [
      ...search.line(
        region,
        search.text,
        (i) => search.x[i],
        () => 0,
      ),
    ];
    return found.find((relation) => search.fits(region, relation));
  });
  const [k, says] = [factors[0]?.[3] ?? NaN, factors[0]?.[0] ?? ''];
  const areAlike = factors.every((each) => Math.abs((each?.[3] ?? NaN) / k - 1) < 2 ** -12);
  return areAlike ? `all ${all.length} arrays are ${says} × the expected` : undefined;
}
