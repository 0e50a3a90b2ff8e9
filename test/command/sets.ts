/** Helpers for the tests of named data sets. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataset } from '../../src/command/readers/datasets.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { network, type SpikingNetwork } from '../../src/network/network.ts';
import { fresh } from './place.ts';
import type { LayerDescription } from '../../spec/network.ts';

export const nmnist = fileURLToPath(new URL('../fixtures/nmnist', import.meta.url));
export const gesture = fileURLToPath(new URL('../fixtures/dvs-gesture', import.meta.url));

/** A network for tests of data sets: one linear layer. */
export function netOf(
  channels: number,
  side: number,
  T: number,
  variant = 'authors',
  units = 10,
): SpikingNetwork {
  const input = { channels, height: side, width: side };
  const layers: LayerDescription[] = [{ kind: 'linear', units }];
  return network({ input, timeWindow: T, threshold: 1, variant: variant as 'paper', layers });
}
/** Opens a data set as a training does. */
export const open = (name: string, data: string | undefined, { plan }: SpikingNetwork, seed = 1) =>
  openDataset(name, 'train', { data, plan, seed });
/** The source of random numbers for a sample that a test inspects. */
export const draw = { seed: 1, stream: 'test', epoch: 0, sample: 0 } as const;
export function framesOf(data: Dataset, i: number): number[] {
  const input = data.input(i, { ...draw, sample: i });
  if (!('frames' in input)) throw new Error('frames expected');
  return Array.from(input.frames);
}
export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

export function copied(folder: string): string {
  const copy = fresh('copy');
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** Writes files into a new folder, and returns the folder. */
export function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = fresh('folder');
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

/** The classes of CIFAR-10. */
export const objects = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');
