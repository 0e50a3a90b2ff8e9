/** Starts jobs of `mpirun`, reads their output, and finds ranks that are still running. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { namesIn, pause, program, start, until, type Outcome, type Running } from '../processes/process.ts';
import { smallNetwork, writeDataset, writeNetwork } from '../command/world.ts';

/** The folder of koffi. */
export const here = fileURLToPath(new URL('.', import.meta.url));

/** The ways in which ranks communicate. */
export const ways = {
  'shared memory': ['--mca', 'btl', 'self,sm'],
  TCP: ['--mca', 'btl', 'self,tcp', '--mca', 'btl_tcp_if_include', 'lo'],
} as const;
export type Way = keyof typeof ways;

/** Allows root, and four ranks on two cores. */
export const mpirun = ['--allow-run-as-root', '--oversubscribe', '--bind-to', 'none'];

/** 11 shards of 4 per batch, and a last batch of 3, so that nothing divides evenly. */
export const dataset = writeDataset('small', 90, 30);
export const model = writeNetwork('small', smallNetwork);
export const train = [
  'train',
  '--dataset',
  dataset,
  '--model',
  model,
  '--epochs',
  '2',
  '--lr',
  '0.00085',
  '--batch',
  '43',
  '--shard',
  '4',
];
export const quick = [...train, '--epochs', '3', '--lr-steps', '2', '--threads', '1'];

/** A rank's command. */
export const rankOf = (args: readonly string[], own = program): string[] => [
  process.execPath,
  own,
  ...args,
  '--distributed',
  'mpi',
];

/** The command of a job of `ranks` ranks. */
export function jobOf(
  ranks: number,
  args: readonly string[],
  way: Way = 'shared memory',
): { command: string; args: string[] } {
  return { command: 'mpirun', args: [...mpirun, ...ways[way], '-np', `${ranks}`, ...rankOf(args)] };
}

/** Starts such a job. */
export function startJob(
  ranks: number,
  args: readonly string[],
  { way, env = {} }: { way?: Way; env?: object } = {},
): Running {
  const { command, args: all } = jobOf(ranks, args, way);
  return start(all, { command, cwd: here, env });
}

/** Starts such a job with MPICH. */
export function startMpich(ranks: number, args: readonly string[]): Running {
  return start(['-np', `${ranks}`, ...rankOf(args)], { command: 'mpirun.mpich', cwd: here });
}

/** Starts ranks that differ: each has its arguments and the beginning of its command. */
export function startUnlike(
  ranks: readonly { args: readonly string[]; before?: readonly string[]; program?: string }[],
): Running {
  // All ranks have one program, since mpirun of Debian's Open MPI 5.0.7 crashes if the command line has two.
  const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');
  const cases = ranks.map(
    ({ args, before = [], program: own }, rank) =>
      `${rank}) exec ${quoted([...before, ...rankOf(args, own)])};;`,
  );
  const choose = `case $OMPI_COMM_WORLD_RANK in ${cases.join(' ')} esac`;
  const all = [...mpirun, ...ways['shared memory'], '-np', `${ranks.length}`, 'sh', '-c', choose];
  return start(all, { command: 'mpirun', cwd: here });
}

/** The last line of a job with --json that succeeded. */
export function lastOf({ code, out, err }: Outcome): Record<string, any> {
  expect(code, err).toBe(0);
  return JSON.parse(out.trimEnd().split('\n').at(-1)!) as Record<string, any>;
}

/** Our lines of the output. The launcher ends its lines with a NUL and a blank, which are removed from the beginning of ours. */
export function ourLines({ err }: Outcome): string[] {
  return err
    .split('\n')
    .map((line) => line.replace(/^[\0 ]+/, ''))
    .filter((line) => /^(train: |"--distributed"|rank|stopped; |asf-bp: |cannot write )/.test(line));
}

/** Running ranks with a text among their arguments. */
export function ranksWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
        const isRank = words[1] === program && words.includes(text);
        return isRank && !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The rank of a process, from the environment that its launcher set. */
export function rankOfProcess(pid: number): number {
  const text = readFileSync(`/proc/${pid}/environ`, 'latin1');
  return Number(/(?:^|\0)PMIX_RANK=(\d+)/.exec(text)?.[1] ?? -1);
}

/** Waits for the first checkpoint and a moment more, until the job is between the batches of an epoch. */
export async function isTraining(out: string, patience?: number): Promise<void> {
  await until(() => namesIn(out).includes('checkpoint.safetensors'), 'a checkpoint', { patience });
  await pause(100);
}

/** Seconds in which a job with a fault must have ended. */
export const most = 60;

/** Seconds in which it must have ended if a rank reports the fault. Without a report it takes at least 20. */
export const told = 15;

/** Checks that the job ends in time, prints one line and leaves no rank. Returns the line. */
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
