/**
 * Descriptions: how the numbers of an array that differs come of the expected ones. What is in no catalogue is described; a
 * description is made only where every number fits it, within the bounds.
 */
import { outputLayer } from '../../spec/network.ts';
import { largest, total, type Interval, type Values } from './interval.ts';
import { sizeOf, type Dimension, type Place } from './keys.ts';
import { medianOf } from './power.ts';
import { range } from './slices.ts';
import type { Setting } from './stagePart.ts';

/** @param others what is expected of other arrays, by key */
export function describe(
  place: Place,
  interval: Interval,
  got: Values,
  others: ReadonlyMap<string, Interval>,
  setting: Setting,
): string | undefined {
  const { value } = interval;
  const typical = medianOf(value);
  const isNear = nearTo(interval, typical);
  const all = (fits: (i: number) => boolean): boolean => got.every((_: number, i: number) => fits(i));
  const bad = got.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0)
    return all((i) => Number.isNaN(got[i])) ? 'every number is NaN' : `number ${bad} is ${got[bad]}`;
  if (typical === 0) return undefined;
  if (all((i) => got[i] === 0)) return 'every number is 0';
  if (all((i) => isNear(got[i], 1 / value[i], i, 1 / value[i] ** 2))) return 'it is 1 ÷ the expected';
  const factor = factorOf(value, got, typical);
  if (all((i) => isNear(got[i], factor * value[i], i, factor)))
    return `every number is ${factorText(factor, setting)} × the expected`;
  const step = stepText(place, interval, got, others, setting);
  if (step !== undefined) return step;
  if (all((i) => isNear(got[i], value[i], i))) return undefined;
  const by = got[0] - value[0];
  const isOff = got.length > 1 && !isNear(got[0], value[0], 0);
  if (isOff && all((i) => isNear(got[i], value[i] + by, i))) return `every number is off by ${short(by)}`;
  const moved = moves(place).find(({ at }) =>
    all((i) => (at(i) < 0 ? got[i] === 0 : isNear(got[i], value[at(i)], at(i)))),
  );
  if (moved) return `it is the expected array ${moved.says}`;
  const permuted = permutations(place, value, got, isNear);
  if (permuted !== undefined) return permuted;
  const other = otherLayer(place, got, others, typical);
  if (other !== undefined) return `it is what is expected of ${other}`;
  return gridText(value, got) ?? relation(value, got);
}

/** Fewer bits behind the point than binary32 has of numbers of this size are those of a fixed point. */
const mostFraction = 14;

/** Of numbers of fixed point, where the expected ones are none. */
function gridText(value: Values, got: Values): string | undefined {
  if (value.length < 32) return undefined;
  const isOnGrid = (v: number, bits: number): boolean => Number.isInteger(v * 2 ** bits);
  const bits = range(mostFraction + 1).find((each) => got.every((v: number) => isOnGrid(v, each)));
  if (bits === undefined || bits === 0 || 2 * total(value, (v) => Number(isOnGrid(v, bits))) > value.length)
    return undefined;
  return `every number is a multiple of 1/${2 ** bits}: fixed point is judged by a vector of your network (oracle run --precision, then check --inputs)`;
}

/** Of weights or biases after the step: what their change is of the expected one. */
function stepText(
  { key }: Place,
  { value, radius }: Interval,
  got: Values,
  others: ReadonlyMap<string, Interval>,
  setting: Setting,
): string | undefined {
  const before = key.endsWith('.after') ? others.get(key.replace(/\.after$/, ''))?.value : undefined;
  if (!before) return undefined;
  const [expected, made] = [value, got].map((after) => Float64Array.from(after, (v, i) => v - before[i]));
  if (made.every((v) => v === 0)) return 'it is what it was before the step';
  // A step is small beside its weight, whose rounding it has: the factor is that of the step with the least of it.
  const typical = medianOf(expected);
  const isNear = nearTo({ value: expected, radius }, typical);
  const sureness = expected.map((v, i) => Math.abs(v) / slack(radius?.[i], typical));
  const best = sureness.indexOf(largest(sureness));
  const factor = made[best] / expected[best];
  return !isOne(factor) && made.every((v, i) => isNear(v, factor * expected[i], i, factor))
    ? `the step, after − before, is ${factorText(factor, setting)} × the expected`
    : undefined;
}

