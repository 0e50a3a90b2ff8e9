/**
 * Waits for other ranks without blocking and with a time limit. Between turns of the event loop it tests whether calls are done, and
 * whether processes have ended.
 */
import { readFileSync } from 'node:fs';
import { yieldToEventLoop } from '../yieldToEventLoop.ts';
import type { Mpi, Request } from './library.ts';
import { hasMark, LostError } from './lost.ts';

/** Milliseconds for which a wait polls without a pause. Later it polls once per millisecond, which leaves the cores free. */
const hot = 2;

/** Milliseconds between two checks for lost ranks. */
export const look = 200;

/** Seconds that a rank waits for others: `first` until it knows how long they compute, then `least` + `times` × that time. */
export const patience = { first: 600, least: 20, times: 5 };

/** A process of the job on this machine. */
export interface Neighbour {
  readonly rank: number;
  readonly pid: number;
}

/**
 * Milliseconds from a failed call to the check for ended processes. Rank 0 waits long enough to see the end; the others wait longer, so
 * that rank 0 reports first.
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
 * @throws LostError when a neighbour has ended, MPI cannot reach a rank, or after `most` seconds
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
          // Rank 0 reports first.
          if (seconds > most + 3 * Math.min(rank, 5)) throw new LostError(silence(seconds));
        }
        await (now - began < hot ? yieldToEventLoop() : pause(1));
      }
    }
  } catch (cause) {
    if (!(cause instanceof LostError) || cause.gone.length > 0) throw cause;
    // The number of the lost rank helps more than the message of MPI.
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

/** False if a process has ended, even if its parent has not collected it. */
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
    // The system has no /proc, or the process ended just now: the next check notices.
    return true;
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
