import type { SurrogateName } from './surrogate.ts';

/** The terms of the equation in `reverseTime.ts` that depend on the rule. */
export interface TimeRule {
  /**
   * ∂o^t/∂u^t: a surrogate as a function of u^t − Vth, with its width in the same unit. Or `window`: one number
   * per neuron for the whole window (`lee.ts`), used at the steps where the neuron fired.
   */
  readonly slope: { readonly surrogate: SurrogateName; readonly width: number } | 'window';
  /** ∂u^{t+1}/∂u^t if the neuron did not fire: its λ, or 1. */
  readonly keeps: 'leak' | 'all';
  /** True if the reset, the (1 − o^t) of Eq. (3), is differentiated too. */
  readonly reset: boolean;
}
