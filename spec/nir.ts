/**
 * NIR: the one equation behind every simulator's neurons.
 *
 * ```
 * x = Σ w·o + b  (+ Σ r·e + b_r, e of the step before: a recurrent edge)
 * I = α·I + a·x + d              without a synapse α = 0, a = 1 and d = 0, so that I = x
 * u = λ·ρ(u) + g·I + c           ρ: effect of a spike in the step before
 * e = u > θ                      or ≥; or the number of θ in u
 * ```
 *
 * The choices are those of `nirConventions.ts`. Constants are computed in binary64 from the parameters of the graph and rounded once.
 */
import type { Floats, Precision } from './arithmetic.ts';
import { precisionBy } from './fixed.ts';
import type { NirKind, NirNeuronConvention } from './nirConventions.ts';

/** Parameters of a graph's neurons, one number per neuron. Only neurons with a synapse have τSyn and wIn; IF has no τ. */
export interface NirParameters {
  readonly kind: NirKind;
  readonly τ: ArrayLike<number>;
  readonly r: ArrayLike<number>;
  readonly vLeak: ArrayLike<number>;
  readonly vThreshold: ArrayLike<number>;
  readonly vReset: ArrayLike<number>;
  readonly τSyn: ArrayLike<number>;
  readonly wIn: ArrayLike<number>;
}

/** The constants of the equation, one per neuron, rounded to a precision. */
export interface NirConstants {
  /** Whether u changes by a share of a difference. */
  readonly isByDifference: boolean;
  readonly λ: Floats;
  /** 1 − λ, for the form `difference`: dt/τ for Euler. */
  readonly κ: Floats;
  readonly r: Floats;
  readonly g: Floats;
  readonly α: Floats;
  readonly a: Floats;
  readonly θ: Floats;
  /** The constant added to u in each step: (1 − λ)·v_leak, and a bias that bypasses the synapse. */
  readonly c: Floats;
  /** The constant added to I in each step: (1 − α)·v_leak, if the synapse decays to v_leak. */
  readonly d: Floats;
  readonly vLeak: Floats;
  readonly vReset: Floats;
  /** The state before the first step. */
  readonly start: { readonly u: Floats; readonly I: Floats };
}

/** λ for a time constant: 1 − dt/τ, or e^(−dt/τ). Loihi has 1 − ⌊4095·dt/τ⌋/4096. */
export function computeDecay(
  τ: number,
  dt: number,
  { step, numbers }: Pick<NirNeuronConvention, 'step' | 'numbers'>,
): number {
  if (numbers === 'loihi') return 1 - Math.floor((4095 * dt) / τ) / 4096;
  return step === 'euler' ? 1 - dt / τ : exponential(-dt / τ);
}

/** Cuts to 256ths, towards 0, as Loihi does with gains and thresholds. */
const cut256 = (value: number): number => Math.trunc(value * 256) / 256;

/** The precision of the neurons: Loihi and lava-dl use fixed point, cut towards 0. */
export function neuronPrecision({ numbers }: NirNeuronConvention, precision: Precision): Precision {
  if (numbers === 'float') return precision;
  const units = numbers === 'loihi' ? 16384 : 4096;
  return precisionBy((value) => Math.trunc(value * units) / units);
}

/** The constants of neuron i without its synapse, in binary64. */
export interface NirMembrane {
  λ(i: number): number;
  r(i: number): number;
  g(i: number): number;
  θ(i: number): number;
  vLeak(i: number): number;
  vReset(i: number): number;
}

