/**
 * The workspace of one sample, kept between calls until the network's weights are replaced. Sessions of a network share one: a session
 * that steps loads its state into the buffers, and takes it out before another one steps.
 */
import { neuronsOf, type Network } from '../../spec/network.ts';
import type { Buffer, ForwardBackend } from '../backend/backend.ts';
import { forwardBuffers, Workspace } from '../backend/workspace.ts';
import { refuse } from '../errors.ts';
import { asPlan, checkIsNetwork, trainedWeights, type SpikingNetwork } from '../network/network.ts';

/** A source of backends for one network: workspaces are kept by its name. */
export interface BackendSource {
  readonly name: string;
  readonly open: (network: Network, where: string) => ForwardBackend;
}

/** A workspace on a synchronous backend, with a network's weights. */
export class SampleWorkspace extends Workspace {
  readonly weights: Float32Array[];
  /** Takes the state that is in the buffers out of them, for the session whose state it is. */
  private leave: ((workspace: SampleWorkspace) => void) | undefined;
  private readonly readSync: NonNullable<ForwardBackend['readSync']>;

  /** @throws InputError if the backend is not synchronous */
  constructor(where: string, backend: ForwardBackend, weights: Float32Array[]) {
    const { readSync } = backend;
    if (!readSync) refuse(where, 'backend', 'one that works at once', backend.name);
    super(backend);
    this.readSync = readSync;
    this.weights = weights;
    this.writeWeights(weights);
  }

  /** A copy of one sample's values. */
  read(buffer: Buffer): Float32Array {
    return this.readSync(buffer) as Float32Array; // only a report has doubles
  }

  /** Makes way for the session that leaves by `leave`. */
  enter(leave?: (workspace: SampleWorkspace) => void): void {
    if (this.leave !== leave) this.leave?.(this);
    this.leave = leave;
  }
}

const kept = new WeakMap<SpikingNetwork, Map<string, SampleWorkspace>>();

/**
 * The workspace of a network.
 *
 * @param use for the window, with the layers of which maps are returned and the number of these, as for {@link checkRoom}; or for one
 *   step per call, so that trains are one map
 * @throws InputError if the network has no weights, or the backend is not synchronous
 */
export function workspaceOf(
  where: string,
  net: SpikingNetwork,
  { name, open }: BackendSource,
  use: { readonly shown: readonly number[]; readonly maps?: number } | 'stepwise',
): SampleWorkspace {
  checkIsNetwork(where, net);
  const isStepwise = use === 'stepwise';
  const { shown, maps } = isStepwise ? { shown: [] } : use;
  const known = kept.get(net) ?? new Map<string, SampleWorkspace>();
  kept.set(net, known);
  const key = `${name}${isStepwise ? ' stepwise' : ''}`;
  const old = known.get(key);
  if (old && old.weights === net.weights) {
    if (shown.length > 0) checkRoom(where, old.backend, shown, maps);
    return old;
  }
  const weights = trainedWeights(where, net);
  old?.enter();
  old?.backend.dispose();
  known.delete(key);
  const backend = open(isStepwise ? asPlan({ ...net.plan, T: 1 }, net.description) : net.plan, where);
  try {
    checkRoom(where, backend, shown, maps);
    const workspace = new SampleWorkspace(where, backend, weights);
    known.set(key, workspace);
    return workspace;
  } catch (error) {
    backend.dispose();
    throw error;
  }
}

/**
 * Checks that the buffers of one sample, and the copies of what is returned, fit into the memory available to this process.
 *
 * @param shown layers of which maps of each step are returned
 * @param maps maps per step and such layer, in the backend and as copies
 */
export function checkRoom(
  where: string,
  { network, bytesOf, scratchBytes = 0 }: ForwardBackend,
  shown: readonly number[] = [],
  maps = 1,
): void {
  let bytes = scratchBytes;
  for (const { role, n } of forwardBuffers(network, { batch: 1, group: 1 })) bytes += bytesOf?.(role, n) ?? 0;
  const copied = (n: number): number => 4 * neuronsOf(n ? network.layers[n - 1].output : network.input);
  // FI and FO are returned of each layer.
  for (const { n } of network.layers) bytes += 2 * copied(n);
  for (const n of shown) bytes += maps * network.T * copied(n);
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
