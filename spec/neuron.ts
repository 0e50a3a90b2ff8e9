/** Stage `neuron`: potentials u and spikes o of a layer from its current x. Integrate, leak, fire, reset. */
import type { Floats } from './arithmetic.ts';
import type { Layer } from './network.ts';
import type { Variant } from './variant.ts';

/**
 * Eq. (1): I(t) = C_m · dV_m(t)/dt, taken over one step with C_m = 1 and Δt = 1: u ← u + x.
 * Eq. (3) adds firing and reset, which an output layer that only integrates does not have.
 */
export function applyIntegration(u: Floats, x: Floats): void {
  for (let i = 0; i < u.length; i++) u[i] = u[i] + x[i];
}

/**
 * An output layer that leaks but does not fire (variant `output` = `leaks`): u ← λ·(u + x), or u ← λ·u + x if variant
 * `reset` is `nextStep`.
 *
 * @param o spikes, all 0
 */
function applyLeakyIntegration(u: Floats, o: Floats, x: Floats, layer: Layer, variant: Variant): void {
  if (variant.reset === 'nextStep') applyResetAndLeak(u, o, layer, variant);
  applyIntegration(u, x);
  if (variant.reset !== 'nextStep') applyResetAndLeak(u, o, layer, variant);
}

/**
 * Eq. (2): f(u) = 0 for u < Vth, else 1.
 * Variant `fires`: `atThreshold` is u ≥ Vth, `aboveThreshold` is u > Vth.
 */
export function isFiring(u: number, Vth: number, variant: Variant): boolean {
  return variant.fires === 'atThreshold' ? u >= Vth : u > Vth;
}

/**
 * The factor (1 − o) of Eq. (3), and the leak: u ← 0 where the neuron fired, else λ·u.
 * Variant `leak`: fl(λ·u), or fl(fl(fl(λ·u) + u) − u). The IF neuron, λ = 1, keeps u in both.
 * Variant `reset`: where the neuron fired, `subtractThenLeak` is λ·(u − Vth), and `leakThenSubtract` is λ·u − Vth.
 */
export function applyResetAndLeak(
  u: Floats,
  o: Floats,
  { λ, Vth }: Pick<Layer, 'λ' | 'Vth'>,
  variant: Variant,
): void {
  for (let i = 0; i < u.length; i++) {
    const fired = o[i] !== 0;
    if (fired && !subtracts(variant)) {
      u[i] = 0;
      continue;
    }
    if (fired && variant.reset === 'subtractThenLeak') u[i] = u[i] - Vth;
    if (λ !== 1) {
      const before = u[i];
      u[i] = λ * before;
      if (variant.leak === 'sumThenDifference') {
        u[i] = u[i] + before;
        u[i] = u[i] - before;
      }
    }
    if (fired && variant.reset === 'leakThenSubtract') u[i] = u[i] - Vth;
  }
}

/** True if a spike subtracts Vth from u, so that the neuron may fire again without input. */
export function subtracts({ reset }: Pick<Variant, 'reset'>): boolean {
  return reset === 'subtractThenLeak' || reset === 'leakThenSubtract';
}

/**
 * Eq. (3), second and third line: u^{t+1} = λ·u^t·(1 − o^t) + x^{t+1}, o^{t+1} = f(u^{t+1}). Variant `reset`: the reset is at
 * the start of the next step (`nextStep`) or at the end of this one. `nextStep` and `sameStep` give the same spikes, but after
 * a spike, u differs until the next step.
 *
 * @param u potential of the step before, overwritten with that of this step
 * @param o spikes of the step before, overwritten with those of this step
 * @param x current of this step
 * @param decide if given, its result replaces that of Eq. (2)
 */
export function applyNeuron(
  u: Floats,
  o: Floats,
  x: Floats,
  layer: Layer,
  variant: Variant,
  decide: Decide = (_u, _i, fires) => fires,
): void {
  if (variant.reset === 'nextStep') applyResetAndLeak(u, o, layer, variant);
  applyIntegration(u, x);
  for (let i = 0; i < u.length; i++) o[i] = decide(u[i], i, isFiring(u[i], layer.Vth, variant)) ? 1 : 0;
  if (variant.reset !== 'nextStep') applyResetAndLeak(u, o, layer, variant);
}

/**
 * Called at each decision of Eq. (2) with the compared potential, the neuron, and whether it fires; returns whether
 * the neuron shall fire. Code that follows another run returns that run's decision where rounding allows either.
 */
export type Decide = (u: number, i: number, fires: boolean) => boolean;

/**
 * Stage `neuron` of any layer, one step. Most layers integrate and fire (Eq. 3). An output layer that does not fire only
 * integrates (Eq. 6), or also leaks; a maximum pool passes spikes on.
 */
export function applyLayerNeuron(
  u: Floats,
  o: Floats,
  x: Floats,
  layer: Layer,
  variant: Variant,
  decide?: Decide,
): void {
  if (layer.spikes) applyNeuron(u, o, x, layer, variant, decide);
  else if (layer.isOutput && variant.output === 'leaks') applyLeakyIntegration(u, o, x, layer, variant);
  else if (layer.isOutput) applyIntegration(u, x);
  else o.set(x);
}
