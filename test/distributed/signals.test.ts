/** Signals that ask for an end, to a rank and to its launcher: a checkpoint, a line, and the run goes on to the unbroken digest. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fresh, start } from '../processes/process.ts';
import { here, isTraining, jobOf, lineOf, ranksWith, startJob, until } from './job.ts';
import { goesOn, long, pidOf } from './long.ts';

test.each(['SIGTERM', 'SIGINT', 'SIGUSR2'] as const)(
  '%s to one rank, as srun gives it: checkpoint, then all end',
  async (signal) => {
    const out = fresh();
    const job = startJob(3, [...long, '--out', out]);
    await isTraining(out);
    process.kill(pidOf(out, 1), signal);
    expect(await lineOf(job, out)).toMatch(
      /^stopped; go on with: mpirun -np 3 npx asf-bp train --out .* --resume --distributed mpi$/,
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
