/** How far Adam's results for one weight may be off: intervals through its formula. `docs/oracle.md` has the reasons. */
import { smallestMoment, type Adam, type AdamStep } from '../../../spec/update.ts';
import { gamma, tiny } from '../interval.ts';

/** What so many roundings do. A number and its radius are two arguments: objects for half a million weights cost as much as the sums. */
const [γ1, γ3, γ5, γ6, γ10] = [1, 3, 5, 6, 10].map(gamma);

/** The radius of q = g + decay·w: what rounds is its terms, which may cancel. */
export function decayedRadius(g: number, gRadius: number, w: number, decay: number): number {
  const terms = Math.abs(g) + decay * Math.abs(w);
  return gRadius * (1 + γ1) + γ3 * terms + tiny;
}

/** The radius of m ← β1·m + (1−β1)·q, also as m + (1−β1)·(q − m). */
export function firstMomentRadius(
  m: number,
  mRadius: number,
  q: number,
  qRadius: number,
  { β1 }: Adam,
): number {
  const terms = β1 * Math.abs(m) + (1 - β1) * (q + qRadius);
  return β1 * mRadius + (1 - β1) * qRadius + γ5 * terms + smallestMoment;
}

/** The radius of v ← β2·v + (1−β2)·q². */
export function secondMomentRadius(
  v: number,
  vRadius: number,
  q: number,
  qRadius: number,
  { β2 }: Adam,
): number {
  const spread = (1 - β2) * (2 * q * qRadius + qRadius ** 2);
  const terms = β2 * Math.abs(v) + (1 - β2) * q ** 2 + spread;
  return β2 * vRadius + spread + γ6 * terms + smallestMoment;
}

/** The radius of w − size · m / (√v / correction + ε), which is monotone in m and in v. */
export function weightRadius({ size, correction }: AdamStep, { ε }: Adam) {
  const divisor = (square: number): number => Math.sqrt(Math.max(0, square)) / correction + ε;
  return (w: number, m: number, mRadius: number, v: number, vRadius: number): number => {
    const step = (size * m) / divisor(v);
    const least = size * (m - mRadius);
    const most = size * (m + mRadius);
    const reach = (by: number): number => Math.max(Math.abs(least / by - step), Math.abs(most / by - step));
    const span = Math.max(reach(divisor(v - vRadius)), reach(divisor(v + vRadius)));
    return span + γ10 * (Math.abs(step) + span) + γ1 * (Math.abs(w) + span) + tiny;
  };
}
