/** The backend of a command: the requested one, or with `auto` the best available one. */
import type { Network } from '../../spec/network.ts';
import type { RuleName } from '../../spec/rule.ts';
import {
  type Backend,
  backendNames,
  isOnDevice,
  requestNames,
  requestBackend,
  runsKernels,
  worksAtOnce,
  type RequestName,
  mostThreads,
  hasSimd,
  chooseBackend,
  type Choice,
  canShare,
} from '../backend/index.ts';
import { refuse } from '../errors.ts';
import { mostSamples } from '../train/index.ts';
import type { Terminal } from './io.ts';
import { availableParallelism, cpus } from 'node:os';

/** Values of `--backend` in commands that can await a backend. */
export const backendChoices = [...requestNames, 'auto'] as const;

/** Chooses the backend. With `auto`, writes its name and the reason to standard error. */
export async function backendOf(
  where: string,
  stderr: Terminal,
  requested: RequestName | 'auto' = 'wasm',
  rule: RuleName = 'asf',
): Promise<RequestName> {
  if (runsKernels(requested) && !hasSimd())
    refuse(where, '--backend', 'reference, where WebAssembly or its SIMD is missing', requested);
  if (requested !== 'auto') {
    if (rule !== 'asf' && isOnDevice(requested))
      refuse(where, '--rule', `asf with --backend ${requested}`, rule, 'use --backend wasm');
    return requested;
  }
  const { backend, why }: Choice =
    rule === 'asf'
      ? await chooseBackend(where)
      : { backend: 'wasm', why: `rule ${rule} needs ${backendNames.join(' or ')}` };
  stderr.write(`backend auto: ${backend}, since ${why}\n`);
  return backend;
}

/**
 * Opens a backend that needs a device, so that a failure is reported before a folder is created. The device stays open until the caller
 * disposes of the returned backend.
 */
export async function keepDevice(
  where: string,
  backend: RequestName,
  plan: Network,
  batch: number,
): Promise<Pick<Backend, 'dispose'>> {
  if (worksAtOnce({ backend })) return { dispose: () => {} };
  return requestBackend({ backend }, plan, where, Math.max(batch, mostSamples));
}

/** The number of threads as text. If threads cannot share memory and cores stay unused, the text says so. */
export function threadsLine(threads: number, backend: string, requested: number | undefined): string {
  const spared = requested === undefined && runsKernels(backend) && !canShare() && availableParallelism() > 1;
  const reason = spared ? ' (threads cannot share memory here)' : '';
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}${reason}`;
}

/**
 * The checked number of threads. The default for wasm is the number of cores available to this process, or 1 if threads cannot share
 * memory. For other backends it is 1. Ranks on one machine share the cores, unless the launcher binds each rank to some cores.
 */
export function threadsOf(where: string, backend: string, requested: number | undefined, ranks = 1): number {
  const kernels = runsKernels(backend);
  if (requested !== undefined && requested > 1 && !kernels) {
    refuse(where, '--threads', `1 with the ${backend} backend`, requested);
  }
  if (requested !== undefined && requested > 1 && !canShare()) {
    refuse(where, '--threads', '1, where threads cannot share memory', requested);
  }
  if (requested !== undefined) return requested;
  const cores = availableParallelism();
  const usable = cores < cpus().length ? cores : Math.max(1, Math.floor(cores / ranks));
  return kernels && canShare() ? Math.min(mostThreads, usable) : 1;
}
