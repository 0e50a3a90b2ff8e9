/** Waiting for other ranks: without blocking, and not for ever. */
import { readFileSync } from 'node:fs';
import { breath } from '../breath.ts';
import type { Mpi, Request } from './library.ts';

/** Milliseconds in which a wait looks without a pause; then once a millisecond, so that the cores are free for others. */
const hot = 2;

/** Milliseconds between two looks at what else may have happened. */
const look = 200;

/** Seconds that a rank waits for others: before it knows how long they compute, and beside ten times that. */
export const patience = { first: 600, least: 30, times: 10 };

/** A process of the job on this machine. */
export interface Neighbour {
  readonly rank: number;
  readonly pid: number;
}

/** Whoever waited in vain: other ranks have ended, or cannot be reached. */
export class LostError extends Error {
  override name = 'LostError';
  /** The ranks, where it is known who. */
  readonly gone: readonly number[];
  constructor(message: string, gone: readonly number[] = []) {
    super(message);
    this.gone = gone;
  }
}

/**
 * Waits for a request.
 *
 * @param most seconds
 * @throws LostError when a neighbour has ended, or after `most` seconds
 */
export async function wait(
  mpi: Mpi,
  requests: readonly Request[],
  neighbours: readonly Neighbour[],
  most: number,
): Promise<void> {
  const began = performance.now();
  let looked = began;
  for (const request of requests) {
    while (!mpi.isDone(request)) {
      const now = performance.now();
      if (now - looked > look) {
        looked = now;
        const gone = neighbours.filter(({ pid }) => !isAlive(pid)).map(({ rank }) => rank);
        if (gone.length > 0) throw new LostError(`${namesOf(gone)} ended while others waited`, gone);
        const seconds = (now - began) / 1000;
        if (seconds > most)
          throw new LostError(
            `no answer of another rank for ${seconds.toFixed(0)} s: it has ended, hangs, or its connection is cut`,
          );
      }
      await (now - began < hot ? breath() : pause());
    }
  }
}

/** `rank 3`, `ranks 2, 3`. */
export function namesOf(ranks: readonly number[]): string {
  return `${ranks.length === 1 ? 'rank' : 'ranks'} ${ranks.join(', ')}`;
}

/** False where a process has ended, also while nobody has taken note of its end. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    // Systems without /proc, or it ended just now: the next look tells.
    return true;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
