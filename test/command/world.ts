/** Small data for tests of the command: images in the MNIST format, and networks that learn them in milliseconds. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writePng } from '../../src/formats/png.ts';
import { concat, idxFile, tensorOf } from '../fuzz/samples.ts';
import { fresh, home, npzOf } from './place.ts';

export const side = 8;
export const classes = 4;

/** The pixels and the label of a picture: a bright bar in one of four places, with noise. */
export function pictureOf(sample: number): { pixels: Uint8Array; label: number } {
  const label = (sample * 7 + (sample >> 2)) % classes;
  const pixels = Uint8Array.from({ length: side * side }, (_, place) => {
    const noise = (Math.imul(sample * 64 + place + 1, 2654435761) >>> 24) & 63;
    const isBright = label < 2 ? (place % side) >> 2 === label : place >> 5 === label - 2;
    return isBright ? 255 - noise : noise;
  });
  return { pixels, label };
}

/** Writes the four IDX files into a folder, and returns the folder. */
export function writeDataset(name: string, train: number, test: number): string {
  const folder = join(home, name);
  mkdirSync(folder);
  for (const [prefix, count, first] of [
    ['train', train, 0],
    ['t10k', test, train],
  ] as const) {
    const samples = Array.from({ length: count }, (_, k) => pictureOf(first + k));
    const pixels = concat(...samples.map((sample) => sample.pixels));
    const labels = Uint8Array.from(samples, (sample) => sample.label);
    writeFileSync(join(folder, `${prefix}-images-idx3-ubyte`), idxFile([count, side, side], pixels));
    writeFileSync(join(folder, `${prefix}-labels-idx1-ubyte`), idxFile([count], labels));
  }
  return folder;
}

type Pictures = readonly ReturnType<typeof pictureOf>[];

/** Writes a table of pictures, with the labels first, and returns its path. */
export function writeCsv(list: Pictures, name = 'a.csv'): string {
  const path = join(fresh('tables'), name);
  mkdirSync(dirname(path));
  writeFileSync(path, list.map(({ pixels, label }) => `${[label, ...pixels].join(',')}\n`).join(''));
  return path;
}

/** Writes `class <label>/<number>.png` for each picture, and returns the folder. */
export function writePictures(folder: string, list: Pictures): string {
  for (const [k, { pixels, label }] of list.entries()) {
    mkdirSync(join(folder, `class ${label}`), { recursive: true });
    writeFileSync(join(folder, `class ${label}`, `${k}.png`), writePng(side, side, pixels));
  }
  return folder;
}

/** Writes an .npz of pictures, without a test part, and returns its path. */
export function writeArrays(list: Pictures): string {
  const shape = [list.length, side, side];
  return npzOf({
    images: { dtype: 'U8', shape, data: Uint8Array.from(list.flatMap(({ pixels }) => [...pixels])) },
    labels: { dtype: 'U8', shape: [list.length], data: Uint8Array.from(list, ({ label }) => label) },
  });
}

/** An .npz file with spikes of `count` samples in `steps` steps. */
export const writeSpikes = (count: number, steps: number): string =>
  npzOf({
    spikes: tensorOf('U8', [count, steps, side, side]),
    labels: tensorOf(
      'U8',
      [count],
      Uint8Array.from({ length: count }, (_, k) => k % classes),
    ),
  });

/** A network for {@link pictureOf} with each kind of layer. */
export const smallNetwork = {
  name: 'small',
  variant: 'authors',
  input: { channels: 1, height: side, width: side, scale: 1 },
  timeWindow: 4,
  threshold: 0.5,
  leak: 1,
  layers: [
    { kind: 'convolution', channels: 4, kernel: 3, padding: 1 },
    { kind: 'averagePool', size: 2 },
    { kind: 'linear', units: 12 },
    { kind: 'linear', units: classes },
  ],
};

/** A network with a wide layer. Its checkpoint has two megabytes, but an epoch takes milliseconds. */
export const wideNetwork = {
  ...smallNetwork,
  name: 'wide',
  layers: [
    { kind: 'linear', units: 2500 },
    { kind: 'linear', units: classes },
  ],
};

export function writeNetwork(name: string, network: unknown): string {
  const path = join(home, `${name}.json`);
  writeFileSync(path, typeof network === 'string' ? network : JSON.stringify(network));
  return path;
}

/** The arguments of a short training on one thread, because a pool starts slowly. */
export function shortTraining(dataset: string, model: string): string[] {
  return ['train', '--dataset', dataset, '--model', model, '--epochs', '2', '--threads', '1'];
}
