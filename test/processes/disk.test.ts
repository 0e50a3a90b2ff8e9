/** A full disk is detected before the training if possible, and never damages an existing checkpoint. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { prepareFolder } from '../../src/command/files.ts';
import { asfbp, checkpointOf, fresh, json, namesIn, refusalOf, start, until } from './process.ts';
import { shortTraining, wideNetwork, writeDataset, writeNetwork } from '../command/world.ts';

const dataset = writeDataset('data', 40, 10);
/** The checkpoint has 2.04 MB. A training needs space for three checkpoints. */
const wide = [...shortTraining(dataset, writeNetwork('wide', wideNetwork)), '--batch', '8'];

const mounted: string[] = [];
afterAll(() => mounted.forEach((folder) => spawnSync('umount', ['-l', folder])));

/** Mounts a disk of `kilobytes`. Undefined if this user may not mount. */
function disk(kilobytes: number): string | undefined {
  const folder = fresh('disk');
  mkdirSync(folder);
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder]);
  if (status === 0) {
    mounted.push(folder);
    return folder;
  }
  console.warn(`no small disk: mount: ${String(stderr).trim()}; its checks run on a blocked file instead`);
  return undefined;
}

/** Fills a disk to the last byte, and returns a function that frees the space. */
function fill(folder: string): () => void {
  const path = join(folder, 'filler');
  const file = openSync(path, 'w');
  try {
    for (const size of [65536, 4096, 1]) {
      try {
        while (writeSync(file, Buffer.alloc(size)) === size);
      } catch {
        // No room for this size.
      }
    }
  } finally {
    closeSync(file);
  }
  return () => rmSync(path);
}

test('a disk without room for the run is found before the training', async () => {
  const folder = disk(1000);
  // Without such a disk, the test asks for more space than any disk has.
  const found = /^train: "--out" expected [\d.]+ MB of free space for the checkpoints, got [\d.]+ MB in /;
  if (!folder) return expect(() => prepareFolder(fresh(), 2 ** 60, 'train')).toThrow(found);
  expect(refusalOf(await asfbp([...wide, '--out', join(folder, 'run')]))).toMatch(found);
  expect(namesIn(join(folder, 'run'))).toEqual([]);
});

test('a disk that fills up during the training keeps the last checkpoint, and the run goes on from it', async () => {
  const folder = disk(10_000);
  if (!folder) return expectBlockedWriteKeepsCheckpoint();
  const out = join(folder, 'run');
  const long = [...wide, '--epochs', '10', '--lr', '0.0001'];
  const { child, ended } = start([...long, '--json', '--out', out]);
  const saved = join(out, 'checkpoint.safetensors');
  await until(() => existsSync(saved), 'the first checkpoint');
  child.kill('SIGSTOP');
  const empty = fill(folder);
  child.kill('SIGCONT');
  const { code, err } = await ended;
  expect(code).toBe(2);
  expect(err).toMatch(/^cannot write .*\n$/);
  expect(namesIn(out)).toEqual(['checkpoint.safetensors']);
  const { training, epochs } = checkpointOf(out);
  expect(training!.state.epoch).toBeGreaterThan(0);
  expect(epochs.length).toBe(training!.state.epoch - 1);
  empty();
  const lines = await json([...long, '--out', out, '--resume']);
  const unbroken = await json([...long, '--out', fresh()]);
  expect(lines.at(-1)!['digest']).toBe(unbroken.at(-1)!['digest']);
});

test(
  'a file that cannot be written during the training is one line, and the last checkpoint stays',
  expectBlockedWriteKeepsCheckpoint,
);

/**
 * Puts a folder in the place of the model file, so that this file cannot be written. This needs no small disk. Expects that the
 * checkpoint stays.
 */
async function expectBlockedWriteKeepsCheckpoint(): Promise<void> {
  const out = fresh();
  await json([...wide, '--epochs', '2', '--lr-steps', 'none', '--out', out]);
  const model = join(out, 'model.safetensors');
  rmSync(model);
  mkdirSync(model);
  const { code, err } = await asfbp([...wide, '--out', out, '--resume', '--epochs', '3', '--json']);
  expect(code).toBe(2);
  expect(err).toMatch(/^cannot write .*\n$/);
  expect(checkpointOf(out).training!.state.epoch).toBe(3);
}
