/**
 * Variants: named answers to the questions that the paper leaves open. `paper` and `authors` are two records of such answers;
 * a user may make a third. `spec/README.md` gives the reason for each choice. Each stage names the choices that it uses.
 */

/** The questions, each with its named answers. The first answer is the paper's. */
export const choices = {
  /**
   * encode: the probability of a spike is the intensity, or the intensity × the scale of the network's input. Frames of
   * CIFAR10-DVS enter three times, or once.
   */
  input: ['intensity', 'scaledIntensity'],
  /** neuron, Eq. (2): u ≥ Vth, or u > Vth. */
  fires: ['atThreshold', 'aboveThreshold'],
  /**
   * neuron, Eq. (3): a neuron that fired is reset to 0 at the start of the next step, or at the end of the same step. In the
   * first case u is recorded before the reset and the leak, in the second case after both. Two further answers, not from the
   * paper, subtract Vth at the end of the same step, before or after the leak.
   */
  reset: ['nextStep', 'sameStep', 'subtractThenLeak', 'leakThenSubtract'],
  /** neuron: how λ·u is rounded: fl(λ·u), or fl(fl(fl(λ·u) + u) − u). */
  leak: ['product', 'sumThenDifference'],
  /** neuron: an average pooling layer has threshold and leak like any layer, or threshold 0.75 and no leak. */
  averagePool: ['ownThreshold', 'threeQuarters'],
  /** flow: FO of a maximum pool is Σ_t of its spikes, or the maximum of the accumulated FO of its window. */
  maxPoolFlow: ['spikes', 'accumulated'],
  /** scale, Eq. (12): one S per layer; FO/FI of each neuron; or 1/Vth. */
  scale: ['layer', 'neuron', 'static'],
  /** scale: S sums over all neurons, or only over those with FI ≥ FO; pooling neurons are always all summed. */
  scaleOver: ['all', 'inputAtLeastOutput'],
  /** scale: a ratio outside (0, 1/Vth] leaves S unchanged; or every ratio is accepted, and the ratio is 1 if ΣFI < 0.001. */
  scaleRange: ['belowInverseThreshold', 'aboveFloor'],
  /** scale: before the first update S is 1/Vth, or 1. */
  scaleStart: ['inverseThreshold', 'one'],
  /** scale: in an epoch that updates S, either the first batch alone updates S, or every batch does. */
  scaleUpdate: ['firstBatch', 'everyBatch'],
  /** scale: S ← new, or S ← fl(fl(.6·new) + fl(.4·S)). */
  scaleMemory: ['replace', 'blend'],
  /** backward: ∂FO/∂FI = S, or S where FI > 0 and else 0. */
  gate: ['always', 'positiveInput'],
  /** loss: ½‖·‖² (Eq. 6), or ‖·‖². */
  loss: ['half', 'whole'],
  /** loss: over a batch, the mean or the sum. */
  batch: ['mean', 'sum'],
  /** backward: the output layer's weights are trained, or have gradient 0 (Algorithm 1, line 15). */
  outputWeights: ['trained', 'untrained'],
  /** neuron, loss: the output layer integrates (Eq. 6), also leaks (Lee et al. 2020), or fires (Eq. 4). */
  output: ['integrates', 'leaks', 'fires'],
} as const;

/** One answer to each question. */
export type Variant = { readonly [Q in keyof typeof choices]: (typeof choices)[Q][number] };

/** The paper, with our reading where it is silent. */
export const paper: Variant = {
  input: 'intensity',
  fires: 'atThreshold',
  reset: 'nextStep',
  leak: 'product',
  averagePool: 'ownThreshold',
  maxPoolFlow: 'spikes',
  scale: 'layer',
  scaleOver: 'all',
  scaleRange: 'belowInverseThreshold',
  scaleStart: 'inverseThreshold',
  scaleUpdate: 'firstBatch',
  scaleMemory: 'replace',
  gate: 'always',
  loss: 'half',
  batch: 'mean',
  outputWeights: 'trained',
  output: 'integrates',
};

/** The authors' public code. */
export const authors: Variant = {
  input: 'scaledIntensity',
  fires: 'aboveThreshold',
  reset: 'sameStep',
  leak: 'sumThenDifference',
  averagePool: 'threeQuarters',
  maxPoolFlow: 'accumulated',
  scale: 'layer',
  scaleOver: 'inputAtLeastOutput',
  scaleRange: 'aboveFloor',
  scaleStart: 'one',
  scaleUpdate: 'everyBatch',
  scaleMemory: 'blend',
  gate: 'positiveInput',
  loss: 'whole',
  batch: 'sum',
  outputWeights: 'trained',
  output: 'integrates',
};

/** The presets, by name. */
export const variants = { paper, authors } as const;
/** The name of a preset. */
export type VariantName = keyof typeof variants;
