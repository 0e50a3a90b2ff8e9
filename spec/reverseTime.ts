/**
 * Rules that go back through layers *and* time, in one function: STBP (`stbp.ts`) and Lee et al. 2020 (`lee.ts`). They differ
 * in data: the substitute for the derivative of Eq. (2), and the share of ∂L/∂u that passes to the step before.
 *
 * The outermost loop runs over the steps, descending, for all samples of a shard. This fixes the order of the sum of dw. The
 * backward pass reads only the o of each step and, if the rule needs it, the u. No S is computed between the forward and the
 * backward pass, so both can run shard by shard.
 */
import { precisionOf, type Floats } from './arithmetic.ts';
import {
  applyStep,
  applyWindowEnd,
  initialStates,
  type LayerState,
  type EncodedSample,
} from './algorithm1.ts';
import { accumulatedb, accumulatedw, applyBatch, biasesIn, computedmem, computeTreeSum } from './backward.ts';
import { accumulateFlow } from './flow.ts';
import { computeLabelVector, computeLoss, computeOutputError } from './loss.ts';
import { computePseudoDerivative } from './lee.ts';
import { outputLayer, weightsOf, type Layer, type Network } from './network.ts';
import { surrogates } from './surrogate.ts';
import type { TimeRule } from './timeRule.ts';

export type { TimeRule } from './timeRule.ts';

/** The states of one sample that the backward pass needs: [t][n], with the input at n = 0. */
export type Trains = readonly (readonly LayerState[])[];

/** The forward process of Eq. (3). Returns the states after each step; the flows are complete in the last. */
export function computeTrains(network: Network, w: readonly Floats[], sample: EncodedSample): LayerState[][] {
  const { layers, T, variant } = network;
  const states = initialStates(network);
  const trains: LayerState[][] = [];
  for (let t = 0; t < T; t++) {
    const [{ o, FI, FO }] = states;
    sample.applyInput(o, t);
    accumulateFlow(FI, FO, o, o);
    for (const layer of layers)
      applyStep(states[layer.n], states[layer.n - 1], w[layer.n - 1], layer, variant);
    if (t === T - 1) {
      for (const layer of layers) applyWindowEnd(states[layer.n], states[layer.n - 1], layer, variant);
    }
    trains.push(states.map(copied));
  }
  return trains;
}

function copied({ x, u, o, FI, FO }: LayerState): LayerState {
  return { x: x.slice(), u: u.slice(), o: o.slice(), FI: FI.slice(), FO: FO.slice() };
}

/**
 * ∂L/∂u^t = (∂L/∂o^t − c·u^t)·∂o^t/∂u^t + c·(1 − o^t), where c = λ·∂L/∂u^{t+1}. The rule determines ∂o^t/∂u^t, whether c
 * contains λ, and whether c·u^t, the term of the reset, is included. A layer without neurons has no memory: ∂L/∂u = ∂L/∂o.
 *
 * @param du ∂L/∂u of step t + 1 (0 after the window), overwritten with that of step t
 * @param dO ∂L/∂o^t
 * @param slope ∂o/∂u of each neuron, for rules with one slope for the whole window
 */
export function applydu(
  du: Floats,
  dO: Floats,
  { u, o }: { readonly u: Floats; readonly o: Floats },
  slope: Floats | undefined,
  { spikes, Vth, λ }: Layer,
  rule: TimeRule,
): void {
  if (!spikes) return du.set(dO);
  const precision = precisionOf(du);
  const { array } = precision;
  const [later, carried, factor] = [array(1), array(1), array(1)];
  for (let i = 0; i < du.length; i++) {
    later[0] = rule.keeps === 'leak' ? λ * du[i] : du[i];
    du[i] = dO[i];
    if (rule.reset) {
      carried[0] = later[0] * u[i];
      du[i] = du[i] - carried[0];
    }
    if (rule.slope === 'window') {
      factor[0] = o[i] * slope![i]; // passed for rules of this kind
    } else {
      factor[0] = u[i] - Vth;
      const { surrogate, width } = rule.slope;
      factor[0] = surrogates[surrogate].derivative(factor[0], width, precision);
    }
    du[i] = du[i] * factor[0];
    carried[0] = 1 - o[i];
    carried[0] = later[0] * carried[0];
    du[i] = du[i] + carried[0];
  }
}

