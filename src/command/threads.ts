/** How many threads the command uses. */
import { availableParallelism } from 'node:os';
import { mostThreads } from '../backend/open.ts';
import { canShare } from '../backend/wasm/pool.ts';
import { refuse } from '../errors.ts';

/** What was asked for, checked; else the cores that this process may use, and one where a backend has no threads. */
export function threadsOf(where: string, backend: string, asked: number | undefined): number {
  if (asked !== undefined && asked > 1 && backend !== 'wasm') {
    refuse(where, '--threads', `1 with the ${backend} backend`, asked);
  }
  if (asked !== undefined && asked > 1 && !canShare()) {
    refuse(where, '--threads', '1, where threads cannot share memory', asked);
  }
  if (asked !== undefined) return asked;
  return backend === 'wasm' && canShare() ? Math.min(mostThreads, availableParallelism()) : 1;
}
