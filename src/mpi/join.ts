/** Start and end of a rank: loads the library, finds the other ranks, and leaves the job. */
import { oneLine } from '../printable.ts';
import { hostname } from 'node:os';
import { loadMpi } from './library.ts';
import { leaveMark, LostError } from './lost.ts';
import { ProcessGroupError } from '../train/processGroup.ts';
import { Ranks } from './ranks.ts';
import { look, pause } from './waiting.ts';
import { messageOf } from '../errors.ts';

/** The launcher should end this process within so many ms after `MPI_Abort`. If it does not, the process ends itself. */
const grace = 3000;

/**
 * Milliseconds before this process requests the end of the job, so that the launcher can first notice a lost machine. Otherwise the
 * launcher forwards the request to that machine, and waits until the kernel drops the connection (on Linux by default 15 minutes).
 */
const notice = 15_000;

/**
 * Joins the MPI job of this process.
 *
 * @param interrupt stops this rank; all ranks then stop after the current batch
 * @throws InputError with the package to install or the command to call
 */
export async function join(interrupt: AbortSignal): Promise<Ranks> {
  const ranks = new Ranks(await loadMpi(), interrupt);
  const all = (await ranks.texts(JSON.stringify([hostname(), process.pid]))).map(
    (text) => JSON.parse(text) as [string, number], // the ranks themselves wrote it
  );
  ranks.others = all.flatMap(([host, pid], rank) =>
    host === hostname() && rank !== ranks.rank ? [{ rank, pid }] : [],
  );
  ranks.hosts = new Set(all.map(([host]) => host)).size;
  return ranks;
}

/**
 * Runs a rank's work. If a rank fails, all fail, and rank 0 reports the error. If ranks are lost, the lowest remaining rank of each machine
 * reports this, and the job ends.
 *
 * @param next advice for the user after a rank was lost
 * @returns the exit code of `work`, or 2
 */
export async function asRank(ranks: Ranks, work: () => Promise<number>, next: () => string): Promise<number> {
  try {
    try {
      const code = await work();
      await ranks.end();
      ranks.mpi.finish();
      return code;
    } catch (cause) {
      if (cause instanceof LostError) throw cause;
      const heard = cause instanceof ProcessGroupError ? cause : await ranks.fail(textOf(cause));
      // Reported before any rank leaves, because mpirun kills the others at the first exit code that is not 0.
      if (ranks.rank === 0) process.stderr.write(`${oneLine(heard.message)}\n`);
      ranks.mpi.finish();
      return 2;
    }
  } catch (cause) {
    if (!(cause instanceof LostError)) throw cause;
    return await leave(ranks, cause, next());
  }
}

/** Ends the job. Also ends this process, if the launcher does not. */
async function leave(ranks: Ranks, { message, gone, isAnnounced }: LostError, next: string): Promise<never> {
  const speaks = Math.min(
    ranks.rank,
    ...ranks.others.filter(({ rank }) => !gone.includes(rank)).map(({ rank }) => rank),
  );
  if (!isAnnounced && speaks === ranks.rank) process.stderr.write(`train: ${oneLine(message)}; ${next}\n`);
  leaveMark();
  if (ranks.hosts > 1 && gone.length === 0) await endOfLauncher(notice);
  // MPI_Abort and SIGKILL leave no time for exit handlers, such as the one that releases a lock.
  process.emit('exit', 2);
  ranks.mpi.abort(2);
  await pause(grace);
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
}

/** Waits until the process that started this one has ended, but no longer than `most` milliseconds. */
async function endOfLauncher(most: number): Promise<void> {
  const parent = process.ppid;
  const began = performance.now();
  while (process.ppid === parent && performance.now() - began < most) await pause(look);
}

function textOf(cause: unknown): string {
  return messageOf(cause).split('\n')[0];
}
