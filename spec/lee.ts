/**
 * Lee et al. 2020, the rule that Figure 3 compares with ASF-BP. The rule's derivative of Eq. (2) is one number per neuron,
 * known at the end of the window and used at steps where the neuron fired. At other steps, ∂L/∂u of the next step passes
 * unchanged:
 *
 * ∂L/∂u^t = o^t·(∂L/∂o^t·NG/Vth) + (1 − o^t)·∂L/∂u^{t+1}.
 *
 * The output layer leaks (variant `output` = `leaks`), and each of its steps gets the same ∂L/∂u^{T,N}.
 */
import { precisionOf, type Floats } from './arithmetic.ts';
import { weightsOf, type Layer } from './network.ts';
import { logarithm } from './random.ts';
import type { TimeRule } from './timeRule.ts';

/** The rule: one slope per neuron for the whole window, 1 as the derivative of the leak, and no derivative of the reset. */
export const lee: TimeRule = { slope: 'window', keeps: 'all', reset: false };

/** A neuron with an LF up to this value counts as silent. */
export const silence = 1e-3;

/**
 * NG/Vth of each neuron, where NG = [LF > 0.001] + ln λ·LF/FO and LF = Σ_t λ^{T−t}·o^t, t ascending. LF is the leaked sum of
 * the neuron's spikes at the end of the window. FO = 0 counts as 1. Pools have slope 1.
 *
 * @param o spikes of the layer at each step
 */
export function computePseudoDerivative(o: readonly Floats[], layer: Layer): Floats {
  const { Vth, λ } = layer;
  const precision = precisionOf(o[0]);
  const { round, array } = precision;
  const slope = array(o[0].length);
  if (weightsOf(layer) === 0) return slope.fill(1);
  const powers = powersOf(λ, o.length, round);
  const lnλ = round(logarithm(λ));
  const [LF, FO, fall] = [array(1), array(1), array(1)];
  for (let i = 0; i < slope.length; i++) {
    [LF[0], FO[0]] = [0, 0];
    for (const [t, spikes] of o.entries()) {
      fall[0] = powers[o.length - 1 - t] * spikes[i];
      LF[0] = LF[0] + fall[0];
      FO[0] = FO[0] + spikes[i];
    }
    fall[0] = lnλ * LF[0];
    fall[0] = fall[0] / (FO[0] || 1);
    slope[i] = (LF[0] > round(silence) ? 1 : 0) + fall[0];
    slope[i] = slope[i] / Vth;
  }
  return slope;
}

/** λ⁰, λ¹, …: products in binary64, each rounded once. */
export function powersOf(λ: number, count: number, round: (value: number) => number): number[] {
  const powers: number[] = [];
  for (let k = 0, power = 1; k < count; k++, power *= λ) powers.push(round(power));
  return powers;
}
