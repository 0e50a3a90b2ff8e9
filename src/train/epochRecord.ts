/** The record of an epoch. */
import type { SpikingNetwork } from '../network/network.ts';
import { scalesByLayer, spikeRates } from './report.ts';
import type { TrainingState } from './state.ts';

/** The measurements after an epoch. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean L of the training samples. */
  readonly loss: number;
  /** Share of the test samples that are classified correctly. */
  readonly accuracy: number;
  /** The same for samples set aside from the training samples, if there are any. */
  readonly validation?: number;
  /** Training images per second, without evaluation; 0 if the epoch was trained before a resumption. */
  readonly imagesPerSecond: number;
  /** Mean spikes per neuron and step, by `n kind`. */
  readonly spikeRates: Readonly<Record<string, number>>;
  /** S after the epoch, by `n kind`; for rule `asf`, and absent in older files. */
  readonly S?: Readonly<Record<string, number>>;
}

/** The accuracies of the evaluation after an epoch. */
export interface EpochAccuracy {
  readonly accuracy: number;
  readonly validation?: number | undefined;
}

/** The record of the epoch that ended in this state. */
export function computeRecord(
  { plan }: SpikingNetwork,
  { epoch, totals, S, settings }: TrainingState,
  { accuracy, validation }: EpochAccuracy,
  imagesPerSecond: number,
): EpochRecord {
  return {
    epoch,
    loss: totals.loss / totals.samples,
    accuracy,
    ...(validation !== undefined && { validation }),
    imagesPerSecond: Number(imagesPerSecond.toFixed(1)),
    spikeRates: spikeRates(plan, totals),
    ...(settings.rule === 'asf' && { S: scalesByLayer(plan, S) }),
  };
}