/** The constants of neurons without their synapses, under a convention. */
export function membraneOf(neurons: NirParameters, dt: number, convention: NirNeuronConvention): NirMembrane {
  const { gain, numbers } = convention;
  const isIF = neurons.kind === 'IF';
  const cut = numbers === 'loihi' ? cut256 : (value: number): number => value;
  const λ = (i: number): number =>
    isIF ? (convention.ifLeak === 'one' ? 1 : 0.9) : computeDecay(neurons.τ[i], dt, convention);
  const r = (i: number): number => (convention.resistance === 'used' ? neurons.r[i] : 1);
  const euler = (i: number): number => (isIF ? 1 : (r(i) * dt) / neurons.τ[i]);
  const g = (i: number): number => {
    if (isIF || gain === 'one' || gain === 'threshold' || gain === 'leastThreshold') return 1;
    if (gain === 'whereOne' && neurons.r[i] !== 1) return 1;
    return cut(gain === 'complement' ? r(i) * (1 - λ(i)) : euler(i));
  };
  const ofSynapse = neurons.kind === 'CubaLIF' && convention.synapse === 'threshold';
  const scale = (i: number): number => (ofSynapse ? (neurons.wIn[i] * dt) / neurons.τSyn[i] : euler(i));
  const isLeast = gain === 'leastThreshold' && !isIF;
  let [least, isScaled] = [Infinity, gain === 'threshold'];
  if (isLeast || ofSynapse)
    for (let i = 0; i < neurons.vThreshold.length; i++) {
      least = Math.min(least, scale(i));
      // If all divisors are this close to 1, snnTorch does not divide.
      if (Math.abs(scale(i) - 1) > 1e-5) isScaled = true;
    }
  /** The divisor of the threshold. */
  const divisor = (i: number): number => (!isScaled ? 1 : isLeast && !ofSynapse ? least : scale(i));
  return {
    λ,
    r,
    g,
    θ: (i) => cut(neurons.vThreshold[i] / divisor(i)),
    vLeak: (i) => (convention.vLeak === 'used' && !isIF ? neurons.vLeak[i] : 0),
    vReset: (i) => (convention.reset === 'vReset' ? neurons.vReset[i] : 0),
  };
}

/**
 * Computes the constants of neurons under a convention.
 *
 * @param settled the part of each neuron's bias that bypasses the synapse
 */
export function computeNirConstants(
  neurons: NirParameters,
  dt: number,
  convention: NirNeuronConvention,
  precision: Precision,
  settled: ArrayLike<number> = [],
): NirConstants {
  const { kind } = neurons;
  const n = neurons.vThreshold.length;
  const arrayOf = (value: (i: number) => number): Floats => {
    const values = precision.array(n);
    for (let i = 0; i < n; i++) values[i] = value(i);
    return values;
  };
  const { λ, r, g, θ, vLeak, vReset } = membraneOf(neurons, dt, convention);
  const { numbers, synapseStep } = convention;
  const synapse = { numbers, step: synapseStep === 'euler' ? synapseStep : convention.step } as const;
  const α = (i: number): number => (kind === 'CubaLIF' ? computeDecay(neurons.τSyn[i], dt, synapse) : 0);
  const a = (i: number): number => {
    const { synapse: answer } = convention;
    if (kind !== 'CubaLIF' || answer === 'one' || answer === 'threshold') return 1;
    return answer === 'leaked' ? α(i) : (neurons.wIn[i] * dt) / neurons.τSyn[i];
  };
  const hasLeak = kind === 'CubaLIF' && convention.synapseLeak === 'vLeak';
  const bypass = (i: number): number =>
    settled[i] === undefined ? 0 : (g(i) * a(i) * settled[i]) / (1 - α(i));
  return {
    isByDifference: kind !== 'IF' && isDifference(convention),
    λ: arrayOf(λ),
    κ: arrayOf((i) => (kind === 'IF' ? 1 : convention.step === 'euler' ? dt / neurons.τ[i] : 1 - λ(i))),
    r: arrayOf(r),
    g: arrayOf(g),
    α: arrayOf(α),
    a: arrayOf(a),
    θ: arrayOf(θ),
    c: arrayOf((i) => (1 - λ(i)) * vLeak(i) + bypass(i)),
    d: arrayOf((i) => (hasLeak ? (1 - α(i)) * vLeak(i) : 0)),
    vLeak: arrayOf(vLeak),
    vReset: arrayOf(vReset),
    start: {
      u: arrayOf(convention.startsAt === 'vLeak' ? vLeak : vReset),
      I: arrayOf((i) => (hasLeak ? vLeak(i) : 0)),
    },
  };
}

