/**
 * The epoch loop: trains, passes checkpoints to a callback, evaluates after each epoch, and resumes. The command, the page and the
 * examples train with it.
 */
import { yieldToEventLoop } from '../yieldToEventLoop.ts';
import { checkDataset, type Dataset } from '../data/dataset.ts';
import { checkCallback, checkNumber, checkSignal, refuse } from '../errors.ts';
import { checkOptions, checkRecord } from '../network/check.ts';
import { checkIsNetwork, type SpikingNetwork } from '../network/network.ts';
import { computeRecord, type EpochRecord, type EpochAccuracy } from './epochRecord.ts';
import type { Evaluation, StopSignal, Watching } from './evaluate.ts';
import { defaultCheckpointMinutes } from './settings.ts';
import { checkState, type TrainingState } from './state.ts';
import { stepsOf, type Steps } from './steps.ts';
import { OpenTraining, type Progress, type TrainOptions } from './openTraining.ts';

/** The samples of a training. */
export interface Split {
  readonly train: Dataset;
  readonly test: Dataset;
  /** Samples set aside from training, to choose an epoch without the test samples. */
  readonly validation?: Dataset;
}

/** A checkpoint, from which a training resumes. */
export interface Checkpoint {
  readonly state: TrainingState;
  /** Records of the evaluated epochs. The last one may be missing: it is then evaluated first. */
  readonly epochs: readonly EpochRecord[];
}

/** The part of a {@link Split} that is being evaluated. */
export type Measuring = 'test' | 'validation';

/** Options of {@link fit}: those of a training, and its callbacks. */
export interface FitOptions extends Omit<TrainOptions, 'state'> {
  /** A checkpoint to resume from, with its settings. Default: from the beginning. The result has the bits of an uninterrupted training. */
  readonly resume?: Checkpoint;
  /** Called at the end of each epoch, before its evaluation; within an epoch; and when the training ends or is stopped. Default: none. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void | Promise<void>;
  /** Minutes between two checkpoints within an epoch: from 0, after each batch. Default 10. An epoch of a large network takes half an hour. */
  readonly checkpointMinutes?: number;
  /** Called after each batch, with the images per second of the epoch so far. Default: none. */
  readonly onBatch?: (progress: Progress, imagesPerSecond: number) => void;
  /** Called during the evaluation of an epoch. Default: none. */
  readonly onMeasure?: (part: Measuring, done: number, of: number) => void;
}

/** Classifies a data set with the weights of the epoch that ended. */
type Evaluator = (data: Dataset, watching: Watching) => Promise<Evaluation>;

/**
 * Trains a network and yields a record after each epoch. The network has the trained weights when an epoch is yielded and at
 * the end. A signal ends the training after the current batch, with a checkpoint.
 *
 * @throws InputError if options or data do not fit, or if a number is no longer finite
 */
export function fit(net: SpikingNetwork, split: Split, options: FitOptions = {}): Steps<EpochRecord> {
  return stepsOf('fit', fitting(net, split, options));
}

