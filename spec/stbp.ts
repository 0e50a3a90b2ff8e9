/**
 * STBP (Wu et al. 2018), Eq. (4) and (5): what ASF-BP is compared with. The loss is taken on the average output
 * spikes, and the gradient goes back through layers *and* time, with a surrogate for the derivative of Eq. (2).
 *
 * Here the output layer fires like any other.
 */
import { precisionOf, type Floats } from './arithmetic.ts';
import { initialStates, type LayerState, type Sample } from './algorithm1.ts';
import { accumulatedw } from './backward.ts';
import { computeLabelVector, computeLoss, computeSpikeError } from './loss.ts';
import { weightsOf, type Layer, type Network } from './network.ts';
import { applyNeuron } from './neuron.ts';

/** A surrogate: the derivative that stands for f′ of Eq. (2), and the smooth f that it is the derivative of. */
export interface Surrogate {
  /** f(u) around the threshold, from 0 to 1. `distance` is u − Vth, `width` in potential. */
  smooth(distance: number, width: number): number;
  derivative(distance: number, width: number): number;
}

export const surrogates = {
  /** The rectangle of Wu et al.: 1/width within width/2 of the threshold; its f is a ramp. */
  rectangle: {
    smooth: (distance, width) => Math.min(1, Math.max(0, distance / width + 0.5)),
    derivative: (distance, width) => (Math.abs(distance) < width / 2 ? 1 / width : 0),
  },
  /** The fast sigmoid: f = ½(1 + z/(1 + |z|)) with z = distance/width. */
  fastSigmoid: {
    smooth: (distance, width) => 0.5 * (1 + distance / width / (1 + Math.abs(distance / width))),
    derivative: (distance, width) => 0.5 / width / (1 + Math.abs(distance / width)) ** 2,
  },
} as const satisfies Record<string, Surrogate>;

export interface StbpOptions {
  readonly surrogate: keyof typeof surrogates;
  readonly width: number;
  /** True: neurons answer with the smooth f instead of spikes, and Eq. (5) is the exact gradient. */
  readonly smooth?: boolean;
}

/**
 * One sample: L of Eq. (4) and ∂L/∂w of Eq. (5).
 *
 * @param w weights, place n − 1
 */
export function stbpStep(
  network: Network,
  w: readonly Floats[],
  sample: Sample,
  options: StbpOptions,
): { L: number; dw: Floats[] } {
  const { precision, layers, T, variant } = network;
  const N = layers.length;
  const traces = computeTraces(network, w, sample, options);

  const FO = precision.array(traces[0][N].o.length);
  for (const states of traces) for (let i = 0; i < FO.length; i++) FO[i] = FO[i] + states[N].o[i];
  const Y = computeLabelVector(sample.label, FO.length, precision);
  const error = computeSpikeError(FO, Y, T);
  const L = computeLoss(error, { ...variant, loss: 'half' }); // Eq. (4)

  const dw = layers.map((layer) => precision.array(weightsOf(layer)));
  let later = initialStates(network); // ∂L/∂u^{t+1}, zero after the window
  for (let t = T - 1; t >= 0; t--) {
    const now = initialStates(network); // ∂L/∂u^t and ∂L/∂o^t, in place of u and o
    for (let i = 0; i < error.length; i++) now[N].o[i] = error[i] / T;
    for (let n = N; n >= 1; n--) {
      const layer = layers[n - 1];
      const [du, oBefore] = [now[n].u, traces[t][n - 1].o];
      applydu(du, now[n].o, later[n].u, traces[t][n], layer, options);
      accumulatedw(dw[n - 1], du, oBefore, layer); // Eq. (5): Σ_t ∂L/∂u^{t,n} · o^{t,n−1}
      layer.kind.applydFO(now[n - 1].o, w[n - 1], du, oBefore, layer);
    }
    later = now;
  }
  return { L, dw };
}

/** The forward process of Eq. (3), every step kept: [t][n], place 0 the input. */
function computeTraces(
  network: Network,
  w: readonly Floats[],
  sample: Sample,
  { surrogate, width, smooth = false }: StbpOptions,
): LayerState[][] {
  const { layers, T, variant } = network;
  const traces: LayerState[][] = [];
  let before = initialStates(network);
  for (let t = 0; t < T; t++) {
    const states = initialStates(network);
    sample.applyInput(states[0].o, t);
    for (const layer of layers) {
      const { n } = layer;
      const { x, u, o } = states[n];
      layer.kind.applyCurrent(x, w[n - 1], states[n - 1].o, layer);
      u.set(before[n].u);
      o.set(before[n].o);
      if (layer.kind.silent) o.set(x);
      else if (smooth) applySmoothNeuron(u, o, x, layer, surrogates[surrogate], width);
      else applyNeuron(u, o, x, layer, { ...variant, reset: 'nextStep' });
    }
    traces.push(states);
    before = states;
  }
  return traces;
}

/** Eq. (3) with the smooth f: u^{t+1} = λ·u^t·(1 − o^t) + x^{t+1}, o between 0 and 1. */
function applySmoothNeuron(
  u: Floats,
  o: Floats,
  x: Floats,
  { Vth, λ }: Layer,
  { smooth }: Surrogate,
  width: number,
): void {
  for (let i = 0; i < u.length; i++) {
    o[i] = 1 - o[i];
    u[i] = λ * u[i];
    u[i] = u[i] * o[i];
    u[i] = u[i] + x[i];
    o[i] = smooth(u[i] - Vth, width);
  }
}

/**
 * ∂L/∂u^t = ∂L/∂o^t·f′(u^t) + ∂L/∂u^{t+1}·λ(1 − o^t), where ∂L/∂o^t also has the reset's share,
 * −∂L/∂u^{t+1}·λ·u^t. A maximum pool has no memory: ∂L/∂u = ∂L/∂o.
 */
function applydu(
  du: Floats,
  dO: Floats,
  later: Floats,
  { u, o }: LayerState,
  { kind, Vth, λ }: Layer,
  { surrogate, width }: StbpOptions,
): void {
  const { array } = precisionOf(du);
  const [leaked, reset, carried] = [array(1), array(1), array(1)];
  for (let i = 0; i < du.length; i++) {
    if (kind.silent) {
      du[i] = dO[i];
      continue;
    }
    leaked[0] = later[i] * λ;
    reset[0] = leaked[0] * u[i];
    carried[0] = 1 - o[i];
    carried[0] = leaked[0] * carried[0];
    du[i] = dO[i] - reset[0];
    du[i] = du[i] * surrogates[surrogate].derivative(u[i] - Vth, width);
    du[i] = du[i] + carried[0];
  }
}
