/**
 * A pool of threads over one shared memory. It collects steps in a program (`program.ts`); `flush` passes the program to the threads and
 * awaits its end. The main thread never blocks, so it still handles signals, timers and the end of a thread. If a thread fails or cannot
 * start, the pending wait rejects.
 *
 * A training and its evaluations share one pool and one memory. Each rank of an MPI job, each `evaluate` and each `requestPrediction` has
 * its own pool. WebGPU, sessions and `predict` have none.
 */
import { FailedError, InputError, messageOf } from '../../errors.ts';
import { sharedModule } from './core.ts';
import type { Executor } from './executor.ts';
import { alignment } from './memory.ts';
import type { SharedMemory } from './sharedMemory.ts';
import { createProgram, kernelNames, writeProgram } from './program.ts';
import { control, controlWords, stepWords } from './shared.ts';
import { createWatch, PoolState } from './stall.ts';
import { startThread, type Thread } from './thread.ts';
import type { Message } from './worker.ts';

/** The minimum size of a block of staged data, in bytes. */
const blockBytes = 2 ** 16;

export interface PoolSize {
  readonly threads: number;
  /** Sample queues: sample s belongs to queue s mod `queues`. */
  readonly queues: number;
  readonly scratchBytes: number;
}

export function createPool(memory: SharedMemory, { threads, queues, scratchBytes }: PoolSize): Executor {
  const crew = createCrew(memory, threads, scratchBytes);
  const { isEmpty, take, ...order } = createProgram();
  let staged: number[] = [];
  /** Address of the previous program. It is released late: a thread may still be waiting for others to finish this program. */
  let left = 0;
  let running: Promise<void> = Promise.resolve();
  /** Whether no program runs, and no flush has failed. */
  let isIdle = true;

  /** The free rest of the last staged block. Small data share a block, because each block takes time to allocate and release. */
  let room = { at: 0, end: 0 };

  const stage = (bytes: number): number => {
    if (room.at + bytes > room.end) {
      const at = memory.allocate(Math.max(bytes, blockBytes));
      staged.push(at);
      room = { at, end: at + Math.max(bytes, blockBytes) };
    }
    const { at } = room;
    room.at = Math.ceil((at + bytes) / alignment) * alignment;
    return at;
  };

  async function runProgram(): Promise<void> {
    const steps = take();
    if (steps.length === 0) return;
    const at = memory.allocate(4 + 4 * stepWords * steps.length);
    writeProgram(memory, steps, at, { queues, stage });
    // The next program stages its data in new blocks while this one runs.
    const blocks = staged;
    staged = [];
    room = { at: 0, end: 0 };
    await crew.run(at);
    for (const block of [...blocks, left]) memory.release(block);
    left = at;
  }

  function flush(): Promise<void> {
    // Without new work, there is nothing to start. This is common, because a batch's report is read sample by sample.
    if (isEmpty()) return running;
    // An idle pool starts now, before the host continues. Otherwise this program starts after the running one, with the work
    // added until then. When this program ends, all earlier programs have ended.
    const last = isIdle ? runProgram() : running.then(runProgram);
    isIdle = false;
    running = last;
    last.then(
      () => (isIdle = running === last),
      () => {},
    );
    return last;
  }

  return {
    ...order,
    stage,
    // The failure is stored, and rejects the next wait.
    submit: () => void flush().catch(() => {}),
    flush,
    immediate: false,
    dispose: () => crew.end(new Error('wasm: the backend was disposed')),
  };
}

/** The threads of a pool, which start with the first program. */
interface Crew {
  /** Runs the program at an address, and waits for its end. */
  run(at: number): Promise<void>;
  /** Stops all threads; the pending wait and every later one reject. */
  end(cause: Error): void;
}

function createCrew(memory: SharedMemory, threads: number, scratchBytes: number): Crew {
  const controlBlock = memory.allocate(4 * controlWords(threads));
  const scratches = Array.from({ length: threads }, () => memory.allocate(scratchBytes));
  const progress = new PoolState(memory, controlBlock, threads);
  const module = sharedModule();
  const crew: Thread[] = [];
  let posted = 0;
  let failure: Error | undefined;
  let waiting: { resolve: () => void; reject: (cause: Error) => void } | undefined;

  const end = (cause: Error): void => {
    failure ??= cause;
    watch.end();
    for (const thread of crew.splice(0)) thread.stop();
    waiting?.reject(failure);
    waiting = undefined;
  };
  const watch = createWatch(progress, (text) =>
    end(new FailedError(`wasm: the pool of ${threads} threads stalled: ${text}`)),
  );
  const fail = (text: string): void => end(new FailedError(`wasm: a thread of the pool ended: ${text}`));
  const cannotStart = (thread: number, why: string): void =>
    end(new InputError(`wasm: thread ${thread + 1} of ${threads} cannot start: ${why}; take fewer threads`));
  const message = (received: Message): void => {
    if ('failed' in received) fail(received.failed);
    else if (received.done === posted) waiting?.resolve();
  };

  /** Starts all threads; if one cannot start, now or later, all threads stop. */
  function start(): void {
    const shared = { module, memory: memory.wasm, kernels: kernelNames, threads, controlBlock };
    for (const [thread, scratch] of scratches.entries()) {
      const ended = (cause: string): void =>
        progress.hasStarted(thread) ? fail(cause) : cannotStart(thread, cause);
      try {
        crew.push(startThread({ message, end: ended }, { ...shared, thread, scratch }));
      } catch (cause) {
        return cannotStart(thread, messageOf(cause));
      }
    }
  }

  /** Writes the address of the program and the required length of the memory, and notifies the threads. */
  function give(at: number): void {
    const words = memory.i32(controlBlock, controlWords(threads));
    posted++;
    Atomics.store(words, control.pages, memory.pages);
    Atomics.store(words, control.program, at);
    Atomics.store(words, control.posted, posted);
    Atomics.notify(words, control.posted);
  }

  return {
    async run(at) {
      if (failure) throw failure;
      const done = new Promise<void>((resolve, reject) => (waiting = { resolve, reject }));
      give(at);
      watch.begin();
      if (crew.length === 0) start();
      try {
        await done;
      } finally {
        waiting = undefined;
        watch.rest();
      }
    },
    end,
  };
}
