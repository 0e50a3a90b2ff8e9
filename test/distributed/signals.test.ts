/**
 * After a signal to a rank or to its launcher, the job ends with a checkpoint and one line. The resumed run has the digest of
 * an uninterrupted run.
 */
import { readFileSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fresh, start, until, type Running } from '../processes/process.ts';
import { here, isTraining, jobOf, lineOf, ranksWith, startJob, startMpich } from './job.ts';
import { goesOn, long, pidOf } from './long.ts';

test.each(['SIGTERM', 'SIGINT', 'SIGUSR2'] as const)(
  '%s to one rank, as srun gives it: checkpoint, then all end',
  async (signal) => {
    const out = fresh();
    const job = startJob(3, [...long, '--out', out]);
    await isTraining(out);
    process.kill(pidOf(out, 1), signal);
    expect(await lineOf(job, out)).toMatch(
      /^stopped; resume with: mpirun -np 3 npx asf-bp train --out .* --resume --distributed mpi$/,
    );
    await goesOn(out);
  },
);

test('SIGUSR2 to mpirun, which hands it on: checkpoint, then all end', async () => {
  const out = fresh();
  const job = startJob(2, [...long, '--out', out]);
  await isTraining(out);
  job.child.kill('SIGUSR2');
  expect(await lineOf(job, out)).toMatch(/^stopped; /);
  await goesOn(out);
});

test('SIGTERM to mpirun, which kills in a quarter of a second and takes no more words: the last checkpoint is whole', async () => {
  const out = fresh();
  const job = startJob(2, [...long, '--out', out]);
  await isTraining(out);
  job.child.kill('SIGTERM');
  expect((await job.ended).code).not.toBe(0);
  await until(() => ranksWith(out).length === 0, 'the end of all ranks');
  await goesOn(out);
});

test('SIGTERM to the script of docs/cluster.md, which makes another signal of it', async () => {
  const text = readFileSync(new URL('../../docs/cluster.md', import.meta.url), 'utf8');
  const [, script] = /^```sh\n(mpirun [^`]* &\njob=[^`]*)^```$/m.exec(text)!;
  const out = fresh();
  const { command, args } = jobOf(2, [...long, '--out', out]);
  const called = [command, ...args].map((word) => `'${word}'`).join(' ');
  const job = start(['-c', script!.replace(/^mpirun .* &$/m, () => `${called} &`)], {
    command: 'sh',
    cwd: here,
  });
  await isTraining(out);
  job.child.kill('SIGTERM');
  expect(await lineOf(job, out)).toMatch(/^stopped; /);
  expect((await job.ended).code).toBe(130);
  await goesOn(out);
});

/** Starts a job of MPICH, up to three times, because its launcher sometimes fails. */
async function trainingByMpich(out: string, tries = 3): Promise<Running> {
  const job = startMpich(2, [...long, '--out', out]);
  const isBegun = isTraining(out, tries > 1 ? 30_000 : undefined);
  try {
    await isBegun;
    return job;
  } catch (cause) {
    if (tries === 1) throw cause;
    job.child.kill('SIGKILL');
    for (const pid of ranksWith(out)) process.kill(pid, 'SIGKILL');
    rmSync(out, { recursive: true, force: true });
    console.warn(`mpirun.mpich did not begin its job: ${tries - 1} more tries`);
    return trainingByMpich(out, tries - 1);
  }
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s to the mpirun of MPICH, which waits for its ranks',
  async (signal) => {
    const out = fresh();
    const job = await trainingByMpich(out);
    job.child.kill(signal);
    expect(await lineOf(job, out)).toMatch(/^stopped; /);
    expect((await job.ended).code).toBe(130);
    await goesOn(out);
  },
);
