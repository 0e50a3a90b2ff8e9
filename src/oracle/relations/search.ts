/** The search for a relation between a differing array and the expected one: its evidence, its regions and its words. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { digits, gridOf, largest, medianOf, range, total } from '../../engine/rounding.ts';
import type { Ball } from '../../engine/stage.ts';
import { axesOf, type Axis } from './edits.ts';
import { isOff, type Slot } from '../judge.ts';
import { once } from '../memo.ts';
import { bitsOfChoice } from '../evidence.ts';

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
  /** The array from which differences are taken: for weights after a step, the weights before it. */
  readonly base?: Floats | undefined;
  /** The inputs of the array that differs; `make` computes this array from changed inputs, within a limit on work. */
  readonly inputs: readonly Known[];
  readonly make?: ((inputs: readonly Floats[]) => Floats | undefined) | undefined;
  /**
   * For a gradient with respect to an input: converts d, the gradient with respect to the edited input, to the one with respect
   * to the unedited input.
   */
  readonly pulledBack?: ((d: Floats, isIn: (j: number) => boolean, edit: InputChange) => Floats) | undefined;
  /** For spikes: the key of an array for which each spike is what it should be. */
  readonly follows?: string | undefined;
  /** Whether the array is a sum of products of its inputs. */
  readonly isSum?: boolean | undefined;
  /** One sample that differs, as an array of its own. Relations are tried on it first. */
  readonly sample?: Unexplained | undefined;
  /**
   * The arrays that may be described, in order: this array, and others that follow from recorded arrays. Default: this array.
   */
  readonly views?: readonly View[] | undefined;
  readonly others: readonly Known[];
  /** Names and values of the constants that a description recognises in a factor. */
  readonly constants: readonly (readonly [name: string, value: number])[];
}

/** The beginning of a description, and the array to describe, which follows from recorded ones. */
export type View = readonly [says: string, subject: Unexplained];

/** Computes number i of a changed input. `most` is the largest magnitude of the input x. */
export type InputChange = (
  x: Floats,
  i: number,
  axes: readonly Axis[],
  most: number,
  subject: Unexplained,
) => number;

/** The threshold of a layer, with its name, if it is among the constants. */
export const thresholdOf = (constants: Unexplained['constants'], n: number) =>
  constants.find(([name]) => /^(Vth|θ) of layer /.test(name) && name.endsWith(` ${n}`)) ??
  constants.find(([name]) => name === 'Vth');

export type NumberAt = (i: number) => number;

export type Test = (i: number) => boolean;

/** A region: its text, its indices in a spread-out order, and the indices of some wrong numbers, for fitting constants. */
export type Region = readonly [says: string, indices: Int32Array, wrong: Int32Array];

/**
 * A relation: its text, its prediction, the cost in bits of choosing it and its constants, and the factor by which it scales
 * errors.
 */
export type Relation = readonly [says: string, of: NumberAt, cost: number, gain?: number];

export type RelationRow = (search: Search, region: Region) => Iterable<Relation>;

/** The largest shares that may contradict a relation: of the wrong numbers, and of all numbers. */
const [mostMissed, mostMisfits] = [0.01, 0.001];

/** In bits: the evidence that a relation needs in addition to its cost, and the limit on the evidence of a single number. */
export const [leastBits, mostBits] = [8, 20];

/** Limit on the numbers that constants are fitted to. */
export const few = 1000;

/** The indices that pass a test, ordered so that the first ones are spread over the array. */
function indicesWhere(length: number, has: Test): Int32Array {
  let count = 0;
  const indices = new Int32Array(length);
  for (let i = 0; i < length; i++) if (has(i)) indices[count++] = i;
  // A prime stride that does not divide the count visits every index.
  const stride = count % 7919 === 0 ? 7907 : 7919;
  return indices.slice(0, count).map((_, k) => indices[(k * stride) % count]);
}

/** The median over some indices. */
export function middle(indices: ArrayLike<number>, of: NumberAt): number {
  const all = new Float64Array(indices.length);
  for (let k = 0; k < all.length; k++) all[k] = of(indices[k]);
  return all.sort()[all.length >> 1] ?? NaN;
}

export const short = (value: number): string => digits(value).replace('-', '−');

export const times = (k: string, what: string): string =>
  k === '1' ? what : what === '1' ? k : `${k} × ${/ [−+] /.test(what) ? `(${what})` : what}`;

/** The search for a relation: between numbers, or between their differences from a base. */
export class Search {
  readonly x: Floats;
  readonly y: Floats;
  readonly axes: readonly Axis[];
  readonly wrong: Int32Array;
  readonly isWrong: Test;
  /** Limit on the evidence of a number, and on the cost of a constant, in bits. */
  readonly #worth: number;
  /** The evidence of a zero, in bits. */
  readonly #zero: number;
  /** How many numbers are expected not to be 0. */
  readonly #fired: number;
  readonly #size: number;
  readonly #radius: number;
  readonly #names: ReadonlyMap<number, readonly Name[]>;