async function* fitting(
  net: SpikingNetwork,
  split: Split,
  options: FitOptions,
): AsyncGenerator<EpochRecord, void> {
  checkFit(net, split, options);
  const {
    resume,
    onCheckpoint,
    checkpointMinutes = defaultCheckpointMinutes,
    onBatch,
    onMeasure,
    signal,
    ...own
  } = options;
  const epochs = [...(resume?.epochs ?? [])];
  let state = resume?.state;
  const clock = new Clock();
  let kept = performance.now();

  const keep = async (next: TrainingState): Promise<void> => {
    [state, kept] = [next, performance.now()];
    await onCheckpoint?.({ state: next, epochs: [...epochs] });
  };
  /** Evaluates an epoch; undefined after a signal. */
  const recordOf = async (ended: TrainingState, evaluateOn: Evaluator): Promise<EpochRecord | undefined> => {
    const measured = await measure(split, evaluateOn, signal, onMeasure);
    if (!measured) return undefined;
    const record = computeRecord(net, ended, measured, clock.rate());
    epochs.push(record);
    clock.reset();
    return record;
  };

  if (state) [net.weights, net.S, net.seed] = [state.weights, [...state.S], state.settings.seed];
  const measuredUntil = epochs.at(-1)?.epoch ?? 0;
  const unmeasured = state?.batch === 0 && measuredUntil < state.epoch ? state : undefined;
  if (signal?.aborted || (state && !unmeasured && state.epoch >= (own.epochs ?? state.settings.epochs))) {
    if (state) await keep(state);
    return;
  }

  const training = await OpenTraining.open(net, split.train, { ...own, ...(state && { state }) });
  try {
    if (unmeasured) {
      const record = await recordOf(unmeasured, (data, watching) => training.evaluate(data, watching));
      if (!record) return;
      yield record;
    }
    while (!training.isOver && !signal?.aborted) {
      clock.start();
      const progress = await training.step();
      clock.stop(progress.samples);
      onBatch?.(progress, clock.rate());
      if (progress.isEpochEnd) {
        const ended = await progress.state();
        await keep(ended);
        const record = await recordOf(ended, (data, watching) => progress.evaluate(data, watching));
        if (!record) return;
        yield record;
      } else if (performance.now() - kept >= 60_000 * checkpointMinutes) {
        await keep(await progress.state());
      }
      // Signals are delivered here, before the next batch begins.
      await yieldToEventLoop();
      if (signal?.aborted) return keep(await progress.state());
    }
    if (state) await keep(state);
  } finally {
    await training.close();
  }
}

/** The accuracy on each part; undefined after a signal. */
async function measure(
  split: Split,
  evaluateOn: Evaluator,
  signal: StopSignal | undefined,
  onMeasure: FitOptions['onMeasure'],
): Promise<EpochAccuracy | undefined> {
  const accuracyOn = async (part: Measuring): Promise<number | undefined> => {
    const data = split[part];
    if (!data) return undefined;
    const onProgress = (done: number, of: number): void => onMeasure?.(part, done, of);
    const { accuracy, samples } = await evaluateOn(data, { ...(signal && { signal }), onProgress });
    return samples === data.length ? accuracy : undefined;
  };
  const accuracy = await accuracyOn('test');
  const validation = accuracy === undefined ? undefined : await accuracyOn('validation');
  const isWhole = accuracy !== undefined && (validation !== undefined || !split.validation);
  return isWhole ? { accuracy, validation } : undefined;
}

function checkFit(net: SpikingNetwork, split: Split, options: FitOptions): void {
  checkOptions('fit', options);
  checkSplit(net, split);
  checkSignal('fit', options.signal);
  const { resume, checkpointMinutes, onCheckpoint, onBatch, onMeasure } = options;
  if (resume !== undefined) checkResume(net, split, resume);
  if (checkpointMinutes !== undefined) checkNumber('fit', 'checkpointMinutes', checkpointMinutes, { low: 0 });
  for (const [name, callback] of Object.entries({ onCheckpoint, onBatch, onMeasure }))
    checkCallback('fit', name, callback);
}

/** Checks all parts before the first epoch. */
function checkSplit(net: SpikingNetwork, split: Split): void {
  checkIsNetwork('fit', net);
  checkRecord('fit', 'data', split, ['train', 'test', 'validation']);
  const { train, test, ...more } = split;
  for (const [part, data] of Object.entries({ train, test, ...more }))
    if (data !== undefined || part !== 'validation') checkDataset('fit', data, net.plan, part);
}

function checkResume({ plan }: SpikingNetwork, { train }: Split, resume: Checkpoint): void {
  checkRecord('fit', 'resume', resume, ['state', 'epochs']);
  checkState('fit', plan, train.length, resume.state);
  if (!Array.isArray(resume.epochs)) refuse('fit', 'resume.epochs', 'a list of records', resume.epochs);
}

/** Measures images per second of training. */
class Clock {
  private began = 0;
  private seconds = 0;
  private images = 0;

  start(): void {
    this.began = performance.now();
  }

  stop(images: number): void {
    this.seconds += (performance.now() - this.began) / 1000;
    this.images += images;
  }

  rate(): number {
    return this.seconds === 0 ? 0 : this.images / this.seconds;
  }

  reset(): void {
    [this.seconds, this.images] = [0, 0];
  }
}