/** How a description begins that says no more. */
export const unrelated = 'the numbers have nothing to do with the expected ones';

/** How far a number may be from what a description says of it. */
const slack = (radius = 0, typical: number): number => 2 * radius + 2 ** -20 * typical;

/** Whether a number is what a description makes of the expected one at a place, by a factor that is not small. */
type IsNear = (v: number, said: number, at: number, factor?: number) => boolean;

/** Of what is divided by 0 the difference is NaN, and nothing is near it. */
const nearTo =
  ({ radius }: Interval, typical: number): IsNear =>
  (v, said, at, factor = 1) =>
    Math.abs(v - said) - Math.max(1, Math.abs(factor)) * slack(radius?.[at], typical) <= 0;

/** Whether a factor is none. */
const isOne = (factor: number): boolean => Math.abs(factor - 1) < 2 ** -12;

/** The median quotient of numbers that are not small; NaN where it is 0 or 1. */
function factorOf(value: Values, got: Values, typical: number): number {
  const quotients: number[] = [];
  value.forEach((v: number, i: number) => {
    if (Math.abs(v) >= typical) quotients.push(got[i] / v);
  });
  const factor = quotients.sort((a, b) => a - b)[quotients.length >> 1];
  return factor === 0 || isOne(factor) ? NaN : factor;
}

/** A factor in the terms of the step, where it is one of them. */
function factorText(factor: number, { network, B }: Setting): string {
  const { T, layers } = network;
  const Vth = outputLayer({ layers }).Vth;
  const K = outputLayer({ layers }).output.channels;
  const terms: [string, number][] = [
    ['2', 2],
    ['1/2', 1 / 2],
    ['B', B],
    ['1/B', 1 / B],
    ['T', T],
    ['1/T', 1 / T],
    ['Vth', Vth],
    ['1/Vth', 1 / Vth],
    ['T·Vth', T * Vth],
    ['1/(T·Vth)', 1 / (T * Vth)],
    ['1/classes', 1 / K],
  ];
  const offByOne: [string, number][] = [
    ['B/(B − 1)', B / (B - 1)],
    ['(B − 1)/B', (B - 1) / B],
    ['T/(T − 1)', T / (T - 1)],
    ['(T − 1)/T', (T - 1) / T],
  ];
  const isNamed = ([, size]: [string, number]): boolean => size !== 1 && isOne(Math.abs(factor) / size);
  const plain = terms.filter(isNamed);
  const named = plain.length > 0 ? plain : offByOne.filter(isNamed);
  const sign = factor < 0 ? '−' : '';
  if (named.length === 0) return short(factor);
  const [[first, size], ...rest] = named;
  const alike = [...(/^[\d/]+$/.test(first) ? [] : [short(size)]), ...rest.map(([name]) => name)];
  return `${sign}${first}${alike.length > 0 ? ` (= ${alike.join(' = ')})` : ''}`;
}

const names: Readonly<Record<Dimension, readonly string[]>> = {
  T: ['step'],
  B: ['sample'],
  map: ['channel', 'row', 'column'],
  weight: ['output', 'input', 'row', 'column'],
  bias: ['output'],
};

interface Side {
  readonly name: string;
  readonly size: number;
  readonly step: number;
}

/** What each dimension of an array is. */
function dimensionsOf({ row, shape }: Place): Side[] {
  const all = row.dimensions.flatMap((dimension) => names[dimension]);
  return shape.map((size, d) => ({
    name: all[d],
    size,
    step: sizeOf(shape.slice(d + 1)),
  }));
}

