/**
 * The equivalent network of Eq. (8)–(11), for central differences: FI^n = Σ w·FO^{n−1}, FO^n = S·FI^n. S, the gate and the
 * choices of maximum pools are fixed, as a step left them. Each layer is linear with an offset, so that its flow FI₀ in that
 * step gives its flow FO₀: FO = FO₀ + S·gate·(FI − FI₀).
 */
import type { StepResult } from '../../spec/algorithm1.ts';
import type { Floats } from '../../spec/arithmetic.ts';
import { computeEquivalentInput } from '../../spec/flow.ts';
import type { Layer, Network } from '../../spec/network.ts';

/** L of the batch for weights `w`. Spikes and S are those of a step with weights `w0`. */
export function computeEquivalentLoss(
  { variant, layers, T }: Network,
  w0: readonly Floats[],
  w: readonly Floats[],
  { states, S }: StepResult,
  labels: readonly number[],
): number {
  const N = layers.length;
  let L = 0;
  for (const [b, state] of states.entries()) {
    let [FO, mem]: Floats[] = [state[0].FO, state[N].u];
    for (const layer of layers) {
      const { n } = layer;
      const [now, before] = [state[n], state[n - 1]];
      if (layer.kind.silent) {
        FO = now.FO.map((value, i) => {
          const j = chosen(layer, i, before.FO);
          return value + FO[j] - before.FO[j];
        });
        continue;
      }
      const dFI = computeEquivalentInput(w[n - 1], FO, layer, T);
      const was = computeEquivalentInput(w0[n - 1], before.FO, layer, T);
      for (let i = 0; i < dFI.length; i++) dFI[i] -= was[i];
      if (layer.isOutput) mem = now.u.map((u, i) => u + dFI[i]);
      else
        FO = now.FO.map(
          (value, i) => value + slopeOf(layer, now.FI[i], now.FO[i], S[n - 1], variant) * dFI[i],
        );
    }
    const { Vth } = layers[N - 1];
    for (const [j, u] of mem.entries()) L += (u / (T * Vth) - (j === labels[b] ? 1 : 0)) ** 2;
  }
  return L * (variant.loss === 'half' ? 0.5 : 1) * (variant.batch === 'mean' ? 1 / states.length : 1);
}

/** ∂FO/∂FI of a neuron: the S of its layer or of the neuron, or 0 if the gate is closed. */
function slopeOf({ Vth }: Layer, FI: number, FO: number, S: number, variant: Network['variant']): number {
  if (variant.gate === 'positiveInput' && FI <= 0) return 0;
  if (variant.scale !== 'neuron') return S;
  return FO / FI > 0 && FO / FI <= 1 / Vth ? FO / FI : 1 / Vth;
}

/** The input that a maximum pool selected: the one with the greatest flow; among equal ones the first, row by row. */
function chosen({ synapses }: Layer, i: number, FO: Floats): number {
  const { j, count } = synapses.into(i);
  return j.slice(0, count).reduce((best, other) => (FO[other] > FO[best] ? other : best));
}
