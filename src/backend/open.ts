/**
 * The registry of backends, one line per backend. `openBackend` opens a synchronous one at once; `requestBackend` also
 * awaits a device.
 */
import type { Network } from '../../spec/network.ts';
import { checkOneOf, checkWhole, refuse } from '../errors.ts';
import type { Backend } from './backend.ts';
import { createReference } from './reference.ts';
import { canShare } from './wasm/thread.ts';
import { createWasm } from './wasm/wasm.ts';

/** Backends that are there at once. */
const backends: Readonly<Record<string, (network: Network, threads: number) => Backend>> = {
  wasm: createWasm,
  reference: createReference,
};

/** Backends whose device has to be asked for. They are loaded when they are. */
const requested: Readonly<
  Record<string, (network: Network, where: string, samples: number, device?: object) => Promise<Backend>>
> = {
  webgpu: async (network, where, samples, device) => {
    const { requestWebgpu } = await import('./webgpu/request.ts');
    return requestWebgpu(network, where, samples, device);
  },
};

/** A backend that is there at once. */
export type BackendName = 'wasm' | 'reference';

/** Names of the backends that {@link openBackend} opens at once. */
export const backendNames = Object.keys(backends) as BackendName[];

/** Names of all that {@link requestBackend} waits for. */
export const requestNames = [...backendNames, ...Object.keys(requested)];

/** Most threads of a pool. */
export const mostThreads = 256;

/**
 * A backend by name, for one network; of those that need not be asked for.
 *
 * @param threads 1: a backend that works at once. More: a pool, whose results are waited for
 */
export function openBackend(name: string, network: Network, where = 'backend', threads = 1): Backend {
  if (name in requested) {
    refuse(where, 'backend', 'one that works at once', name, `take ${backendNames.join(' or ')}`);
  }
  const known = checkOneOf(where, 'backend', name, backendNames);
  checkWhole(where, 'threads', threads, 1, mostThreads);
  if (threads > 1 && known === 'reference') refuse(where, 'threads', '1 with the reference backend', threads);
  if (threads > 1 && !canShare()) {
    refuse(
      where,
      'threads',
      '1, where threads cannot share memory (no SharedArrayBuffer or no Worker)',
      threads,
    );
  }
  return backends[known](network, threads);
}

/** How a backend is chosen: what {@link requestBackend} takes. */
export interface BackendChoice {
  /** Default `wasm`, or `webgpu` where a device is given. */
  readonly backend?: string | undefined;
  /** Threads of the wasm backend; default 1. The bits are the same for any number. */
  readonly threads?: number | undefined;
  /** A `GPUDevice` of your own for the webgpu backend, which stays yours; else it asks for one. */
  readonly device?: object | undefined;
}

/**
 * A backend by name, for one network; waits for its device where it has one.
 *
 * @param samples most samples of a batch: a device is asked for room for them
 */
export async function requestBackend(
  { device, backend = device ? 'webgpu' : 'wasm', threads = 1 }: BackendChoice,
  network: Network,
  where = 'backend',
  samples = 1,
): Promise<Backend> {
  const known = checkOneOf(where, 'backend', backend, requestNames);
  if (device && !(known in requested))
    refuse(where, 'device', 'backend webgpu beside it', `backend ${known}`);
  if (!(known in requested)) return openBackend(known, network, where, threads);
  if (checkWhole(where, 'threads', threads, 1, mostThreads) > 1)
    refuse(where, 'threads', `1 with the ${known} backend`, threads);
  checkWhole(where, 'samples', samples, 1, 2 ** 32);
  return requested[known](network, where, samples, device);
}
