/** The loop over epochs: trains, evaluates each epoch, passes checkpoints to a callback, and resumes from a checkpoint. */
import { yieldToEventLoop } from '../yieldToEventLoop.ts';
import { checkDataset, type Dataset } from '../data/dataset.ts';
import { checkCallback, checkNumber, checkOptions, checkRecord, checkSignal, refuse } from '../errors.ts';
import { checkIsNetwork, type SpikingNetwork } from '../network/network.ts';
import { spikeRates } from './report.ts';
import { defaultCheckpointMinutes } from './settings.ts';
import { checkState, type TrainingState } from './state.ts';
import { byLayer } from './layerLabels.ts';
import { OpenTraining, type Progress, type TrainOptions } from './openTraining.ts';
import { stepsOf, type Steps } from './train.ts';

/** The measurements after an epoch. */
export interface EpochRecord {
  /** The epoch, from 1. */
  readonly epoch: number;
  /** Mean L of the training samples. */
  readonly loss: number;
  /** Share of the test samples that are classified correctly. */
  readonly accuracy: number;
  /** The same share of the validation samples, if there are any. */
  readonly validation?: number;
  /** Training images per second, without evaluation; 0 if the epoch was trained before the run was resumed. */
  readonly imagesPerSecond: number;
  /** Mean spikes per neuron and step of each layer of neurons, under keys such as `3 convolution`. */
  readonly spikeRates: Readonly<Record<string, number>>;
  /** With rule `asf`: S of each layer of neurons after the epoch, under the same keys; absent in older files. */
  readonly S?: Readonly<Record<string, number>>;
}

/** The samples of a training. */
export interface Split {
  readonly train: Dataset;
  readonly test: Dataset;
  /** Samples set aside from training, to choose an epoch without the test samples. */
  readonly validation?: Dataset;
}

/** A checkpoint, from which a training resumes. */
export interface Checkpoint {
  /** The state of the training between two batches. */
  readonly state: TrainingState;
  /** Records of the evaluated epochs. If the last epoch has none, the resumed run first evaluates that epoch. */
  readonly epochs: readonly EpochRecord[];
}

/** The part of a {@link Split} that is being evaluated. */
export type Measuring = 'test' | 'validation';

/** Options of {@link fit}: those of a training, and its callbacks. */
export interface FitOptions extends Omit<TrainOptions, 'state'> {
  /** A checkpoint to resume from, with its settings. The result equals that of an uninterrupted training. Default: from the beginning. */
  readonly resume?: Checkpoint;
  /** Called every `checkpointMinutes` minutes within an epoch, before each evaluation, and when `fit` ends. Default: none. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void | Promise<void>;
  /** Minutes between two checkpoints within an epoch, from 0. With 0, each batch has a checkpoint. Default 10. */
  readonly checkpointMinutes?: number;
  /** Called after each batch, with the images per second of the epoch so far. Default: none. */
  readonly onBatch?: (progress: Progress, imagesPerSecond: number) => void;
  /** Called during the evaluation of an epoch. Default: none. */
  readonly onMeasure?: (part: Measuring, done: number, of: number) => void;
}

