/**
 * Executors: who runs the calls of kernels. One thread at once, or a pool (`pool.ts`) when it is asked to wait.
 */
import type { Memory } from './memory.ts';
import { instantiate, type KernelName } from './module.ts';

/** A kernel and its arguments. */
export type Call = readonly [kernel: KernelName, ...args: number[]];

/** Calls that follow each other on one thread. */
export type Task = readonly Call[];

export interface Executor {
  /** How many tasks run at the same time. */
  readonly threads: number;
  /** Tasks in any order and at the same time: none reads what another writes. Steps follow each other. */
  step(tasks: readonly Task[]): void;
  /** Memory for what calls read: valid until the steps so far are done. */
  stage(bytes: number): number;
  /** Waits until all steps are done. */
  flush(): Promise<void>;
  /** The same, for an executor that works at once. */
  flushSync?(): void;
  dispose(): void;
}

/** Runs every step at once, on this thread. */
export function createSerial(memory: Memory): Executor {
  const kernels = instantiate(memory.wasm);
  const staged: number[] = [];
  return {
    threads: 1,
    step(tasks) {
      for (const task of tasks) for (const [kernel, ...args] of task) kernels[kernel](...args);
      for (const at of staged.splice(0)) memory.release(at);
    },
    stage(bytes) {
      staged.push(memory.allocate(bytes));
      return staged.at(-1)!;
    },
    flush: () => Promise.resolve(),
    flushSync: () => {},
    dispose: () => {},
  };
}

/** `parts` ranges [from, to) of 0 … count−1, as even as they can be; empty ones are left out. */
export function rangesOf(count: number, parts: number): [from: number, to: number][] {
  const bounds = Array.from({ length: parts + 1 }, (_, p) => Math.floor((count * p) / parts));
  return bounds
    .slice(1)
    .map((to, p): [number, number] => [bounds[p], to])
    .filter(([from, to]) => from < to);
}
