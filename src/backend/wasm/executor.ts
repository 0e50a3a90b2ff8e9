/** Executors run the calls of kernels: immediately on one thread, or as a program on a pool of threads (`pool.ts`). */
import type { Buffer } from '../backend.ts';
import type { Memory } from './memory.ts';
import type { KernelModule, KernelName, Parameters } from './module.ts';

/** An argument that grows by the same amount from one sample to the next. */
export interface Growing {
  readonly first: number;
  readonly by: number;
}

export type Argument = number | Growing;

/** A kernel and its arguments, by the names that they have in `assembly/`. */
export type Call = {
  readonly [K in KernelName]: { readonly kernel: K } & Readonly<Record<Parameters[K][number], Argument>>;
}[KernelName];

/** Calls that run in order on one thread. */
export type Task = readonly Call[];

/** Work on samples `first` … `first + samples − 1`. */
export interface SampleWork {
  readonly first: number;
  readonly samples: number;
  /** The calls of the first sample, and the increase of each argument from one sample to the next. */
  readonly calls: Task;
}

/** Buffers that a piece of work reads and writes. They decide which work may run at the same time. */
export interface Use {
  readonly reads?: readonly (Buffer | null)[];
  readonly writes?: readonly (Buffer | null)[];
}

/** Orders work so that each result is ready for the work that needs it. */
export interface Order {
  /** Adds work on samples. The samples of a queue run in order. They wait for slices that were added earlier, but for no other queue. */
  queue(use: Use, work: SampleWork): void;
  /** Adds slices. They run at the same time as other slices, unless both use a buffer that one of them writes. */
  slices(use: Use, tasks: readonly Task[]): void;
  /** Adds slices that run when other work needs their buffers, or at {@link settle} or {@link barrier}. */
  defer(use: Use, tasks: readonly Task[]): void;
  /** Runs deferred slices now, so that later queues need not wait for them. */
  settle(): void;
  /** Makes later work wait for all earlier work, including deferred slices. */
  barrier(): void;
}

export interface Executor extends Order {
  /** Returns the address of memory for data that the next work reads. The memory is valid until that work is done. */
  stage(bytes: number): number;
  /** Starts the enqueued work without waiting for it. */
  submit(): void;
  /** Waits until all work is done. */
  flush(): Promise<void>;
  /** Whether each call runs immediately. */
  readonly immediate: boolean;
  dispose(): void;
}

/**
 * Runs each call immediately, on this thread.
 *
 * @param scratchBytes size of the thread's scratch memory, whose address every kernel gets after its arguments
 */
export function createSerial(memory: Memory, scratchBytes: number, module: KernelModule): Executor {
  const kernels = module.instantiate(memory.wasm);
  const scratch = memory.allocate(scratchBytes);
  const staged: number[] = [];
  const run = (calls: Task, samples = 1): void => {
    const work = calls.map((call) => ({
      kernel: kernels[call.kernel],
      args: argumentsOf(call, module.parameters),
    }));
    for (let s = 0; s < samples; s++)
      for (const { kernel, args } of work) {
        const values = args.map((arg) => (typeof arg === 'number' ? arg : arg.first + s * arg.by));
        kernel(...values, scratch);
      }
    for (const at of staged.splice(0)) memory.release(at);
  };
  const runAll = (_: Use, tasks: readonly Task[]): void => run(tasks.flat());
  return {
    queue: (_, { samples, calls }) => run(calls, samples),
    slices: runAll,
    defer: runAll,
    settle: () => {},
    barrier: () => {},
    stage(bytes) {
      const at = memory.allocate(bytes);
      staged.push(at);
      return at;
    },
    submit: () => {},
    flush: () => Promise.resolve(),
    immediate: true,
    dispose: () => {},
  };
}

/** The arguments of a call in the order of its kernel. */
export function argumentsOf(call: Call, parameters: Partial<Parameters>): Argument[] {
  const args = call as Readonly<Record<string, Argument>>; // all fields except `kernel` are arguments
  return parameters[call.kernel]!.map((name) => args[name]); // each call names a kernel of the build
}

/** Divides 0 … count−1 into at most `slices` ranges of nearly equal length; `to` is exclusive. None is empty. */
export function rangesOf(count: number, slices: number): [from: number, to: number][] {
  const ranges: [from: number, to: number][] = [];
  for (let p = 1, from = 0; p <= slices; p++) {
    const to = Math.floor((count * p) / slices);
    if (from < to) ranges.push([from, to]);
    from = to;
  }
  return ranges;
}
