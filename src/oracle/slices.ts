/** Slices of arrays: the map of a step and a sample, in the precision of a network. */
import type { Floats, Precision } from '../../spec/arithmetic.ts';
import type { Ball, Balls, Values } from './ball.ts';

/** A ball that must be there: the runner has checked a part's inputs. */
export function take(balls: Balls, key: string): Ball {
  const ball = balls.get(key);
  if (!ball) throw new Error(`no array ${key}`);
  return ball;
}

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

/** A scalar. */
export const scalar = (balls: Balls, key: string): number => take(balls, key).value[0];
