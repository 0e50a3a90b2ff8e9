/**
 * An experiment: settings → parts, each of which runs once; results of the parts → rows, text and a figure. A part is a
 * calculation, a training or a timing.
 *
 * An experiment reads and writes no files: it requests trainings and timings from a *laboratory*. `command/laboratory.ts`
 * is the laboratory, and `command/draw/figure.ts` draws the described figure. One file and one line of the registry per
 * experiment.
 */
import type { VariantName } from '../../spec/variant.ts';
import { refuse } from '../errors.ts';
import type { EpochRecord } from '../modelFile/model.ts';
import type { NetworkFile } from '../network/models.ts';
import type { NetworkOptions } from '../network/network.ts';
import type { TrainSettings } from '../train/settings.ts';

/** `paper` has the size of the paper; `small` shows the same in less time. */
export const sizes = ['small', 'paper'] as const;
export type Size = (typeof sizes)[number];

export interface ExperimentSettings {
  readonly size: Size;
  readonly seed: number;
  /** Variant of the trainings. */
  readonly variant: VariantName;
}

/** A Vega-Lite description, with its data. */
export type Figure = Readonly<Record<string, unknown>>;

export interface Table {
  readonly title?: string;
  readonly columns: readonly string[];
  /** As many cells as columns; the first is the name of the row. */
  readonly rows: readonly (readonly string[])[];
}

/** Lines with aligned columns. */
interface Block {
  readonly block: readonly string[];
}

export interface ExperimentReport {
  /** One JSON object per line. */
  readonly lines: readonly object[];
  /** The same for readers, with the paper's numbers beside ours; a text is a paragraph. */
  readonly content: readonly (string | Table | Block)[];
  readonly figure: Figure;
}

/** A network to train on a data set, as plain data that determines its bits. */
export interface Training {
  readonly dataset: string;
  readonly model: NetworkFile;
  readonly options: NetworkOptions;
  readonly settings: TrainSettings;
  /**
   * The first `train` training samples, of which the last `validation` (a share if below 1) are set aside, and the first `test` test
   * samples. Absent numbers mean all samples.
   */
  readonly samples: { readonly train?: number; readonly validation: number; readonly test?: number };
}

export interface Trained {
  readonly epochs: readonly EpochRecord[];
  /** Digest of the weights. */
  readonly digest: string;
  /** Numbers of samples; absent in trainings kept by earlier versions. */
  readonly samples?: { readonly train: number; readonly validation: number; readonly test: number };
}

/** The numbers of samples of a training, refused where an earlier version kept it without them. */
export function samplesOf({ samples }: Trained): NonNullable<Trained['samples']> {
  if (!samples) refuse('experiment', 'samples', 'numbers of samples in a kept training', samples, runAgain);
  return samples;
}

const runAgain = 'an earlier version kept it: run it again in a new folder';

export interface Timed {
  /** Median time of one batch. */
  readonly seconds: number;
  readonly threads: number;
  /** Bytes that passes over a batch need: with these threads, and with one. */
  readonly bytes: number;
  readonly bytesOneThread: number;
  /** Batches per epoch of all training samples. */
  readonly batches: number;
}

/** The services of the machine on which a part runs. */
export interface Laboratory {
  /** Estimates the seconds of a training, from a few of its samples. */
  estimate(training: Training): Promise<number>;
  /** Trains; resumes a stopped training of the same name. */
  train(name: string, training: Training): Promise<Trained>;
  /** Times some batches of a training. */
  time(training: Training, batches: number): Promise<Timed>;
}

/**
 * A part of an experiment. Its result is kept as JSON; a stopped experiment resumes with the parts that have no
 * result.
 */
export interface Part<Result = unknown> {
  /** Letters, digits, `.` and `-`; also names a file and a folder. */
  readonly name: string;
  /** The inputs of its result, besides the settings. */
  readonly of: object;
  /** Left open if `--data` is absent, while other parts have results. */
  readonly needsData?: boolean;
  /** Estimated seconds. */
  readonly estimate: (laboratory: Laboratory) => number | Promise<number>;
  readonly run: (laboratory: Laboratory) => Result | Promise<Result>;
}

export interface Experiment<Result = unknown> {
  /** One line about its content. */
  readonly help: string;
  /** The data set of the folder `--data`; others are in their default folders. */
  readonly data?: string;
  readonly parts: (settings: ExperimentSettings) => readonly Part<Result>[];
  /** @param results the results of the parts, in order; none of parts that are left open */
  readonly report: (settings: ExperimentSettings, results: readonly Result[]) => ExperimentReport;
}

export function training(name: string, of: Training): Part<Trained> {
  return {
    name,
    of,
    estimate: (laboratory) => laboratory.estimate(of),
    run: (laboratory) => laboratory.train(name, of),
  };
}

/** Turns a title into the name of a part. */
export function partName(text: string): string {
  return text.replace(/[^A-Za-z0-9.]+/g, '-').replace(/^[-.]+|-+$/g, '');
}
