/** `writeAtomic` leaves either the old bytes or the new ones, whichever file operation stops or fails. */
import * as nodeFs from 'node:fs';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { writeAtomic, type FileOperations } from '../../src/command/files.ts';
import { freshFolder, namesIn } from './command.ts';

const names = ['openSync', 'writeSync', 'fsyncSync', 'closeSync', 'renameSync', 'unlinkSync'] as const;

/** The file operations of Node. `around` performs each of them, or replaces it. */
function operations(
  around: (name: (typeof names)[number], args: any[], work: () => unknown) => unknown,
): FileOperations {
  const wrap =
    (name: (typeof names)[number]) =>
    (...args: any[]) =>
      around(name, args, () => (nodeFs[name] as (...all: any[]) => unknown)(...args));
  return Object.fromEntries(names.map((name) => [name, wrap(name)])) as unknown as FileOperations;
}

const before = Buffer.alloc(3000, 'old');
const after = Buffer.alloc(5000, 'new');
let path: string;

beforeEach(() => {
  const folder = freshFolder('folder');
  path = join(folder, 'checkpoint.safetensors');
});

/** Whether the file has the old bytes, the new bytes, other bytes, or is absent. */
function stateOf(): string {
  if (!existsSync(path)) return 'none';
  const now = readFileSync(path);
  return now.equals(before) ? 'old' : now.equals(after) ? 'new' : 'neither';
}

/** Stops the process: no later operation happens. */
class End extends Error {}
const failed = (code: string) => Object.assign(new Error(`${code}: long words, write`), { code });

/**
 * The failure of operation k: the thrown error, whether all later operations fail too, and whether operation k first writes half of
 * its bytes.
 */
interface Fault {
  readonly thrown: Error;
  readonly isForever: boolean;
  readonly isHalf?: boolean;
}

/** Writes with a fault at operation k. Returns the error message, and whether the write reached operation k. */
function writeWith(k: number, { thrown, isForever, isHalf = false }: Fault) {
  let done = 0;
  const fs = operations((name, [file, bytes, at, length], work) => {
    const now = done++;
    if (isForever ? now < k : now !== k) return work();
    if (isHalf && name === 'writeSync') nodeFs.writeSync(file, bytes, at, length >> 1);
    throw thrown;
  });
  let message: string | undefined;
  try {
    writeAtomic(path, after, fs);
  } catch (error) {
    ({ message } = error as Error);
  }
  return { message, isReached: done > k };
}

/**
 * Returns the error message and the state of the file for a fault at each call k. Before each write, the file contains `old`;
 * if `old` is undefined, there is no file.
 */
function eachFault(fault: Fault, old: Buffer | undefined): { message: string | undefined; state: string }[] {
  const found = [];
  for (let k = 0; ; k++) {
    if (old) writeFileSync(path, old);
    else rmSync(path, { force: true });
    const { message, isReached } = writeWith(k, fault);
    if (!isReached) break;
    found.push({ message, state: stateOf() });
    // The next write must succeed from this state.
    writeAtomic(path, after);
    expect(stateOf()).toBe('new');
  }
  expect(found.length).toBeGreaterThanOrEqual(5);
  return found;
}

test.each([
  ['before it', { thrown: new End(), isForever: true }],
  ['in the middle of a write', { thrown: new End(), isForever: true, isHalf: true }],
])('a process that ends at an operation, %s, leaves the whole old or the whole new file', (_, fault) => {
  for (const [kept, old] of Object.entries({ old: before, none: undefined })) {
    const states = eachFault(fault, old).map(({ state }) => state);
    const change = states.indexOf('new');
    expect(change).toBeGreaterThan(0);
    expect(states).toEqual(states.map((__, k) => (k < change ? kept : 'new')));
  }
});

test.each([
  ['ENOSPC', 'the disk is full'],
  ['EROFS', 'the file system is read-only'],
  ['EIO', 'EIO'],
])('an operation that fails with %s is one line, and the old file stays', (code, reason) => {
  const found = eachFault({ thrown: failed(code), isForever: false }, before);
  // After the renaming, only the folder is flushed. An error there is ignored, because not every system can flush folders.
  const failures = found.filter(({ message }) => message !== undefined);
  expect(failures.length).toBeGreaterThanOrEqual(5);
  const message = `cannot write ${path}: ${reason}; its previous content is unchanged`;
  expect(failures).toEqual(failures.map(() => ({ message, state: 'old' })));
  expect(found.slice(failures.length).map(({ state }) => state)).not.toContain('old');
  expect(namesIn(dirname(path))).toEqual([basename(path)]);
});

test('a clean-up that fails as well leaves the old file', () => {
  writeFileSync(path, before);
  expect(writeWith(1, { thrown: failed('ENOSPC'), isForever: true }).message).toMatch('the disk is full');
  expect(stateOf()).toBe('old');
});

test('a system that takes a few bytes at a time gets them all', () => {
  for (const most of [1, 7, 1000, after.length - 1]) {
    writeFileSync(path, before);
    const slow = operations((name, [file, bytes, at, length], work) =>
      name === 'writeSync' ? nodeFs.writeSync(file, bytes, at, Math.min(most, length)) : work(),
    );
    writeAtomic(path, after, slow);
    expect(stateOf()).toBe('new');
  }
});

test('the bytes are on the disk before they get the name, and the name before the run goes on', () => {
  const log: string[] = [];
  const traced = operations((name, [first], work) => {
    const file = name === 'openSync' ? ` ${basename(first).replace(/[0-9a-f]{16}/, 'HEX')}` : '';
    log.push(name.replace('Sync', '') + file);
    return work();
  });
  writeAtomic(path, after, traced);
  const own = ['open checkpoint.safetensors.HEX.tmp', 'write', 'fsync', 'close', 'rename'];
  expect(log).toEqual([...own, `open ${basename(dirname(path))}`, 'fsync', 'close']);
});
