/** Stage `loss`: the distance between the output layer's potential and the label. */
import { precisionOf, sumOfSquares, type Floats, type Precision } from './arithmetic.ts';
import type { Layer } from './network.ts';
import type { Variant } from './variant.ts';

/** The label vector Y: 1 at the class, else 0. */
export function computeLabelVector(label: number, classes: number, precision: Precision): Floats {
  const Y = precision.array(classes);
  Y[label] = 1;
  return Y;
}

/**
 * The output of one sample, u^{T,N}/(T·Vth), which Eq. (6) compares with the label.
 *
 * @param u potential of the output layer after the last step; FI^N if the layer only integrates
 */
export function computeOutput(u: Floats, T: number, Vth: number): Floats {
  const precision = precisionOf(u);
  const divisor = precision.round(T * Vth);
  const output = precision.array(u.length);
  for (let i = 0; i < u.length; i++) output[i] = u[i] / divisor;
  return output;
}

/** The difference between an output and the label vector. */
export function computeDifference(output: Floats, Y: Floats): Floats {
  const error = precisionOf(output).array(output.length);
  for (let i = 0; i < output.length; i++) error[i] = output[i] - Y[i];
  return error;
}

/** The error of Eq. (6), u^{T,N}/(T·Vth) − Y, for one sample. */
export function computeError(u: Floats, Y: Floats, T: number, Vth: number): Floats {
  return computeDifference(computeOutput(u, T, Vth), Y);
}

/**
 * Eq. (6): L = ½‖Y − u^{T,N}/(T·Vth)‖² of one sample, from its error. The sum runs over the classes, ascending. Variant
 * `loss`: with the ½, or without.
 */
export function computeLoss(error: Floats, variant: Variant): number {
  const squares = sumOfSquares(error);
  return variant.loss === 'half' ? precisionOf(error).round(squares / 2) : squares;
}

/** The error of Eq. (4), (1/T)·Σ_t o^{t,N} − Y: STBP compares average output spikes with the label. */
export function computeSpikeError(FO: Floats, Y: Floats, T: number): Floats {
  return computeError(FO, Y, T, 1);
}

/**
 * The error from which the backward pass of a rule starts. An output layer that fires has the error of Eq. (4), from FO; any
 * other has that of Eq. (6), from u.
 *
 * @param result FO or u of the output layer after the window
 */
export function computeOutputError(result: Floats, Y: Floats, T: number, { spikes, Vth }: Layer): Floats {
  return spikes ? computeSpikeError(result, Y, T) : computeError(result, Y, T, Vth);
}

/** L of a batch: the mean or the sum (variant `batch`) of the L of its samples, added in their order. */
export function computeBatchLoss(samples: Floats, variant: Variant): number {
  const { round } = precisionOf(samples);
  let L = 0;
  for (const sample of samples) L = round(L + sample);
  return variant.batch === 'mean' ? round(L / samples.length) : L;
}

/** The class with the greatest potential; among equal ones the lowest class. */
export function computeClass(u: Floats): number {
  let best = 0;
  for (let i = 1; i < u.length; i++) if (u[i] > u[best]) best = i;
  return best;
}
