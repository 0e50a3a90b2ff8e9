/** The memory of one sample, computed before any of it is allocated. */
import { neuronsOf } from '../../spec/network.ts';
import type { ForwardBackend } from '../backend/backend.ts';
import { forwardBuffers } from '../backend/workspace.ts';
import { refuse } from '../errors.ts';

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
