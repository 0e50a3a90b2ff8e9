/**
 * Computes the memory that the passes over a batch need, before they allocate it. This file lists the buffers, and the backend reports
 * their sizes. {@link checkMemory} refuses a batch that does not fit, and names the largest batch that does.
 *
 * FI, FO and their derivatives do not grow with T. On wasm and webgpu, the spike trains of a layer take one bit per neuron and step. They
 * are stored for a chunk of samples or, if the rule goes back through time, for a shard. `stbp` also stores potentials, four bytes per
 * neuron and step, so a smaller shard allows a longer window.
 */
import type { Network } from '../../spec/network.ts';
import type { TimeRule } from '../../spec/reverseTime.ts';
import type { Backend } from '../backend/backend.ts';
import { bytesOfBuffers, forwardBuffers, type Wanted } from '../backend/workspace.ts';
import { refuse } from '../errors.ts';
import { weightedLayers } from '../network/network.ts';
import type { PassSize } from './forwardPass.ts';
import { alone } from './processGroup.ts';
import { availableMemory, gigabytes } from './sampleWorkspace.ts';

export interface GradientSize extends PassSize {
  /** Samples per shard; 0 if the batch is only evaluated. */
  readonly shard: number;
  /** Whether the optimiser has moments. */
  readonly moments?: boolean;
  /** The rule, if it goes back through time; absent for `asf`. */
  readonly rule?: TimeRule | undefined;
}

/** The buffers of a shard's backward pass. */
export function backwardBuffers({ layers }: Network, { batch, shard, rule }: GradientSize): Wanted[] {
  const samples = Math.min(shard, batch);
  const role = rule?.slope === 'window' ? 'slope' : 'potentials';
  return layers.flatMap(({ n, spikes }): Wanted[] => [
    { role: 'derivative', n, samples },
    ...(rule ? [{ role: 'du', n, samples } as const] : []),
    ...(rule && spikes ? [{ role, n, samples } as const] : []),
  ]);
}

/** Samples whose spike trains must fit into memory: a chunk, but at least a shard if the rule goes back through time. */
export function chunkFor({ chunk }: Backend, { shard, rule }: GradientSize): number {
  return rule ? Math.max(chunk, shard) : chunk;
}

/** The buffers of passes over a batch, with their counts. */
function buffersFor(backend: Backend, size: GradientSize): (Wanted & { readonly count?: number })[] {
  const { network } = backend;
  const { shard, moments = false, processes = alone } = size;
  const ofRank = shard > 0 ? processes.rankNeeds(size.batch, shard) : undefined;
  const batch = ofRank?.samples ?? size.batch;
  const forward: Wanted[] = [
    { role: 'report', n: 0, samples: batch },
    ...forwardBuffers(network, { batch, chunk: Math.min(chunkFor(backend, size), batch) }),
  ];
  if (!ofRank) return forward;
  const ofWeights = (role: Wanted['role'], count: number): (Wanted & { count: number })[] =>
    weightedLayers(network).map(({ n }) => ({ role, n, samples: 1, count }));
  return [
    ...forward,
    ...backwardBuffers(network, { ...size, batch }),
    ...ofWeights('gradient', ofRank.gradients + ofRank.exchanged),
    ...ofWeights('m', Number(moments)),
    ...ofWeights('v', Number(moments)),
  ];
}

/** Bytes that the passes over a batch need on a backend. */
export function memoryFor(backend: Backend, size: GradientSize): number {
  return bytesOfBuffers(backend, buffersFor(backend, size)).all;
}

/**
 * Checks that a batch fits into the backend's address space and the memory available to this process.
 *
 * @throws InputError with the needed and the available memory, and the batch that would fit
 */
export function checkMemory(
  where: string,
  backend: Backend,
  size: GradientSize,
  found = backend.hasOwnMemory ? Infinity : availableMemory() / (size.processes?.neighbours ?? 1),
): void {
  const most = Math.min(backend.mostBytes ?? Infinity, found);
  const mostInOne = backend.mostBufferBytes ?? Infinity;
  const bytesFor = (batch: number): ReturnType<typeof bytesOfBuffers> =>
    bytesOfBuffers(backend, buffersFor(backend, { ...size, batch }));
  const needs = bytesFor(size.batch);
  const isFitting = ({ all, largest }: typeof needs): boolean => all <= most && largest <= mostInOne;
  if (isFitting(needs)) return;
  let [fits, not] = [0, size.batch];
  while (not - fits > 1) {
    const middle = Math.floor((fits + not) / 2);
    if (isFitting(bytesFor(middle))) fits = middle;
    else not = middle;
  }
  const next = fits > 0 ? `take a batch of ${fits} or fewer` : 'take a shorter window or fewer threads';
  const [needed, got, inOne] =
    needs.all <= most ? [needs.largest, mostInOne, ' in one buffer'] : [needs.all, most, ''];
  const what = `${gigabytes(needed)} GiB of memory${inOne} for a batch of ${size.batch}`;
  refuse(where, 'batch', what, gigabytes(got), next);
}
