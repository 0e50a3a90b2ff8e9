/** The allocations of a call according to V8: JavaScript's heap and the bytes of buffers. */
import { setFlagsFromString, GCProfiler, getHeapStatistics } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Twice: the first may leave buffers to a sweep in the background, which would hide allocations of that size.
 */
export function collectGarbage(): void {
  collect();
  collect();
}

/** The heap and the buffers at one time. */
const bytesOf = (heap: { usedHeapSize: number; externalMemory: number }): number =>
  heap.usedHeapSize + heap.externalMemory;

const now = (): number => {
  const { used_heap_size: usedHeapSize, external_memory: externalMemory } = getHeapStatistics();
  return bytesOf({ usedHeapSize, externalMemory });
};

export interface Allocation {
  /** All allocations, garbage included: an upper bound of the memory in use at any time. */
  readonly total: number;
  /** The greatest memory above that at the beginning, uncollected garbage included. */
  readonly peak: number;
}

/**
 * Measures `call`. If garbage is collected meanwhile, the memory before and after each collection counts.
 * Earlier garbage of buffers may be freed in the background and hide as much: collect it first if a single
 * measurement must be right.
 */
export function measureAllocation(call: () => unknown): Allocation {
  const profiler = new GCProfiler();
  profiler.start();
  const start = now();
  call();
  const end = now();
  let [last, total, most] = [start, 0, end];
  // A full collection can be reported inside another: a fall between two reports is not an allocation.
  for (const { beforeGC, afterGC } of profiler.stop()?.statistics ?? []) {
    const before = bytesOf(beforeGC.heapStatistics);
    total += Math.max(0, before - last);
    most = Math.max(most, before);
    last = bytesOf(afterGC.heapStatistics);
  }
  return { total: total + Math.max(0, end - last), peak: most - start };
}
