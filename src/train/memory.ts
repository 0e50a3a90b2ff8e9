/**
 * Computes the memory that the passes over a batch need, before they allocate it. The passes list their buffers, and the backend reports
 * the sizes. {@link checkMemory} refuses a batch that does not fit, and names the largest batch that does.
 *
 * FI, FO and their derivatives do not grow with T. On wasm and webgpu, the spike trains of a layer take one bit per neuron and step. They
 * are stored for a chunk of samples or, if the rule goes back through time, for a shard. `stbp` also stores potentials, four bytes per
 * neuron and step, so a smaller shard allows a longer window.
 */
import type { Backend } from '../backend/backend.ts';
import { bytesOfBuffers, forwardBuffers, type Wanted } from '../backend/workspace.ts';
import { InputError } from '../errors.ts';
import { weightedLayers } from '../network/network.ts';
import { backwardBuffers, chunkFor, type GradientSize } from './gradientPass.ts';
import { alone } from './processGroup.ts';
import { availableMemory, gigabytes } from './sampleWorkspace.ts';

/** The size of a batch, with 0 samples per shard if it is only evaluated. */
export interface BatchSize extends GradientSize {
  readonly moments: boolean;
}

/** The buffers of passes over a batch, with their counts. */
function buffersFor(backend: Backend, size: BatchSize): (Wanted & { readonly count?: number })[] {
  const { network } = backend;
  const { shard, moments, processes = alone } = size;
  const needs =
    shard > 0 ? processes.rankNeeds(size.batch, shard) : { samples: size.batch, gradients: 0, exchanged: 0 };
  const { samples: batch } = needs;
  const forward: Wanted[] = [
    { role: 'report', n: 0, samples: batch },
    ...forwardBuffers(network, { batch, chunk: Math.min(chunkFor(backend, size), batch) }),
  ];
  if (shard === 0) return forward;
  const ofWeights = (role: Wanted['role'], count: number): (Wanted & { count: number })[] =>
    weightedLayers(network).map(({ n }) => ({ role, n, samples: 1, count }));
  return [
    ...forward,
    ...backwardBuffers(network, { ...size, batch }),
    ...ofWeights('gradient', needs.gradients + needs.exchanged),
    ...ofWeights('m', Number(moments)),
    ...ofWeights('v', Number(moments)),
  ];
}

/** Bytes that the passes over a batch need on a backend. */
export function memoryFor(backend: Backend, size: BatchSize): number {
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
  size: BatchSize,
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
  throw new InputError(`${where}: "batch" expected ${what}, got ${gigabytes(got)}; ${next}`);
}
