/** What is measured after an epoch. */
import type { SpikingNetwork } from '../network/network.ts';
import { scalesByLayer, spikeRates } from './report.ts';
import type { TrainingState } from './state.ts';

/** What was measured after an epoch. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean L of the training samples. */
  readonly loss: number;
  /** Share of the test samples that are classified rightly. */
  readonly accuracy: number;
  /** The same of samples set aside from the training samples, where there are some. */
  readonly validation?: number;
  /** Training images per second, evaluation not included; 0 where the epoch was trained before a resumption. */
  readonly imagesPerSecond: number;
  /** Mean spikes per neuron and step, by `n kind`. */
  readonly spikeRates: Readonly<Record<string, number>>;
  /** S after the epoch, by `n kind`; of rule `asf`, and not in older files. */
  readonly S?: Readonly<Record<string, number>>;
}

/** What an evaluation after the epoch found. */
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
