/**
 * Workspaces for single samples. The predictions of a network share one workspace until its weights are replaced, and its sessions share
 * another. Before a session steps, its state replaces the state of the previous session in the buffers.
 */
import type { Network } from '../../spec/network.ts';
import type { Buffer, ForwardBackend } from '../backend/backend.ts';
import { Workspace } from '../backend/workspace.ts';
import { refuse } from '../errors.ts';
import { asPlan, checkIsNetwork, trainedWeights, type SpikingNetwork } from '../network/network.ts';
import { checkRoom } from './memory.ts';

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
   * Prepares the buffers for a session. The previous session first saves its state.
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
 * @param use `stepwise` for one step per call and trains of one step; for the whole window, `layers` and `maps` of {@link checkRoom}
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
