/**
 * The bounds of an update: the greatest distance between the weights and moments of a GPU and those of wasm, from the same
 * weights and moments, with gradients that already differ. Adam divides and takes a root, which are inexact on GPUs; the
 * step is bounded from the moments that each backend computed.
 */
import type { Floats } from '../../../spec/arithmetic.ts';
import { smallestMoment, type Adam, type AdamStep } from '../../../spec/update.ts';
import type { UpdateStep } from '../../backend/backend.ts';
import { division, gamma, largestOf, root, tiny, unit } from './bounds.ts';

/** The learnt numbers of a layer on one backend. */
export interface Learnt {
  readonly w: Floats;
  readonly m: Floats;
  readonly v: Floats;
}

/** A layer's update: the numbers before it, and the gradients and results on both backends. */
export interface Updated {
  /** Number of weights that decay; the biases after them do not. */
  readonly synaptic: number;
  readonly before: Learnt;
  readonly dw: readonly [Floats, Floats];
  readonly after: readonly [Learnt, Learnt];
}

/** The largest differences, in units of their bounds. */
export interface UpdateErrors {
  readonly moments: number;
  readonly weights: number;
}

/** @param isMean whether the gradient is divided by the samples of the batch */
export function compareUpdate(updated: Updated, rule: UpdateStep, isMean: boolean): UpdateErrors {
  const { after } = updated;
  const decayed = decayedBound(updated, rule, isMean);
  const w = (bound: (k: number) => number): number =>
    largestOf(
      after[0].w,
      after[1].w,
      (k) => bound(k) + unit * (Math.abs(after[0].w[k]) + Math.abs(after[1].w[k])),
    );
  if (!('step' in rule)) {
    const step = (k: number): number => {
      const { q, bound } = decayed(k);
      return rule.η * (bound + 2 * unit * Math.abs(q)) * (1 + gamma(4)) + 2 * tiny;
    };
    return { moments: 0, weights: w(step) };
  }
  const { optimiser, step } = rule;
  const moments = (['m', 'v'] as const).map((what) =>
    largestOf(after[0][what], after[1][what], (k) =>
      momentBound(what, updated.before[what][k], decayed(k), optimiser),
    ),
  );
  return { moments: Math.max(...moments), weights: w((k) => stepBound(after, k, step, optimiser)) };
}

interface Decayed {
  readonly q: number;
  readonly bound: number;
}

/** q = g + decay·w: a quotient, a product and a sum on both sides, plus the difference of the gradients. */
function decayedBound(
  { synaptic, before, dw }: Updated,
  rule: UpdateStep,
  isMean: boolean,
): (k: number) => Decayed {
  const count = isMean ? rule.samples : 1;
  return (k) => {
    const g = dw[1][k] / count;
    const decay = k < synaptic ? rule.optimiser.weightDecay * before.w[k] : 0;
    const difference = Math.abs(dw[0][k] - dw[1][k]) / count;
    const size = Math.abs(g) + difference + Math.abs(decay);
    return { q: g + decay, bound: difference + 2 * gamma(5) * size + 4 * tiny };
  };
}

/** m ← β1·m + (1−β1)·q, v ← β2·v + (1−β2)·q²; a moment below 2⁻¹⁰⁰ may be 0 on one side. */
function momentBound(what: 'm' | 'v', moment: number, { q, bound }: Decayed, { β1, β2 }: Adam): number {
  const β = what === 'm' ? β1 : β2;
  const [term, difference] =
    what === 'm' ? [Math.abs(q), bound] : [q * q, 2 * Math.abs(q) * bound + bound * bound];
  const size = β * Math.abs(moment) + (1 - β) * (term + difference);
  return (1 - β) * difference + 2 * gamma(5) * size + smallestMoment + 6 * tiny;
}

/** size·m ÷ (√v ÷ correction + ε), from each backend's moments: the difference of the steps, plus a root and two quotients on each side. */
function stepBound(
  after: readonly [Learnt, Learnt],
  k: number,
  { size, correction }: AdamStep,
  { ε }: Adam,
): number {
  const [a, b] = after.map(({ m, v }) => (size * m[k]) / (Math.sqrt(v[k]) / correction + ε));
  const relative = gamma((root + 2 * division + 5 * unit) / unit);
  return Math.abs(a - b) + relative * (Math.abs(a) + Math.abs(b)) + 4 * tiny;
}
