/**
 * A pool of threads over one shared memory. Steps are written down as a program (see `worker.ts`); `flush` gives it to the
 * threads and waits without blocking, so that signals, timers and the end of a thread are noticed.
 */
import { source } from '#worker';
import type { Executor, Task } from './executor.ts';
import type { Memory } from './memory.ts';
import { Program } from './program.ts';
import { sharedModule } from './core.ts';
import { kernelNames } from './module.ts';
import { stepWords } from './steps.ts';
import type { Message, Start } from './worker.ts';

/** A worker of Node or of the web. */
interface Thread {
  /** True: the process waits for it, as it must while a program runs. */
  hold(held: boolean): void;
  stop(): void;
}

interface Events {
  message(message: Message): void;
  /** The thread has ended, or was never there. */
  end(cause: string): void;
}

/** True where threads can share memory. */
export function canShare(): boolean {
  return (
    typeof SharedArrayBuffer === 'function' && (nodeThreads() !== undefined || typeof Worker === 'function')
  );
}

export function createPool(memory: Memory, threads: number, scratchBytes: number): Executor {
  const control = memory.allocate(12);
  const scratches = Array.from({ length: threads }, () => memory.allocate(scratchBytes));
  let staged: number[] = [];
  /** What the program before staged: a thread may still look whether all have come to its end. */
  let left: number[] = [];
  const program = new Program();
  let pool: Thread[] | undefined;
  let given = 0;
  let failure: Error | undefined;
  let running: Promise<void> = Promise.resolve();
  let waiting: { resolve: () => void; reject: (cause: Error) => void } | undefined;

  const fail = (text: string): void => {
    if (failure) return;
    failure = new Error(`wasm: a thread of the pool ended: ${text}`);
    stop();
    waiting?.reject(failure);
    waiting = undefined;
  };
  const stop = (): void => {
    for (const thread of pool ?? []) thread.stop();
    pool = undefined;
  };
  const events: Events = {
    message(message) {
      if ('failed' in message) fail(message.failed);
      // A thread may have failed and its word be still on the way.
      else if (message.done === given && Atomics.load(memory.i32(control, 3), 2) === 0) {
        waiting?.resolve();
        waiting = undefined;
      }
    },
    end: fail,
  };

  const stage = (bytes: number): number => {
    staged.push(memory.allocate(bytes));
    return staged.at(-1)!;
  };

  async function runProgram(): Promise<void> {
    if (failure) throw failure;
    const steps = program.take();
    if (steps.length === 0) return;
    const at = writeProgram(memory, steps, stage);
    given++;
    const done = new Promise<void>((resolve, reject) => (waiting = { resolve, reject }));
    const words = memory.i32(control, 3);
    words[1] = at;
    Atomics.store(words, 0, given);
    Atomics.notify(words, 0);
    if (!pool) {
      pool = [];
      const start = {
        module: sharedModule(),
        memory: memory.wasm,
        kernels: kernelNames,
        threads,
        control,
      };
      for (const scratch of scratches) {
        if (!failure) pool.push(startThread(events, { ...start, scratch }));
      }
    }
    for (const thread of pool) thread.hold(true);
    await done;
    for (const thread of pool ?? []) thread.hold(false);
    for (const block of left) memory.release(block);
    [left, staged] = [staged, []];
  }

  function flush(): Promise<void> {
    // Whoever waits meanwhile waits for the program that runs, and for the work that has come since.
    running = running.then(() => (program.isEmpty ? undefined : runProgram()));
    return running;
  }

  return {
    threads,
    stage,
    release: (at) => void staged.push(at),
    lanes: (tasks, lane = 0) => program.lanes(tasks, lane),
    parts: (tasks) => program.parts(tasks),
    defer: (tasks) => program.defer(tasks),
    settle: () => program.settle(),
    barrier: () => program.barrier(),
    // A failure is kept, and told to whoever waits next.
    submit: () => void flush().catch(() => {}),
    flush,
    immediate: false,
    dispose() {
      failure ??= new Error('wasm: the backend was disposed');
      stop();
      waiting?.reject(failure);
    },
  };
}

/** Writes steps down and returns the address of the program. */
function writeProgram(
  memory: Memory,
  steps: readonly (readonly Task[])[],
  stage: (bytes: number) => number,
): number {
  const tasks = steps.flat();
  const doubles = tasks.flat().reduce((sum, call) => sum + call.length + 1, 0);
  const at = stage(4 + 4 * stepWords * steps.length);
  const entries = stage(8 * tasks.length);
  const calls = stage(8 * doubles);
  const head = memory.i32(at, 1 + stepWords * steps.length);
  const table = memory.i32(entries, 2 * tasks.length);
  const values = memory.f64(calls, doubles);
  head[0] = steps.length;
  let task = 0;
  let value = 0;
  for (const [s, step] of steps.entries()) {
    head.set([0, step.length, 0, entries + 8 * task], 1 + s * stepWords);
    for (const sequence of step) {
      table[2 * task] = calls + 8 * value;
      table[2 * task + 1] = sequence.length;
      task++;
      for (const [kernel, ...args] of sequence) {
        values[value] = kernelNames.indexOf(kernel);
        values[value + 1] = args.length;
        values.set(args, value + 2);
        value += 2 + args.length;
      }
    }
  }
  return at;
}

function nodeThreads(): typeof import('node:worker_threads') | undefined {
  return globalThis.process?.getBuiltinModule?.('node:worker_threads');
}

function startThread({ message, end }: Events, start: Start): Thread {
  const node = nodeThreads();
  if (node) {
    const worker = new node.Worker(source, { eval: true, execArgv: [] });
    worker.on('message', message);
    worker.on('error', (cause) => end(cause instanceof Error ? cause.message : String(cause)));
    worker.on('exit', (code) => end(`exit code ${code}`));
    worker.postMessage(start);
    return {
      hold: (held) => (held ? worker.ref() : worker.unref()),
      stop() {
        worker.removeAllListeners();
        worker.on('error', () => {});
        void worker.terminate();
      },
    };
  }
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url);
  URL.revokeObjectURL(url);
  worker.addEventListener('message', ({ data }) => message(data as Message));
  worker.addEventListener('error', (event) => end(event.message));
  worker.postMessage(start);
  return { hold: () => {}, stop: () => worker.terminate() };
}
