/** The command reads and writes only regular files. Its temporary files have unpredictable names. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readFile, withFile, writeAtomic } from '../../src/command/files.ts';
import { fresh, freshFolder, namesIn } from './command.ts';

/** A named pipe. Opening it blocks until a writer opens it too. */
function fifo(): string {
  const path = fresh('fifo');
  expect(spawnSync('mkfifo', [path]).status).toBe(0);
  return path;
}

describe('a file that is no regular one', () => {
  test('is not waited for', () => {
    expect(() => readFile(fifo(), 'test')).toThrow(/^test: cannot read .*: it is not a regular file$/);
    expect(() => withFile(fifo(), 'test', () => 0)).toThrow(
      /^test: cannot read .*: it is not a regular file$/,
    );
  });
  test.runIf(existsSync('/dev/full'))('is not replaced', () => {
    // A link protects the device: if this test fails, only the link is replaced.
    const path = fresh('device');
    symlinkSync('/dev/full', path);
    expect(() => writeAtomic(path, Buffer.from('x'))).toThrow(/cannot write .*: it is not a regular file/);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
  });
});

describe('a file that is read part by part', () => {
  const path = fresh('parts');
  writeFileSync(path, 'abcdef');

  test('gives the bytes that are asked for', () => {
    const parts = withFile(path, 'test', (source) => [
      source.length,
      ...[source.subarray(1, 3), source.subarray(0, 6), source.subarray(4, 2)].map((part) =>
        Buffer.from(part).toString(),
      ),
    ]);
    expect(parts).toEqual([6, 'bc', 'abcdef', '']);
  });

  test('is refused where it becomes shorter while it is read', () => {
    const cut = fresh('cut');
    writeFileSync(cut, 'abcdef');
    const read = (): Uint8Array =>
      withFile(cut, 'test', (source) => {
        truncateSync(cut, 4);
        return source.subarray(2, 6);
      });
    expect(read).toThrow(`test: cannot read ${cut}: it became shorter while it was read`);
    expect(() => withFile(fresh('none'), 'test', () => 0)).toThrow(/no such file or folder$/);
  });

  test.runIf(existsSync('/proc/self/fd'))('is closed, whatever happens', () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let k = 0; k < 20; k++) {
      withFile(path, 'test', () => 0);
      expect(() =>
        withFile(path, 'test', () => {
          throw new Error('meanwhile');
        }),
      ).toThrow('meanwhile');
    }
    expect(open()).toBeLessThan(before + 10);
  });
});

test('a link under the temporary name of earlier versions is not followed', () => {
  const folder = freshFolder('folder');
  const path = join(folder, 'model.safetensors');
  const victim = fresh('victim');
  writeFileSync(victim, 'kept');
  symlinkSync(victim, `${path}.tmp`);
  writeAtomic(path, Buffer.from('new'));
  expect(readFileSync(victim, 'utf8')).toBe('kept');
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(namesIn(folder)).toEqual(['model.safetensors', 'model.safetensors.tmp']);
});
