/** A training step of ASF-BP as a model: a network, its choices, and the functions of `spec/`. A mistake is a changed model. */
import type { Floats, Precision } from '../../../spec/arithmetic.ts';
import { applyWindowEnd } from '../../../spec/algorithm1.ts';
import { accumulatedb, accumulatedw, applyBatch, applydFI, computedmem } from '../../../spec/backward.ts';
import { buildNetwork, type NetworkDescription } from '../../../spec/dictionary.ts';
import { applyWords } from '../../../spec/encode.ts';
import { accumulateFlow } from '../../../spec/flow.ts';
import {
  computeBatchLoss,
  computeDifference,
  computeLabelVector,
  computeLoss,
  computeOutput,
} from '../../../spec/loss.ts';
import type { Layer, Network } from '../../../spec/network.ts';
import { applyLayerNeuron } from '../../../spec/neuron.ts';
import {
  computeBatchSums,
  computeFlowSums,
  computeRatio,
  computeScaleOf,
  isSelected,
} from '../../../spec/scale.ts';
import { adam, applyAdam, applySGD, computeAdamConstants } from '../../../spec/update.ts';
import type { Variant } from '../../../spec/variant.ts';
import { once } from '../memo.ts';
import { withLists } from '../synapseLists.ts';

/** The functions that the stages call. A mistake replaces some of them. */
const functions = {
  applyWords,
  /** Eq. 3: x of a layer from w and o of the layer before. */
  applyCurrent: (x: Floats, w: Floats, o: Floats, layer: Layer, always?: number): void =>
    layer.kind.applyCurrent(x, w, o, layer, always),
  applyLayerNeuron,
  accumulateFlow,
  applyWindowEnd,
  /** The terms of a neuron in ΣFI and ΣFO of Eq. 12. */
  flowTerms: (FI: number, FO: number, layer: Layer, variant: Variant): readonly [number, number] =>
    isSelected(FI, FO, layer, variant) ? [FI, FO] : [0, 0],
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
  /** Eq. 10: ∂L/∂FO of the layer before. */
  applydFO: (dFO: Floats, w: Floats, dFI: Floats, FO: Floats, layer: Layer): void =>
    layer.kind.applydFO(dFO, w, dFI, FO, layer),
  accumulatedw,
  accumulatedb,
  applyBatch,
  adam,
  /** Synaptic weights decay as set by `weightDecay`. Biases do not decay. */
  synapticDecay: (weightDecay: number): number => weightDecay,
  biasDecay: (_weightDecay: number): number => 0,
  computeAdamConstants,
  applyAdam,
  applySGD,
};

export type Functions = typeof functions;

/** A training step of ASF-BP: its network, variant, batch and optimiser. */
export interface Model {
  readonly description: NetworkDescription;
  readonly variant: Variant;
  /** Number of samples in the batch. */
  readonly B: number;
  readonly optimiser: 'adam' | 'sgd';
  /** @internal */
  readonly functions: Functions;
  /** The factor that was applied to gradients of the batch's mean L: the number of samples. Undefined for other gradients. */
  readonly meanOver?: number;
  /** Limit on the numbers of a window that are computed at once; a test sets it low. @internal */
  readonly atOnce?: number;
  /** Replaces a layer. @internal */
  readonly layer?: (layer: Layer) => Layer;
}

export function modelOf(
  description: NetworkDescription,
  variant: Variant,
  B: number,
  optimiser: 'adam' | 'sgd' = 'adam',
): Model {
  return { description, variant, B, optimiser, functions };
}

/** Networks by description, variant and precision, shared by many models. */
const networks = once((description: NetworkDescription) =>
  once((variant: Variant) =>
    once((precision: Precision): Network => {
      const built = buildNetwork(description, variant, precision);
      return { ...built, layers: withLists(built.layers, description) };
    }),
  ),
);

const changed = once(({ description, variant, layer }: Model) =>
  once((precision: Precision): Network => {
    const network = networks(description)(variant)(precision);
    return layer ? { ...network, layers: network.layers.map(layer) } : network;
  }),
);

export const networkOf = (model: Model, precision: Precision): Network => changed(model)(precision);

export function learns(layer: Layer, { variant }: Pick<Model, 'variant'>): boolean {
  return !layer.isOutput || variant.outputWeights === 'trained';
}
