/** Slices of arrays: the map of a step and a sample, in the precision of a network. */
import type { Floats, Precision } from '../../spec/arithmetic.ts';
import type { Intervals, Values } from './interval.ts';

/** A value that is there: the runner has checked a part's inputs, and other callers ask for keys of the map. */
export const take = <K, V>(from: ReadonlyMap<K, V>, key: K): V => from.get(key)!;

/** The last of a list that has one. */
export const lastOf = <V>(list: readonly V[]): V => list[list.length - 1];

/** The whole numbers from 0 on, so many: samples, steps, places. */
export const range = (count: number): number[] => [...Array(count).keys()];

/** `size` numbers from place `index`·size on, in a precision. */
export function slice(values: Values, index: number, size: number, { array }: Precision): Floats {
  const out = array(size);
  out.set(values.subarray(index * size, (index + 1) * size));
  return out;
}

/** All numbers of an array, in a precision. */
export function whole(values: Values, precision: Precision): Floats {
  return slice(values, 0, values.length, precision);
}

/** Arrays as one, in a precision. */
export function joined(parts: readonly Values[], { array }: Precision): Floats {
  const out = array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A scalar. */
export const scalar = (intervals: Intervals, key: string): number => take(intervals, key).value[0];
