/** Workspaces for one sample, kept from call to call until the network's weights are replaced. */
import type { Network } from '../../spec/network.ts';
import type { Buffer, ForwardBackend } from '../backend/backend.ts';
import { Workspace } from '../backend/workspace.ts';
import { refuse } from '../errors.ts';
import { checkIsNetwork, checkWeights, type SpikingNetwork } from '../network/network.ts';

/** Opens a backend for one network, on behalf of `where`. */
type Opener = (network: Network, where: string) => ForwardBackend;

/** A backend by name, which workspaces are kept by. */
export interface BackendSource {
  readonly name: string;
  readonly open: Opener;
}

/** A workspace of a backend that works at once, with a network's weights. */
export class SampleWorkspace extends Workspace {
  readonly weights: Float32Array[];
  /** Whose state lies in the buffers; it leaves before another one's is laid in. */
  tenant: Tenant | undefined;
  private readonly readSync: NonNullable<ForwardBackend['readSync']>;

  /** @throws InputError where the backend does not work at once */
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
    return this.readSync(buffer) as Float32Array;
  }

  /** Sends the tenant away. */
  evict(): void {
    this.tenant?.leave(this);
    this.tenant = undefined;
  }
}

/** Leaves state in a workspace between two calls. */
export interface Tenant {
  /** Takes its state out of the buffers. */
  leave(workspace: SampleWorkspace): void;
}

const kept = new WeakMap<SpikingNetwork, Map<string, SampleWorkspace>>();

/**
 * The workspace of a network.
 *
 * @param stepwise true: for one step per call, so that trains are one map
 * @throws InputError where the network has no weights, or the backend does not work at once
 */
export function workspaceOf(
  where: string,
  net: SpikingNetwork,
  { name, open }: BackendSource,
  stepwise: boolean,
): SampleWorkspace {
  checkIsNetwork(where, net);
  const { plan, weights } = net;
  if (!weights) refuse(where, 'network', 'trained weights', undefined, 'train it or load a model');
  const known = kept.get(net) ?? new Map<string, SampleWorkspace>();
  kept.set(net, known);
  const key = `${name}${stepwise ? ' stepwise' : ''}`;
  const old = known.get(key);
  if (old?.weights === weights) return old;
  old?.evict();
  old?.backend.dispose();
  known.delete(key);
  checkWeights(where, plan, weights);
  const backend = open(stepwise ? { ...plan, T: 1 } : plan, where);
  try {
    const workspace = new SampleWorkspace(where, backend, weights);
    known.set(key, workspace);
    return workspace;
  } catch (error) {
    backend.dispose();
    throw error;
  }
}
