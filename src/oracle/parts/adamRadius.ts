/** How far Adam's results for one weight may be off: intervals through its formula. `docs/oracle.md` has the reasons. */
import { smallestMoment, type Adam, type AdamStep } from '../../../spec/update.ts';
import { gamma, tiny } from '../interval.ts';

/** A number and its radius. */
export interface Spot {
  readonly value: number;
  readonly radius: number;
}

/** The radius of q = g + decay·w: what rounds is its terms, which may cancel. */
export function decayedRadius(g: Spot, w: number, decay: number): number {
  const terms = Math.abs(g.value) + decay * Math.abs(w);
  return g.radius * (1 + gamma(1)) + gamma(3) * terms + tiny;
}

/** The radius of m ← β1·m + (1−β1)·q, also as m + (1−β1)·(q − m). */
export function firstMomentRadius(m: Spot, q: { size: number; radius: number }, { β1 }: Adam): number {
  const terms = β1 * Math.abs(m.value) + (1 - β1) * (q.size + q.radius);
  return β1 * m.radius + (1 - β1) * q.radius + gamma(5) * terms + smallestMoment;
}

/** The radius of v ← β2·v + (1−β2)·q². */
export function secondMomentRadius(v: Spot, q: { size: number; radius: number }, { β2 }: Adam): number {
  const spread = (1 - β2) * (2 * q.size * q.radius + q.radius ** 2);
  const terms = β2 * Math.abs(v.value) + (1 - β2) * q.size ** 2 + spread;
  return β2 * v.radius + spread + gamma(6) * terms + smallestMoment;
}

/** The radius of w − size · m / (√v / correction + ε), which is monotone in m and in v. */
export function weightRadius(
  w: number,
  m: Spot,
  v: Spot,
  { size, correction }: AdamStep,
  { ε }: Adam,
): number {
  const divisor = (square: number): number => Math.sqrt(Math.max(0, square)) / correction + ε;
  const step = (size * m.value) / divisor(v.value);
  const [least, most] = [size * (m.value - m.radius), size * (m.value + m.radius)];
  let span = 0;
  for (const by of [divisor(v.value - v.radius), divisor(v.value + v.radius)])
    span = Math.max(span, Math.abs(least / by - step), Math.abs(most / by - step));
  return span + gamma(10) * (Math.abs(step) + span) + gamma(1) * (Math.abs(w) + span) + tiny;
}
