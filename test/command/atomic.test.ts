/** A file that is being replaced has its old bytes or its new ones, whichever file operation stops or fails. */
import * as nodeFs from 'node:fs';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { writeAtomic, type FileOperations } from '../../src/command/files.ts';
import { InputError } from '../../src/errors.ts';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import { network } from '../../src/network/network.ts';
import { drawWeights } from '../../src/network/network.ts';
import type { NetworkFile } from '../../src/network/models.ts';
import { fresh, namesIn } from './command.ts';
import { smallNetwork } from './world.ts';

/** Thrown where the process ends: nobody catches the end of a process, so no later operation happens. */
class End extends Error {}

/** What an operation does in place of its work. */
type Fault = (name: string, ...args: any[]) => unknown;

/** The file operations of Node, counted; `fault` replaces those from number k on, or number k alone. */
function faulty(
  k: number,
  fault: Fault,
  isForever: boolean,
): FileOperations & { readonly done: () => number } {
  let done = 0;
  const wrap =
    (name: keyof FileOperations) =>
    (...args: any[]): unknown => {
      const at = done++;
      const isFaulty = isForever ? at >= k : at === k;
      return isFaulty ? fault(name, ...args) : (nodeFs[name] as (...all: any[]) => unknown)(...args);
    };
  const names = ['openSync', 'writeSync', 'fsyncSync', 'closeSync', 'renameSync', 'unlinkSync'] as const;
  const operations = Object.fromEntries(names.map((name) => [name, wrap(name)]));
  return { ...(operations as unknown as FileOperations), done: () => done };
}

/** A checkpoint's bytes, which tell whether they are whole. */
function modelBytes(seed: number): Uint8Array {
  const net = network(smallNetwork as NetworkFile);
  net.weights = drawWeights(net.plan, seed);
  return encodeModel({ net, epochs: [] });
}

const before = modelBytes(1);
const after = modelBytes(2);
let path: string;

beforeEach(() => {
  const folder = fresh('folder');
  mkdirSync(folder);
  path = join(folder, 'checkpoint.safetensors');
});

function now(): Buffer {
  return readFileSync(path);
}

/** Whether the file is whole and old, or whole and new; anything else fails. */
function stateOf(): 'old' | 'new' {
  decodeModel(now(), path);
  const isOld = now().equals(before);
  expect(isOld || now().equals(after)).toBe(true);
  return isOld ? 'old' : 'new';
}

/** How many operations a write has; a write gives as many bytes as the system takes. */
function countOperations(): number {
  const counted = faulty(Infinity, () => undefined, true);
  writeAtomic(path, after, counted);
  return counted.done();
}

const halfOf: Fault = (name, file, bytes: Uint8Array, at: number, length: number) => {
  if (name === 'writeSync') nodeFs.writeSync(file, bytes, at, length >> 1);
  throw new End();
};

describe('a process that ends at the k-th file operation', () => {
  test.each([
    [
      'before it',
      ((): never => {
        throw new End();
      }) as Fault,
    ],
    ['in the middle of a write', halfOf],
  ])('%s leaves the whole old or the whole new file, for every k', (_, fault) => {
    const total = countOperations();
    expect(total).toBeGreaterThanOrEqual(5);
    const states = [];
    for (let k = 0; k < total; k++) {
      writeFileSync(path, before);
      try {
        writeAtomic(path, after, faulty(k, fault, true));
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
      states.push(stateOf());
      // The next run goes on from there.
      writeAtomic(path, after);
      expect(stateOf()).toBe('new');
    }
    expect(states[0]).toBe('old');
    expect(states.at(-1)).toBe('new');
    expect(states).toEqual([...states].sort((a, b) => (a === b ? 0 : a === 'old' ? -1 : 1)));
  });

  test('leaves nothing or the whole file where there was none', () => {
    const total = countOperations();
    for (let k = 0; k < total; k++) {
      nodeFs.rmSync(path, { force: true });
      try {
        writeAtomic(path, after, faulty(k, halfOf, true));
      } catch {
        // It ended.
      }
      if (existsSync(path)) expect(stateOf()).toBe('new');
    }
  });
});

describe('a file operation that fails', () => {
  const codes = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the quota is used up',
    EIO: 'EIO',
    EROFS: 'the file system is read-only',
  };

  for (const [code, reason] of Object.entries(codes)) {
    test(`with ${code} at any k is one line, and the old file stays`, () => {
      const total = countOperations();
      let failures = 0;
      for (let k = 0; k < total; k++) {
        writeFileSync(path, before);
        const fail: Fault = () => {
          throw Object.assign(new Error(`${code}: long words, write`), { code });
        };
        let message: string | undefined;
        try {
          writeAtomic(path, after, faulty(k, fail, false));
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          ({ message } = error as Error);
        }
        // Once it has its name, what is left is to flush the folder, which not every system can.
        if (message === undefined) {
          expect(stateOf()).toBe('new');
          continue;
        }
        failures++;
        expect(message).toBe(`cannot write ${path}: ${reason}; what was there before is unchanged`);
        expect(stateOf()).toBe('old');
        expect(namesIn(join(path, '..'))).toEqual(['checkpoint.safetensors']);
      }
      expect(failures).toBeGreaterThanOrEqual(5);
    });
  }

  test('in the clean-up as well leaves the old file', () => {
    writeFileSync(path, before);
    const full: Fault = () => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    };
    expect(() => writeAtomic(path, after, faulty(1, full, true))).toThrow('the disk is full');
    expect(stateOf()).toBe('old');
  });
});

test('a system that takes a few bytes at a time gets them all', () => {
  for (const most of [1, 7, 1000, after.length - 1]) {
    writeFileSync(path, before);
    const slow = {
      ...nodeFs,
      writeSync: (file: number, bytes: Uint8Array, at: number, length: number) =>
        nodeFs.writeSync(file, bytes, at, Math.min(most, length)),
    };
    writeAtomic(path, after, slow as unknown as FileOperations);
    expect(stateOf()).toBe('new');
  }
});

test('the bytes are on the disk before they get the name, and the name before the run goes on', () => {
  const log: string[] = [];
  const traced = Object.fromEntries(
    (['openSync', 'writeSync', 'fsyncSync', 'closeSync', 'renameSync', 'unlinkSync'] as const).map((name) => [
      name,
      (...args: any[]) => {
        log.push(
          name === 'openSync'
            ? `open ${args[0]
                .split('/')
                .at(-1)
                .replace(/[0-9a-f]{16}/, 'HEX')}`
            : name.replace('Sync', ''),
        );
        return (nodeFs[name] as (...all: any[]) => unknown)(...args);
      },
    ]),
  );
  writeAtomic(path, after, traced as unknown as FileOperations);
  const folder = path.split('/').at(-2);
  expect(log).toEqual([
    'open checkpoint.safetensors.HEX.tmp',
    'write',
    'fsync',
    'close',
    'rename',
    `open ${folder}`,
    'fsync',
    'close',
  ]);
});
