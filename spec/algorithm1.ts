/**
 * Algorithm 1: one training step of ASF-BP over a batch, in the paper's order: the loop over time outside, the loop over layers
 * inside. Comments beside the code give the paper's line numbers.
 */
import type { Floats, Integers, Precision } from './arithmetic.ts';
import {
  accumulatedb,
  accumulatedw,
  applyBatch,
  applydFI,
  biasesIn,
  computedmem,
  computeTreeSum,
} from './backward.ts';
import { applyPoisson } from './encode.ts';
import { accumulateFlow, applyAccumulatedMaximum } from './flow.ts';
import { computeBatchLoss, computeError, computeLabelVector, computeLoss } from './loss.ts';
import { neuronsOf, synapticOf, weightsOf, type Layer, type Network, type Shape } from './network.ts';
import { applyLayerNeuron } from './neuron.ts';
import { initialWeights, type Draw } from './random.ts';
import { computeBatchSums, computeFlowSums, computeScale, initialScale, isScaleUpdate } from './scale.ts';
import { applySGD } from './update.ts';
import type { Variant } from './variant.ts';

/** A sample as spikes, with its class. */
export interface EncodedSample {
  /** Writes o^{t,0}, (C,H,W). `t` counts from 0. */
  applyInput(o: Floats, t: number): void;
  readonly label: number;
}

/** A sample of Poisson spikes from an image (line 3). */
export function poissonSample(
  image: ArrayLike<number>,
  label: number,
  draw: Draw,
  { input, variant, inputScale }: Network,
): EncodedSample {
  const scale = variant.input === 'scaledIntensity' ? inputScale : 1;
  return { label, applyInput: (o, t) => applyPoisson(o, image, input, t, scale, draw) };
}

/** A sample of recorded spikes or event counts: T maps (C,H,W), one after the other. */
export function replayedSample(frames: Floats | Integers, label: number, { input }: Network): EncodedSample {
  const size = neuronsOf(input);
  return { label, applyInput: (o, t) => o.set(frames.subarray(t * size, (t + 1) * size)) };
}

/** The state of one layer for one sample: current, potential and spikes of the latest step, and the flows up to it. */
export interface LayerState {
  readonly x: Floats;
  readonly u: Floats;
  readonly o: Floats;
  readonly FI: Floats;
  readonly FO: Floats;
}

/** Line 1 for one map: u, FI, FO ← 0. */
export function initialLayerState(shape: Shape, { array }: Precision): LayerState {
  const size = neuronsOf(shape);
  return { x: array(size), u: array(size), o: array(size), FI: array(size), FO: array(size) };
}

/** Line 1: the states of a sample, layer n at index n; index 0 is the input. */
export function initialStates({ precision, input, layers }: Network): LayerState[] {
  return [input, ...layers.map((layer) => layer.output)].map((shape) => initialLayerState(shape, precision));
}

/** Lines 5–8 for one layer and one step. `before` holds the spikes o^{t,n−1}. */
export function applyStep(
  { x, u, o, FI, FO }: LayerState,
  before: { readonly o: Floats },
  w: Floats,
  layer: Layer,
  variant: Variant,
): void {
  layer.kind.applyCurrent(x, w, before.o, layer); // line 5, Eq. (3)
  applyLayerNeuron(u, o, x, layer, variant); // line 6, Eq. (3)
  accumulateFlow(FI, FO, x, o); // lines 7 and 8, Eq. (7)
}

/** Replaces FO of a maximum pool after line 10, if variant `maxPoolFlow` is `accumulated`. `before` holds FO^{n−1}. */
export function applyWindowEnd(
  { FO }: { readonly FO: Floats },
  before: { readonly FO: Floats },
  layer: Layer,
  variant: Variant,
): void {
  if (layer.kind.silent && variant.maxPoolFlow === 'accumulated') {
    applyAccumulatedMaximum(FO, before.FO, layer);
  }
}

/** The results of a training step. Each array can be compared with that of another implementation. */
export interface StepResult {
  /** States of each sample, layer n at index n. */
  readonly states: readonly (readonly LayerState[])[];
  /** S of each layer, at index n − 1. */
  readonly S: readonly number[];
  /** The n of each layer whose ratio of Eq. (12) was refused. */
  readonly refused: readonly number[];
  /** L of each sample. */
  readonly losses: Floats;
  /** L of the batch. */
  readonly L: number;
  /** ∂L/∂FO of each sample, layer n at index n. */
  readonly dFO: readonly (readonly Floats[])[];
  /** ∂L/∂w of the batch, at index n − 1; empty for a layer without weights. */
  readonly dw: readonly Floats[];
}

/**
 * Algorithm 1: one training step. It draws the weights (line 1) unless `w` is given, and updates them (line 21, Eq. 11).
 * {@link trainingStep} carries out the other lines.
 *
 * @param η learning rate
 * @param w weights of layer n at index n − 1, overwritten; by default drawn with `seed`
 */
