/** A training in a folder, with progress: `fit` with checkpoints on disk. `train` and `experiment` use it, and print different lines. */
import { join } from 'node:path';
import { DeviceLost } from '../../backend/index.ts';
import { FailedError, InputError } from '../../errors.ts';
import { modelParts, type EpochRecord, type ModelFile } from '../../modelFile/index.ts';
import {
  fit,
  type FitOptions,
  type Measuring,
  type Split,
  type TrainingState,
  ProcessGroupError,
  type Progress,
  type Verified,
} from '../../train/index.ts';
import { writeAtomic } from '../files.ts';
import type { Terminal } from '../io.ts';
import { ProgressLine } from '../output.ts';
import { progressFacts } from './epoch.ts';
import { checkpointName, modelName } from './folder.ts';
import type { Run } from './run.ts';

/** Options of `fit` that do not change its numbers. Of several processes, only the first writes and prints. */
type Machine = Pick<
  FitOptions,
  'backend' | 'threads' | 'verify' | 'checkpointMinutes' | 'processes' | 'signal'
>;

/** How a training is saved and shown. */
export interface Manner {
  /** The folder of the training. */
  readonly out: string;
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

/** The cost of classifying a sample relative to training on it. For LeNet at T = 20 it is 0.7 to 0.9. */
const measuredCost = 0.75;

/** Names of the parts for the progress line. */
const measuring: Readonly<Record<Measuring, string>> = { test: 'testing', validation: 'validating' };

/**
 * Trains to the end and returns the final state. `run.net` is then trained, and `run.epochs` complete. Undefined if the signal stopped the
 * training.
 */
export async function carryOut(
  run: Run,
  split: Split,
  machine: Machine,
  manner: Manner,
): Promise<TrainingState | undefined> {
  const { net, settings, epochs, record } = run;
  const { stderr } = manner;
  const isFirst = (machine.processes?.rank ?? 0) === 0;
  const line = new ProgressLine(stderr, manner.isQuiet || !isFirst);
  /** State of the last checkpoint. */
  let { state } = run;

  const write = (name: string, file: Pick<ModelFile, 'epochs' | 'training'>): void => {
    if (isFirst) writeAtomic(join(manner.out, name), modelParts({ net, ...file }));
  };

  /**
   * Shows the progress: `epoch` epochs are complete; of the next one, the share `trained` is trained and `measured` samples are
   * classified.
   */
  const show = (title: string, epoch: number, trained: number, measured: number, facts?: string[]): void => {
    const { train, test, validation } = split;
    const epochCost = train.length + measuredCost * (test.length + (validation?.length ?? 0));
    const done = epoch * epochCost + trained * train.length + measuredCost * measured;
    const of = settings.epochs * epochCost;
    line.show(`${manner.title ?? ''}${title}`, Math.min(done, of), of, facts);
  };

  const trainOn = async (): Promise<void> => {
    const records = fit(net, split, {
      ...settings,
      ...machine,
      ...(state && { resume: { state, epochs } }),
      onCheckpoint(checkpoint) {
        state = checkpoint.state;
        write(checkpointName, { epochs: checkpoint.epochs, training: { state, run: record } });
      },
      onBatch(progress, rate) {
        if (isFirst) for (const notice of progress.notices) stderr.write(`${notice}\n`);
        const { epoch, batch, batches } = progress;
        show('training', epoch, (batch + 1) / batches, 0, progressFacts(progress, rate));
        if (progress.verified) manner.onVerified?.(progress, progress.verified);
      },
      // The test part precedes the validation part.
      onMeasure: (part, done) =>
        show(measuring[part], epochs.length, 1, part === 'test' ? done : split.test.length + done),
    });
    for await (const measured of records) {
      line.clear();
      epochs.push(measured);
      manner.onEpoch(measured);
    }
  };

  const kept = (): string | undefined =>
    state && `the checkpoint after ${positionOf(state)} is kept, ${manner.next}`;

  /** After the loss of a device, resumes once from the last checkpoint with a new device. */
  const resumeOnce = async (cause: unknown): Promise<void> => {
    if (!(cause instanceof DeviceLost)) throw cause;
    const from = state ? `the checkpoint after ${positionOf(state)}` : 'the beginning';
    line.clear();
    stderr.write(`${cause.message}; resuming once from ${from} with a new device\n`);
    await trainOn().catch((again: unknown) => {
      if (!(again instanceof DeviceLost)) throw again;
      const advice = kept() ?? 'use --backend wasm';
      throw new InputError(`${again.message} for the second time; ${advice}`, { cause: again });
    });
  };

  try {
    await trainOn().catch(resumeOnce);
  } catch (cause) {
    // The messages of these errors are complete. For a process group, the command adds how to resume.
    const isKnown = cause instanceof InputError || cause instanceof ProcessGroupError;
    if (!state || !(cause instanceof Error) || isKnown) throw cause;
    const Failure = cause instanceof FailedError ? FailedError : Error;
    throw new Failure(`${cause.message}; ${kept()}`, { cause });
  } finally {
    line.clear();
  }
  if (!state || (epochs.at(-1)?.epoch ?? 0) < settings.epochs) return undefined;
  write(modelName, { epochs });
  return state;
}

function positionOf({ epoch, batch }: TrainingState): string {
  return batch === 0 ? `epoch ${epoch}` : `batch ${batch} of epoch ${epoch + 1}`;
}
