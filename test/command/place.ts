/** The folder of a test of the command, and readers for the output and the files of a command. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { writeNpz } from '../../src/formats/npz.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';
import { decodeModel, type ModelFile } from '../../src/modelFile/model.ts';

/** The folder of the current test file; removed after the tests of that file. */
export let home: string;
let folders = 0;

/** Creates the folder of a test file. */
export function makeHome(): void {
  const own = mkdtempSync(join(tmpdir(), 'asf-bp-'));
  home = own;
  folders = 0;
  afterAll(() => rmSync(own, { recursive: true, force: true }), 60_000);
}
makeHome();

export function fresh(name = 'out'): string {
  return join(home, `${name}-${++folders}`);
}

export function freshFolder(name?: string): string {
  const folder = fresh(name);
  mkdirSync(folder);
  return folder;
}

export function npzOf(arrays: Readonly<Record<string, AnyTensor>>, path = `${fresh('arrays')}.npz`): string {
  writeFileSync(path, writeNpz(Object.entries(arrays)));
  return path;
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** The JSON objects that a successful run printed, one per line and nothing else. */
export function linesOf({ code, out, err }: Outcome): Record<string, any>[] {
  expect(code, err).toBe(0);
  expect(out.endsWith('\n')).toBe(true);
  return out
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      const value: unknown = JSON.parse(line);
      expect(value).toBeTypeOf('object');
      return value as Record<string, any>;
    });
}

/** The only line of a command that refused. The exit code is 2, and there is no other output and no stack. */
export function refusalOf({ code, out, err }: Outcome): string {
  expect({ code, out }, err).toEqual({ code: 2, out: '' });
  expect(err.endsWith('\n')).toBe(true);
  expect(err.slice(0, -1)).not.toContain('\n');
  expect(err).not.toContain('    at ');
  return err.slice(0, -1);
}

/** The sorted names in a folder; none if the folder does not exist. */
export function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

export function checkpointOf(out: string): ModelFile {
  return modelOf(join(out, 'checkpoint.safetensors'));
}

export function modelOf(path: string): ModelFile {
  return decodeModel(readFileSync(path), path);
}
