/**
 * A training in a folder: a checkpoint and a measurement after every epoch, stopped and gone on with at any batch. `train`
 * and `experiment` do it and differ in what they say of it.
 */
import { join } from 'node:path';
import { DeviceLost } from '../../backend/webgpu/errors.ts';
import { breath } from '../../breath.ts';
import type { Dataset } from '../../data/dataset.ts';
import { InputError } from '../../errors.ts';
import { encodeModel, type EpochRecord, type ModelFile } from '../../modelFile/model.ts';
import { evaluate, type Evaluation, type Watching } from '../../train/evaluate.ts';
import type { TrainingState } from '../../train/state.ts';
import { TeamError, type Team } from '../../train/team.ts';
import { scalesByLayer, spikeRates, train, type Progress } from '../../train/train.ts';
import type { Verified } from '../../train/verify/verify.ts';
import { showProgress } from './epoch.ts';
import { writeAtomic } from '../files.ts';
import type { Terminal } from '../io.ts';
import { checkpointMinutes, checkpointName, modelName } from './folder.ts';
import { ProgressLine } from '../output.ts';
import type { Run } from './run.ts';

/** The samples of a run. */
export interface Split {
  readonly train: Dataset;
  readonly test: Dataset;
  /** Samples that are not trained with, by which an epoch can be chosen without a look at the test samples. */
  readonly validation?: Dataset;
}

/** How a training is carried out; none of it enters a number. */
export interface Manner {
  /** Its folder. */
  readonly out: string;
  readonly backend: string;
  readonly threads: number;
  /** Batches that are run on wasm too. */
  readonly verify?: number;
  /** Minutes after which a checkpoint is written between two batches of an epoch. */
  readonly checkpointMinutes?: number;
  /** Who shares the batches. The first of them alone writes and tells. */
  readonly team?: Team | undefined;
  /** Ends it after the batch at hand, with a checkpoint. */
  readonly signal: AbortSignal;
  /** Where notices and progress go. */
  readonly stderr: Terminal;
  /** Paints no progress. */
  readonly isQuiet: boolean;
  /** What stands before the progress. */
  readonly title?: string;
  /** What to say where it fails after a checkpoint. */
  readonly next: string;
  readonly onEpoch: (record: EpochRecord) => void;
  readonly onVerified?: (progress: Progress, verified: Verified) => void;
}

/** Trains to the end; undefined where the signal stopped it. Afterwards `run.net` is what was learnt, `run.epochs` complete. */
export async function carryOut(run: Run, split: Split, manner: Manner): Promise<TrainingState | undefined> {
  const { net, settings } = run;
  const training = new Training(run, split, manner);
  try {
    await training.run().catch((cause: unknown) => goOnOnce(training, cause, manner));
  } catch (cause) {
    // What the team says is whole: the command that is a part of it knows how to go on.
    const isTold = cause instanceof InputError || cause instanceof TeamError;
    if (!training.state || !(cause instanceof Error) || isTold) throw cause;
    throw new Error(`${cause.message}; ${keptText(training.state)}, ${manner.next}`, { cause });
  } finally {
    training.line.clear();
  }
  const { state } = training;
  if (state && run.epochs.length === settings.epochs) {
    [net.weights, net.S] = [state.weights, [...state.S]];
    training.write(modelName, { net, epochs: run.epochs });
    training.save(state);
    return state;
  }
  if (state) training.save(state);
  return undefined;
}

/** What the checkpoint holds. */
function keptText(state: TrainingState): string {
  return `the checkpoint after ${placeOf(state)} is kept`;
}

function placeOf({ epoch, batch }: TrainingState): string {
  return batch === 0 ? `epoch ${epoch}` : `batch ${batch} of epoch ${epoch + 1}`;
}

/** A lost device: one attempt to go on from the last checkpoint with a new one. */
async function goOnOnce(training: Training, cause: unknown, { stderr, next }: Manner): Promise<void> {
  if (!(cause instanceof DeviceLost)) throw cause;
  const { state } = training;
  const from = state ? `the checkpoint after ${placeOf(state)}` : 'the beginning';
  training.line.clear();
  stderr.write(`${cause.message}; going on once, from ${from}, with a new device\n`);
  training.rewind();
  await training.run().catch((again: unknown) => {
    if (!(again instanceof DeviceLost)) throw again;
    const kept = training.state ? `${keptText(training.state)}, ${next}` : 'take --backend wasm';
    throw new InputError(`${again.message} for the second time; ${kept}`, { cause: again });
  });
}

/** Classifies a data set with the weights of the epoch that ended. */
type Evaluator = (data: Dataset, watching: Watching) => Promise<Evaluation>;

