/**
 * Workspaces for one sample, kept between calls until the network's weights are replaced. Sessions of a network share one
 * workspace: a session that steps loads its state into the buffers, and takes it out before another one steps.
 */
import type { Network } from '../../spec/network.ts';
import type { Buffer, ForwardBackend } from '../backend/backend.ts';
import { Workspace } from '../backend/workspace.ts';
import { refuse } from '../errors.ts';
import { asPlan, checkIsNetwork, trainedWeights, type SpikingNetwork } from '../network/network.ts';
import { checkRoom } from './room.ts';

/** Opens a backend for one network, on behalf of `where`. */
type Opener = (network: Network, where: string) => ForwardBackend;

/** A source of backends: workspaces are kept by its name. */
export interface BackendSource {
  readonly name: string;
  readonly open: Opener;
}

/** A workspace on a synchronous backend, with a network's weights. */
export class SampleWorkspace extends Workspace {
  readonly weights: Float32Array[];
  /** The tenant whose state is in the buffers; it leaves before another one's state comes in. */
  tenant: Tenant | undefined;
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

  /** Makes the tenant leave. */
  evict(): void {
    this.tenant?.leave(this);
    this.tenant = undefined;
  }
}

/** A user of a workspace whose state stays in it between two calls. */
export interface Tenant {
  /** Takes its state out of the buffers. */
  leave(workspace: SampleWorkspace): void;
}

/** Whether a workspace is for single steps; and what is returned, as for {@link checkRoom}. */
interface Use {
  readonly stepwise: boolean;
  readonly shown?: readonly number[] | undefined;
  readonly maps?: number;
}

const kept = new WeakMap<SpikingNetwork, Map<string, SampleWorkspace>>();

/**
 * The workspace of a network.
 *
 * @param use for one step per call, so that trains are one map, or for the window; and what of it is returned
 * @throws InputError if the network has no weights, or the backend is not synchronous
 */
export function workspaceOf(
  where: string,
  net: SpikingNetwork,
  { name, open }: BackendSource,
  { stepwise, shown, maps }: Use,
): SampleWorkspace {
  checkIsNetwork(where, net);
  const known = kept.get(net) ?? new Map<string, SampleWorkspace>();
  kept.set(net, known);
  const key = `${name}${stepwise ? ' stepwise' : ''}`;
  const old = known.get(key);
  if (old && old.weights === net.weights) {
    if (shown) checkRoom(where, old.backend, shown, maps);
    return old;
  }
  const { plan } = net;
  const weights = trainedWeights(where, net);
  old?.evict();
  old?.backend.dispose();
  known.delete(key);
  const backend = open(stepwise ? asPlan({ ...plan, T: 1 }, net.description) : plan, where);
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