/**
 * Eq. (5): ∂L/∂W^n = Σ_t ∂L/∂u^{t,n} · o^{t,n−1}ᵀ of a shard. One accumulator per weight runs over t descending, sample, output
 * row, output column. ∂L/∂u becomes known in this order, so that only one step of it is stored.
 *
 * @param trains states of each sample after each step
 * @param dOutput derivative of the loss of each sample, the same for every step: ∂L/∂o^{t,N}, or ∂L/∂u^{T,N} if the output layer
 * does not fire
 */
export function computeReversedw(
  { layers, T, variant, precision }: Network,
  w: readonly Floats[],
  trains: readonly Trains[],
  dOutput: readonly Floats[],
  rule: TimeRule,
): Floats[] {
  const dw = layers.map((layer) => precision.array(weightsOf(layer)));
  const du = trains.map(([first]) => first.map(({ u }) => precision.array(u.length)));
  const slopes = trains.map((steps) => layers.map((layer) => computeSlope(steps, layer, rule)));
  for (let t = T - 1; t >= 0; t--) {
    for (const [b, steps] of trains.entries()) {
      let dO = dOutput[b];
      for (let n = layers.length; n >= 1; n--) {
        const layer = layers[n - 1];
        const { isOutput, kind } = layer;
        const [states, before] = [steps[t], steps[t][n - 1].o];
        applydu(du[b][n], dO, states[n], slopes[b][n - 1], layer, rule);
        const trained = !isOutput || variant.outputWeights === 'trained';
        if (trained) {
          accumulatedw(dw[n - 1], du[b][n], before, layer);
          accumulatedb(biasesIn(dw[n - 1], layer), du[b][n], 1, layer);
        }
        dO = precision.array(before.length);
        if (n > 1) kind.applydFO(dO, w[n - 1], du[b][n], before, layer);
      }
    }
  }
  return dw;
}

/** The slope of a layer's neurons for the whole window, if the rule has one. */
function computeSlope(trains: Trains, layer: Layer, { slope }: TimeRule): Floats | undefined {
  if (slope !== 'window' || !layer.spikes) return undefined;
  return computePseudoDerivative(
    trains.map((states) => states[layer.n].o),
    layer,
  );
}

/** The results of a training step. */
export interface ReverseResult {
  /** States of each sample after the window, layer n at index n. */
  readonly states: readonly (readonly LayerState[])[];
  readonly losses: Floats;
  /** ∂L/∂w of the batch, at index n − 1; empty for a layer without weights. */
  readonly dw: readonly Floats[];
}

/**
 * Forward, loss and backward of a batch, without S; the counterpart of {@link trainingStep} in `algorithm1.ts`.
 *
 * @param w weights of layer n at index n − 1
 * @param shard number of samples whose gradients are added into one sum
 */
export function reverseStep(
  network: Network,
  w: readonly Floats[],
  samples: readonly EncodedSample[],
  rule: TimeRule,
  shard = samples.length,
): ReverseResult {
  const { layers, precision, variant, T } = network;
  const output = outputLayer({ layers });
  const trains = samples.map((sample) => computeTrains(network, w, sample));
  const states = trains.map((steps) => steps[T - 1]);
  const losses = precision.array(samples.length);
  const dOutput = states.map((state, b) => {
    const { u, FO } = state[layers.length];
    const Y = computeLabelVector(samples[b].label, u.length, precision);
    const error = computeOutputError(output.spikes ? FO : u, Y, T, output);
    losses[b] = computeLoss(error, variant);
    return computedmem(error, T, output.spikes ? 1 : output.Vth, variant);
  });
  const shards: Floats[][] = [];
  for (let first = 0; first < samples.length; first += shard) {
    const end = first + shard;
    shards.push(computeReversedw(network, w, trains.slice(first, end), dOutput.slice(first, end), rule));
  }
  const dw = layers.map((_, index) => computeTreeSum(shards.map((gradients) => gradients[index])));
  for (const gradient of dw) applyBatch(gradient, samples.length, variant);
  return { states, losses, dw };
}
