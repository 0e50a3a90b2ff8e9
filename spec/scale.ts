/** Stage `scale`: the factor S between flow in and flow out of a layer. */
import { sum, type Floats, type Precision } from './arithmetic.ts';
import { neuronsOf, weightsOf, type Layer } from './network.ts';
import type { Variant } from './variant.ts';

/** ΣFI and ΣFO of one layer, for one sample or a batch. ΣFO is a whole number, exact. */
export interface FlowSums {
  readonly FI: number;
  readonly FO: number;
}

/** In the authors' code, the ratio of Eq. (12) is 1 if ΣFI is below this value. */
const floor = 1e-3;

/**
 * The sums of Eq. (12) for one sample: over the positions of a channel, then over the channels.
 * Variant `scaleOver`: see {@link isSummedWhole}.
 */
export function computeFlowSums(
  FI: Floats,
  FO: Floats,
  layer: Layer,
  variant: Variant,
  precision: Precision,
): FlowSums {
  const { channels } = layer.output;
  const positions = neuronsOf(layer.output) / channels;
  const isIn = (i: number): boolean => isSelected(FI[i], FO[i], layer, variant);
  const selected = FI.map((value, i) => (isIn(i) ? value : 0));
  const perChannel = precision.array(channels);
  for (let channel = 0; channel < channels; channel++) {
    perChannel[channel] = sum(selected, channel * positions, positions);
  }
  let spikes = 0;
  for (let i = 0; i < FO.length; i++) if (isIn(i)) spikes += FO[i];
  return { FI: sum(perChannel), FO: spikes };
}

/**
 * Whether Eq. (12) sums over all neurons of a layer, or only those with FI ≥ FO (variant `scaleOver`). All neurons of a pool
 * are always summed.
 */
export function isSummedWhole(layer: Layer, variant: Variant): boolean {
  return variant.scaleOver === 'all' || weightsOf(layer) === 0;
}

/** Whether Eq. (12) sums over a neuron. */
export function isSelected(FI: number, FO: number, layer: Layer, variant: Variant): boolean {
  return isSummedWhole(layer, variant) || FI >= FO;
}

/** The sums of a batch from those of its samples, in their order. */
export function computeBatchSums(samples: readonly FlowSums[], precision: Precision): FlowSums {
  const FI = precision.array(samples.length);
  samples.forEach((sample, b) => (FI[b] = sample.FI));
  return { FI: sum(FI), FO: samples.reduce((spikes, sample) => spikes + sample.FO, 0) };
}

/** S before the first update. Variant `scaleStart`: 1/Vth, or 1. Variant `scale` = `static`: always 1/Vth. */
export function initialScale(layer: Layer, variant: Variant, precision: Precision): number {
  const unit = variant.scaleStart === 'one' && variant.scale !== 'static';
  return unit ? 1 : precision.round(1 / layer.Vth);
}

/**
 * Whether S is updated from a batch. "We update the scale factors every a few epochs": here, in epochs divisible by `every`.
 * Variant `scaleUpdate`: from the first batch, or from every batch. The backward pass of that batch uses the new S.
 */
export function isScaleUpdate(epoch: number, batch: number, every: number, variant: Variant): boolean {
  return epoch % every === 0 && (variant.scaleUpdate === 'everyBatch' || batch === 0);
}

/**
 * Eq. (12): S_u^n = Σ_i FO_i^n / Σ_i FI_i^n.
 *
 * @returns the new S, and whether the ratio was refused
 */
export function computeScale(
  sums: FlowSums,
  S: number,
  layer: Layer,
  variant: Variant,
  precision: Precision,
): { S: number; refused: boolean } {
  return computeScaleOf(computeRatio(sums, variant, precision), S, layer, variant, precision);
}

/** The ratio of Eq. (12). Variant `scaleRange` = `aboveFloor`: 1 where ΣFI < 0.001. */
export function computeRatio({ FI, FO }: FlowSums, variant: Variant, { round }: Precision): number {
  if (variant.scaleRange === 'aboveFloor' && FI < round(floor)) return 1;
  return round(round(FO) / FI);
}

/**
 * The new S of Eq. (12), from its ratio and the old S. Variant `scaleRange`: a ratio outside (0, 1/Vth], the paper's bound,
 * leaves S unchanged; or every ratio is accepted. Variant `scaleMemory`: the ratio replaces S, or S ← fl(fl(.6·ratio) +
 * fl(.4·S)).
 */
export function computeScaleOf(
  ratio: number,
  S: number,
  layer: Layer,
  variant: Variant,
  { round }: Precision,
): { S: number; refused: boolean } {
  if (variant.scale !== 'layer') return { S, refused: false };
  if (variant.scaleRange === 'belowInverseThreshold' && !(ratio > 0 && ratio <= round(1 / layer.Vth))) {
    return { S, refused: true };
  }
  if (variant.scaleMemory === 'replace') return { S: ratio, refused: false };
  return { S: round(round(round(0.6) * ratio) + round(round(0.4) * S)), refused: false };
}

/**
 * S_i^n = FO_i^n / FI_i^n, the definition before Eq. (12), for one neuron of one sample (variant `scale` =
 * `neuron`). A ratio outside (0, 1/Vth] is replaced by 1/Vth.
 */
export function computeNeuronScale(FI: number, FO: number, { Vth }: Layer, { round }: Precision): number {
  const bound = round(1 / Vth);
  const ratio = round(FO / FI);
  return ratio > 0 && ratio <= bound ? ratio : bound;
}
