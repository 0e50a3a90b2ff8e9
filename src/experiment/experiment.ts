/**
 * An experiment: settings → parts, each of which runs once; results of the parts → rows, text and a figure. A part is a
 * calculation, a training or a timing.
 *
 * An experiment reads and writes no files: it asks a *laboratory* for trainings and timings. `command/laboratory.ts` is
 * the laboratory, and `command/draw/figure.ts` draws the described figure. One file and one line of the registry per
 * experiment.
 */
import type { VariantName } from '../../spec/variant.ts';
import type { EpochRecord } from '../modelFile/model.ts';
import type { NetworkFile } from '../network/models.ts';
import type { NetworkOptions } from '../network/network.ts';
import type { TrainSettings } from '../train/settings.ts';

/** `paper` is the size of the paper; `small` shows the same in less time. */
export const sizes = ['small', 'paper'] as const;
export type Size = (typeof sizes)[number];

export interface ExperimentSettings {
  readonly size: Size;
  readonly seed: number;
  /** Of trainings. */
  readonly variant: VariantName;
}

/** A Vega-Lite description, with its data. */
export type Figure = Readonly<Record<string, unknown>>;

export interface Table {
  readonly title?: string;
  readonly columns: readonly string[];
  /** As many cells as columns; the first names the row. */
  readonly rows: readonly (readonly string[])[];
}

/** Lines whose columns are meant to stand below each other. */
interface Block {
  readonly block: readonly string[];
}

export interface ExperimentReport {
  /** One JSON object a line. */
  readonly lines: readonly object[];
  /** The same for people, with the paper's numbers beside ours; a text is a paragraph. */
  readonly content: readonly (string | Table | Block)[];
  readonly figure: Figure;
}

/** A network to train on a data set: data, from which its bits follow. */
export interface Training {
  /** By name. */
  readonly dataset: string;
  readonly model: NetworkFile;
  readonly options: NetworkOptions;
  readonly settings: TrainSettings;
  /**
   * The first `train` training samples, of which the last `validation` are set aside, or that share of them where it is below 1;
   * the first `test` test samples. All where they are left out.
   */
  readonly samples: { readonly train?: number; readonly validation: number; readonly test?: number };
}

export interface Trained {
  readonly epochs: readonly EpochRecord[];
  /** Of the weights. */
  readonly digest: string;
  /** How many there were; trainings that were kept by earlier versions do not say it. */
  readonly samples?: { readonly train: number; readonly validation: number; readonly test: number };
}

export interface Timed {
  /** Of one batch, the median. */
  readonly seconds: number;
  /** That were at work. */
  readonly threads: number;
  /** Bytes that passes over a batch take: with these threads, and with one. */
  readonly bytes: number;
  readonly bytesOneThread: number;
  /** Batches of an epoch of all training samples. */
  readonly batches: number;
}

/** The requests of a part to the machine on which it runs. */
export interface Laboratory {
  /** About how many seconds a training will take, from a few samples of it. */
  estimate(training: Training): Promise<number>;
  /** Trains; resumes a stopped training of that name. */
  train(name: string, training: Training): Promise<Trained>;
  /** Times some batches of a training. */
  time(training: Training, batches: number): Promise<Timed>;
}

/**
 * A part of an experiment. Its result is kept as JSON; a stopped experiment resumes with the parts that have no
 * result.
 */
export interface Part<Result = unknown> {
  /** Of letters, digits, `.`, `-`: also of a file and a folder. */
  readonly name: string;
  /** The inputs of its result, beside the settings. */
  readonly of: object;
  /** Seconds. */
  readonly estimate: (laboratory: Laboratory) => number | Promise<number>;
  readonly run: (laboratory: Laboratory) => Result | Promise<Result>;
}

export interface Experiment<Result = unknown> {
  /** Its content, in one line. */
  readonly help: string;
  /** The data set whose folder is `--data`; other data sets are in their default folders. */
  readonly data?: string;
  readonly parts: (settings: ExperimentSettings) => readonly Part<Result>[];
  /** @param results of the parts, in their order */
  readonly report: (settings: ExperimentSettings, results: readonly Result[]) => ExperimentReport;
}

/** A part that is one training. */
export function training(name: string, of: Training): Part<Trained> {
  return {
    name,
    of,
    estimate: (laboratory) => laboratory.estimate(of),
    run: (laboratory) => laboratory.train(name, of),
  };
}

/** The name of a part from what people call it. */
export function partName(text: string): string {
  return text.replace(/[^A-Za-z0-9.]+/g, '-').replace(/^[-.]+|-+$/g, '');
}