/** Where number i of a moved array comes from; −1: it is 0. */
interface Move {
  readonly says: string;
  readonly at: (i: number) => number;
}

function moves(place: Place): Move[] {
  const found: Move[] = [];
  const dimensions = dimensionsOf(place);
  for (const { name, size, step } of dimensions) {
    const here = (i: number): number => Math.floor(i / step) % size;
    found.push({ says: `flipped by ${name}`, at: (i) => i + (size - 1 - 2 * here(i)) * step });
    for (const [way, by, end] of [
      ['later', 1, 0],
      ['earlier', -1, size - 1],
    ] as const) {
      const isEnd = (i: number): boolean => here(i) === end;
      found.push({ says: `one ${name} ${way}, then 0`, at: (i) => (isEnd(i) ? -1 : i - by * step) });
      found.push({
        says: `rolled by one ${name}`,
        at: (i) => i - by * step + (isEnd(i) ? by * size * step : 0),
      });
    }
  }
  for (const [d, one] of dimensions.entries())
    for (const other of dimensions.slice(d + 1)) found.push(...transposed(one, other, place));
  return found;
}

/** Two dimensions exchanged: where they are of one size, and where an array is read in the order of its transpose. */
function transposed(one: Side, other: Side, { shape }: Place): Move[] {
  const says = `transposed, ${one.name} and ${other.name}`;
  const at = (i: number, { size, step }: Side): number => Math.floor(i / step) % size;
  if (one.size === other.size)
    return [
      {
        says,
        at: (i) => i + (at(i, other) - at(i, one)) * one.step + (at(i, one) - at(i, other)) * other.step,
      },
    ];
  const isMatrix = shape.filter((size) => size > 1).length === 2;
  if (!isMatrix) return [];
  return [{ says, at: (i) => (i % one.size) * other.size + Math.floor(i / one.size) }];
}

/** Whole channels or samples in another order. */
function permutations(place: Place, value: Values, got: Values, isNear: IsNear): string | undefined {
  for (const { name, size, step } of dimensionsOf(place)) {
    if (size > 512) continue;
    const isLike = (to: number, from: number): boolean => {
      for (let block = 0; block < value.length; block += size * step)
        for (let k = 0; k < step; k++) {
          const [i, j] = [to, from].map((slice) => block + slice * step + k);
          if (!isNear(got[i], value[j], j)) return false;
        }
      return true;
    };
    const places = range(size);
    const order = places.map((to) => (isLike(to, to) ? to : places.findIndex((from) => isLike(to, from))));
    if (!order.includes(-1))
      return `it is the expected array permuted by ${name}: ${order.slice(0, 12).join(' ')}${size > 12 ? ' …' : ''}`;
  }
  return undefined;
}

/** Another layer's array of the same kind and size that these numbers are. */
function otherLayer(
  { key, row }: Place,
  got: Values,
  others: ReadonlyMap<string, Interval>,
  typical: number,
): string | undefined {
  for (const [name, interval] of others) {
    const isKin = name !== key && name.replace(/^layer\d+\./, 'layer{n}.') === row.name;
    if (!isKin || interval.value.length !== got.length || medianOf(interval.value) === 0) continue;
    const isNear = nearTo(interval, typical);
    if (got.every((v: number, i: number) => isNear(v, interval.value[i], i))) return name;
  }
  return undefined;
}

/** What is left to say: whether the numbers have to do with the expected ones at all. */
function relation(value: Values, got: Values): string | undefined {
  if (value.length < 32) return undefined;
  const squares = total(value, (v) => v ** 2) * total(got, (v) => v ** 2);
  const r = total(value, (v, i) => v * got[i]) / Math.sqrt(squares);
  return Math.abs(r) < 4 / Math.sqrt(value.length) ? `${unrelated} (cosine ${r.toFixed(3)})` : undefined;
}

const short = (value: number): string => String(Number(value.toPrecision(5))).replace('-', '−');
