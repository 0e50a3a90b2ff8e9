/** Signals to the launcher of MPICH. Beside CI: one of its jobs in many has not begun within two minutes. */
import { expect, test } from 'vitest';
import { fresh } from '../processes/process.ts';
import { isTraining, lineOf, startMpich } from './job.ts';
import { goesOn, long } from './long.ts';

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s to the mpirun of MPICH, which waits for its ranks',
  async (signal) => {
    const out = fresh();
    const job = startMpich(2, [...long, '--out', out]);
    await isTraining(out);
    job.child.kill(signal);
    expect(await lineOf(job, out)).toMatch(/^stopped; /);
    expect((await job.ended).code).toBe(130);
    await goesOn(out);
  },
);
