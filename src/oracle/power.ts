/**
 * Power: whether an array's bounds would have caught a plain wrong array. "Agrees" is said of no other array.
 *
 * The plain wrong arrays are all 0, −x, 2x, x/2, 5x/4, and x rolled by one place along each dimension. Each that differs from the expected
 * array must be outside the bounds at some number; and nearly every number must be known well, since a mistake may be in a few. An
 * array that came close to the expected one is decided without that.
 */
import { largest, total, type Interval, type Intervals, type Values } from './interval.ts';

/** Of 0, −x, 2x, x/2 and 5x/4 the last is nearest to x: bounds that do not hold it hold none of them. */
const nearestFactor = 1.25;

/** Of an array that differs from the expected one by less than this, relative to its largest number, nobody can tell it. */
const least = 2 ** -10;

/** An array that is 0 everywhere is decided where its bounds are below this. */
export const silence = 2 ** -64;

/** What a plain wrong array would have shown: numbers that were tested and were outside, whether it differs, and was caught. */
interface Tally {
  outside: number;
  tested: number;
  differs: boolean;
  isCaught: boolean;
}

/** One tally for each plain wrong array, and how many numbers are vague; or, where none is needed, whether the array is decided. */
export type Tallies =
  { readonly each: readonly Tally[]; readonly vague: number; readonly numbers: number } | boolean;

/**
 * An array all of whose numbers came as near to the expected ones as this share of the largest is decided, however wide its bounds are:
 * a wrong array would have had to come as near. A number that did not, within its bounds, is vague: sums in 16 bits are as far.
 */
const close = 2 ** -12;

/** How many numbers came close, where the largest is of this size. */
export function countClose(got: Values, expected: Values, most: number): number {
  let count = 0;
  for (let i = 0; i < got.length; i++) if (Math.abs(got[i] - expected[i]) <= close * most) count++;
  return count;
}

/** How many numbers did not come close, and yet are within bounds. */
function countHeld(got: Values, { value, radius }: Interval, most: number): number {
  return total(got, (v, i) => {
    const off = Math.abs(v - value[i]);
    return off > close * most && off <= (radius?.[i] ?? 0) ? 1 : 0;
  });
}

/** A number is vague that may be off by more than this share of the largest; stricter where it is the only one, as S is. */
const nearOfMany = 1 / 4;
const nearAlone = 1 / 64;

/** At most this share of numbers may be vague; of spikes this share may be open, or a few. */
const mostVague = 1 / 64;
const mostOpen = 1 / 8;
const fewOpen = 4;

/**
 * The smallest share of numbers outside over all plain wrong arrays; 0 where one is not caught.
 *
 * @param base what the plain wrong arrays are differences from: of weights after a step those before it, so that what is
 * tested is the step
 * @param got what was recorded, where it is known
 */
export function powerOf(interval: Interval, shape: readonly number[], base?: Values, got?: Values): number {
  return powerOfAll([talliesOf(interval, shape, base, got)]);
}

/** The same of an array whose samples were judged apart. */
export function powerOfAll(pieces: readonly Tallies[]): number {
  const tallied = pieces.filter((piece) => typeof piece !== 'boolean');
  if (tallied.length === 0) return pieces.every(Boolean) ? 1 : 0;
  const sum = (of: 'vague' | 'numbers'): number => total(tallied, (piece) => piece[of]);
  if (sum('vague') > mostVague * sum('numbers')) return 0;
  const most = Math.max(...tallied.map(({ each }) => each.length));
  const shares = Array.from({ length: most }, (_, wrong) =>
    shareOf(tallied.flatMap(({ each }) => each[wrong] ?? [])),
  );
  return Math.min(...shares);
}

function shareOf(tallies: readonly Tally[]): number {
  if (!tallies.some(({ differs }) => differs)) return 1;
  if (!tallies.some(({ isCaught }) => isCaught)) return 0;
  const sum = (of: 'outside' | 'tested'): number => total(tallies, (tally) => tally[of]);
  return sum('outside') / sum('tested');
}

