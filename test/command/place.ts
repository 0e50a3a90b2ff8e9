/** Where a test of the command works, what the command answered, and what it left in a folder. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { decodeModel, type ModelFile } from '../../src/modelFile/model.ts';

/** Where a test file works; removed at its end. */
export let home: string;
let folders = 0;

/** Makes it. */
export function makeHome(): void {
  const own = mkdtempSync(join(tmpdir(), 'asf-bp-'));
  home = own;
  folders = 0;
  afterAll(() => rmSync(own, { recursive: true, force: true }), 60_000);
}
makeHome();

/** A name below {@link home} that nothing has yet. */
export function fresh(name = 'out'): string {
  return join(home, `${name}-${++folders}`);
}

/** A new folder below {@link home}. */
export function freshFolder(name?: string): string {
  const folder = fresh(name);
  mkdirSync(folder);
  return folder;
}

/** How a command ended, and what it wrote. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** The JSON objects on standard output, one a line and nothing else, of a run that succeeded. */
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

/** The one line with which the command refused: exit code 2, nothing on standard output, no stack. */
export function refusalOf({ code, out, err }: Outcome): string {
  expect({ code, out }, err).toEqual({ code: 2, out: '' });
  expect(err.endsWith('\n')).toBe(true);
  expect(err.slice(0, -1)).not.toContain('\n');
  expect(err).not.toContain('    at ');
  return err.slice(0, -1);
}

/** Names in a folder; none where there is no folder. */
export function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** The checkpoint of a run, read whole. */
export function checkpointOf(out: string): ModelFile {
  return modelOf(join(out, 'checkpoint.safetensors'));
}

export function modelOf(path: string): ModelFile {
  return decodeModel(readFileSync(path), path);
}