export function algorithm1(
  network: Network,
  samples: readonly EncodedSample[],
  η: number,
  seed: number,
  w: readonly Floats[] = drawWeights(network, seed),
): StepResult & { readonly w: readonly Floats[] } {
  const { layers, variant, precision } = network;
  const S = layers.map((layer) => initialScale(layer, variant, precision));
  const step = trainingStep(network, w, S, samples, { epoch: 0, batch: 0, every: 1 });
  for (const [index, dw] of step.dw.entries()) applySGD(w[index], dw, η, 0); // line 21, Eq. (11)
  return { ...step, w };
}

/** Line 1: w ← N(0, 2 / fan-in), b ← 0, layer n at index n − 1; empty for a layer without weights. */
function drawWeights({ layers, precision }: Network, seed: number): Floats[] {
  return layers.map((layer) => {
    const w = precision.array(weightsOf(layer));
    const [, ...fan] = layer.weightShape;
    const fanIn = fan.reduce((a, b) => a * b, 1);
    w.set(initialWeights(synapticOf(layer), fanIn, seed, layer.n));
    return w;
  });
}

/**
 * Algorithm 1, lines 1 to 20: forward, scale, loss, backward. It leaves the weights unchanged; `update.ts` updates them.
 *
 * @param w weights of layer n at index n − 1
 * @param S scale factors before this batch, layer n at index n − 1
 * @param when epoch and batch, both counted from 0; S is updated in epochs divisible by `every`
 * @param shard number of samples whose gradients are added into one sum
 */
export function trainingStep(
  network: Network,
  w: readonly Floats[],
  S: readonly number[],
  samples: readonly EncodedSample[],
  when: { readonly epoch: number; readonly batch: number; readonly every: number },
  shard = samples.length,
): StepResult {
  const { precision, variant, layers, T } = network;
  const N = layers.length;
  const states = samples.map(() => initialStates(network)); // line 1

  // Forward
  for (let t = 0; t < T; t++) {
    for (const [b, state] of states.entries()) {
      const { o, FO } = state[0];
      samples[b].applyInput(o, t); // line 3
      accumulateFlow(state[0].FI, FO, o, o);
      for (const layer of layers) {
        const { n } = layer;
        applyStep(state[n], state[n - 1], w[n - 1], layer, variant); // lines 4–9
      }
    }
  }
  for (const state of states) {
    for (const layer of layers) applyWindowEnd(state[layer.n], state[layer.n - 1], layer, variant);
  }

  // CalculateScale, lines 11–13, Eq. (12)
  const refused: number[] = [];
  const scales = layers.map((layer, index) => {
    if (!layer.spikes || !isScaleUpdate(when.epoch, when.batch, when.every, variant)) return S[index];
    const sums = states.map((state) => {
      const { FI, FO } = state[layer.n];
      return computeFlowSums(FI, FO, layer, variant, precision);
    });
    const result = computeScale(computeBatchSums(sums, precision), S[index], layer, variant, precision);
    if (result.refused) refused.push(layer.n);
    return result.S;
  });

  // Loss, line 14, Eq. (6)
  const { Vth, output } = layers[N - 1];
  const losses = precision.array(samples.length);
  const errors = states.map((state, b) => {
    const Y = computeLabelVector(samples[b].label, output.channels, precision);
    const error = computeError(state[N].u, Y, T, Vth);
    losses[b] = computeLoss(error, variant);
    return error;
  });

  // Backward, lines 15–20, Eq. (9), (10), (11)
  const dFO = states.map(() => initialStates(network).map(({ FO }) => FO));
  const shards: Floats[][] = [];
  for (let b = 0; b < samples.length; b++) {
    if (b % shard === 0) shards.push(layers.map((layer) => precision.array(weightsOf(layer)))); // line 15
    const dw = shards[shards.length - 1];
    let dFI = computedmem(errors[b], T, Vth, variant); // Eq. (9)
    for (let n = N; n >= 1; n--) {
      const layer = layers[n - 1];
      const { FI, FO } = states[b][n];
      const before = states[b][n - 1];
      if (!layer.isOutput) {
        dFI = precision.array(FO.length);
        applydFI(dFI, dFO[b][n], FI, FO, scales[n - 1], layer, variant); // Eq. (10)
      }
      const trained = !layer.isOutput || variant.outputWeights === 'trained';
      if (trained) {
        accumulatedw(dw[n - 1], dFI, before.FO, layer); // line 19, Eq. (11)
        accumulatedb(biasesIn(dw[n - 1], layer), dFI, T, layer);
      }
      if (n > 1) layer.kind.applydFO(dFO[b][n - 1], w[n - 1], dFI, before.FO, layer); // lines 16 and 18
    }
  }
  const dw = layers.map((_, index) => computeTreeSum(shards.map((gradients) => gradients[index])));
  for (const gradient of dw) applyBatch(gradient, samples.length, variant);

  return { states, S: scales, refused, losses, L: computeBatchLoss(losses, variant), dFO, dw };
}
