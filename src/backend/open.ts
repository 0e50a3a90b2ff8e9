/**
 * The registry of backends, one line per backend. `openBackend` opens one without waiting; `requestBackend` also awaits a
 * device.
 */
import type { Network } from '../../spec/network.ts';
import { checkOneOf, checkOptions, checkWhole, refuse } from '../errors.ts';
import { checkIsPlan } from '../network/network.ts';
import type { Backend, ForwardBackend } from './backend.ts';
import { createReference } from './reference.ts';
import { core } from './wasm/core.ts';
import { createForward } from './wasm/forward.ts';
import { canShare } from './wasm/thread.ts';
import { createWasm } from './wasm/wasm.ts';
import { keysOf } from '../keysOf.ts';

/** A backend that opens without waiting. */
export type BackendName = 'wasm' | 'reference';

/** The name of any backend; `webgpu` awaits a device. */
export type RequestName = BackendName | 'webgpu';

const backends = { wasm: createWasm, reference: createReference } satisfies Record<
  BackendName,
  (network: Network, threads: number) => Backend
>;

/** Backends on a device. Their code is loaded on request. */
const requested = {
  webgpu: async (network: Network, where: string, samples: number, device?: object): Promise<Backend> => {
    const { requestWebgpu } = await import('./webgpu/webgpu.ts');
    return requestWebgpu(network, where, samples, device);
  },
} satisfies Record<Exclude<RequestName, BackendName>, unknown>;

export const backendNames = /* @__PURE__ */ keysOf(backends);

export const deviceNames = /* @__PURE__ */ keysOf(requested);

export const requestNames: readonly RequestName[] = [...backendNames, ...deviceNames];

/** Whether a backend runs the kernels of `assembly/`, on several threads and with vectors of 128 or 256 bits. */
export function runsKernels(name: string): boolean {
  return name === 'wasm';
}

export const mostThreads = 256;

/**
 * Whether a backend computes on a device. A device may round differently, so `verify` compares it with wasm. Such a backend implements only
 * rule `asf`, and its gradients cannot be summed over processes.
 */
export function isOnDevice(name: string): name is (typeof deviceNames)[number] {
  return typeof name === 'string' && Object.hasOwn(requested, name);
}

/**
 * Opens a backend for one network, without waiting.
 *
 * @param threads 1 for a synchronous backend; 2 … 256 for a pool, whose results are awaited
 * @throws InputError if there is no such backend, or if `threads` is above 1 and the backend or the runtime cannot share memory
 * between threads
 */
export function openBackend(name: BackendName, network: Network, where = 'backend', threads = 1): Backend {
  if (isOnDevice(name)) {
    refuse(where, 'backend', 'a synchronous one', name, `take ${backendNames.join(' or ')}`);
  }
  const known = checkOneOf(where, 'backend', name, backendNames);
  checkWhole(where, 'threads', threads, 1, mostThreads);
  checkIsPlan(where, network);
  if (threads > 1 && known === 'reference') refuse(where, 'threads', `1 with the ${known} backend`, threads);
  const alone = '1, where threads cannot share memory (no SharedArrayBuffer or no Worker)';
  if (threads > 1 && !canShare()) refuse(where, 'threads', alone, threads);
  return backends[known](network, threads);
}

/** Opens a synchronous backend for forward passes, without the memory of training. The reference backend always has all stages. */
export function openForward(name: BackendName, network: Network, where: string): ForwardBackend {
  return name === 'wasm' ? createForward(network, core) : openBackend(name, network, where);
}

/** The choice of a backend. */
export interface BackendChoice {
  /** The backend. Default `wasm`, or `webgpu` if a device is given. */
  readonly backend?: RequestName | undefined;
  /** Threads of the wasm backend: 1 … 256. Default 1. The bits are the same for any number. */
  readonly threads?: number | undefined;
  /** Your own `GPUDevice` for the webgpu backend. The backend does not destroy your device. Default: it requests one. */
  readonly device?: object | undefined;
}

/** Whether the choice is a synchronous backend, whose operations are done when they return. */
export function worksAtOnce(
  choice: BackendChoice,
): choice is BackendChoice & { readonly backend?: BackendName | undefined } {
  const { backend = 'wasm', threads = 1, device } = choice;
  return !device && threads === 1 && backendNames.some((name) => name === backend);
}

/**
 * Opens a backend for one network, and awaits its device if it has one.
 *
 * @param samples largest batch, for which the device must have memory
 * @throws InputError if there is no such backend or device
 */
export async function requestBackend(
  choice: BackendChoice,
  network: Network,
  where = 'backend',
  samples = 1,
): Promise<Backend> {
  checkOptions(where, choice);
  const { device, backend = device ? 'webgpu' : 'wasm', threads = 1 } = choice;
  const known = checkOneOf(where, 'backend', backend, requestNames);
  if (device && !isOnDevice(known)) refuse(where, 'device', 'backend webgpu', `backend ${known}`);
  if (!isOnDevice(known)) return openBackend(known, network, where, threads);
  if (checkWhole(where, 'threads', threads, 1, mostThreads) > 1)
    refuse(where, 'threads', `1 with the ${known} backend`, threads);
  checkWhole(where, 'samples', samples, 1, 2 ** 32);
  return requested[known](network, where, samples, device);
}
