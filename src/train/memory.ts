/**
 * The memory that passes over a batch take, computed before any of it is allocated. The buffers are those that `Passes`
 * allocates; the backend gives the size of each. A batch that does not fit is refused, with the batch that does.
 *
 * FI, FO and their derivatives do not grow with T. Spike trains do, by one bit per neuron and step: for the samples of a
 * group, not for the batch; with a rule that goes back through time, for the samples of a shard. `stbp` also keeps
 * potentials, four bytes per neuron and step, so a smaller shard allows a longer window.
 */
import type { Network } from '../../spec/network.ts';
import type { TimeRule } from '../../spec/reverseTime.ts';
import type { Backend, Role } from '../backend/backend.ts';
import { InputError } from '../errors.ts';
import type { Team } from './team.ts';

/** `count` buffers of one kind. */
export interface Wanted {
  readonly role: Role;
  readonly n: number;
  readonly samples: number;
  readonly count: number;
}

/** The size of a batch. */
export interface BatchSize {
  /** Most samples of a batch. */
  readonly batch: number;
  /** Samples whose gradient is one sum; 0: no training. */
  readonly shard: number;
  /** True where the optimiser has moments. */
  readonly moments: boolean;
  /** A rule that goes back through time: it keeps the traces of a shard. */
  readonly rule?: TimeRule | undefined;
  /** The processes that share the batch. */
  readonly team?: Team | undefined;
}

/** The buffers of passes over a batch. */
export function buffersFor({ layers }: Network, group: number, size: BatchSize): Wanted[] {
  const { shard, moments, rule, team } = size;
  const share = shard > 0 ? team?.share(size.batch, shard) : undefined;
  const batch = share?.samples ?? size.batch;
  const gradients = share?.gradients ?? (shard > 0 ? gradientsOf(Math.ceil(batch / shard)) : 0);
  const lanes = Math.min(Math.max(group, rule ? shard : 0), batch);
  const inShard = Math.min(shard, batch);
  const wanted: Wanted[] = [{ role: 'report', n: 0, samples: batch, count: 1 }];
  for (let n = 0; n <= layers.length; n++) {
    wanted.push({ role: 'spikes', n, samples: lanes, count: 1 }, { role: 'FO', n, samples: batch, count: 1 });
    if (n === 0) continue;
    wanted.push(
      { role: 'potential', n, samples: lanes, count: 1 },
      { role: 'FI', n, samples: batch, count: 1 },
    );
    if (shard > 0) wanted.push({ role: 'derivative', n, samples: inShard, count: 1 });
    if (rule) wanted.push({ role: 'du', n, samples: inShard, count: 1 });
    const kept = rule?.slope === 'window' ? 'slope' : 'trace';
    if (rule && layers[n - 1].spikes) wanted.push({ role: kept, n, samples: inShard, count: 1 });
    if (layers[n - 1].weightShape.length === 0) continue;
    wanted.push({ role: 'weights', n, samples: 1, count: 1 });
    if (shard > 0)
      wanted.push({ role: 'gradient', n, samples: 1, count: gradients + (share?.exchanged ?? 0) });
    if (shard > 0 && moments) wanted.push({ role: 'moment', n, samples: 1, count: 2 });
  }
  return wanted;
}

/**
 * Gradients in memory at the same time while a balanced tree over `shards` is summed: one per level, and the shard's
 * own.
 */
export function gradientsOf(shards: number): number {
  let most = 1;
  for (let k = 0; k < shards; k++) {
    let levels = 0;
    for (let bits = k; bits > 0; bits = Math.floor(bits / 2)) levels += bits % 2;
    most = Math.max(most, levels + 1);
  }
  return most;
}

/** Bytes that a backend takes for passes over a batch; undefined if it does not report them. */
export function memoryFor(backend: Backend, size: BatchSize): number | undefined {
  const { bytesOf, scratchBytes = 0, network, group } = backend;
  if (!bytesOf) return undefined;
  const buffers = buffersFor(network, group, size);
  return buffers.reduce(
    (sum, { role, n, samples, count }) => sum + count * samples * bytesOf(role, n),
    scratchBytes,
  );
}

/**
 * Checks that a batch fits into the backend's addresses and into the memory that this process can still have.
 *
 * @throws InputError with the memory that it takes, what there is, and the batch that would fit
 */
export function checkMemory(
  where: string,
  backend: Backend,
  size: BatchSize,
  found = backend.hasOwnMemory ? Infinity : availableMemory() / (size.team?.neighbours ?? 1),
): void {
  const most = Math.min(backend.mostBytes ?? Infinity, found);
  const mostInOne = backend.mostBufferBytes ?? Infinity;
  const needs = (batch: number): number => memoryFor(backend, { ...size, batch }) ?? 0;
  const needsInOne = (batch: number): number => largestBuffer(backend, { ...size, batch });
  const isFitting = (batch: number): boolean => needs(batch) <= most && needsInOne(batch) <= mostInOne;
  if (isFitting(size.batch)) return;
  let [fits, not] = [0, size.batch];
  while (not - fits > 1) {
    const middle = Math.floor((fits + not) / 2);
    if (isFitting(middle)) fits = middle;
    else not = middle;
  }
  const next = fits > 0 ? `take a batch of ${fits} or fewer` : 'take a shorter window or fewer threads';
  const isInOne = needs(size.batch) <= most;
  const [needed, got] = isInOne ? [needsInOne(size.batch), mostInOne] : [needs(size.batch), most];
  const what = `${gigabytes(needed)} GiB of memory${isInOne ? ' in one buffer' : ''} for a batch of ${size.batch}`;
  throw new InputError(`${where}: "batch" expected ${what}, got ${gigabytes(got)}; ${next}`);
}

/** Bytes of the largest buffer. */
function largestBuffer({ bytesOf, network, group }: Backend, size: BatchSize): number {
  if (!bytesOf) return 0;
  return Math.max(
    ...buffersFor(network, group, size).map(({ role, n, samples }) => samples * bytesOf(role, n)),
  );
}

function gigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(2);
}

/** Bytes that this process can still have, as far as the runtime knows. */
function availableMemory(): number {
  return globalThis.process?.availableMemory?.() || Infinity;
}
