/**
 * Workspaces for single samples. The predictions of a network share one workspace until its weights are replaced, and its sessions share
 * another. Before a session steps, its state replaces the state of the previous session in the buffers.
 */
import { neuronsOf, type Network } from '../../spec/network.ts';
import type { Buffer, ForwardBackend } from '../backend/backend.ts';
import { bytesOfBuffers, forwardBuffers, Workspace } from '../backend/workspace.ts';
import { refuse } from '../errors.ts';
import { asPlan, checkIsNetwork, trainedWeights, type SpikingNetwork } from '../network/network.ts';

/** A source of backends. Workspaces are cached by its name. */
export interface BackendSource {
  readonly name: string;
  readonly open: (network: Network, where: string) => ForwardBackend;
}

/** A workspace on a synchronous backend, with a network's weights. */
export class SampleWorkspace extends Workspace {
  readonly weights: Float32Array[];
  /** Copies the state from the buffers to the session that is using them. */
  private leave: ((workspace: SampleWorkspace) => void) | undefined;
  private readonly readSync: NonNullable<ForwardBackend['readSync']>;

  /** @throws InputError if the backend is not synchronous */
  constructor(where: string, backend: ForwardBackend, weights: Float32Array[]) {
    const { readSync } = backend;
    if (!readSync) refuse(where, 'backend', 'a synchronous one', backend.name);
    super(backend);
    this.readSync = readSync;
    this.weights = weights;
    this.writeWeights(weights);
  }

  /** A copy of one sample's values. */
  read(buffer: Buffer): Float32Array {
    return this.readSync(buffer) as Float32Array; // only reports contain doubles
  }

  /**
   * Lets the previous session save its state, so that the buffers are free for another session.
   * @param leave a function that saves the state of the new session later
   */
  enter(leave?: (workspace: SampleWorkspace) => void): void {
    if (this.leave !== leave) this.leave?.(this);
    this.leave = leave;
  }
}

const cache = new WeakMap<SpikingNetwork, Map<string, SampleWorkspace>>();

/**
 * Returns the workspace of a network.
 *
 * @param use `stepwise` if each call runs one step; `layers` and `maps` as for {@link checkRoom} if each runs the whole window
 * @throws InputError if the network has no weights, or the backend is not synchronous
 */
export function workspaceOf(
  where: string,
  net: SpikingNetwork,
  { name, open }: BackendSource,
  use: { readonly layers: readonly number[]; readonly maps?: number } | 'stepwise',
): SampleWorkspace {
  checkIsNetwork(where, net);
  const isStepwise = use === 'stepwise';
  const { layers, maps } = isStepwise ? { layers: [] } : use;
  const known = cache.get(net) ?? new Map<string, SampleWorkspace>();
  cache.set(net, known);
  const key = `${name}${isStepwise ? ' stepwise' : ''}`;
  const old = known.get(key);
  if (old && old.weights === net.weights) {
    if (layers.length > 0) checkRoom(where, old.backend, layers, maps);
    return old;
  }
  const weights = trainedWeights(where, net);
  old?.enter();
  old?.backend.dispose();
  known.delete(key);
  const backend = open(isStepwise ? asPlan({ ...net.plan, T: 1 }, net.description) : net.plan, where);
  try {
    checkRoom(where, backend, layers, maps);
    const workspace = new SampleWorkspace(where, backend, weights);
    known.set(key, workspace);
    return workspace;
  } catch (error) {
    backend.dispose();
    throw error;
  }
}

/**
 * Checks that the buffers of one sample, and the copies of the results, fit into the memory available to this process.
 *
 * @param layers layers whose maps are returned for each step
 * @param maps number of maps per step and layer, those in the backend included
 */
export function checkRoom(
  where: string,
  backend: ForwardBackend,
  layers: readonly number[] = [],
  maps = 1,
): void {
  const { network } = backend;
  let { all: bytes } = bytesOfBuffers(backend, forwardBuffers(network, { batch: 1, chunk: 1 }));
  const copied = (n: number): number => 4 * neuronsOf(n ? network.layers[n - 1].output : network.input);
  // FI and FO of each layer are copied too.
  for (const { n } of network.layers) bytes += 2 * copied(n);
  for (const n of layers) bytes += maps * network.T * copied(n);
  const most = Math.min(2 ** 32, availableMemory());
  const needed = `${gigabytes(bytes)} GiB of memory for a sample`;
  if (bytes > most) refuse(where, 'network', needed, gigabytes(most), 'take a shorter window');
}

export function gigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(2);
}

/** Bytes available to this process, as far as the runtime knows. */
export function availableMemory(): number {
  return globalThis.process?.availableMemory?.() || Infinity;
}
