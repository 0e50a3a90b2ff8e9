/**
 * Training by surrogate gradients: one forward and one backward pass for all classes of `frameworks.ts`.
 *
 * ```
 * forward   x^t = W·o^(t−d) + b (+ V·e^(t−1))          d: arrives; b from step d on
 *           I^t = α·I^(t−1) + a·x^t
 *           u^t = λ·v^(t−1) + g·I^t + c                 v = R(u, e): the reset, in this step or in the next
 *           e^t = u^t > θ
 * backward  δ^t = P^t·δ^(t+1) + M^t + s(u^t − θ)·E^t     δ = ∂L/∂u, E = ∂L/∂e from later layers and the loss, M = ∂L/∂(recorded potential)
 *           dI^t = G^t·δ^t + α·dI^(t+1)
 *           dx^t = a·dI^t                               E of the layer before = Wᵀ·dx; of e^(t−1): + Vᵀ·dx^t
 *           dW = Σ dx^t·o^(t−d)ᵀ     db = Σ dx^t     dV = Σ dx^t·e^(t−1)ᵀ
 * where     P^t = λ·(∂R/∂u + s·∂R/∂e)                   without s·∂R/∂e where the spike in the reset is detached
 * ```
 *
 * The forward step is that of `nir.ts`. Here u is the potential that is compared with θ, and v the one passed to the next step.
 */
import type { Floats, Precision } from './arithmetic.ts';
import type { TrainedNeuron } from './frameworks.ts';
import {
  applyNirNeurons,
  type NirConstants,
  type NirDecide,
  type NirState,
  type NirStepChoices,
} from './nir.ts';
import { surrogateOf, type SurrogateTerms } from './surrogateForms.ts';

/** The neurons of a layer: the choices, which are the same for all, and the constants of each. */
export interface TrainedLayer {
  readonly neuron: TrainedNeuron;
  readonly size: number;
  /** Each neuron with its constants, if they differ. */
  readonly each?: readonly TrainedNeuron[];
  readonly surrogate: SurrogateTerms;
}

/** The neuron to which number i of an array of one or more maps belongs. */
export const neuronAt = ({ neuron, each, size }: TrainedLayer, i: number): TrainedNeuron =>
  each ? each[i % size] : neuron;

/** The constants of the equation in `nir.ts`. */
export function trainedConstants(layer: TrainedLayer, precision: Precision): NirConstants {
  const arrayOf = (of: (neuron: TrainedNeuron) => number): Floats => {
    const values = precision.array(layer.size);
    for (let i = 0; i < layer.size; i++) values[i] = of(neuronAt(layer, i));
    return values;
  };
  const none = arrayOf(() => 0);
  return {
    λ: arrayOf(({ λ }) => λ),
    κ: none,
    isByDifference: false,
    r: none,
    g: arrayOf(({ g }) => g),
    α: arrayOf(({ α }) => α),
    a: arrayOf(({ a }) => a),
    // `nir.ts` uses this θ only as the amount that a spike subtracts. `spikesOf` decides whether a neuron fires.
    θ: arrayOf(({ reset, subtracts }) => (reset === 'none' ? 0 : subtracts)),
    c: arrayOf(({ c }) => c),
    d: none,
    vLeak: none,
    vReset: arrayOf(afterReset),
    start: { u: arrayOf(({ start }) => start), I: none },
  };
}

/** The potential after a reset that does not subtract. */
const afterReset = ({ reset, vReset }: TrainedNeuron): number => (reset === 'vReset' ? vReset : 0);

/** The choices of `nir.ts` that correspond to those of a trained neuron. */
const forwardChoices = (neuron: TrainedNeuron): NirStepChoices => {
  const { fires, spikes, reset, resetWhen, overshoot } = neuron;
  return {
    fires,
    spikes,
    reset: reset === 'none' ? 'subtract' : reset, // subtracts 0
    resetWhen,
    overshoot,
    floor: 'none',
    sends: 'sameStep',
  };
};

