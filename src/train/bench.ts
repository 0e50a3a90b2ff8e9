/**
 * A workspace (`Bench`): the buffers of a network for one sample, kept between calls until the network's weights are replaced. Sessions
 * of a network share one workspace: a session that steps loads its state into the buffers, and takes it out before another one
 * steps.
 */
import type { Network } from '../../spec/network.ts';
import type { Buffer, ForwardBackend } from '../backend/backend.ts';
import { refuse } from '../errors.ts';
import { checkIsNetwork, checkWeights, weightedLayers, type SpikingNetwork } from '../network/network.ts';

/** Opens a backend for one network, on behalf of `where`. */
export type Opener = (network: Network, where: string) => ForwardBackend;

/** A source of backends: benches are kept by its name. */
export interface Place {
  readonly name: string;
  readonly open: Opener;
}

export interface Bench {
  readonly backend: ForwardBackend;
  readonly weights: Float32Array[];
  readonly w: ReadonlyMap<number, Buffer>;
  /** Of the input and each layer, at place n. */
  readonly buffers: readonly { o: Buffer; u: Buffer; FI: Buffer; FO: Buffer }[];
  traces?: Buffer[];
  /** The tenant whose state is in the buffers; it leaves before another one's state comes in. */
  tenant?: Tenant | undefined;
  /** A copy of one sample's values. */
  read(buffer: Buffer): Float32Array;
}

/** A user of a bench whose state stays in it between two calls. */
export interface Tenant {
  /** Takes its state out of the bench. */
  leave(bench: Bench): void;
}

const benches = new WeakMap<SpikingNetwork, Map<string, Bench>>();

/**
 * The workspace of a network.
 *
 * @param stepwise true: for one step per call, so that trains are one map
 * @throws InputError if the network has no weights, or the backend is not synchronous
 */
export function benchOf(where: string, net: SpikingNetwork, { name, open }: Place, stepwise: boolean): Bench {
  checkIsNetwork(where, net);
  const { plan, weights } = net;
  if (!weights) refuse(where, 'network', 'trained weights', undefined, 'train it or load a model');
  const known = benches.get(net) ?? new Map<string, Bench>();
  benches.set(net, known);
  const key = `${name}${stepwise ? ' stepwise' : ''}`;
  const old = known.get(key);
  if (old?.weights === weights) return old;
  evict(old);
  old?.backend.dispose();
  known.delete(key);
  checkWeights(where, plan, weights);
  const bench = buildBench(where, open(stepwise ? { ...plan, T: 1 } : plan, where), weights);
  known.set(key, bench);
  return bench;
}

/** Makes the tenant of a bench leave. */
export function evict(bench: Bench | undefined): void {
  bench?.tenant?.leave(bench);
  if (bench) bench.tenant = undefined;
}

function buildBench(where: string, backend: ForwardBackend, weights: Float32Array[]): Bench {
  try {
    const { network, readSync } = backend;
    if (!readSync) refuse(where, 'backend', 'one that works at once', backend.name);
    const w = new Map(weightedLayers(network).map(({ n }) => [n, backend.allocate('weights', n, 1)]));
    for (const [place, buffer] of [...w.values()].entries()) backend.write(buffer, weights[place]);
    const buffers = [0, ...network.layers.map(({ n }) => n)].map((n) => ({
      o: backend.allocate('spikes', n, 1),
      u: backend.allocate('potential', n, 1),
      FI: backend.allocate('FI', n, 1),
      FO: backend.allocate('FO', n, 1),
    }));
    return { backend, weights, w, buffers, read: (buffer) => readSync(buffer) as Float32Array };
  } catch (error) {
    backend.dispose();
    throw error;
  }
}
