/** The number of threads of the command. */
import { availableParallelism, cpus } from 'node:os';
import { runsKernels, mostThreads } from '../backend/open.ts';
import { canShare } from '../backend/wasm/thread.ts';
import { refuse } from '../errors.ts';

/** The threads in words; if the cores of this process are unused for lack of shared memory, also the reason. */
export function threadsLine(threads: number, backend: string, asked: number | undefined): string {
  const spared = asked === undefined && runsKernels(backend) && !canShare() && availableParallelism() > 1;
  const reason = spared ? ' (threads cannot share memory here)' : '';
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}${reason}`;
}

/**
 * The requested number, checked; otherwise the cores available to this process, or one if the backend has no threads. Ranks on one machine
 * share the cores, unless the launcher has bound them.
 */
export function threadsOf(where: string, backend: string, asked: number | undefined, ranks = 1): number {
  const kernels = runsKernels(backend);
  if (asked !== undefined && asked > 1 && !kernels) {
    refuse(where, '--threads', `1 with the ${backend} backend`, asked);
  }
  if (asked !== undefined && asked > 1 && !canShare()) {
    refuse(where, '--threads', '1, where threads cannot share memory', asked);
  }
  if (asked !== undefined) return asked;
  const cores = availableParallelism();
  const own = cores < cpus().length ? cores : Math.max(1, Math.floor(cores / ranks));
  return kernels && canShare() ? Math.min(mostThreads, own) : 1;
}
