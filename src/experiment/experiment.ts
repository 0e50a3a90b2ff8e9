/**
 * An experiment is a list of parts, each of which runs once, and a function that turns their results into rows, text and a figure. A part
 * is a calculation, a training or a timing. In most experiments, the parts are trainings (`trainings.ts`).
 *
 * An experiment reads and writes no files. It requests trainings and timings from a *laboratory*, which `command/laboratory.ts` implements.
 * `command/draw/figure.ts` draws the figure.
 */
import type { VariantName } from '../../spec/variant.ts';
import type { EpochRecord } from '../modelFile/model.ts';
import type { NetworkFile } from '../network/models.ts';
import type { NetworkOptions } from '../network/network.ts';
import { tableText, usualColumns, wrapped } from '../printable.ts';
import type { TrainSettings } from '../train/settings.ts';

/** `paper` is as large as the paper's experiment; `small` shows the same effects in less time. */
export const sizes = ['small', 'paper'] as const;
export type Size = (typeof sizes)[number];

export interface ExperimentSettings {
  readonly experiment: string;
  readonly size: Size;
  readonly seed: number;
  readonly variant: VariantName;
}

/** A Vega-Lite description with its data. */
export type Figure = Readonly<Record<string, unknown>>;

export interface Table {
  readonly title?: string;
  readonly columns: readonly string[];
  /** One cell per column; the first is the name of the row. */
  readonly rows: readonly (readonly string[])[];
}

export interface ExperimentSummary {
  /** One JSON object per line. */
  readonly lines: readonly object[];
  /** The results for readers, beside the paper's numbers: paragraphs, tables, and lines with aligned columns. */
  readonly content: readonly (string | Table | { readonly block: readonly string[] })[];
  readonly figure: Figure;
}

/** A network to train on a data set, as plain data that determine every bit of the result. */
export interface Training {
  readonly dataset: string;
  readonly model: NetworkFile;
  readonly options: NetworkOptions;
  readonly settings: TrainSettings;
  /**
   * The first `train` training samples and the first `test` test samples; all if absent. The last of these training samples are
   * set aside: `validation` is their number or, if below 1, their share.
   */
  readonly samples: { readonly train?: number; readonly validation: number; readonly test?: number };
}

/** Numbers of samples. `train` excludes those set aside for validation. */
export interface SampleCounts {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

export interface Trained {
  readonly epochs: readonly EpochRecord[];
  readonly digest: string;
  readonly samples: SampleCounts;
}

export interface Timed {
  /** Median time of one batch. */
  readonly seconds: number;
  readonly threads: number;
  /** Bytes that the passes over a batch need: `bytes` with `threads` threads, `bytesOneThread` with one thread. */
  readonly bytes: number;
  readonly bytesOneThread: number;
  /** Number of batches in an epoch of all training samples. */
  readonly batches: number;
}

/** The services of the machine on which a part runs. */
export interface Laboratory {
  /** Estimates the seconds of a training, from a few of its samples. */
  estimate(training: Training): Promise<number>;
  /** Trains a network, or resumes a stopped training of this name. */
  train(name: string, training: Training): Promise<Trained>;
  time(training: Training, batches: number): Promise<Timed>;
}

/** A part of an experiment. Its result is stored as JSON. A stopped experiment resumes with the parts that lack a result. */
export interface Part<Result = unknown> {
  /** The name of the part's file and folder: letters, digits, `.` and `-`. */
  readonly name: string;
  /** The inputs that determine the result, besides the settings. */
  readonly of: object;
  /** The data set that the part reads, if any. */
  readonly dataset?: string;
  /** Estimated seconds. */
  readonly estimate: (laboratory: Laboratory) => number | Promise<number>;
  readonly run: (laboratory: Laboratory) => Result | Promise<Result>;
}

export interface Experiment<Result = unknown> {
  /** One line of help. */
  readonly help: string;
  /** The data set in `--data`. Without `--data`, parts that read this data set are skipped, unless all parts read it. */
  readonly data?: string;
  readonly parts: (settings: ExperimentSettings) => readonly Part<Result>[];
  /** @param results the results of the parts, in order; undefined for a skipped part */
  readonly summarise: (settings: ExperimentSettings, results: readonly Result[]) => ExperimentSummary;
}

/** Converts a title to the name of a part. */
export function partName(text: string): string {
  return text.replace(/[^A-Za-z0-9.]+/g, '-').replace(/^[-.]+|-+$/g, '');
}

/** Converts a report to text, with empty lines between its items. By default, tables are as wide as their content. */
export function textOf(content: ExperimentSummary['content'], columns = Infinity): string {
  const prose = (text: string): string => wrapped(text, columns === Infinity ? usualColumns : columns, 0);
  return content
    .map((item) => {
      if (typeof item === 'string') return prose(item);
      if ('block' in item) return item.block.join('\n');
      const table = tableText([item.columns, ...item.rows], { columns, keys: 1, numbers: 'right' });
      return item.title === undefined ? table : `${prose(item.title)}\n${table}`;
    })
    .join('\n\n');
}
