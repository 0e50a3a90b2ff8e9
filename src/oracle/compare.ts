/** Comparison of an implementation's array with a interval. */
import type { Network } from '../../spec/network.ts';
import { isUnknown, total, type Interval, type Intervals, type Values } from './interval.ts';
import { indicesOf, keyOf, sizeOf, type Place } from './keys.ts';

/**
 * What an array is judged by. `exact`: bits, whatever the order of sums. `margin`: spikes, where every potential is
 * farther from the threshold than rounding reaches. `either`: spikes, some of which rounding leaves open. `interval`:
 * numbers within a derived bound.
 */
export type Class = 'exact' | 'margin' | 'either' | 'interval';

/** Where an array first differs: samples before steps before neurons, all from 0 but for the layer. */
export interface Difference {
  readonly sample?: number;
  readonly t?: number;
  /** Channel, row, column of a neuron; or the indices of a weight. */
  readonly neuron: readonly number[];
  readonly expected: number;
  readonly got: number;
  /** How far it may be off. */
  readonly bound: number;
  /** Of a spike: the potential that was compared, and the threshold. */
  readonly u?: number;
  readonly Vth?: number;
}

export interface Comparison {
  readonly class: Class;
  readonly compared: number;
  readonly differing: number;
  /** Spikes that rounding leaves open, and numbers that nothing is known of. */
  readonly open: number;
  /** Largest error in units of the last place of binary32, and of its bound (0 / 0 is 0). */
  readonly ulp: number;
  readonly bounds: number;
  readonly first?: Difference;
}

const single = new Float32Array(1);
const word = new Uint32Array(single.buffer);
const units = Float64Array.from({ length: 256 }, (_, exponent) => 2 ** (Math.max(1, exponent) - 150));

/** The unit in the last place of a binary32 number. */
function ulpOf(value: number): number {
  single[0] = value;
  return units[(word[0] >>> 23) & 0xff];
}

/** Whether a number is farther from its value than it may be. Where nothing is known of it, only what is no number can be. */
function isOff(got: number, value: number, most: number, interval: Interval): boolean {
  if (got === value) return false;
  // What is made of no number is none.
  if (Number.isNaN(got)) return interval.mayBeNaN !== true && !Number.isNaN(value);
  if (!Number.isFinite(got)) return interval.mayBeInfinite !== true;
  // Not `>`: a mistake expects NaN where nothing would be right.
  return !isUnknown(most) && !(Math.abs(got - value) <= most);
}

/** Whether every number is as near as it must be. A call for each number would make a check a tenth longer; so in `interval.ts` and `power.ts`. */
export function isWithin(interval: Interval, got: Values): boolean {
  const { value, radius } = interval;
  if (value.length !== got.length) return false;
  for (let i = 0; i < got.length; i++)
    if (isOff(got[i], value[i], radius ? radius[i] : 0, interval)) return false;
  return true;
}

/** The places of numbers that are farther than they may be. */
export function placesOff(interval: Interval, got: Values): number[] {
  const { value, radius } = interval;
  const places: number[] = [];
  for (let i = 0; i < got.length; i++)
    if (isOff(got[i], value[i], radius ? radius[i] : 0, interval)) places.push(i);
  return places;
}

/** Where an array belongs: what else its part made, and the first of the samples that these are, of the batch. */
export interface Context {
  readonly made: Intervals;
  readonly network: Network;
  readonly from: number;
}

export function compare(place: Place, interval: Interval, got: Values, context: Context): Comparison {
  const { value, radius } = interval;
  let [differing, open, first] = [0, total(interval.open ?? [], (o) => o), -1];
  const [ulp, bounds] = [new Float64Array(1), new Float64Array(1)];
  const order = firstOrder(place);
  for (let i = 0; i < value.length; i++) {
    const most = radius ? radius[i] : 0;
    if (isUnknown(most)) open++;
    const g = got[i];
    const v = value[i];
    if (g === v) continue;
    const off = isOff(g, v, most, interval);
    if (!off && isUnknown(most)) continue;
    const error = Number.isFinite(g) ? Math.abs(g - v) : Infinity;
    const unit = ulpOf(Math.max(Math.abs(v), Math.abs(g)));
    ulp[0] = Math.max(ulp[0], Math.min(2 ** 32, error / unit));
    bounds[0] = Math.max(bounds[0], error / most);
    if (!off) continue;
    differing++;
    if (first < 0 || order(i) < order(first)) first = i;
  }
  return {
    class: classOf(place, interval, context.made),
    compared: value.length,
    differing,
    open,
    ulp: ulp[0],
    bounds: bounds[0],
    ...(first >= 0 && { first: differenceAt(place, interval, got[first], first, context) }),
  };
}

/** The weakest first. */
const classes: readonly Class[] = ['either', 'margin', 'interval', 'exact'];

/** The comparison of an array whose samples were compared apart, the first of them first. */
export function compareAll(pieces: readonly Comparison[]): Comparison {
  const sum = (of: 'compared' | 'differing' | 'open'): number =>
    pieces.reduce((all, piece) => all + piece[of], 0);
  const first = pieces.find((piece) => piece.first)?.first;
  return {
    class: classes.find((each) => pieces.some((piece) => piece.class === each))!, // a piece has one of them
    compared: sum('compared'),
    differing: sum('differing'),
    open: sum('open'),
    ulp: Math.max(...pieces.map(({ ulp }) => ulp)),
    bounds: Math.max(...pieces.map(({ bounds }) => bounds)),
    ...(first && { first }),
  };
}

export function classOf(place: Place, { radius, open }: Interval, made: Intervals): Class {
  const isSpikes = place.row.name === 'layer{n}.spikes';
  if (isSpikes && open) return 'either';
  if (isSpikes && made.get(keyOf(place.n, 'compared'))?.radius) return 'margin';
  return radius?.some((r) => r > 0) ? 'interval' : 'exact';
}

/** A number that grows with sample, step, neuron: arrays themselves run by step, sample, neuron. */
function firstOrder({ row, shape }: Place): (index: number) => number {
  if (row.dimensions[0] !== 'T') return (index) => index;
  const [T, B] = shape;
  const size = sizeOf(shape.slice(2));
  return (index) => {
    const map = Math.floor(index / size);
    return ((map % B) * T + Math.floor(map / B)) * size + (index % size);
  };
}

function differenceAt(
  { row, shape, n }: Place,
  { value, radius }: Interval,
  got: number,
  index: number,
  { made, network, from }: Context,
): Difference {
  const at = indicesOf(shape, index);
  const t = row.dimensions[0] === 'T' ? at.shift() : undefined;
  const sample = row.dimensions.includes('B') ? at.shift()! + from : undefined; // a number for each dimension
  const compared = row.type === 'spike' ? made.get(keyOf(n, 'compared')) : undefined;
  const Vth = row.stage === 'neuron' ? network.layers[n - 1].Vth : undefined;
  return {
    ...(sample !== undefined && { sample }),
    ...(t !== undefined && { t }),
    neuron: at,
    expected: value[index],
    got,
    bound: radius?.[index] ?? 0,
    ...(compared && { u: compared.value[index] }),
    ...(Vth !== undefined && { Vth }),
  };
}