class Training {
  state: TrainingState | undefined;
  readonly line: ProgressLine;
  private readonly job: Run;
  private readonly split: Split;
  private readonly manner: Manner;
  /** Of the epoch at hand. */
  private seconds = 0;
  private images = 0;
  /** When the last checkpoint was written, or the run began. */
  private saved = performance.now();

  constructor(run: Run, split: Split, manner: Manner) {
    [this.job, this.split, this.manner] = [run, split, manner];
    this.state = run.state;
    this.line = new ProgressLine(manner.stderr, manner.isQuiet || !this.isFirst);
  }

  private get isFirst(): boolean {
    return (this.manner.team?.rank ?? 0) === 0;
  }

  async run(): Promise<void> {
    const { job, split, manner, state: start } = this;
    const { net, settings } = job;
    const { signal, backend, threads, team, verify = 0, title = '' } = manner;
    const between = 60_000 * (manner.checkpointMinutes ?? checkpointMinutes);
    if (start && start.batch === 0 && job.epochs.length < start.epoch) {
      // No training is open yet.
      const options = { backend, threads, team };
      await this.measure(start.totals, (data, watching) => evaluate(net, data, { ...options, ...watching }));
    }
    if (signal.aborted || (start?.epoch ?? 0) >= settings.epochs) return;

    let began = performance.now();
    const already = start ? start.epoch * Math.ceil(split.train.length / settings.batch) + start.batch : 0;
    const options = { ...settings, backend, threads, verify, team, ...(start && { state: start }) };
    for await (const progress of train(net, split.train, options)) {
      this.seconds += (performance.now() - began) / 1000;
      this.images += progress.samples;
      if (this.isFirst) for (const notice of progress.notices) manner.stderr.write(`${notice}\n`);
      showProgress(this.line, progress, this.images / this.seconds, already, title);
      if (progress.verified) manner.onVerified?.(progress, progress.verified);
      if (progress.isEpochEnd) {
        this.state = await progress.state();
        this.save(this.state);
        this.line.clear();
        await this.measure(progress.totals, (data, watching) => progress.evaluate(data, watching));
      }
      if (!progress.isEpochEnd && performance.now() - this.saved >= between) {
        this.state = await progress.state();
        this.save(this.state);
      }
      // Signals are delivered while train() takes its breath and here, before the next batch begins.
      await breath();
      if (signal.aborted) {
        this.state = await progress.state();
        return;
      }
      began = performance.now();
    }
  }

  /** What was done since the last checkpoint is left out of account. */
  rewind(): void {
    [this.seconds, this.images] = [0, 0];
  }

  save(state: TrainingState): void {
    this.saved = performance.now();
    const { net, epochs, record: run } = this.job;
    this.write(checkpointName, { net, epochs, training: { state, run } });
  }

  write(name: string, file: ModelFile): void {
    if (this.isFirst) writeAtomic(join(this.manner.out, name), encodeModel(file));
  }

  /** Measures the epoch that ended last; a signal puts that off until the run goes on. */
  private async measure(totals: Progress['totals'], evaluateOn: Evaluator): Promise<void> {
    const { state, job, split } = this;
    const { net, settings, epochs } = job;
    const { epoch, weights, S } = state!;
    [net.weights, net.S] = [weights, [...S]];
    const accuracy = await this.accuracyOn(split.test, 'testing', evaluateOn);
    const validation =
      split.validation && (await this.accuracyOn(split.validation, 'validating', evaluateOn));
    if (accuracy === undefined || (split.validation && validation === undefined)) return;
    const record: EpochRecord = {
      epoch,
      loss: totals.loss / totals.samples,
      accuracy,
      ...(validation !== undefined && { validation }),
      imagesPerSecond: this.seconds === 0 ? 0 : Number((this.images / this.seconds).toFixed(1)),
      spikeRates: spikeRates(net.plan, totals),
      ...(settings.rule === 'asf' && { S: scalesByLayer(net.plan, S) }),
    };
    epochs.push(record);
    [this.seconds, this.images] = [0, 0];
    this.manner.onEpoch(record);
  }

  /** Undefined where a signal came. */
  private async accuracyOn(data: Dataset, what: string, evaluateOn: Evaluator): Promise<number | undefined> {
    const { signal, stderr, isQuiet, title = '' } = this.manner;
    const line = new ProgressLine(stderr, isQuiet || !this.isFirst);
    const onProgress = (done: number, of: number): void => line.show(`${title}${what}`, done, of);
    const { accuracy, samples } = await evaluateOn(data, { signal, onProgress }).finally(() => line.clear());
    return samples === data.length ? accuracy : undefined;
  }
}