/** The state of neurons between two steps. */
export interface NirState {
  /** Current of the synapse. */
  readonly I: Floats;
  /** Potential between two steps. */
  readonly u: Floats;
  /** Spikes of the step before, not yet sent. */
  readonly e: Floats;
  /** Spikes sent in the step before. */
  readonly o: Floats;
}

/** The state before the first step. */
export function startNir({ θ, start }: NirConstants, precision: Precision): NirState {
  const zeros = (): Floats => precision.array(θ.length);
  const [I, u] = [zeros(), zeros()];
  I.set(start.I);
  u.set(start.u);
  return { I, u, e: zeros(), o: zeros() };
}

/** I ← α·I + a·x + d. */
export function applySynapse(I: Floats, x: Floats, { α, a, d }: Pick<NirConstants, 'α' | 'a' | 'd'>): void {
  for (let i = 0; i < I.length; i++) {
    const before = I[i];
    I[i] = a[i] * x[i];
    const added = I[i];
    I[i] = α[i] * before;
    I[i] = I[i] + added;
    if (d[i] !== 0) I[i] = I[i] + d[i];
  }
}

/** Whether neurons with a leak use the form `difference`, which needs a gain of (1 − λ)·r, and other numbers than Loihi's. */
const isDifference = ({ form, step, gain, numbers }: NirNeuronConvention): boolean =>
  form === 'difference' &&
  numbers !== 'loihi' &&
  (gain === 'complement' || (gain === 'euler' && step === 'euler'));

/** u ← λ·u + g·I + c, or u ← u + κ·((v_leak − u) + r·I). `scratch` is for the increment. */
function applyLeakAndInput(
  u: Floats,
  I: Floats,
  scratch: Floats,
  { isByDifference, λ, κ, r, g, c, vLeak }: NirConstants,
): void {
  for (let i = 0; i < u.length; i++) {
    if (isByDifference) {
      scratch[i] = vLeak[i] - u[i];
      const towards = scratch[i];
      scratch[i] = r[i] * I[i];
      scratch[i] = towards + scratch[i];
      scratch[i] = κ[i] * scratch[i];
      u[i] = u[i] + scratch[i];
    } else {
      scratch[i] = g[i] * I[i];
      u[i] = λ[i] * u[i];
      u[i] = u[i] + scratch[i];
      u[i] = u[i] + c[i];
    }
  }
}

/**
 * Called at each decision with the compared potential, the neuron, and its number of spikes; returns the number to use. Code
 * that follows another run returns that run's number where rounding allows several.
 */
export type NirDecide = (u: number, i: number, spikes: number) => number;

/** e ← 1 if u > θ (or u ≥ θ), else 0. A neuron that can send several spikes sends ⌊u/θ⌋, at least 1, instead of 1. */
function applyNirFiring(
  e: Floats,
  u: Floats,
  θ: Floats,
  { fires, spikes }: NirStepChoices,
  decide: NirDecide = (_u, _i, wrap) => wrap,
): void {
  for (let i = 0; i < u.length; i++) {
    e[i] = (fires === 'at' ? u[i] >= θ[i] : u[i] > θ[i]) ? 1 : 0;
    if (spikes === 'whole' && e[i] !== 0) {
      e[i] = u[i] / θ[i];
      e[i] = Math.max(1, Math.floor(e[i]));
    }
    e[i] = decide(u[i], i, e[i]);
  }
}

