/** What the stages call: the functions of `spec/`. A mistake replaces one of them. */
import { accumulatedb, accumulatedw, applyBatch, applydFI, computedmem } from '../../spec/backward.ts';
import { applyWords } from '../../spec/encode.ts';
import { accumulateFlow } from '../../spec/flow.ts';
import { applyWindowEnd } from '../../spec/algorithm1.ts';
import type { Floats } from '../../spec/arithmetic.ts';
import {
  computeBatchLoss,
  computeDifference,
  computeLabelVector,
  computeLoss,
  computeOutput,
} from '../../spec/loss.ts';
import type { Layer } from '../../spec/network.ts';
import { applyLayerNeuron } from '../../spec/neuron.ts';
import { computeBatchSums, computeFlowSums, computeRatio, computeScaleOf } from '../../spec/scale.ts';
import { adam, applyAdam, applySGD, computeAdamStep } from '../../spec/update.ts';

export const semantics = {
  applyWords,
  /** Eq. 3: x of a layer from w and o of the layer before. Also called on magnitudes, for the bounds. */
  applyCurrent: (x: Floats, w: Floats, o: Floats, layer: Layer, always?: number): void =>
    layer.kind.applyCurrent(x, w, o, layer, always),
  applyLayerNeuron,
  accumulateFlow,
  applyWindowEnd,
  computeFlowSums,
  computeBatchSums,
  computeRatio,
  computeScaleOf,
  computeOutput,
  computeLabelVector,
  computeDifference,
  computeLoss,
  computeBatchLoss,
  computedmem,
  applydFI,
  /** Eq. 10: ∂L/∂FO of the layer before. Also called on magnitudes, for the bounds. */
  applydFO: (dFO: Floats, w: Floats, dFI: Floats, FO: Floats, layer: Layer): void =>
    layer.kind.applydFO(dFO, w, dFI, FO, layer),
  accumulatedw,
  accumulatedb,
  applyBatch,
  adam,
  /** The decay of weights, and that of a bias, from what was given. */
  synapticDecay: (weightDecay: number): number => weightDecay,
  biasDecay: (_weightDecay: number): number => 0,
  computeAdamStep,
  applyAdam,
  applySGD,
};

export type Semantics = typeof semantics;
