/** A folder of a run is one process's: a second one is refused in one line, and what a dead one left is no obstacle. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FolderLock } from '../../src/command/lock.ts';
import type { TrainCommand } from '../../src/command/run/run.ts';
import { openNetwork, takeFolder } from '../../src/command/run/start.ts';
import { asfbp, fresh, json, namesIn, refusalOf } from './command.ts';
import { smallNetwork, writeDataset, writeNetwork } from './world.ts';

const train = [
  'train',
  '--dataset',
  writeDataset('data', 8, 4),
  '--model',
  writeNetwork('small', smallNetwork),
  '--epochs',
  '2',
];
const id = '0123456789abcdef';
const here = hostname();
/** A process that has ended. */
const dead = spawnSync(process.execPath, ['-e', '']).pid;

function locked(holder: object | string): string {
  const out = fresh();
  mkdirSync(out);
  const text = typeof holder === 'string' ? holder : JSON.stringify(holder);
  writeFileSync(join(out, '.asf-bp.lock'), text);
  return out;
}

test('of a job only the first rank locks, at the start and before it writes', async () => {
  const out = fresh();
  mkdirSync(out);
  for (const isFirst of [true, false]) {
    const taken: string[] = [];
    const lock = { take: async (folder: string) => void taken.push(folder) } as FolderLock;
    const job = { openShared: async () => undefined, shareFolder: async (folder: string) => folder } as never;
    const options: TrainCommand = { out, model: 'lenet' };
    const start = { options, io: {} as never, lock, job, isFirst };
    const asked = await openNetwork(start);
    await takeFolder(start, asked as never, () => out, false);
    expect(taken).toEqual(isFirst ? [out, out] : []);
  }
});

describe('a lock', () => {
  test('of a process that runs is respected, by train and by experiment', async () => {
    const out = fresh();
    mkdirSync(out);
    const lock = new FolderLock('test');
    await lock.take(out);
    const holder = readFileSync(join(out, '.asf-bp.lock'), 'utf8');
    for (const args of [
      [...train, '--out', out],
      [...train, '--out', out, '--resume'],
      ['experiment', 'figure1', '--out', out],
    ]) {
      const line = refusalOf(await asfbp(args));
      expect(line).toMatch(
        /"--out" expected a folder that no other process writes to, got .*wait for its end/,
      );
      expect(line).toContain(`process ${process.pid} on ${here}`);
    }
    expect(namesIn(out).filter((name) => name === '.asf-bp.lock')).toHaveLength(1);
    expect(readFileSync(join(out, '.asf-bp.lock'), 'utf8')).toBe(holder);
    lock.release();
    expect(namesIn(out)).not.toContain('.asf-bp.lock');
  });

  test.each([
    ['whose process has ended', { pid: dead, started: '', host: here, id }],
    ['whose number another process has now', { pid: process.pid, started: 'long ago', host: here, id }],
  ])('%s is taken over in silence', async (_, holder) => {
    const out = locked(holder);
    const { code, err } = await asfbp([...train, '--out', out, '--json']);
    expect([code, err]).toEqual([0, '']);
    expect(namesIn(out)).toEqual(['checkpoint.safetensors', 'model.safetensors']);
  });

  test.each([
    ['of another host', { pid: dead, started: '', host: 'elsewhere', id }],
    ['that is none', 'x'],
    ...[0, 1.5].map((pid): [string, string] => [
      `of process ${pid}, which there cannot be`,
      JSON.stringify({ pid, started: '', host: here, id }),
    ]),
  ])('%s says how it is removed', async (_, holder) => {
    const out = locked(holder);
    const line = refusalOf(await asfbp([...train, '--out', out]));
    expect(line).toContain(typeof holder === 'string' ? 'another process' : `process ${dead} on elsewhere`);
    expect(line).toContain(`if it no longer runs, remove ${join(out, '.asf-bp.lock')}`);
    expect(namesIn(out)).toEqual(['.asf-bp.lock']);
  });

  test.runIf(process.platform === 'linux')('is not waited for where it is no regular file', async () => {
    const folders = ['mkfifo', 'ln -s /dev/zero'].map((make) => {
      const out = fresh();
      mkdirSync(out);
      expect(spawnSync(`${make} ${join(out, '.asf-bp.lock')}`, { shell: true }).status).toBe(0);
      return out;
    });
    await Promise.all(
      folders.map(async (out) => {
        await expect(new FolderLock('test').take(out)).rejects.toThrow(
          /where another process does; .*remove .*\.asf-bp\.lock$/,
        );
      }),
    );
  });

  test('is gone after a run, and so is what a killed process left', async () => {
    const out = fresh();
    mkdirSync(out);
    for (const name of [`checkpoint.safetensors.${id}.tmp`, `.asf-bp.lock.${id}.tmp`])
      writeFileSync(join(out, name), '');
    await json([...train, '--out', out]);
    expect(namesIn(out)).toEqual(['checkpoint.safetensors', 'model.safetensors']);
  });
});
