/**
 * Narrowing: a step of one sample, cut out of a batch. A mistake that does not explain the first sample that differs need
 * not be tried on the others.
 */
import type { Ball, Balls } from './ball.ts';
import { placesOf, sizeOf, type Place } from './keys.ts';
import type { Part, Setting } from './part.ts';
import type { Known } from './diagnose.ts';

/** Whether a part makes of each sample what it would make of it alone. */
export function isBySample({ stage, outputs }: Part): boolean {
  if (stage === 'scale' || stage === 'update') return false;
  return !outputs.some((key) => key === 'loss' || key.endsWith('.dw'));
}

/** What is known of one sample, of the keys that are asked for. */
export function narrowed(
  known: Known,
  { network, B }: Setting,
  sample: number,
  isAsked: (key: string) => boolean,
): Known {
  const places = placesOf(network, B);
  const cut = (key: string, ball: Ball): Ball => {
    const place = places.get(key);
    return place?.row.dimensions.includes('B') ? sampleOf(ball, place, sample) : ball;
  };
  const all = (balls: Balls) =>
    new Map([...balls].map(([key, ball]) => [key, isAsked(key) ? cut(key, ball) : ball] as const));
  return {
    base: all(known.base),
    between: all(known.between),
    made: new Map(
      [...known.made].map(([key, value]) => [key, isAsked(key) ? cut(key, { value }).value : value]),
    ),
  };
}

/** The maps of one sample: its slice of each step, or its only one. */
function sampleOf({ value, radius }: Ball, { row, shape }: Place, b: number): Ball {
  const isTrain = row.dimensions[0] === 'T';
  const B = shape[isTrain ? 1 : 0];
  const size = sizeOf(shape.slice(isTrain ? 2 : 1));
  const T = isTrain ? shape[0] : 1;
  const cut = <V extends Ball['value']>(from: V): V => {
    const out = from.slice(0, T * size) as V;
    for (let t = 0; t < T; t++)
      out.set(from.subarray((t * B + b) * size, (t * B + b + 1) * size) as V, t * size);
    return out;
  };
  return { value: cut(value), ...(radius && { radius: cut(radius) }) };
}