/** The number of spikes of a neuron at potential u. */
export function spikesOf({ θ, fires, spikes, most, output }: TrainedNeuron, u: number): number {
  if (output === 'potential' || !(fires === 'at' ? u >= θ : u > θ)) return 0;
  return spikes === 'whole' ? Math.min(most, Math.max(1, Math.floor(u / θ))) : 1;
}

/**
 * One step of neurons: from the currents x, computes the spikes, and the potentials that pass to the next step. `decide` gets
 * the potentials that are compared.
 */
export function applyTrainedStep(
  state: NirState,
  x: Floats,
  room: readonly [Floats, Floats],
  layer: TrainedLayer,
  constants: NirConstants,
  decide: NirDecide,
): void {
  applyNirNeurons(state, x, room, constants, forwardChoices(layer.neuron), (u, i) =>
    decide(u, i, spikesOf(neuronAt(layer, i), u)),
  );
  const { u } = state;
  for (let i = 0; i < u.length; i++) {
    const { added, floor } = neuronAt(layer, i);
    u[i] = u[i] + added;
    if (floor === -Infinity) continue;
    u[i] = u[i] - floor;
    u[i] = Math.max(u[i], 0);
    u[i] = u[i] + floor;
  }
}

/** The potential after the reset of one neuron, and its derivatives by u and by e. */
export function resetOf(
  neuron: TrainedNeuron,
  u: number,
  e: number,
): { v: number; byU: number; byE: number } {
  const { reset, subtracts, added } = neuron;
  if (reset === 'none') return { v: u, byU: 1, byE: 0 };
  if (reset === 'subtract') return { v: u - subtracts * e + added, byU: 1, byE: -subtracts };
  const to = afterReset(neuron);
  return { v: (e === 0 ? u : to) + added, byU: e === 0 ? 1 : 0, byE: to - u };
}

/**
 * Potentials at the comparison with θ, computed from those passed to the next step. Where a spike subtracted an amount, the
 * amount is added back. Without a spike, the constant `added` is subtracted. Other potentials are computed from the step
 * before.
 *
 * @param v potentials after the reset, e spikes, I currents: (T,B,n)
 * @param map numbers per step, over all samples
 */
export function computeCharged(layer: TrainedLayer, [v, e, I]: readonly Floats[], map: number): Float64Array {
  const { reset, overshoot } = layer.neuron;
  const u = new Float64Array(v.length);
  for (let i = 0; i < u.length; i++) {
    const { λ, g, c, θ, start, floor, subtracts, added } = neuronAt(layer, i);
    const before = i < map ? start : v[i - map];
    const isAbove = overshoot === 'afterLeak' && before > θ;
    if (v[i] > floor && e[i] === 0 && !isAbove) u[i] = v[i] - added;
    else if (v[i] > floor && reset === 'subtract' && overshoot === 'stays') u[i] = v[i] + subtracts * e[i];
    else u[i] = λ * before + g * I[i] + c - (isAbove ? subtracts : 0);
  }
  return u;
}

/** y = u − θ for each neuron and step, where u is the potential at which the surrogate is evaluated. */
export function computeDistances(layer: TrainedLayer, u: Floats, e: Floats): Float64Array {
  const isCompared = layer.neuron.surrogateAt === 'compared';
  const y = new Float64Array(u.length);
  for (let i = 0; i < y.length; i++) {
    const neuron = neuronAt(layer, i);
    y[i] = (isCompared ? u[i] : resetOf(neuron, u[i], e[i]).v) - neuron.θ;
  }
  return y;
}

/** The slope s(y) of the surrogate at each y. */
export function computeSlopes({ surrogate }: TrainedLayer, y: Floats): Float64Array {
  const of = surrogateOf(surrogate);
  const slopes = new Float64Array(y.length);
  for (let i = 0; i < y.length; i++) slopes[i] = of(y[i]);
  return slopes;
}

/**
 * The factors that multiply a gradient, (T,B,n): P from a step to the step before, F from v to u, G from u to the
 * current. G is (n) if it is the same at all steps. F is empty if no loss reads v.
 */
