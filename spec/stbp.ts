/**
 * STBP (Wu et al. 2018), the rule that the paper compares with ASF-BP: the paper's Eq. (4) and (5). The loss is a function of
 * the average output spikes. The gradient goes back through layers *and* time (`reverseTime.ts`), with a surrogate for the
 * derivative of Eq. (2).
 *
 * The output layer fires like any other (variant `output` = `fires`), and u is the potential before the reset
 * (`reset` = `nextStep`).
 */
import type { Floats } from './arithmetic.ts';
import type { EncodedSample } from './algorithm1.ts';
import { computedmem } from './backward.ts';
import { computeLabelVector, computeLoss, computeSpikeError } from './loss.ts';
import type { Network } from './network.ts';
import { computeReversedw, computeTrains, type TimeRule } from './reverseTime.ts';
import type { SurrogateName } from './surrogate.ts';

export interface StbpOptions {
  readonly surrogate: SurrogateName;
  readonly width: number;
}

/** The rule: a surrogate at every u; the leak and the reset of Eq. (3) are differentiated. */
export function stbp({ surrogate, width }: StbpOptions): TimeRule {
  return { slope: { surrogate, width }, keeps: 'leak', reset: true };
}

/**
 * One sample: L of Eq. (4) and ∂L/∂w of Eq. (5).
 *
 * @param w weights of layer n at index n − 1
 */
export function stbpStep(
  network: Network,
  w: readonly Floats[],
  sample: EncodedSample,
  options: StbpOptions,
): { L: number; dw: Floats[] } {
  const { precision, T, variant } = network;
  const trains = computeTrains(network, w, sample);
  const { FO } = trains[T - 1][network.layers.length];
  const error = computeSpikeError(FO, computeLabelVector(sample.label, FO.length, precision), T);
  const dO = computedmem(error, T, 1, variant); // ∂L/∂o^{t,N}, the same at each step
  const dw = computeReversedw(network, w, [trains], [dO], stbp(options));
  return { L: computeLoss(error, variant), dw };
}
