/** The state of a training between two batches. A training that resumes from this state produces the same bits as an uninterrupted one. */
import type { Network } from '../../spec/network.ts';
import { checkNumber, checkRecord, checkWhole, refuse, show } from '../errors.ts';
import { checkWeights } from '../network/network.ts';
import { checkSettings, type Settings, type TrainSettings } from './settings.ts';
import { keysOf } from '../keysOf.ts';

/** Sums over the batches of an epoch. */
export interface Totals {
  readonly samples: number;
  /** Σ L over the samples. */
  readonly loss: number;
  readonly correct: number;
  /** Number of spikes of each layer, at index n − 1. */
  readonly spikes: readonly number[];
}

/** The state between two batches. `state()` of a step returns it; the option `state` of `train` resumes from it. */
export interface TrainingState {
  /** All settings, defaults included. */
  readonly settings: Required<TrainSettings>;
  /** The next epoch, from 0. */
  readonly epoch: number;
  /** The next batch of this epoch, from 0. */
  readonly batch: number;
  /** Totals of the epoch so far. */
  readonly totals: Totals;
  /** The weights of each layer that has some, in order. */
  readonly weights: Float32Array[];
  /** Adam's moments of each layer with weights; empty with SGD. */
  readonly moments: {
    readonly m: (Float32Array | Float64Array)[];
    readonly v: (Float32Array | Float64Array)[];
  };
  /** Adam's β1 and β2 to the power of the number of updates. */
  readonly powers: { readonly β1k: number; readonly β2k: number };
  /** S of each layer, at index n − 1. */
  readonly S: readonly number[];
}

export function noTotals(layers: number): Totals {
  return { samples: 0, loss: 0, correct: 0, spikes: Array.from({ length: layers }, () => 0) };
}

export const stateParts = ['settings', 'epoch', 'batch', 'totals', 'weights', 'moments', 'powers', 'S'];

/**
 * Checks a state against a network, the number of training samples, and the requested settings. Returns the state's settings.
 * States from programs and from checkpoints are checked only here.
 */
export function checkState(
  where: string,
  plan: Network,
  samples: number,
  state: TrainingState,
  requested: TrainSettings = {},
): Settings {
  checkRecord(where, 'state', state, stateParts);
  const settings = checkSettings(where, state.settings);
  checkSettings(where, requested);
  for (const name of keysOf(requested)) {
    const [value, saved] = [requested[name], settings[name]];
    if (value !== undefined && JSON.stringify(value) !== JSON.stringify(saved))
      refuse(where, name, `${show(saved)}, as in the state`, value, 'leave it out');
  }
  const epoch = checkWhole(where, 'state.epoch', state.epoch, 0, settings.epochs);
  const batches = epoch < settings.epochs ? Math.ceil(samples / settings.batch) : 1;
  const batch = checkWhole(where, 'state.batch', state.batch, 0, batches - 1);
  const seen = batch > 0 ? batch * settings.batch : epoch > 0 ? samples : 0;
  checkTotals(where, state.totals, plan.layers.length, seen);
  checkNumbers(where, 'state.S', state.S, plan.layers.length);
  checkRecord(where, 'state.powers', state.powers, ['β1k', 'β2k']);
  for (const name of ['β1k', 'β2k'] as const)
    checkNumber(where, `state.powers.${name}`, state.powers[name], { low: 0, high: 1 });
  checkWeights(where, plan, state.weights);
  checkRecord(where, 'state.moments', state.moments, ['m', 'v']);
  if (settings.optimiser === 'adam') {
    for (const name of ['m', 'v'] as const) checkWeights(where, plan, state.moments[name], `moments ${name}`);
    // The second moments are means of squares.
    for (const values of state.moments.v)
      for (const value of values) checkNumber(where, 'moments v', value, { low: 0 });
  }
  return settings;
}

function checkTotals(where: string, totals: Totals, layers: number, seen: number): void {
  checkRecord(where, 'state.totals', totals, ['samples', 'loss', 'correct', 'spikes']);
  checkWhole(where, 'state.totals.samples', totals.samples, seen, seen);
  checkNumber(where, 'state.totals.loss', totals.loss);
  checkWhole(where, 'state.totals.correct', totals.correct, 0, seen);
  checkNumbers(where, 'state.totals.spikes', totals.spikes, layers);
}

function checkNumbers(where: string, what: string, values: readonly number[], count: number): void {
  if (!Array.isArray(values) || values.length !== count)
    refuse(where, what, `${count} numbers, one per layer`, values);
  for (const value of values) checkNumber(where, what, value);
}
