/** Evidence: how many of the numbers that were wrong an explanation predicts, and whether that is enough to say so. */
import type { Interval, Values } from './interval.ts';
import { placesOff } from './compare.ts';
import { bitsOf, medianOf, openOf } from './power.ts';

/**
 * An explanation predicts at least half of the numbers that were wrong. The others lie within its bounds; of a format of numbers
 * these may be many, since much of what it rounds lies near the right numbers; else they are at most so many, or this share.
 */
const mostMissed = 2;
const mostShareMissed = 0.1;

/** And leaves at most this share of all numbers open: of these it says nothing. */
const mostOpen = 0.25;

/** And is worth at least so many bits for each mistake in it: the catalogue has a hundred, and thousands of pairs. */
const leastBits = 12;

/** Of several at once, so many for each: of one number, however near, hundreds of pairs make it. */
const leastBitsTogether = 18;

/** An array that was supplied, what the right part makes of it, and what a mistaken one does. */
export interface Trace {
  readonly got: Values;
  readonly right: Interval;
  readonly mistaken: Interval;
  /** What the numbers are differences from, as weights after a step are. */
  readonly base: Values | undefined;
}

/**
 * How many of the numbers that were wrong are what mistakes make; 0 where these are too few for an explanation.
 *
 * @param count how many mistakes are made at once
 */
export function predictedOf(traces: readonly Trace[], count: number): number {
  let [all, open, wrong, predicted, bits] = [0, 0, 0, 0, 0];
  for (const { got, right, mistaken, base } of traces) {
    // Where a mistake makes zeros alone, these are told from what is right.
    const typical = medianOf(mistaken.value) || medianOf(right.value);
    const places = placesOff(right, got);
    const known = places.map((i) => bitsOf(mistaken, i, right.value[i], typical, base));
    all += got.length;
    open += openOf(mistaken, typical, base);
    wrong += places.length;
    predicted += known.filter((each) => each > 0).length;
    const isOneFactor = isFactor(places, right.value, got, base);
    bits += isOneFactor ? Math.max(...known, 0) : known.reduce((sum, each) => sum + each, 0);
  }
  const missed = wrong - predicted;
  const isFormat = traces.some(({ mistaken }) => mistaken.excludes);
  const isMost = missed <= predicted && (isFormat || missed <= Math.max(mostMissed, mostShareMissed * wrong));
  const isEnough = bits >= count * (count > 1 ? leastBitsTogether : leastBits);
  return isMost && isEnough && open <= mostOpen * all ? predicted : 0;
}

/** Whether all that is wrong is wrong by one factor other than 0, which says no more than one number does. */
function isFactor(places: readonly number[], right: Values, got: Values, base?: Values): boolean {
  let [least, most] = [Infinity, -Infinity];
  for (const i of places) {
    const from = base?.[i] ?? 0;
    const factor = (got[i] - from) / (right[i] - from);
    least = Math.min(least, factor);
    most = Math.max(most, factor);
  }
  return least !== 0 && most - least <= 2 ** -12 * Math.abs(most);
}
