/** Starts jobs with `mpirun`, reads their output, and finds ranks that are still running. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { namesIn, pause, program, start, until, type Outcome, type Running } from '../processes/process.ts';
import { smallNetwork, writeDataset, writeNetwork } from '../command/world.ts';

/** The folder that has the package koffi. */
export const here = fileURLToPath(new URL('.', import.meta.url));

/** The words of a command line without quotes. */
export const words = (line: string): string[] => line.trim().split(/\s+/);

/** Ways to connect the ranks. */
export const ways = {
  'shared memory': words('--mca btl self,sm'),
  TCP: words('--mca btl self,tcp --mca btl_tcp_if_include lo'),
};
export type Way = keyof typeof ways;

/** Allows root, and four ranks on two cores. */
export const mpirun = words('--allow-run-as-root --oversubscribe --bind-to none');

/** A batch of 43 samples has 10 shards of 4 and one of 3. */
export const dataset = writeDataset('small', 90, 30);
export const model = writeNetwork('small', smallNetwork);
export const train = words(
  `train --dataset ${dataset} --model ${model} --epochs 2 --lr 0.00085 --batch 43 --shard 4`,
);
export const quick = [...train, ...words('--epochs 3 --lr-steps 2 --threads 1')];

export const rankOf = (args: readonly string[], own = program): string[] => [
  process.execPath,
  own,
  ...args,
  '--distributed',
  'mpi',
];

export function jobOf(
  ranks: number,
  args: readonly string[],
  way: Way = 'shared memory',
): { command: string; args: string[] } {
  return { command: 'mpirun', args: [...mpirun, ...ways[way], '-np', `${ranks}`, ...rankOf(args)] };
}

export function startJob(
  ranks: number,
  args: readonly string[],
  { way, env = {} }: { way?: Way; env?: object } = {},
): Running {
  const { command, args: all } = jobOf(ranks, args, way);
  return start(all, { command, cwd: here, env });
}

/** Starts a job with MPICH. */
export function startMpich(ranks: number, args: readonly string[]): Running {
  return start(['-np', `${ranks}`, ...rankOf(args)], { command: 'mpirun.mpich', cwd: here });
}

/** Starts ranks that differ: each has its own arguments, and its own words before the command. */
export function startUnlike(
  ranks: readonly { args: readonly string[]; before?: readonly string[]; program?: string }[],
): Running {
  // All ranks start one shell program, because mpirun of Debian's Open MPI 5.0.7 crashes if a command line has two programs.
  const quoted = (all: readonly string[]): string => all.map((word) => `'${word}'`).join(' ');
  const cases = ranks.map(
    ({ args, before = [], program: own }, rank) =>
      `${rank}) exec ${quoted([...before, ...rankOf(args, own)])};;`,
  );
  const choose = `case $OMPI_COMM_WORLD_RANK in ${cases.join(' ')} esac`;
  const all = [...mpirun, ...ways['shared memory'], '-np', `${ranks.length}`, 'sh', '-c', choose];
  return start(all, { command: 'mpirun', cwd: here });
}

/** The last JSON line of a job that succeeded. */
export function lastOf({ code, out, err }: Outcome): Record<string, any> {
  expect(code, err).toBe(0);
  return JSON.parse(out.trimEnd().split('\n').at(-1)!) as Record<string, any>;
}

/** The lines of asf-bp. The NUL and blank that end a text of the launcher are removed from the beginning of the next line. */
export function ourLines({ err }: Outcome): string[] {
  return err
    .split('\n')
    .map((line) => line.replace(/^[\0 ]+/, ''))
    .filter((line) => /^(train: |"--distributed"|rank|stopped; |asf-bp: |cannot write )/.test(line));
}

/** The process ids of the ranks that have `text` as an argument. */
export function ranksWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const own = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
        const isRank = own[1] === program && own.includes(text);
        return isRank && !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The rank of a process, from its environment. */
export function rankOfProcess(pid: number): number {
  const text = readFileSync(`/proc/${pid}/environ`, 'latin1');
  return Number(/(?:^|\0)PMIX_RANK=(\d+)/.exec(text)?.[1] ?? -1);
}

/** Waits for the first checkpoint and 100 ms more, so that the job is in the middle of a batch. */
export async function isTraining(out: string, patience?: number): Promise<void> {
  await until(() => namesIn(out).includes('checkpoint.safetensors'), 'a checkpoint', { patience });
  await pause(100);
}

/** Seconds within which a job with a fault must end. */
export const most = 60;

/** Seconds within which a job must end if a rank reports its own fault. Detecting a silent rank takes at least 20 s. */
export const told = 15;

/** The job must fail in time, print one line, and leave no process. Returns the line. */
export async function lineOf({ ended }: Running, out: string): Promise<string> {
  const began = Date.now();
  const outcome = await ended;
  expect((Date.now() - began) / 1000).toBeLessThan(most);
  expect(outcome.code, outcome.err).not.toBe(0);
  await until(() => ranksWith(out).length === 0, 'the end of all ranks');
  const lines = ourLines(outcome);
  expect(lines, outcome.err).toHaveLength(1);
  return lines[0]!;
}

/** Runs a command that must succeed. */
export function must(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
}
