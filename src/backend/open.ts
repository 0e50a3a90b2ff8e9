/** The registry of backends: one line each. */
import type { Network } from '../../spec/network.ts';
import { checkOneOf, checkWhole, refuse } from '../errors.ts';
import type { Backend } from './backend.ts';
import { createReference } from './reference.ts';
import { canShare } from './wasm/pool.ts';
import { createWasm } from './wasm/wasm.ts';

const backends: Readonly<Record<string, (network: Network, threads: number) => Backend>> = {
  wasm: createWasm,
  reference: createReference,
};

export type BackendName = 'wasm' | 'reference';

/** Names of the backends there are. */
export const backendNames = Object.keys(backends) as BackendName[];

/** Most threads of a pool. */
export const mostThreads = 256;

/**
 * A backend by name, for one network.
 *
 * @param threads 1: a backend that works at once. More: a pool, whose results are waited for
 */
export function openBackend(name: string, network: Network, where = 'backend', threads = 1): Backend {
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
