/**
 * The schedule decides which work may run at the same time, from the buffers that the work reads and writes. It passes
 * work to an executor in the given order, with a barrier where work needs a result of earlier work.
 *
 * Samples ascend within each weight's sum, so the division of work cannot change the bits.
 */
import type { Buffer } from '../backend.ts';
import type { Executor, SampleWork, Task } from './executor.ts';

/** Buffers that some work reads and writes. */
export interface Use {
  readonly reads?: readonly (Buffer | null)[];
  readonly writes?: readonly (Buffer | null)[];
}

/** Buffers in use by work that no barrier follows yet. */
class InUse {
  private readonly read = new Set<Buffer>();
  private readonly written = new Set<Buffer>();

  add({ reads = [], writes = [] }: Use): void {
    for (const buffer of reads) if (buffer) this.read.add(buffer);
    for (const buffer of writes) if (buffer) this.written.add(buffer);
  }

  /** Whether the work would read a written buffer, or write a read or written one. */
  conflicts({ reads = [], writes = [] }: Use): boolean {
    if (this.isEmpty) return false;
    const isWritten = (buffer: Buffer | null): boolean => buffer !== null && this.written.has(buffer);
    return (
      reads.some(isWritten) ||
      writes.some((buffer) => isWritten(buffer) || (buffer !== null && this.read.has(buffer)))
    );
  }

  get isEmpty(): boolean {
    return this.read.size === 0 && this.written.size === 0;
  }

  clear(): void {
    this.read.clear();
    this.written.clear();
  }
}

/** The order in which an executor receives work. */
export interface Order {
  /** Work on samples. Queues come after all slices, and wait for no other queue. */
  queue(use: Use, work: SampleWork): void;
  /** Weight slices, at the same time as others if no buffer prevents it. */
  slices(use: Use, tasks: readonly Task[]): void;
  /**
   * Deferred slices: they run when other work needs their buffers, or at {@link settle}.
   */
  defer(use: Use, tasks: readonly Task[]): void;
  /** Runs deferred work now, so that the queues after it need not stop for it; without any, queues continue. */
  settle(): void;
  /** Makes later work wait for all earlier work, deferred work included. */
  barrier(): void;
}

/** The order for an immediate executor. */
export function asItComes({ queue, slices: run }: Executor): Order {
  return {
    queue: (_, work) => queue(work),
    slices: (_, tasks) => run(tasks),
    defer: (_, tasks) => run(tasks),
    settle: () => {},
    barrier: () => {},
  };
}

export class Schedule implements Order {
  private readonly executor: Executor;
  private readonly sliced = new InUse();
  private readonly deferred = new InUse();

  constructor(executor: Executor) {
    this.executor = executor;
  }

  queue(use: Use, work: SampleWork): void {
    if (this.deferred.conflicts(use)) this.settle();
    this.sliced.clear();
    this.executor.queue(work);
  }

  slices(use: Use, tasks: readonly Task[]): void {
    if (this.deferred.conflicts(use)) this.settle();
    if (this.sliced.conflicts(use)) {
      this.executor.barrier();
      this.sliced.clear();
    }
    this.sliced.add(use);
    this.executor.slices(tasks);
  }

  defer(use: Use, tasks: readonly Task[]): void {
    if (tasks.length === 0) return;
    this.deferred.add(use);
    this.executor.defer(tasks);
  }

  settle(): void {
    if (!this.deferred.isEmpty) this.barrier();
  }

  barrier(): void {
    this.executor.settle();
    this.executor.barrier();
    this.deferred.clear();
    this.sliced.clear();
  }
}