/** u ← v_reset if the neuron fired, or u ← u − θ·e. `scratch` is for a product. */
function applyNirReset(
  u: Floats,
  e: Floats,
  scratch: Floats,
  { θ, vReset }: NirConstants,
  { reset }: NirStepChoices,
): void {
  for (let i = 0; i < u.length; i++) {
    if (e[i] === 0) continue;
    if (reset !== 'subtract') u[i] = vReset[i];
    else {
      scratch[i] = θ[i] * e[i];
      u[i] = u[i] - scratch[i];
    }
  }
}

/** u ← u − θ for neurons that were still above θ after the previous step. */
function applyOvershoot(u: Floats, above: Floats, θ: Floats): void {
  for (let i = 0; i < u.length; i++) if (above[i] !== 0) u[i] = u[i] - θ[i];
}

/** The choices that a step of neurons reads; all others decide its constants. */
export type NirStepChoices = Pick<
  NirNeuronConvention,
  'fires' | 'spikes' | 'reset' | 'resetWhen' | 'overshoot' | 'floor' | 'sends'
>;

/**
 * One step of neurons: the input x, including recurrent edges, gives the sent spikes o.
 *
 * @param state overwritten
 * @param x input of this step
 * @param room two scratch arrays, overwritten
 * @param decide if given, its result replaces that of the comparison
 */
export function applyNirNeurons(
  state: NirState,
  x: Floats,
  room: readonly [Floats, Floats],
  constants: NirConstants,
  convention: NirStepChoices,
  decide?: NirDecide,
): void {
  const { I, u, e, o } = state;
  const [scratch, above] = room;
  const { resetWhen, overshoot, sends } = convention;
  o.set(e);
  applySynapse(I, x, constants);
  for (let i = 0; i < u.length; i++) above[i] = overshoot !== 'stays' && u[i] > constants.θ[i] ? 1 : 0;
  if (resetWhen === 'beforeLeak') applyNirReset(u, e, scratch, constants, convention);
  if (overshoot === 'beforeLeak') applyOvershoot(u, above, constants.θ);
  applyLeakAndInput(u, I, scratch, constants);
  if (resetWhen === 'afterLeak') applyNirReset(u, e, scratch, constants, convention);
  if (overshoot === 'afterLeak') applyOvershoot(u, above, constants.θ);
  applyNirFiring(e, u, constants.θ, convention, decide);
  if (sends === 'sameStep') o.set(e);
  if (resetWhen === 'sameStep') {
    // Adds back the θ that was subtracted from an overshooting neuron.
    for (let i = 0; i < u.length; i++) above[i] = e[i] - above[i];
    applyNirReset(u, above, scratch, constants, convention);
  }
  applyFloor(u, constants, convention);
}

/** u ← max(u, 0), or max(u + θ, 0) − θ. */
function applyFloor(u: Floats, { θ }: NirConstants, { floor }: NirStepChoices): void {
  if (floor === 'none') return;
  for (let i = 0; i < u.length; i++) {
    if (floor === 'threshold') u[i] = u[i] + θ[i];
    u[i] = Math.max(u[i], 0);
    if (floor === 'threshold') u[i] = u[i] - θ[i];
  }
}

/** Weights of 8 bits: w·127/most cut towards 0, times most/127. `most` is the greatest magnitude of all weights into a layer. */
export function computeInt8(w: ArrayLike<number>, most: number, precision: Precision): Floats {
  const cut = precision.array(w.length);
  for (let k = 0; k < w.length; k++) cut[k] = (Math.trunc((w[k] * 127) / most) * most) / 127;
  return cut;
}

/**
 * e^x in binary64 for −700 ≤ x ≤ 0, from + − × ÷ only, so that every engine gives the same bits. x = k·log 2 + f; a series
 * gives e^f.
 */
export function exponential(x: number): number {
  const k = Math.round(x / Math.LN2);
  const f = x - k * Math.LN2;
  let series = 1;
  for (let n = 18; n >= 1; n--) series = 1 + (f / n) * series;
  return series * 2 ** k;
}