/**
 * Trains a network, evaluates it after each epoch, and yields the measurements. The network has the trained weights whenever an epoch is
 * yielded, and at the end. A signal ends the training after the current batch, with a checkpoint.
 *
 * @param net a network; training starts from its weights, or draws them from the seed if it has none
 * @param split training and test samples, with the shape (C,H,W) of the network's input
 * @param options those of `train`, a checkpoint to resume from, and callbacks; each has a default
 * @returns the records, one per epoch, to be read with `for await`
 * @throws InputError if options or data do not fit, or if a number is no longer finite
 * @example
 * ```ts
 * import { fit, images, network } from 'asf-bp';
 * const data = images('two', { channels: 1, height: 1, width: 2 }, Uint8Array.of(255, 0, 0, 255), [0, 1]);
 * const net = network({ input: data.shape, timeWindow: 10, threshold: 1, layers: [{ kind: 'linear', units: 2 }] });
 * for await (const { epoch } of fit(net, { train: data, test: data }, { epochs: 1 })) console.log(epoch); // 1
 * ```
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
    ...rest
  } = options;
  const { signal } = rest;
  const epochs = [...(resume?.epochs ?? [])];
  let state = resume?.state;
  let savedAt = performance.now();
  /** Training time in seconds and number of trained images in this epoch. */
  let [seconds, images] = [0, 0];
  const rate = (): number => (seconds === 0 ? 0 : images / seconds);

  const keep = async (next: TrainingState): Promise<void> => {
    [state, savedAt] = [next, performance.now()];
    await onCheckpoint?.({ state: next, epochs: [...epochs] });
  };

  if (state) [net.weights, net.S, net.seed] = [state.weights, [...state.S], state.settings.seed];
  const measuredUntil = epochs.at(-1)?.epoch ?? 0;
  const unmeasured = state?.batch === 0 && measuredUntil < state.epoch ? state : undefined;
  if (signal?.aborted || (state && !unmeasured && state.epoch >= (rest.epochs ?? state.settings.epochs))) {
    if (state) await keep(state);
    return;
  }

  const training = await OpenTraining.open(net, split.train, { ...rest, ...(state && { state }) });
  /** Evaluates an epoch; returns undefined after a signal. */
  const recordOf = async (ended: TrainingState): Promise<EpochRecord | undefined> => {
    const accuracies: number[] = [];
    for (const part of ['test', 'validation'] as const) {
      const data = split[part];
      if (!data) continue;
      const onProgress = (done: number, of: number): void => onMeasure?.(part, done, of);
      const { accuracy, samples } = await training.evaluate(data, { ...(signal && { signal }), onProgress });
      if (samples < data.length) return undefined;
      accuracies.push(accuracy);
    }
    const [accuracy, validation] = accuracies;
    const { epoch, totals, S, settings } = ended;
    const record = {
      epoch,
      loss: totals.loss / totals.samples,
      accuracy,
      ...(validation !== undefined && { validation }),
      imagesPerSecond: Number(rate().toFixed(1)),
      spikeRates: spikeRates(net.plan, totals),
      ...(settings.rule === 'asf' && { S: byLayer(net.plan, ({ n }) => S[n - 1]) }),
    };
    epochs.push(record);
    [seconds, images] = [0, 0];
    return record;
  };

  try {
    if (unmeasured) {
      const record = await recordOf(unmeasured);
      if (!record) return;
      yield record;
    }
    while (!training.isOver && !signal?.aborted) {
      const began = performance.now();
      const progress = await training.step();
      seconds += (performance.now() - began) / 1000;
      images += progress.samples;
      onBatch?.(progress, rate());
      if (progress.isEpochEnd) {
        const ended = await progress.state();
        await keep(ended);
        const record = await recordOf(ended);
        if (!record) return;
        yield record;
      } else if (performance.now() - savedAt >= 60_000 * checkpointMinutes) {
        await keep(await progress.state());
      }
      // Lets the event loop deliver signals before the next batch begins.
      await yieldToEventLoop();
      if (signal?.aborted) return keep(await progress.state());
    }
    if (state) await keep(state);
  } finally {
    await training.close();
  }
}

function checkFit(net: SpikingNetwork, split: Split, options: FitOptions): void {
  checkOptions('fit', options);
  checkIsNetwork('fit', net);
  checkRecord('fit', 'data', split, ['train', 'test', 'validation']);
  const { train, test, ...more } = split;
  for (const [part, data] of Object.entries({ train, test, ...more }))
    if (data !== undefined || part !== 'validation') checkDataset('fit', data, net.plan, part);
  const { resume, checkpointMinutes, onCheckpoint, onBatch, onMeasure, signal } = options;
  checkSignal('fit', signal);
  if (resume !== undefined) {
    checkRecord('fit', 'resume', resume, ['state', 'epochs']);
    checkState('fit', net.plan, train.length, resume.state);
    if (!Array.isArray(resume.epochs)) refuse('fit', 'resume.epochs', 'a list of records', resume.epochs);
  }
  if (checkpointMinutes !== undefined) checkNumber('fit', 'checkpointMinutes', checkpointMinutes, { low: 0 });
  for (const [name, callback] of Object.entries({ onCheckpoint, onBatch, onMeasure }))
    checkCallback('fit', name, callback);
}