export interface Factors {
  readonly P: Float64Array;
  readonly F: Float64Array;
  readonly G: Float64Array;
}

/**
 * The factors of all steps.
 *
 * @param s slopes, u potentials that are compared, e spikes, I currents of the synapse: (T,B,n)
 * @param map numbers per step, over all samples
 * @param isRead whether a loss reads v
 */
export function computeFactors(
  layer: TrainedLayer,
  [s, u, e, I]: readonly Floats[],
  map: number,
  isRead: boolean,
): Factors {
  const { reset, resetWhen, resetGradient } = layer.neuron;
  const isAfterLeak = resetWhen === 'afterLeak' && reset !== 'none';
  const isDropping = isAfterLeak && reset !== 'subtract';
  const flowing = { flows: 1, half: 0.5, detached: 0 }[resetGradient];
  const P = new Float64Array(u.length);
  const F = new Float64Array(isRead ? u.length : 0);
  const G = new Float64Array(isDropping ? u.length : layer.size);
  for (let i = 0; i < G.length; i++)
    G[i] = i >= map && isDropping && e[i - map] !== 0 ? 0 : neuronAt(layer, i).g;
  for (let i = 0; i < u.length; i++) {
    const neuron = neuronAt(layer, i);
    const { λ, g, c, subtracts, floor } = neuron;
    const { v, byU, byE } = resetOf(neuron, u[i], e[i]);
    const gate = v > floor ? 1 : 0;
    const through = gate * (byU + flowing * s[i] * byE);
    if (isRead) F[i] = through;
    if (!isAfterLeak) P[i] = λ * through;
    else {
      const next = isDropping && i + map < u.length ? λ * u[i] + g * I[i + map] + c - afterReset(neuron) : 0;
      P[i] = λ * byU - flowing * s[i] * (isDropping ? next : subtracts);
    }
  }
  return { P, F, G };
}

/** The terms of the gradients of a layer, (T,B,n) each. M is absent if no loss reads the layer, E if it sends no spikes. */
export interface LayerGradient {
  readonly P: Floats;
  readonly F: Floats;
  readonly G: Floats;
  /** α, (T,B,n); or (n) if no neuron has a synapse. */
  readonly keeps: Floats;
  readonly s: Floats;
  readonly E?: Floats | undefined;
  readonly M?: Floats | undefined;
  /** Recurrent weights (n,n), through which dx of the next step adds to ∂L/∂e. */
  readonly V?: Floats | undefined;
}

/**
 * ∂L/∂x of all steps, from the last to the first. Each is a sum of products of the arguments.
 *
 * @param map numbers per step, over all samples
 */
export function computedx(
  layer: TrainedLayer,
  { P, F, G, keeps, s, E, M, V }: LayerGradient,
  map: number,
): Float64Array {
  const { neuron } = layer;
  const dx = new Float64Array(P.length);
  const [δ, dI, back] = [0, 1, 2].map(() => new Float64Array(map));
  const isBetween = neuron.recorded === 'between';
  for (let from = P.length - map; from >= 0; from -= map) {
    for (let k = 0; k < map; k++) {
      const i = from + k;
      let next = P[i] * δ[k];
      if (M) next += isBetween ? F[i] * M[i] : M[i];
      if (E || V) next += s[i] * ((E ? E[i] : 0) + back[k]);
      δ[k] = next;
      dI[k] = G[i % G.length] * next + keeps[i % keeps.length] * dI[k];
      dx[i] = neuronAt(layer, i).a * dI[k];
    }
    if (V) applyTransposed(back, dx.subarray(from, from + map), V, layer.size);
  }
  return dx;
}

/** back ← Vᵀ·dx of each sample. */
function applyTransposed(back: Floats, dx: Floats, V: Floats, size: number): void {
  back.fill(0);
  for (let b = 0; b < dx.length; b += size)
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) back[b + j] += V[i * size + j] * dx[b + i];
}
