/** The registry of backends: one line each. */
import type { Network } from '../../spec/network.ts';
import { checkOneOf } from '../errors.ts';
import type { Backend } from './backend.ts';
import { createReference } from './reference.ts';
import { createWasm } from './wasm/wasm.ts';

const backends: Readonly<Record<string, (network: Network) => Backend>> = {
  wasm: createWasm,
  reference: createReference,
};

export type BackendName = 'wasm' | 'reference';

/** Names of the backends there are. */
export const backendNames = Object.keys(backends) as BackendName[];

/** A backend by name, for one network. */
export function openBackend(name: string, network: Network, where = 'backend'): Backend {
  return backends[checkOneOf(where, 'backend', name, backendNames)](network);
}
