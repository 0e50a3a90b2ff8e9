/** A training in a folder, with progress: `fit` with checkpoints on disk. `train` and `experiment` use it, and print different lines. */
import { join } from 'node:path';
import { type RequestName, DeviceLost } from '../../backend/index.ts';
import { FailedError, InputError } from '../../errors.ts';
import { modelParts, type EpochRecord } from '../../modelFile/index.ts';
import {
  fit,
  type Checkpoint,
  type Measuring,
  type Split,
  type TrainingState,
  ProcessGroupError,
  type ProcessGroup,
  type Progress,
  type Verified,
} from '../../train/index.ts';
import { writeAtomic } from '../files.ts';
import type { Terminal } from '../io.ts';
import { ProgressLine } from '../output.ts';
import { progressFacts } from './epoch.ts';
import { checkpointName, modelName } from './folder.ts';
import type { Run } from './run.ts';

/** Options of a training that do not change its numbers. */
export interface Manner {
  /** The folder of the training. */
  readonly out: string;
  readonly backend: RequestName;
  readonly threads: number;
  readonly verify?: number | undefined;
  readonly checkpointMinutes?: number | undefined;
  /** The processes that share each batch. Only the first of them writes and prints. */
  readonly processes?: ProcessGroup | undefined;
  /** Ends the training after the current batch, with a checkpoint. */
  readonly signal: AbortSignal;
  /** The stream for notices and progress. */
  readonly stderr: Terminal;
  readonly isQuiet: boolean;
  /** Text that precedes the progress. */
  readonly title?: string;
  /** Advice on resuming, for the error of a training with a checkpoint. */
  readonly next: string;
  readonly onEpoch: (record: EpochRecord) => void;
  readonly onVerified?: (progress: Progress, verified: Verified) => void;
}

/**
 * Trains to the end and returns the final state. `run.net` is then trained, and `run.epochs` complete. Undefined if the signal stopped the
 * training.
 */
export async function carryOut(run: Run, split: Split, manner: Manner): Promise<TrainingState | undefined> {
  const training = new Training(run, split, manner);
  try {
    await training.run().catch((cause: unknown) => training.runOnceMore(cause));
  } catch (cause) {
    // These errors are complete. For a process group, the command adds how to resume.
    const isKnown = cause instanceof InputError || cause instanceof ProcessGroupError;
    const { state } = training;
    if (!state || !(cause instanceof Error) || isKnown) throw cause;
    const Failure = cause instanceof FailedError ? FailedError : Error;
    throw new Failure(`${cause.message}; ${checkpointText(state)}, ${manner.next}`, { cause });
  } finally {
    training.line.clear();
  }
  const { state } = training;
  if (!state || (run.epochs.at(-1)?.epoch ?? 0) < run.settings.epochs) return undefined;
  training.write(modelName);
  return state;
}

/** The cost of classifying a sample relative to training on it. For LeNet at T = 20 it is 0.7 to 0.9. */
const measuredCost = 0.75;

/** Names of the parts for the progress line. */
const measuring: Readonly<Record<Measuring, string>> = { test: 'testing', validation: 'validating' };

class Training {
  /** State of the last checkpoint. */
  state: TrainingState | undefined;
  readonly line: ProgressLine;
  private readonly job: Run;
  private readonly split: Split;
  private readonly manner: Manner;

  constructor(job: Run, split: Split, manner: Manner) {
    [this.job, this.split, this.manner] = [job, split, manner];
    this.state = job.state;
    this.line = new ProgressLine(manner.stderr, manner.isQuiet || !this.isFirst);
  }

  private get isFirst(): boolean {
    return (this.manner.processes?.rank ?? 0) === 0;
  }

  async run(): Promise<void> {
    const { job, split, manner, state } = this;
    const { net, settings, epochs } = job;
    const { signal, backend, threads, processes, verify, checkpointMinutes } = manner;
    const records = fit(net, split, {
      ...settings,
      ...(state && { resume: { state, epochs } }),
      ...(verify !== undefined && { verify }),
      ...(checkpointMinutes !== undefined && { checkpointMinutes }),
      backend,
      threads,
      processes,
      signal,
      onCheckpoint: (checkpoint) => this.keep(checkpoint),
      onBatch: (progress, rate) => {
        if (this.isFirst) for (const notice of progress.notices) manner.stderr.write(`${notice}\n`);
        const { epoch, batch, batches } = progress;
        this.show('training', { epoch, trained: (batch + 1) / batches }, progressFacts(progress, rate));
        if (progress.verified) manner.onVerified?.(progress, progress.verified);
      },
      onMeasure: (part, done) => {
        // The test part precedes the validation part.
        const before = part === 'test' ? 0 : split.test.length;
        this.show(measuring[part], { epoch: epochs.length, trained: 1, measured: before + done });
      },
    });
    for await (const record of records) {
      this.line.clear();
      epochs.push(record);
      manner.onEpoch(record);
    }
  }

  /**
   * Shows the progress of the run: `epoch` finished epochs, the share `trained` of the current one, and `measured` samples classified after
   * it.
   */
  private show(
    title: string,
    { epoch, trained, measured = 0 }: { epoch: number; trained: number; measured?: number },
    facts: readonly string[] = [],
  ): void {
    const { train, test, validation } = this.split;
    const epochCost = train.length + measuredCost * (test.length + (validation?.length ?? 0));
    const done = epoch * epochCost + trained * train.length + measuredCost * measured;
    const of = this.job.settings.epochs * epochCost;
    this.line.show(`${this.manner.title ?? ''}${title}`, Math.min(done, of), of, facts);
  }

  /** After the loss of a device, resumes once from the last checkpoint with a new device. */
  async runOnceMore(cause: unknown): Promise<void> {
    if (!(cause instanceof DeviceLost)) throw cause;
    const { state, manner } = this;
    const from = state ? `the checkpoint after ${positionOf(state)}` : 'the beginning';
    this.line.clear();
    manner.stderr.write(`${cause.message}; resuming once from ${from} with a new device\n`);
    await this.run().catch((again: unknown) => {
      if (!(again instanceof DeviceLost)) throw again;
      const advice = this.state ? `${checkpointText(this.state)}, ${manner.next}` : 'use --backend wasm';
      throw new InputError(`${again.message} for the second time; ${advice}`, { cause: again });
    });
  }

  write(name: string, training?: Checkpoint): void {
    if (!this.isFirst) return;
    const { net, epochs, record: run } = this.job;
    const file = training
      ? { net, epochs: training.epochs, training: { state: training.state, run } }
      : { net, epochs };
    writeAtomic(join(this.manner.out, name), modelParts(file));
  }

  private keep(checkpoint: Checkpoint): void {
    this.state = checkpoint.state;
    this.write(checkpointName, checkpoint);
  }
}

function checkpointText(state: TrainingState): string {
  return `the checkpoint after ${positionOf(state)} is kept`;
}

function positionOf({ epoch, batch }: TrainingState): string {
  return batch === 0 ? `epoch ${epoch}` : `batch ${batch} of epoch ${epoch + 1}`;
}
