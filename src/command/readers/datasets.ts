/** Data sets of the command. It opens them by a typed name, or by the id in a checkpoint. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { nearest, refuse } from '../../errors.ts';
import { models, type NetworkFile } from '../../network/index.ts';
import { isFolder, namesIn } from '../files.ts';
import { fittingNetwork } from './fitting.ts';
import { userFolders, userDataAt, sets } from './kinds.ts';
import {
  type DataFolder,
  type NamedSet,
  type OpenedData,
  type Readers,
  type Scale,
  type Viewer,
} from './place.ts';

export const datasetNames = Object.keys(sets);

/** The default network of a named data set; undefined for the user's data. */
export function modelFor(dataset = 'mnist'): string | undefined {
  const named = namedSet(dataset);
  return named && (named.set.model ?? 'lenet');
}

export function isUserData(dataset: string): boolean {
  return namedSet(dataset) === undefined;
}

/** A placeholder such as `FILE.png` for a file that `predict` accepts after training on a data set. */
export function fileToPredict(id: string): string {
  return `FILE.${(namedSet(id)?.set ?? userDataAt(id, 'predict'))?.file ?? 'png'}`;
}

interface DataOptions {
  /** The folder of a named data set. */
  readonly data?: string | undefined;
  readonly scale?: Scale;
}

/** Opens a data set for a network. */
export function openDataset(typed: string, where: string, viewer: Viewer & DataOptions): DatasetSource {
  const found = findDataset(typed, where, viewer);
  return { ...found, ...found.read(viewer) };
}

/** A data set whose parts are read on request. */
export type DatasetSource = Omit<ReturnType<typeof findDataset>, 'read'> & Readers;

/**
 * Finds the data set that `typed` names, in the set's default folder or in `--data`. If `typed` is not such a name, finds a
 * file or folder of the user.
 *
 * @returns `name`: the name or path as typed. `id`: a name for checkpoints, which `--dataset` accepts (a name, `NAME:FOLDER`,
 *   or an absolute path). `network`: makes the default of `--model`. `read`: reads the samples
 */
export function findDataset(typed: string, where: string, { data, scale }: DataOptions, what = '--dataset') {
  const named = namedSet(typed, data);
  if (named) {
    const { name, id, set } = named;
    if (scale === 'columns') refuseScale(name, where);
    const read = (viewer: Viewer): Readers => set.open(folderOf(named, where), viewer);
    return { name, id, network: () => models[set.model ?? 'lenet'], read };
  }
  if (data !== undefined) {
    const next = existsSync(data) ? `use --dataset ${data}` : `${data} does not exist`;
    refuse(where, '--data', 'a data set with a name', typed, next);
  }
  const opened = openUserData(typed, where, scale);
  if (opened) {
    const network = (): NetworkFile => {
      const facts = opened.facts();
      return facts ? fittingNetwork(facts) : models.lenet;
    };
    return { name: typed, id: resolve(typed), network, read: opened.read };
  }
  if (/\.(csv|npz)$/.test(typed)) refuse(where, what, 'an existing file', typed, 'no such file');
  const near = nearest(typed, datasetNames);
  const known = `one of ${datasetNames.join(', ')}, or a folder with ${userFolders}, or a file .csv or .npz`;
  const hint = existsSync(typed) ? undefined : 'there is no such file or folder';
  refuse(where, what, known, typed, near === undefined ? hint : `did you mean ${near}?`);
}

/** Refuses a `--data` that does not exist or is a file. Only `--dataset` may name a file. */
export function checkDataFolder(folder: string, where: string): void {
  if (isFolder(folder)) return;
  if (!existsSync(folder)) refuse(where, '--data', 'a folder', folder, 'there is no such folder');
  const next = userDataAt(folder, where) && `use --dataset ${folder}`;
  refuse(where, '--data', 'a folder', `${folder}, a file`, next);
}

const refuseScale = (typed: string, where: string): never =>
  refuse(where, '--scale', 'a .csv table in --dataset', typed);

/** Opens the user's data; undefined if the path is neither a folder nor a file of a known kind. */
function openUserData(typed: string, where: string, scale: Scale): OpenedData | undefined {
  const kind = userDataAt(typed, where, scale);
  if (kind && kind.file !== 'csv' && scale === 'columns') refuseScale(typed, where);
  if (kind) return kind.open();
  if (!isFolder(typed)) return undefined;
  if (!namesIn(typed, where).some((name) => name.endsWith('.safetensors')))
    refuse(where, typed, userFolders, 'none of them');
  const takers =
    '`asf-bp info`, `evaluate`, `predict` and `report` take it, and `asf-bp show DATASET INDEX --model RUN`';
  refuse(where, typed, userFolders, 'the folder of a run', takers);
}

interface Named {
  readonly name: string;
  readonly id: string;
  readonly set: NamedSet;
  /** The folder of the data set, from `--data` or from the id. */
  readonly data: string | undefined;
}

/** Finds a named data set by its name, or by the id `NAME:FOLDER` of a checkpoint. Undefined for the user's data. */
export function namedSet(typed: string, data?: string): Named | undefined {
  if (Object.hasOwn(sets, typed)) {
    const id = data === undefined ? typed : `${typed}:${resolve(data)}`;
    return { name: typed, id, set: sets[typed], data };
  }
  const [, name = '', folder] = /^([\w-]+):(.+)$/s.exec(typed) ?? [];
  return Object.hasOwn(sets, name) ? namedSet(name, data ?? folder) : undefined;
}

/** The folder of a named data set. Refuses a missing folder. */
function folderOf({ name, set, data }: Named, where: string): DataFolder {
  const { contents, origin } = set;
  const folder = data ?? set.home?.();
  const expected = `the folder of ${name}, with ${contents}`;
  if (folder === undefined) refuse(where, '--data', expected, undefined, `it comes from ${origin}`);
  checkDataFolder(folder, where);
  return { name, folder, where, contents, origin };
}
