/** How many threads the command uses. */
import { availableParallelism } from 'node:os';
import { mostThreads } from '../backend/open.ts';
import { canShare } from '../backend/wasm/pool.ts';

/** What was asked for; else the cores that this process may use, and one where a backend has no threads. */
export function threadsOf(backend: string, asked: number | undefined): number {
  if (asked !== undefined) return asked;
  return backend === 'wasm' && canShare() ? Math.min(mostThreads, availableParallelism()) : 1;
}
