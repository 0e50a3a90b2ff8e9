/** The state of a training run between two batches: with it, a run goes on to the bits it would have had. */
import type { Powers } from '../../spec/update.ts';
import type { Moments } from './passes.ts';
import type { Settings } from './settings.ts';

/** Sums over the batches of an epoch. */
export interface Totals {
  readonly samples: number;
  /** Σ L over the samples. */
  readonly loss: number;
  readonly correct: number;
  /** ΣFO of each layer, at place n − 1. */
  readonly spikes: readonly number[];
}

export interface TrainingState {
  readonly settings: Settings;
  /** The epoch and batch to do next, from 0. */
  readonly epoch: number;
  readonly batch: number;
  /** Of the epoch so far. */
  readonly totals: Totals;
  readonly weights: Float32Array[];
  readonly moments: Moments;
  readonly powers: Powers;
  readonly S: readonly number[];
}

export function noTotals(layers: number): Totals {
  return { samples: 0, loss: 0, correct: 0, spikes: Array.from({ length: layers }, () => 0) };
}
