/** One process locks the folder of a run. A second process is refused in one line. The lock of a dead process is ignored. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FolderLock } from '../../src/command/lock.ts';
import { run } from '../../src/command/main.ts';
import type { TrainCommand } from '../../src/command/run/run.ts';
import { openRun, takeFolder } from '../../src/command/run/start.ts';
import { asfbp, freshFolder, namesIn, Process, refusalOf } from './command.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const [dataset, model] = [writeDataset('data', 8, 4), writeNetwork('small', smallNetwork)];
const train = shortTraining(dataset, model);
const id = '0123456789abcdef';
const here = hostname();
/** The id of a process that has ended. */
const dead = spawnSync(process.execPath, ['-e', '']).pid;

/** Runs a command, whose paths are absolute, beside others: each waits for the holder of its lock. */
async function beside(...args: string[]): Promise<string> {
  const io = new Process();
  const code = await run(args, io);
  return refusalOf({ code, signal: null, out: io.stdout.text, err: io.stderr.text });
}

function folderWith(...names: string[]): string {
  const out = freshFolder();
  for (const name of names) writeFileSync(join(out, name), '');
  return out;
}

test('of a job only the first rank locks, at the start and before it writes', async () => {
  const out = folderWith();
  for (const rank of [0, 1]) {
    const taken: string[] = [];
    const lock = { take: async (folder: string) => void taken.push(folder) } as FolderLock;
    const texts = async (text: string): Promise<string[]> => [text];
    const ranks = { rank, neighbours: 2, bytesOfFirst: async () => new Uint8Array(0), texts } as never;
    const options: TrainCommand = { out, dataset, model, limit: 4 };
    const start = { options, io: {} as never, lock, ranks };
    await takeFolder(start, await openRun(start));
    expect(taken).toEqual(rank === 0 ? [out, out] : []);
  }
});

test('what processes left that have ended is gone after a run', async () => {
  const out = folderWith(
    `.asf-bp.lock.${dead}..${id}.${here}`,
    // Another process has the same id now.
    `.asf-bp.lock.${process.pid}.1-2.${id}.${here}`,
    `checkpoint.safetensors.${id}.tmp`,
  );
  // A folder of this form is no lock, and may hold files.
  const planted = `.asf-bp.lock.${dead}..fedcba9876543210.${here}`;
  mkdirSync(join(out, planted));
  expect(await asfbp([...train, '--out', out, '--json'])).toMatchObject({ code: 0, err: '' });
  expect(namesIn(out)).toEqual([planted, 'checkpoint.safetensors', 'model.safetensors']);
});

test.concurrent('a lock of a process that runs is respected, by train and by experiment', async () => {
  const out = folderWith();
  const lock = new FolderLock('test');
  await lock.take(out);
  const held = namesIn(out);
  expect(held).toHaveLength(1);
  const refused = async (...args: string[]): Promise<void> =>
    expect(await beside(...args, '--out', out)).toBe(
      `${args[0]}: "--out" expected a folder that no other process writes to, got ${out}, where process ${process.pid} on ${here} does; wait until it ends, or name another folder`,
    );
  await Promise.all([refused(...train), refused(...train, '--resume'), refused('experiment', 'figure1')]);
  expect(namesIn(out).filter((name) => name.startsWith('.asf-bp.lock'))).toEqual(held);
  lock.release();
  expect(namesIn(out).filter((name) => name.startsWith('.asf-bp.lock'))).toEqual([]);
});

const ofNone = ['which has a lock file of no process', 'no asf-bp writes there'];

test.concurrent.each<[which: string, name: string, says: string[]]>([
  [
    'of another host',
    `.asf-bp.lock.${dead}..${id}.elsewhere`,
    [`where process ${dead} on elsewhere does`, 'it no longer runs'],
  ],
  ['of an unknown process', '.asf-bp.lock', ofNone],
  ['of process 0, which there cannot be', `.asf-bp.lock.0..${id}.${here}`, ofNone],
  ['of a process beyond all ids', `.asf-bp.lock.1${'0'.repeat(9)}..${id}.${here}`, ofNone],
])('a lock %s is respected, and the line says how it is removed', async (_, name, [who, when]) => {
  const out = folderWith(name);
  const line = await beside(...train, '--out', out);
  expect(line).toContain(`${who}; `);
  expect(line).toContain(`if ${when}, remove ${join(out, name)}`);
  expect(namesIn(out)).toEqual([name]);
});

test.concurrent('of locks that are taken at once one is held', async () => {
  const out = folderWith();
  const locks = Array.from({ length: 5 }, () => new FolderLock('test'));
  const taken = await Promise.allSettled(locks.map((lock) => lock.take(out)));
  expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const lock of locks) lock.release();
  expect(namesIn(out)).toEqual([]);
});
