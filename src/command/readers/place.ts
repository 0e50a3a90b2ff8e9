/** Types and functions that the readers of data sets share. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Network, Shape } from '../../../spec/network.ts';
import { type Dataset, selected } from '../../data/index.ts';
import { refuse } from '../../errors.ts';
import type { TrainedOn } from '../../network/index.ts';
import type { Shown } from '../../train/index.ts';

/** How a data set is read may depend on these properties of a run. For a trained model, data is read like its training data. */
export interface Viewer extends Pick<Metadata, 'classes'> {
  readonly trainedOn?: TrainedOn | undefined;
  /** The network that receives the samples. Event recordings fill its window. */
  readonly plan: Network;
  /** Seed that splits a data set without a test part. */
  readonly seed: number;
  /** The number of samples that are needed, from the beginning of each part. Later samples may be dropped from memory. Default: all. */
  readonly limit?: number | undefined;
}

/** Whether the columns of a table are scaled to −1 … 1. With `narrow`, this applies only to a table of few columns. */
export type Scale = 'columns' | 'narrow' | undefined;

/** Names of the classes 0, 1, …, and how samples were computed from a table or from recordings. */
export type Metadata = { readonly classes?: readonly string[] | undefined } & {
  readonly [Part in Exclude<keyof TrainedOn, 'dataset'>]?: TrainedOn[Part] | undefined;
};

/** The facts of a data set that a network must fit. */
export interface Facts {
  readonly shape: Shape;
  readonly classes: number;
  /** True for a table, whose values are measurements. */
  readonly isTable?: boolean;
  /** The number of steps of recorded spikes. */
  readonly steps?: number;
}

/** The two parts of a data set, read on request. */
export interface Readers {
  readonly train: () => Dataset;
  readonly test: () => Dataset;
  /** All samples. Only for a data set that has no test part of its own: the {@link lastTenths} are then its test part. */
  readonly whole?: () => Dataset;
  /** Facts about the training part, for the model file. */
  readonly metadata?: () => Metadata;
}

/** An opened data set of the user, whose samples are read on request. */
export interface OpenedData {
  /** The facts that a network must fit; undefined if unknown, for example for spikes. */
  readonly facts: () => Facts | undefined;
  readonly read: (viewer: Viewer) => Readers;
}

/** Calls a function at most once. */
export function once<T>(make: () => T): () => T {
  let cached: { readonly value: T } | undefined;
  return () => (cached ??= { value: make() }).value;
}

export function factsOf({ shape, length, label }: Dataset): Facts {
  return { shape, classes: countClasses(Array.from({ length }, (_, i) => label(i))) };
}

export function countClasses(labels: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < labels.length; i++) most = Math.max(most, labels[i]);
  return most + 1;
}

export interface NamedSample {
  readonly name: string;
  readonly intensities: Shown;
  /** True for a picture of a digit. */
  readonly isPicture?: boolean;
}

/** The samples of a file, each computed on request. */
export function* samplesIn(
  file: string,
  count: number,
  sampleAt: (i: number) => Shown,
): Generator<NamedSample> {
  for (let i = 0; i < count; i++)
    yield { name: count === 1 ? file : `${file}[${i}]`, intensities: sampleAt(i) };
}

/** The kind of files that `predict` accepts after training on a data set. */
export type SampleFile = 'npz' | 'csv' | 'png' | 'bin' | 'bs2' | 'aedat';

export interface NamedSet {
  /** The default network. */
  readonly model?: string;
  /** Samples of kind `png` do not depend on window and variant. */
  readonly file: SampleFile;
  /** `contents`: what the data set's folder contains. `origin`: where such data can be obtained. */
  readonly contents: string;
  readonly origin: string;
  /** The default folder of the data set. */
  readonly home?: () => string | undefined;
  readonly open: (source: DataFolder, viewer: Viewer) => Readers;
}

export interface DataFolder {
  /** The name of the data set, or its path as typed. Errors about samples begin with this name. */
  readonly name: string;
  readonly folder: string;
  /** The command, for error messages. */
  readonly where: string;
  /** `contents`: what the folder must contain. `origin`: where such data can be obtained. */
  readonly contents: string;
  readonly origin?: string;
}

/** Refuses the contents of a folder. The error states the required contents and the source of such data. */
export function refuseFolder(
  { folder, where, contents, origin }: DataFolder,
  got: string,
  expected = contents,
): never {
  refuse(where, folder, expected, got, origin && `such data comes from ${origin}`);
}

/** Limit on the bytes of arrays, by the size of their compressed file. */
export const mostInflated = (file: number): number => 4 * file + 2e8;

/** Limit on the bytes of arrays that are kept uncompressed in memory. The command itself takes 150 MB. */
export const mostUnpacked = (file: number): number => mostInflated(file) - 1.5e8;

/** Refuses arrays beyond {@link mostInflated}. */
export function checkInflated(where: string, what: string, size: number, file: number, next: string): void {
  const most = mostInflated(file);
  const inMB = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  if (size > most)
    refuse(where, what, `at most ${inMB(most)} of arrays for this compressed file`, inMB(size), next);
}

/** Returns the first folder that contains all the files. `below` lists the candidates, as paths inside `folder`. */
export function findFolder(
  folder: string,
  below: readonly string[],
  files: readonly string[],
): string | undefined {
  return below
    .map((each) => join(folder, each))
    .find((each) => files.every((name) => existsSync(join(each, name))));
}

export const lastTenths = 'the last tenth of each class';

/**
 * Divides a data set that has no test part: the last tenth of each class becomes the test part.
 *
 * @param samples the number of samples, and their labels
 */
export function inTenths(
  name: string,
  where: string,
  samples: () => Pick<Dataset, 'length' | 'label'>,
  read: (part: string, indices?: Int32Array) => Dataset,
): Readers & { readonly whole: () => Dataset } {
  const part = (kind: 'train' | 'test'): Dataset => {
    const { length, label } = samples();
    const indices = splitClasses(length, label)[kind];
    const title = `${name} ${kind}`;
    if (indices.length === 0) refuse(where, title, 'a class with at least two samples', `${length} in all`);
    return read(title, indices);
  };
  return {
    train: () => part('train'),
    test: () => part('test'),
    whole: () => read(name),
  };
}

/** {@link inTenths} for samples that are all read at once. */
export function wholeInTenths(name: string, where: string, open: () => Dataset): ReturnType<typeof inTenths> {
  const all = once(open);
  return inTenths(name, where, all, (part, indices) =>
    indices ? selected(all(), part, indices.length, (i) => indices[i]) : all(),
  );
}

/**
 * The indices of both parts, in the order of the set. The last tenth of each class, rounded up, is for testing; a class of one sample is
 * for training. Both parts thus contain every class of two or more samples, even if samples are sorted by class.
 */
export function splitClasses(
  length: number,
  labelOf: (i: number) => number,
): { train: Int32Array; test: Int32Array } {
  const counts = new Map<number, number>();
  for (let i = 0; i < length; i++) counts.set(labelOf(i), (counts.get(labelOf(i)) ?? 0) + 1);
  // Growing arrays would take several times as much memory for a moment.
  const [train, test] = [new Int32Array(length), new Int32Array(length)];
  let ofTest = 0;
  const seen = new Map<number, number>();
  for (let i = 0; i < length; i++) {
    const label = labelOf(i);
    const count = counts.get(label)!; // counted above
    const before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    const held = count > 1 ? Math.ceil(count / 10) : 0;
    if (before < count - held) train[i - ofTest] = i;
    else test[ofTest++] = i;
  }
  return { train: train.slice(0, length - ofTest), test: test.slice(0, ofTest) };
}
