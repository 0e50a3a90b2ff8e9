/** A data set's folder, as those who open it see it. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Network } from '../../../spec/network.ts';
import type { Dataset } from '../../data/dataset.ts';
import { InputError, refuse } from '../../errors.ts';
import { reasonOf } from '../files.ts';

/** What a data set must know of those who ask for it. */
export interface Viewer {
  /** The network that is shown the samples: event recordings fill its window. */
  readonly plan: Network;
  /** What splits a set that has no test part of its own. */
  readonly seed: number;
}

/** The two parts of a set, read when they are asked for. */
export interface SplitReaders {
  readonly train: () => Dataset;
  readonly test: () => Dataset;
}

export interface DataFolder {
  /** As it was typed: the first word of error messages about samples. */
  readonly name: string;
  readonly folder: string;
  /** The command, for error messages. */
  readonly where: string;
  /** What belongs into the folder, and where such data comes from. */
  readonly contents: string;
  readonly origin?: string;
}

/** Refuses a folder for what is in it, or is not; says what belongs there and where such data comes from. */
export function refuseFolder(
  { folder, where, contents, origin }: DataFolder,
  got: string,
  expected = contents,
): never {
  refuse(where, folder, expected, got, origin && `such data comes from ${origin}`);
}

/** The names in a folder, sorted; hidden ones are left out. None where there is no folder. */
export function namesIn(folder: string, where: string): string[] {
  try {
    const names = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
    return names.filter((name) => !name.startsWith('.')).sort();
  } catch (cause) {
    throw new InputError(`${where}: cannot read ${folder}: ${reasonOf(cause)}`, { cause });
  }
}

/** The first of some folders below `folder` that has all the files. */
export function findFolder(
  folder: string,
  below: readonly string[],
  files: readonly string[],
): string | undefined {
  return below
    .map((each) => join(folder, each))
    .find((each) => files.every((name) => existsSync(join(each, name))));
}
