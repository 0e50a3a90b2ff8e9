/**
 * Waits for other ranks with a time limit, without blocking the event loop. It polls whether the requests are done and, less
 * often, whether processes of the job have ended.
 */
import { readFileSync } from 'node:fs';
import { yieldToEventLoop } from '../yieldToEventLoop.ts';
import type { Mpi, Request } from './library.ts';
import { hasMark, LostError } from './lost.ts';

/** Milliseconds in which a wait polls without a pause. Later it polls once per millisecond, which leaves the cores free. */
const hot = 2;

/** Milliseconds between two checks for lost ranks. */
export const look = 200;

/** Seconds that a rank waits for others: `first` until it knows their computing time, then `least` + `times` × this time. */
export const patience = { first: 600, least: 20, times: 5 };

/** A process of the job on this machine. */
export interface Neighbour {
  readonly rank: number;
  readonly pid: number;
}

/**
 * Milliseconds between a failed call and the check for ended processes. The process that caused the failure may take this
 * long to end. Other ranks wait longer than rank 0, so that rank 0 reports first.
 */
const seen = { first: 150, others: 2000 };

export interface Watch {
  readonly rank: number;
  readonly neighbours: readonly Neighbour[];
  /** Limit in seconds. */
  readonly most: number;
}

/**
 * Waits for requests.
 *
 * @throws LostError when a neighbour has ended, when MPI cannot reach a rank, or when `most` seconds have passed
 */
export async function wait(mpi: Mpi, requests: readonly Request[], watch: Watch): Promise<void> {
  const { rank, neighbours, most } = watch;
  const began = performance.now();
  let looked = began;
  try {
    for (const request of requests) {
      while (!mpi.isDone(request)) {
        const now = performance.now();
        if (now - looked > look) {
          looked = now;
          checkAlive(neighbours);
          const seconds = (now - began) / 1000;
          // Ranks 1 to 5 each wait longer than the rank before, so that rank 0 reports first.
          if (seconds > most + 3 * Math.min(rank, 5)) throw new LostError(silence(seconds));
        }
        await (now - began < hot ? yieldToEventLoop() : pause(1));
      }
    }
  } catch (cause) {
    if (!(cause instanceof LostError) || cause.gone.length > 0) throw cause;
    // The number of a lost rank is more useful than MPI's message.
    await pause(rank === 0 ? seen.first : seen.others);
    checkAlive(neighbours);
    throw cause;
  }
}

function checkAlive(neighbours: readonly Neighbour[]): void {
  const gone = neighbours.filter(({ pid }) => !isAlive(pid));
  if (gone.length === 0) return;
  const ranks = gone.map(({ rank }) => rank);
  const isAnnounced = gone.some(({ pid }) => hasMark(pid));
  throw new LostError(`${namesOf(ranks)} ended while others waited`, ranks, isAnnounced);
}

function silence(seconds: number): string {
  return `no answer from another rank for ${seconds.toFixed(0)} s: it has ended, hangs, or its connection is cut`;
}

/** `rank 3`, `ranks 2, 3`. */
export function namesOf(ranks: readonly number[]): string {
  return `${ranks.length === 1 ? 'rank' : 'ranks'} ${ranks.join(', ')}`;
}

/** Whether a process still runs. An ended process does not, even if its parent has not collected it. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM'; // every error of `process.kill` is an ErrnoException
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    // Either the system has no /proc, or the process has just ended, which the next check will notice.
    return true;
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
