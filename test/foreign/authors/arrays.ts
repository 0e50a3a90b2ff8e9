/** The reference arrays of the authors' arithmetic (`test/fixtures/authors/README.md`), by our words. */
import { readFileSync } from 'node:fs';
import type { NetworkDescription } from '../../../spec/dictionary.ts';
import { readNpz } from '../../../src/formats/npz.ts';
import { lenet } from '../../../src/network/models.ts';

/** A file and what it belongs to. */
export interface Reference {
  readonly name: string;
  readonly description: NetworkDescription;
  /** Their name of layer n, at place n − 1; maximum pools and the output layer have none for flows. */
  readonly layers: readonly string[];
  /** Their name of the weights of layer n, at place n − 1; empty without weights. */
  readonly weights: readonly string[];
  array(key: string): { shape: readonly number[]; data: Float32Array };
  /** A part of an array: sample b, or step t and sample b of a spike train. */
  sample(key: string, b: number): Float32Array;
  spikes(key: string, b: number): Float32Array;
  readonly labels: number[];
  readonly T: number;
}

const files = {
  grid_lenet_exactgrad_f32: {
    description: { ...lenet, timeWindow: 16 },
    layers: ['c1', 'p1', 'c2', 'p2', 'f0', ''],
    weights: ['cnn1', '', 'cnn2', '', 'fc0', 'fc1'],
  },
  grid_vgg7_small_f32: {
    description: {
      input: { channels: 3, height: 32, width: 32 },
      timeWindow: 20,
      threshold: 1,
      layers: [
        { kind: 'convolution', channels: 16, kernel: 3, padding: 1 },
        { kind: 'convolution', channels: 16, kernel: 3, padding: 1 },
        { kind: 'averagePool', size: 2 },
        { kind: 'convolution', channels: 32, kernel: 3, padding: 1 },
        { kind: 'convolution', channels: 32, kernel: 3, padding: 1 },
        { kind: 'convolution', channels: 32, kernel: 3, padding: 1 },
        { kind: 'maxPool', size: 2 },
        { kind: 'linear', units: 128 },
        { kind: 'linear', units: 10 },
      ],
    },
    layers: ['11', '12', 'p1', '21', '22', '23', '', 'f0', ''],
    weights: ['cnn11', 'cnn12', '', 'cnn21', 'cnn22', 'cnn23', '', 'fc0', 'fc1'],
  },
} as const;

export type ReferenceName = keyof typeof files;
export const referenceNames = Object.keys(files) as ReferenceName[];

export function openReference(name: ReferenceName): Reference {
  const path = new URL(`../../fixtures/authors/${name}.npz`, import.meta.url);
  const arrays = readNpz(readFileSync(path), name);
  const array = (key: string): { shape: readonly number[]; data: Float32Array } => {
    const found = arrays.get(key);
    if (!found || found.dtype === 'STR') throw new Error(`${name} has no array ${key}`);
    return { shape: found.shape, data: Float32Array.from(found.data as ArrayLike<number>, Number) };
  };
  const known = new Map<string, ReturnType<typeof array>>();
  const cached = (key: string): ReturnType<typeof array> => {
    if (!known.has(key)) known.set(key, array(key));
    return known.get(key)!;
  };
  return {
    name,
    ...files[name],
    array: cached,
    sample(key, b) {
      const { shape, data } = cached(key);
      const size = data.length / shape[0];
      return data.slice(b * size, (b + 1) * size);
    },
    spikes(key, b) {
      const { shape, data } = cached(key);
      const [T, B] = shape;
      const size = data.length / (T * B);
      const maps = new Float32Array(T * size);
      for (let t = 0; t < T; t++)
        maps.set(data.subarray((t * B + b) * size, (t * B + b + 1) * size), t * size);
      return maps;
    },
    labels: Array.from(array('labels').data),
    T: files[name].description.timeWindow,
  };
}
