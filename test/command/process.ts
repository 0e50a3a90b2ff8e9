/** The command as a user runs it: a process of its own, from the bundle in dist/. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';
import { decodeModel, type ModelFile } from '../../src/modelFile/model.ts';

export const program = fileURLToPath(new URL('../../dist/asf-bp.js', import.meta.url));
if (!existsSync(program)) throw new Error(`${program}: expected the bundle, got nothing; npm run build`);

/** Where this test file works; removed at its end. */
export const home = mkdtempSync(join(tmpdir(), 'asf-bp-'));
afterAll(() => rmSync(home, { recursive: true, force: true }), 60_000);
let folders = 0;

/** A name below {@link home} that nothing has yet. */
export function fresh(name = 'out'): string {
  return join(home, `${name}-${++folders}`);
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A command that runs: its process, and what it has said when it ended. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
}

/** Starts `asf-bp ARGS`, or another program. */
export function start(
  args: readonly string[],
  { cwd = home, command = process.execPath, env = {} }: { cwd?: string; command?: string; env?: object } = {},
): Running {
  const all = command === process.execPath ? [program, ...args] : args;
  const child = spawn(command, all, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
  return { child, ended };
}

/** Runs `asf-bp ARGS` to its end. */
export function asfbp(args: readonly string[], cwd?: string): Promise<Outcome> {
  return start(args, { ...(cwd !== undefined && { cwd }) }).ended;
}

/** Runs `asf-bp ARGS --json`, which must succeed, and returns its lines. */
export async function json(args: readonly string[], cwd?: string): Promise<Record<string, any>[]> {
  return linesOf(await asfbp([...args, '--json'], cwd));
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

/** Waits until `is` holds; the time is that of a hang, not a measurement. */
export async function until(is: () => boolean, what: string): Promise<void> {
  const began = Date.now();
  while (!is()) {
    if (Date.now() - began > 30_000) throw new Error(`${what}: not within 30 s`);
    await new Promise(setImmediate);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