  constructor(
    readonly of: Unexplained,
    readonly base?: Floats,
    /** Whether relations are only tried: they need no evidence, but nothing may contradict them. */
    readonly isTrial = false,
  ) {
    const { v, r } = of.expected;
    [this.x, this.y] = [this.less(v), this.less(of.got)];
    [this.axes, this.#names] = [axesOf(of.slot, v.length), namesOf(of.constants)];
    this.isWrong = (i) => isOff(of.got[i], v[i], r ? r[i] : 0);
    this.wrong = indicesWhere(v.length, this.isWrong);
    const most = largest(this.x) + largest(this.y);
    // The bound of an open spike says nothing about the other spikes, nor the bound of a layer about the other layers.
    const isApart = of.slot.isSpikes || of.slot.axes[0] === 'layer';
    const radius = r && !isApart ? medianOf(r.filter(Number.isFinite)) : 0;
    [this.#size, this.#radius] = [medianOf(this.x) || most, radius];
    const grid = Math.min(gridOf(this.x), gridOf(this.y));
    this.#worth = Math.min(mostBits, Math.log2(1 + most / 2 ** grid));
    const zeros = this.x.filter((value) => value === 0).length;
    this.#fired = v.length - zeros;
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

  /** The largest accepted distance of a number from its prediction. */
  tolerance(i: number, predicted: number, gain = 1): number {
    const { expected, base } = this.of;
    const radius = Math.max(1, Math.abs(gain)) * Math.max(this.#radius, expected.r?.[i] ?? 0);
    return 2 * radius + 2 ** -21 * (Math.abs(predicted) + this.#size) + 2 ** -23 * Math.abs(base?.[i] ?? 0);
  }

  /** Whether a relation fits nearly all numbers and is no coincidence. */
  fits([where, indices]: Region, [, of, cost, gain]: Relation): boolean {
    let [wrong, missed, misfits, bits, fired, added] = [0, 0, 0, 0, 0, 0];
    const seen = new Set<number>();
    const isCounted = cost > 2 * mostBits && this.#worth > mostBits / 2;
    for (let n = 0; n < indices.length; n++) {
      const i = indices[n];
      const predicted = of(i);
      const tolerance = this.tolerance(i, predicted, gain);
      // A number without bounds may be anything.
      const isHeld =
        this.of.expected.r?.[i] === Infinity ||
        (Number.isFinite(predicted) && Math.abs(this.y[i] - predicted) <= tolerance);
      if (!isHeld && ++misfits > 20 + 0.02 * n) return false;
      if (this.x[i] !== 0) fired++;
      if (!this.isWrong(i)) continue;
      wrong++;
      // A predicted 0 is little evidence. For a relation of high cost, an expected 0 is also little evidence, because there are
      // many such relations.
      const isZero = predicted === 0 || (cost > 6 && this.x[i] === 0);
      const most = isZero ? Math.min(this.#zero, cost > 6 ? 2 : mostBits) : this.#worth;
      const [y, change] = [this.y[i], this.y[i] - this.x[i]].map(Math.abs);
      // A small difference of large terms is little evidence for these terms, and none if their factors are fitted.
      const isVague = predicted !== 0 && tolerance > 2 ** -10 * y;
      const evidence =
        isVague && isCounted ? 0 : Math.log2((isVague ? Math.min(y, change) : change) / tolerance);
      if (isHeld && this.x[i] === 0) added++;
      if (!isHeld) missed++;
      // If several constants are fitted, all copies of a number count as one.
      else if (!isCounted || !seen.has(this.y[i] + Math.PI * this.x[i]))
        bits += Math.max(0, Math.min(most, evidence));
      if (isCounted) seen.add(this.y[i] + Math.PI * this.x[i]);
    }
    if (missed > mostMissed * wrong || misfits > mostMisfits * indices.length) return false;
    if (this.isTrial) return true;
    if (this.#worth >= 3) return bits >= cost + leastBits;
    // The evidence of decisions is which of the expected spikes are missing, and where spikes are added. The choice of a region
    // needs further evidence.
    const [held, least] = [wrong - missed, where === '' ? leastBits : 2 * leastBits];
    const ways = (fires: number, all: number): number =>
      Math.max(held, bitsOfChoice(fires, held - added) + bitsOfChoice(all - fires, added));
    return ways(this.#fired, this.x.length) >= least && ways(fired, indices.length) >= cost + least;
  }

  /** y = k·d + `less`, with k fitted to the numbers near the median quotient. The text of the relation is only k. */
  *line([, , wrong]: Region, d: NumberAt, less: NumberAt, cost: number): Generator<Relation> {
    const quotient: NumberAt = (i) => (this.y[i] - less(i)) / d(i);
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

  /**
   * The factors with which a sum of terms is nearest to `of` at wrong places. A term that depends linearly on earlier terms has
   * the factor 0.
   */
  solve([, , wrong]: Region, terms: readonly NumberAt[], of: NumberAt): number[] {
    const left = Float64Array.from(wrong, of);
    const dot = (a: Float64Array, b: Float64Array): number => {
      let sum = 0;
      for (let n = 0; n < a.length; n++) sum += a[n] * b[n];
      return sum;
    };
    const [orthogonal, rows]: [(readonly [v: Float64Array, size: number])[], number[][]] = [[], []];
    const ks = terms.map((term) => {
      const v = Float64Array.from(wrong, term);
      const size = dot(v, v);
      const shares = orthogonal.map(([each, its]) => {
        const share = dot(v, each) / its;
        for (let n = 0; n < v.length; n++) v[n] -= share * each[n];
        return share;
      });
      if (dot(v, v) <= 2 ** -40 * size) v.fill(0);
      const its = dot(v, v) || 1;
      const k = dot(left, v) / its;
      for (let n = 0; n < v.length; n++) left[n] -= k * v[n];
      orthogonal.push([v, its]);
      rows.push(shares);
      return k;
    });
    for (let at = ks.length - 1; at >= 0; at--)
      rows[at].forEach((share, before) => (ks[before] -= share * ks[at]));
    return ks;
  }

  cost = (k: number): number => Math.min(this.#worth, k === 0 ? 1 : (this.#named(k)[0]?.[2] ?? mostBits));

  /** The text of a number, with the fraction and the constants that it may equal. */
  text = (k: number): string => {
    const [size, sign] = [short(Math.abs(k)), k < 0 ? '−' : ''];
    const all = this.#named(k);
    const fractions = all.filter(([name]) => !/[a-z]/i.test(name)).slice(0, 1);
    const plain = all.filter(([name, , cost]) => /[a-z]/i.test(name) && cost <= 6);
    // Of constants that each layer has, the first is that of the layer itself.
    const kinds = plain.map(([name]) => name.replaceAll(/\d+/g, ''));
    const some = [...fractions, ...plain.filter((_, at) => kinds.indexOf(kinds[at]) === at).slice(0, 2)];
    // A costly constant is not named beside others, because every number is near some combination of constants.
    const names = (some.length > 0 ? some : all.slice(0, 1)).map(([name]) => sign + name).join(' or ');
    return names === '' || fractions[0]?.[0] === size ? sign + size : `${names} (= ${sign}${size})`;
  };

  #named(k: number): readonly Name[] {
    const isNear = ([, value]: Name): boolean => Math.abs(Math.abs(k) / value - 1) < 2 ** -15;
    return this.#names.get(octave(k))?.filter(isNear) ?? [];
  }
}

/** The name of a number, in terms of constants. `value` is the number, and `cost` is the cost of the name in bits. */
type Name = readonly [name: string, value: number, cost: number];

/** The eighth of an octave in which a number lies; `from` moves the borders. */
const octave = (k: number, from = 1): number => Math.floor(8 * Math.log2(Math.abs(k) * from));

/** Names of constants, by the eighth of an octave in which the constant lies, so that a number is compared with few names. */
const namesOf = once((constants: Unexplained['constants']): ReadonlyMap<number, readonly Name[]> => {
  const byOctave = new Map<number, Name[]>();
  for (const name of allNames(constants))
    for (const at of new Set([1 - 2 ** -14, 1 + 2 ** -14].map((from) => octave(name[1], from))))
      byOctave.set(at, [...(byOctave.get(at) ?? []), name]);
  return byOctave;
});

function allNames(constants: Unexplained['constants']): Name[] {
  const whole = range(16).map((n) => [`${n + 1}`, n + 1] as const);
  const rest = constants.map(([c, v]) => [`(1 − ${c})`, 1 - v] as const);
  const below = (name: string | number): string => `${name}`.replace(/^.*·.*$/, '($&)');
  const ratios = (all: Unexplained['constants']): Name[] =>
    all.flatMap(([a, v]) => all.map(([b, w]): Name => [`${a}/${below(b)}`, v / w, 11]));
  const plainly = (all: Unexplained['constants']): Name[] => [
    ...all.map(([name, value]): Name => [name, value, 6]),
    ...all.map(([name, value]): Name => [`1/${below(name)}`, 1 / value, 6]),
  ];
  return [
    ...plainly(whole),
    ...plainly([...constants, ...rest]),
    ...constants.map(([c, v]): Name => [`${c}/(${c} − 1)`, v / (v - 1), 8]),
    ...constants.map(([c, v]): Name => [`(${c} − 1)/${c}`, (v - 1) / v, 8]),
    ...ratios(constants),
    ...ratios(whole.slice(0, 6)),
    ...range(1024).map((n): Name => [`1/${n + 1}`, 1 / (n + 1), mostBits]),
  ];
}

/** The text of the first relation that fits. */
export function firstFit(
  search: Search,
  rows: readonly RelationRow[],
  regions: readonly Region[],
): string | undefined {
  const it = search.base ? 'its step (after − before)' : 'it';
  for (const row of rows)
    for (const region of regions)
      for (const relation of row(search, region))
        if (search.fits(region, relation)) {
          const says = `${it} ${relation[0].replace(/(?<!\([^()]*)− [^=]*\(= −/, (all) => all.replace(/(?<= or |= )−/g, ''))}`;
          return region[0] === '' ? says : `${region[0]}, ${says.replace(/ in every \w+$/, '')}`;
        }
  return undefined;
}
