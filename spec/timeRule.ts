import type { SurrogateName } from './surrogate.ts';

/** The terms that a rule through time puts into the equation of `reverseTime.ts`. */
export interface TimeRule {
  /**
   * ∂o^t/∂u^t: a surrogate at u^t − Vth, its width in potential; or `window`, a number of each neuron for the whole
   * window (`lee.ts`), at the steps where it fired.
   */
  readonly slope: { readonly surrogate: SurrogateName; readonly width: number } | 'window';
  /** ∂u^{t+1}/∂u^t where the neuron did not fire: its λ, or 1. */
  readonly keeps: 'leak' | 'all';
  /** True where the reset, the (1 − o^t) of Eq. (3), is differentiated too. */
  readonly reset: boolean;
}
