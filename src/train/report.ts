/** Results of passes: scale factors, totals, spike rates, errors, notices, and findings of `--verify`. */
import type { Floats } from '../../spec/arithmetic.ts';
import { computeClass } from '../../spec/loss.ts';
import { neuronsOf, outputLayer, type Network } from '../../spec/network.ts';
import { computeBatchSums, computeScale, isScaleUpdate } from '../../spec/scale.ts';
import { NotFiniteError } from '../errors.ts';
import { weightedLayers } from '../network/network.ts';
import { byLayer, nameOf } from './layerLabels.ts';
import type { BatchReport } from './forwardPass.ts';
import type { Totals } from './state.ts';

/** The position of a batch. Epochs and batches count from 0. */
interface BatchPosition {
  readonly epoch: number;
  readonly batch: number;
}

/**
 * Stage `scale` on the host: computes S of each layer from the batch's sums of flows, if S is updated in this batch. Each value
 * of S that was refused has a notice.
 *
 * @param every epochs between two updates of S
 */
export function computeScales(
  plan: Network,
  { sums }: BatchReport,
  before: readonly number[],
  { epoch, batch, every }: BatchPosition & { readonly every: number },
): { S: readonly number[]; notices: string[] } {
  const { variant, precision } = plan;
  const notices: string[] = [];
  const S = plan.layers.map((layer, index) => {
    if (!layer.spikes || !isScaleUpdate(epoch, batch, every, variant)) return before[index];
    const total = computeBatchSums(sums[index], precision);
    const result = computeScale(total, before[index], layer, variant, precision);
    if (result.refused) {
      const ratio = (total.FO / total.FI).toPrecision(4);
      notices.push(
        `S of ${nameOf(layer)} stays ${before[index].toPrecision(4)}: Eq. 12 gives ${ratio}, outside (0, 1/Vth], at epoch ${epoch + 1}, batch ${batch + 1}`,
      );
    }
    return result.S;
  });
  return { S, notices };
}

/** Mean spikes per neuron and step of each layer of neurons, under keys such as `3 convolution`. */
export function spikeRates(plan: Network, { samples, spikes }: Totals): Record<string, number> {
  const times = plan.T * Math.max(1, samples);
  return byLayer(plan, ({ n, output }) => spikes[n - 1] / (neuronsOf(output) * times));
}

export function addReport(
  before: Totals,
  { losses, potentials, spikes }: BatchReport,
  labels: readonly number[],
): { totals: Totals; loss: number; correct: number } {
  let loss = 0;
  let correct = 0;
  for (const [b, label] of labels.entries()) {
    loss += losses[b];
    if (computeClass(potentials[b]) === label) correct++;
  }
  const totals = {
    samples: before.samples + labels.length,
    loss: before.loss + loss,
    correct: before.correct + correct,
    spikes: before.spikes.map((count, index) => spikes[index].reduce((sum, fired) => sum + fired, count)),
  };
  return { totals, loss, correct };
}

/** A notice for each layer that never fired in an epoch. */
export function silentLayers(plan: Network, totals: Totals, epoch: number): string[] {
  return plan.layers
    .filter((layer) => layer.spikes && totals.spikes[layer.n - 1] === 0)
    .map(
      (layer) =>
        `${nameOf(layer)} never fired in epoch ${epoch + 1}; try a lower threshold or a longer window`,
    );
}

/** Throws if a loss or ΣFI is not finite. The error names the first layer whose ΣFI is not finite, or else the output layer. */
export function checkFinite(
  { losses, sums }: BatchReport,
  plan: Network,
  where: string,
  at: string,
  next: string,
): void {
  for (const [b, loss] of losses.entries()) {
    const index = sums.findIndex((layer) => !Number.isFinite(layer[b].FI));
    if (index < 0 && Number.isFinite(loss)) continue;
    const layer = index < 0 ? outputLayer(plan) : plan.layers[index];
    const [what, got] = Number.isFinite(loss) ? ['FI', sums[index][b].FI] : ['loss', loss];
    throw new NotFiniteError(
      `${where}: "${what}" expected finite numbers, got ${got} at ${at}, first in ${nameOf(layer)}; ${next}`,
    );
  }
}

/** Throws if weights or moments are not finite before a batch. */
export function checkLearnt(
  plan: Network,
  where: string,
  learnt: readonly Floats[],
  { epoch, batch }: BatchPosition,
): void {
  for (const [index, layer] of weightedLayers(plan).entries()) {
    const bad = learnt[index]?.find((value) => !Number.isFinite(value));
    if (bad === undefined) continue;
    const at = batch > 0 ? `epoch ${epoch + 1}, batch ${batch}` : `epoch ${epoch}, the last batch`;
    throw new NotFiniteError(
      `${where}: "weights" expected finite numbers, got ${bad} in ${nameOf(layer)} after ${at}; try a lower learning rate`,
    );
  }
}

/** The differences that `--verify` found in a batch between a backend and wasm. */
export interface Verified {
  readonly samples: number;
  /** The number of spikes on wasm. */
  readonly spikes: number;
  /** The number of neurons with different spike trains. */
  readonly flipped: number;
  /** The number of these neurons whose first difference exceeds rounding. */
  readonly outside: number;
  /** The largest difference of FI, in units of its bound. */
  readonly FI: number;
  /**
   * The largest difference of the sums of Eq. (12) and of the losses, in units of its bound. Infinity if a count or a potential differs.
   */
  readonly report: number;
  /** The largest difference of dw, in units of its bound. */
  readonly gradient: number;
  /** The largest difference of Adam's moments, in units of its bound. */
  readonly moments: number;
  /** The largest difference of the weights after the update, in units of its bound. */
  readonly weights: number;
}

/** Whether a difference exceeds its bound. */
export function isBroken({ outside, FI, report, gradient, moments, weights }: Verified): boolean {
  return outside > 0 || Math.max(FI, report, gradient, moments, weights) > 1;
}
