/** Runs programs of other languages, and runs `asf-bp` on their output. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const examples = join(root, 'examples', 'oracle');
export const authorsFile = (name: string): string => join(root, 'test', 'fixtures', 'authors', `${name}.npz`);
export const home = mkdtempSync(join(tmpdir(), 'asf-bp-foreign-'));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function run(program: string, args: readonly string[], input?: string): Ran {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: home,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    ...(input !== undefined && { input }),
  });
  return { code: status, out: stdout ?? '', err: (stderr ?? '') + (error ? error.message : '') };
}

const works = (program: string, ...args: string[]): boolean => run(program, args).code === 0;

/** A Python with Debian's libraries. The first Python in the path may lack them. */
export const python =
  ['python3', '/usr/bin/python3'].find((name) => works(name, '-c', 'import numpy, torch, h5py')) ?? 'python3';

/** Debian packages that are not installed. */
export function missing(): string[] {
  const there = {
    'python3-numpy': works(python, '-c', 'import numpy'),
    'python3-torch': works(python, '-c', 'import torch'),
    'python3-h5py': works(python, '-c', 'import h5py'),
    gcc: works('gcc', '--version'),
    iverilog: works('iverilog', '-V'),
  };
  return Object.entries(there).flatMap(([name, is]) => (is ? [] : [name]));
}

/** Runs an example program that writes a file, and returns the path of the file. */
export function make(program: string, name: string, ...more: readonly string[]): string {
  const file = join(home, `${name}.npz`);
  const { code, err } = run(python, [join(examples, program), file, ...more]);
  if (code !== 0) throw new Error(`${program}: ${err}`);
  return file;
}

export const asfbp = (...args: readonly string[]): Ran =>
  run(process.execPath, [join(root, 'dist', 'asf-bp.js'), ...args]);

/**
 * Runs `check`. Returns the exit code, the first stage that differs by itself, the named mistakes, and the choices under which
 * everything agrees.
 */
export function verdict(
  file: string,
  ...more: readonly string[]
): {
  code: number | null;
  stage?: string;
  named: Set<string>;
  otherChoices?: Report['otherChoices'] | undefined;
} {
  const { code, out, err } = asfbp('check', file, '--json', ...more);
  if (code === 2) throw new Error(err);
  const { steps, otherChoices } = JSON.parse(out) as Report;
  const first = steps.flatMap(({ findings }) => findings).find(({ verdict: own }) => own === 'differs');
  const named = steps.flatMap(({ diagnoses }) => diagnoses).flatMap(({ explains }) => explains);
  return {
    code,
    ...(first && { stage: first.stage }),
    named: new Set(named.map(({ id }) => id)),
    otherChoices,
  };
}

interface Report {
  readonly otherChoices?: Readonly<Record<string, string>>;
  readonly steps: readonly {
    readonly findings: readonly {
      readonly stage: string;
      readonly verdict: string;
    }[];
    readonly diagnoses: readonly { readonly explains: readonly { readonly id: string }[] }[];
  }[];
}
