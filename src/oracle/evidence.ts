/** Evidence: how many of the numbers that were wrong an explanation predicts, and whether that is enough to say so. */
import { largest, total, type Interval, type Values } from './interval.ts';
import { placesOff } from './compare.ts';
import { countClose, differences, medianOf, silence } from './power.ts';

/**
 * An explanation predicts at least half of the numbers that were wrong. The others lie within its bounds: at most this share of them,
 * or so many of the steps of weights, where Adam takes a whole step for a rounding. Two may have up to half:
 * a format of numbers, since much of what it rounds lies near the right numbers, and what explains another part already.
 */
const mostShareMissed = 0.1;
const mostStepsMissed = 2;

/** It leaves at most this share of all numbers open: of these it says nothing. */
const mostOpen = 0.25;

/** It is worth at least so many bits more than it takes to name one of the mistakes that could be made there. */
const leastBits = 5;

/** Of several mistakes at once, so many for each: there are thousands of pairs, of which hundreds make any one number. */
const leastBitsTogether = 18;

/** What explains another part already is one of a few: so many bits are enough. */
const leastBitsAgain = 2;

/** An array that was supplied, what the right part makes of it, and what a mistaken one does. */
export interface Trace {
  readonly got: Values;
  readonly right: Interval;
  readonly mistaken: Interval;
  /** What the numbers are differences from, as weights after a step are. */
  readonly base: Values | undefined;
}

/** Of what evidence is asked. */
export interface Claim {
  /** How many mistakes are made at once. Default 1. */
  readonly count?: number;
  /** How many mistakes there are in the stages of these parts. Default: about as many as the catalogue has. */
  readonly rivals?: number | undefined;
  /** Whether they explain another part already. */
  readonly isAgain?: boolean;
}

/** How many of the numbers that were wrong an explanation predicts, and whether it comes close to nine tenths of them, and of all. */
export interface Evidence {
  readonly predicted: number;
  readonly isClose: boolean;
}

/** Which of the numbers that were wrong are what mistakes make; nothing where these are too few for an explanation. */
export function evidenceOf(
  traces: readonly Trace[],
  { count = 1, rivals = 128, isAgain = false }: Claim = {},
): Evidence | undefined {
  const counts = traces.map(countsOf);
  const sum = (of: keyof Counts): number => total(counts, (each) => each[of]);
  const [all, wrong, predicted] = [sum('all'), sum('wrong'), sum('predicted')];
  const missed = wrong - predicted;
  const spare = traces.some(({ base }) => base) ? mostStepsMissed : 0;
  const isFormat = traces.some(({ mistaken }) => mistaken.excludes);
  const isMost =
    missed <= predicted && (isAgain || isFormat || missed <= Math.max(spare, mostShareMissed * wrong));
  const least = count > 1 ? count * leastBitsTogether : leastBits + Math.log2(rivals);
  const isEnough = sum('bits') >= (isAgain ? leastBitsAgain : least);
  if (!(isMost && isEnough && sum('open') <= mostOpen * all)) return undefined;
  const isNearly = (some: number, of: number): boolean => some >= (1 - mostShareMissed) * of;
  return { predicted, isClose: isNearly(sum('near'), all) && isNearly(sum('nearWrong'), wrong) };
}

/**
 * Whether at least half of the numbers that were wrong are nearer to what mistakes make than these numbers are large. Others are
 * never predicted, however tight the bounds are.
 */
export function areNear(traces: readonly Trace[]): boolean {
  let [wrong, near] = [0, 0];
  for (const { got, right, mistaken, base } of traces) {
    const typical = typicalOf(mistaken, right);
    for (const i of placesOff(right, got)) {
      wrong++;
      const v = mistaken.value[i];
      if (got[i] === v || Math.abs(got[i] - v) < sizeAt(v - (base?.[i] ?? 0), typical)) near++;
    }
  }
  return 2 * near >= wrong;
}

/** Numbers of one array: how many in all, open, wrong, predicted, and close to what is made, in all and of the wrong ones; and bits. */
type Counts = Readonly<
  Record<'all' | 'open' | 'wrong' | 'predicted' | 'near' | 'nearWrong' | 'bits', number>
>;

function countsOf({ got, right, mistaken, base }: Trace): Counts {
  const typical = typicalOf(mistaken, right);
  const places = placesOff(right, got);
  const known = places.map((i) => bitsOf(mistaken, i, right.value[i], typical, base));
  const size = largest(base ? differences(got, base) : got);
  const those = (values: Values): Values => Float64Array.from(places, (i) => values[i]);
  return {
    all: got.length,
    open: openOf(mistaken, typical, base),
    wrong: places.length,
    predicted: known.filter((each) => each > 0).length,
    near: countClose(got, mistaken.value, size),
    nearWrong: countClose(those(got), those(mistaken.value), size),
    bits: isFactor(places, right.value, got, base) ? largest(known) : total(known, (each) => each),
  };
}

/** Where a mistake makes zeros alone, these are told from what is right. */
const typicalOf = (mistaken: Interval, right: Interval): number =>
  medianOf(mistaken.value) || medianOf(right.value);

/** How large a number is; of 0 a typical one. */
const sizeAt = (v: number, typical: number): number => (v === 0 ? typical || silence : Math.abs(v));

/** Whether all that is wrong is wrong by one factor other than 0, which says no more than one number does. */
function isFactor(places: readonly number[], right: Values, got: Values, base?: Values): boolean {
  let [least, most] = [Infinity, -Infinity];
  for (const i of places) {
    const from = base?.[i] ?? 0;
    // No factor makes anything else of 0.
    if (right[i] === from) return false;
    const factor = (got[i] - from) / (right[i] - from);
    least = Math.min(least, factor);
    most = Math.max(most, factor);
  }
  return least !== 0 && most - least <= 2 ** -12 * Math.abs(most);
}

/** How many numbers of an array may be anything up to what is typical of it. */
function openOf({ value, radius, open }: Interval, typical: number, base?: Values): number {
  return total(value, (v, i) => {
    const size = Math.max(typical, Math.abs(v - (base?.[i] ?? 0)));
    return open?.[i] === 1 || (radius && !(radius[i] < size)) ? 1 : 0;
  });
}

/**
 * How many bits an interval predicts of number i: how much larger the number v is than its radius. None where it would not have
 * caught 0, −v, 2v and v/2 in place of v (of 0 a typical number), and `other`, which it is an alternative to.
 */
export function bitsOf(
  { value, radius, open, excludes }: Interval,
  i: number,
  other: number,
  typical: number,
  base?: Values,
): number {
  const v = value[i] - (base?.[i] ?? 0);
  const most = radius?.[i] ?? 0;
  const size = sizeAt(v, typical);
  if (open?.[i] === 1 || !(most < size / 2)) return 0;
  // A format has its numbers on a grid, where another number is by chance.
  if (excludes?.[i] === 1) return 12;
  const apart = Math.abs(value[i] - other);
  return most < apart ? Math.min(24, Math.log2(Math.max(size, apart) / most)) : 0;
}