export function talliesOf(
  interval: Interval,
  shape: readonly number[],
  base?: Values,
  got?: Values,
): Tallies {
  const { value, radius, open } = interval;
  if (!radius && !open) return true;
  const x = base ? differences(value, base) : value;
  const most = largest(x);
  if (most === 0) return isSilent(interval) || base !== undefined;
  // Open spikes are expected as they were recorded: that they come close says nothing.
  if (got && !open && countClose(got, value, most) === got.length) return true;
  const typical = medianOf(x);
  const isOutside = (i: number, wrong: number): boolean =>
    open?.[i] !== 1 && Math.abs(wrong - x[i]) > (radius?.[i] ?? 0);
  const each = [
    tallyOf(x, (i) => nearestFactor * x[i], isOutside, 0, typical),
    ...rollsOf(shape).map((roll) => tallyOf(x, (i) => x[roll(i)], isOutside, least * most, typical)),
  ];
  const near = (value.length === 1 ? nearAlone : nearOfMany) * most;
  // Adam takes a whole step for a gradient that is rounding alone: of steps, none are vague.
  const vague = base
    ? 0
    : Math.max(vagueOf(interval, near), got && !open ? countHeld(got, interval, most) : 0);
  return { each, vague, numbers: value.length };
}

/** How many numbers are vague. Of open spikes each counts in part. */
function vagueOf({ radius, open }: Interval, near: number): number {
  if (!open) return total(radius ?? [], (each) => (each > near ? 1 : 0));
  const count = total(open, (each) => each);
  return count > fewOpen ? count * (mostVague / mostOpen) : 0;
}

/** Weights after a step are judged by the step that they took: what they are differences from. */
export function stepBase(key: string, intervals: Intervals): Values | undefined {
  return /\.(weight|bias)\.after$/.test(key) ? intervals.get(key.replace(/\.after$/, ''))?.value : undefined;
}

/** The median of the magnitudes that are not 0, of at most a few thousand of them; 0 where there are none. */
export function medianOf(values: Values): number {
  const stride = Math.max(1, Math.floor(values.length / 4096));
  const some: number[] = [];
  for (let i = 0; i < values.length; i += stride) if (values[i] !== 0) some.push(Math.abs(values[i]));
  // So few that the stride has missed them: the largest.
  return some.sort((a, b) => a - b)[some.length >> 1] ?? largest(values);
}

/** Numbers of a large array that are looked at first: the share is of these, where the wrong array is outside at one of them. */
const sampled = 2 ** 14;

/** What numbers are more than others. */
export function differences(values: Values, base: Values): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = values[i] - base[i];
  return out;
}

/**
 * At how many numbers a wrong array is outside. Zeros that stay zeros are tested against a typical number, which no plain wrong
 * array has there; where only they would show it, it is not caught.
 */
function tallyOf(
  x: Values,
  wrongAt: (i: number) => number,
  isOutside: (i: number, wrong: number) => boolean,
  most: number,
  typical: number,
): Tally {
  const tallied = (stride: number): Tally => {
    const tally = { outside: 0, tested: 0, differs: false, isCaught: false };
    for (let i = 0; i < x.length; i += stride) {
      const wrong = wrongAt(i);
      const isZero = wrong === 0 && x[i] === 0;
      if (wrong === x[i] && !isZero) continue;
      if (Math.abs(wrong - x[i]) > most) tally.differs = true;
      tally.tested += stride;
      if (!isOutside(i, isZero ? typical : wrong)) continue;
      tally.outside += stride;
      if (!isZero) tally.isCaught = true;
    }
    return (tally.differs && tally.isCaught) || stride === 1 ? tally : tallied(1);
  };
  // Odd, so that it does not keep step with the dimensions, which are even.
  return tallied(Math.floor(x.length / sampled / 2) * 2 + 1);
}

function isSilent({ radius, open }: Interval): boolean {
  return open?.includes(1) !== true && (radius?.every((r) => r < silence) ?? true);
}

/** For each dimension of more than one place, since in another every number would be looked at in vain: where the rolled array takes number i from. */
function rollsOf(shape: readonly number[]): ((i: number) => number)[] {
  const rolls: ((i: number) => number)[] = [];
  for (let d = shape.length - 1, stride = 1; d >= 0; stride *= shape[d], d--) {
    const [size, step] = [shape[d], stride];
    if (size > 1) rolls.push((i) => (Math.floor(i / step) % size === 0 ? i + (size - 1) * step : i - step));
  }
  return rolls;
}
