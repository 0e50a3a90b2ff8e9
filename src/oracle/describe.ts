/**
 * Descriptions: how the numbers of an array that differs come of the expected ones. What is in no catalogue is described; a
 * description is made only where every number fits it, within the bounds.
 */
import { outputLayer } from '../../spec/network.ts';
import type { Interval, Values } from './interval.ts';
import { sizeOf, type Dimension, type Place } from './keys.ts';
import { medianOf } from './power.ts';
import type { Setting } from './stagePart.ts';

/** What number i is expected to be, from another place or by another rule. */
type At = (i: number) => number;

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
  const near = (factor: number, i: number, at: number): boolean =>
    Math.abs(got[i] - factor * value[at]) <= slack(interval, at, factor, typical);
  const all = (fits: (i: number) => boolean): boolean => {
    for (let i = 0; i < got.length; i++) if (!fits(i)) return false;
    return true;
  };
  const bad = got.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0)
    return all((i) => Number.isNaN(got[i])) ? 'every number is NaN' : `number ${bad} is ${got[bad]}`;
  if (typical === 0) return undefined;
  if (all((i) => got[i] === 0)) return 'every number is 0';
  const inverse = (i: number): number =>
    Math.abs(got[i] - 1 / value[i]) - slack(interval, i, 1 / value[i] ** 2, typical);
  if (value.some((v) => v !== 0) && all((i) => inverse(i) <= 0)) return 'it is 1 ÷ the expected';
  const factor = factorOf(value, got, typical);
  if (factor !== undefined && all((i) => near(factor, i, i)))
    return `every number is ${factorText(factor, setting)} × the expected`;
  const step = stepText(place, interval, got, others, setting);
  if (step !== undefined) return step;
  const by = got[0] - value[0];
  const isOff = got.length > 1 && Math.abs(by) > slack(interval, 0, 1, typical);
  if (isOff && all((i) => Math.abs(got[i] - value[i] - by) <= slack(interval, i, 1, typical)))
    return `every number is off by ${short(by)}`;
  const moved = moves(place).find(({ at }) => {
    const isMoved = got.some((_, i) => at(i) !== i && !near(1, i, i));
    return isMoved && all((i) => (at(i) < 0 ? got[i] === 0 : near(1, i, at(i))));
  });
  if (moved) return `it is the expected array ${moved.says}`;
  const permuted = permutations(place, value, got, interval, typical);
  if (permuted !== undefined) return permuted;
  const other = otherLayer(place, got, others, typical);
  if (other !== undefined) return `it is what is expected of ${other}`;
  return relation(value, got);
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
  const bounded: Interval = { value: expected, radius };
  const typical = medianOf(expected);
  const sureness = (i: number): number => Math.abs(expected[i]) / slack(bounded, i, 1, typical);
  let best = 0;
  for (let i = 1; i < expected.length; i++) if (sureness(i) > sureness(best)) best = i;
  const factor = made[best] / expected[best];
  const isIt = (v: number, i: number): boolean =>
    Math.abs(v - factor * expected[i]) <= slack(bounded, i, factor, typical);
  return Math.abs(factor - 1) >= leastFactor && made.every(isIt)
    ? `the step, after − before, is ${factorText(factor, setting)} × the expected`
    : undefined;
}

/** How far a number may be from what a description says of it. */
function slack({ radius }: Interval, i: number, factor: number, typical: number): number {
  return Math.max(1, Math.abs(factor)) * (2 * (radius?.[i] ?? 0) + 2 ** -20 * typical);
}

/** How far from 1 a factor is that is one. */
const leastFactor = 2 ** -12;

/** The median quotient of numbers that are not small, where it is not 1. */
function factorOf(value: Values, got: Values, typical: number): number | undefined {
  const quotients: number[] = [];
  for (let i = 0; i < value.length; i++) if (Math.abs(value[i]) >= typical) quotients.push(got[i] / value[i]);
  const factor = quotients.sort((a, b) => a - b)[quotients.length >> 1];
  return factor === undefined || factor === 0 || Math.abs(factor - 1) < leastFactor ? undefined : factor;
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
  const isNamed = ([, size]: [string, number]): boolean =>
    size !== 1 && Math.abs(Math.abs(factor) / size - 1) < 2 ** -12;
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

/** What each dimension of an array is. */
function dimensionsOf({ row, shape }: Place): { name: string; size: number; step: number }[] {
  const all = row.dimensions.flatMap((dimension) => names[dimension]);
  return shape.map((size, d) => ({
    name: all[d],
    size,
    step: sizeOf(shape.slice(d + 1)),
  }));
}

/** Where number i of a moved array comes from; −1: it is 0. */
function moves(place: Place): { says: string; at: At }[] {
  const found: { says: string; at: At }[] = [];
  const dimensions = dimensionsOf(place);
  for (const { name, size, step } of dimensions) {
    const here = (i: number): number => Math.floor(i / step) % size;
    found.push({ says: `flipped by ${name}`, at: (i) => i + (size - 1 - 2 * here(i)) * step });
    for (const by of [1, -1]) {
      const way = by > 0 ? 'later' : 'earlier';
      const isEnd = (i: number): boolean => here(i) === (by > 0 ? 0 : size - 1);
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
function transposed(
  one: { name: string; size: number; step: number },
  other: { name: string; size: number; step: number },
  { shape }: Place,
): { says: string; at: At }[] {
  const says = `transposed, ${one.name} and ${other.name}`;
  const at = (i: number, { size, step }: { size: number; step: number }): number =>
    Math.floor(i / step) % size;
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
function permutations(
  place: Place,
  value: Values,
  got: Values,
  interval: Interval,
  typical: number,
): string | undefined {
  for (const { name, size, step } of dimensionsOf(place)) {
    if (size > 512) continue;
    const outer = value.length / (size * step);
    const isLike = (to: number, from: number): boolean => {
      for (let block = 0; block < outer; block++)
        for (let k = 0; k < step; k++) {
          const [i, j] = [to, from].map((slice) => (block * size + slice) * step + k);
          if (Math.abs(got[i] - value[j]) > slack(interval, j, 1, typical)) return false;
        }
      return true;
    };
    const places = Array.from({ length: size }, (_, k) => k);
    const order = places.map((to) => (isLike(to, to) ? to : places.findIndex((from) => isLike(to, from))));
    if (order.every((from) => from >= 0) && order.some((from, to) => from !== to))
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
    if (
      got.every((v: number, i: number) => Math.abs(v - interval.value[i]) <= slack(interval, i, 1, typical))
    )
      return name;
  }
  return undefined;
}

/** What is left to say: whether the numbers have to do with the expected ones at all. */
function relation(value: Values, got: Values): string | undefined {
  if (value.length < 32) return undefined;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < value.length; i++) {
    xy += value[i] * got[i];
    xx += value[i] ** 2;
    yy += got[i] ** 2;
  }
  const r = xy / Math.sqrt(xx * yy);
  return Math.abs(r) < 4 / Math.sqrt(value.length)
    ? `the numbers have nothing to do with the expected ones (cosine ${r.toFixed(3)})`
    : undefined;
}

const short = (value: number): string => String(Number(value.toPrecision(5))).replace('-', '−');
