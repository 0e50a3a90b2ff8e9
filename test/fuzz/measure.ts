/** Measures what a call allocates, by the counters of V8: the JavaScript heap and the bytes of buffers. */
import { setFlagsFromString, GCProfiler, getHeapStatistics } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Collects twice, because the first collection may leave buffers to a background sweep. Bytes that are freed during a
 * measurement would hide the same number of newly allocated bytes.
 */
export function collectGarbage(): void {
  collect();
  collect();
}

const bytesOf = (heap: { usedHeapSize: number; externalMemory: number }): number =>
  heap.usedHeapSize + heap.externalMemory;

const now = (): number => {
  const { used_heap_size: usedHeapSize, external_memory: externalMemory } = getHeapStatistics();
  return bytesOf({ usedHeapSize, externalMemory });
};

export interface Allocation {
  /** The bytes of all allocations, garbage included. This sum is an upper bound on the memory in use at any time. */
  readonly total: number;
  /** The greatest increase over the memory at the start, uncollected garbage included. */
  readonly peak: number;
}

/**
 * Measures `call`, by the memory before and after each garbage collection. V8 may free older buffers in the background; the
 * result is then too small by their bytes. If a single measurement must be right, call `collectGarbage` first.
 */
export function measureAllocation(call: () => unknown): Allocation {
  const profiler = new GCProfiler();
  profiler.start();
  const start = now();
  call();
  const end = now();
  let [last, total, most] = [start, 0, end];
  // V8 can report a full collection inside another one, so memory may fall between two reports.
  for (const { beforeGC, afterGC } of profiler.stop()?.statistics ?? []) {
    const before = bytesOf(beforeGC.heapStatistics);
    total += Math.max(0, before - last);
    most = Math.max(most, before);
    last = bytesOf(afterGC.heapStatistics);
  }
  return { total: total + Math.max(0, end - last), peak: most - start };
}
