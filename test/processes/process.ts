/** Runs the command as a user does: in a separate process, from the bundle in dist/. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { home, linesOf, type Outcome } from '../command/place.ts';

export * from '../command/place.ts';

export const program = fileURLToPath(new URL('../../dist/asf-bp.js', import.meta.url));
if (!existsSync(program)) throw new Error(`${program}: expected the bundle, got nothing; npm run build`);

/** A running command: its process, and its output once it has ended. */
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

export function asfbp(args: readonly string[], cwd?: string): Promise<Outcome> {
  return start(args, { ...(cwd !== undefined && { cwd }) }).ended;
}

/** Runs `asf-bp ARGS --json`, which must succeed, and returns its lines. */
export async function json(args: readonly string[], cwd?: string): Promise<Record<string, any>[]> {
  return linesOf(await asfbp([...args, '--json'], cwd));
}

/**
 * Waits until `is` holds. The time limit detects hangs.
 *
 * @param every milliseconds between checks
 */
export async function until(
  is: () => boolean,
  what: string,
  { every = 1, patience = 120_000 }: { every?: number; patience?: number | undefined } = {},
): Promise<void> {
  const began = Date.now();
  while (!is()) {
    if (Date.now() - began > patience) throw new Error(`${what}: not within ${patience / 1000} s`);
    await pause(every);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
