/**
 * A thread of the pool. It is built into a text (`assembly/build.mjs`) and runs as a worker of Node, or of the web.
 *
 * A program in shared memory is a list of steps. Each thread takes the next task of a step until there is none, then
 * waits until all threads have come that far. Waiting is `Atomics.wait`: no thread is busy without work.
 *
 * Everything here is addresses of 4-byte words in shared memory, but for the arguments, which are doubles.
 */

import { stepWords } from './steps.ts';

/** What the pool sends first. */
export interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly kernels: readonly string[];
  readonly threads: number;
  /** Address of three words: how often a program was given, where the last one is, and 1 once a thread has failed. */
  readonly control: number;
  /** Address of the thread's own memory, which every kernel gets after its arguments. */
  readonly scratch: number;
}

/** What a thread says: that a program is done, or why it failed. */
export type Message = { readonly done: number } | { readonly failed: string };

interface Port {
  postMessage(message: Message): void;
}

function run({ module, memory, kernels, threads, control, scratch }: Start, port: Port): void {
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const functions = kernels.map((name) => instance.exports[name] as (...args: number[]) => void);
  // A view of a memory that grows later stays as long as it was: each program gets a new one.
  let words = new Int32Array(memory.buffer);
  for (let given = 1; ; given++) {
    while (Atomics.load(words, control / 4) < given) Atomics.wait(words, control / 4, given - 1);
    words = new Int32Array(memory.buffer);
    const doubles = new Float64Array(memory.buffer);
    const program = wordAt(words[control / 4 + 1]);
    const steps = words[program];
    for (let s = 0; s < steps; s++) {
      const step = program + 1 + s * stepWords;
      try {
        runTasks(words, doubles, functions, step, scratch);
      } catch (cause) {
        // The others find no task left; the program ends, and the pool with it.
        for (let later = s; later < steps; later++) words[program + 1 + later * stepWords + 1] = 0;
        Atomics.store(words, control / 4 + 2, 1);
        port.postMessage({ failed: String(cause) });
      }
      const isLast = Atomics.add(words, step + 2, 1) + 1 === threads;
      if (!isLast) meet(words, step + 2, threads);
      else Atomics.notify(words, step + 2);
      if (isLast && s === steps - 1) port.postMessage({ done: given });
    }
  }
}

function runTasks(
  words: Int32Array,
  doubles: Float64Array,
  functions: readonly ((...args: number[]) => void)[],
  step: number,
  scratch: number,
): void {
  for (;;) {
    const task = Atomics.add(words, step, 1);
    if (task >= words[step + 1]) return;
    const entry = wordAt(words[step + 3]) + 2 * task;
    let at = (words[entry] >>> 0) / 8;
    for (let call = 0; call < words[entry + 1]; call++) {
      const count = doubles[at + 1];
      functions[doubles[at]](...doubles.subarray(at + 2, at + 2 + count), scratch);
      at += 2 + count;
    }
  }
}

/** The place of a word, from its address; addresses go up to 2³². */
function wordAt(address: number): number {
  return (address >>> 0) / 4;
}

/** Waits until `threads` have arrived. */
function meet(words: Int32Array, arrived: number, threads: number): void {
  for (;;) {
    const now = Atomics.load(words, arrived);
    if (now === threads) return;
    Atomics.wait(words, arrived, now);
  }
}

// Node's workers have a port of their own; those of the web are it.
const node = globalThis.process?.getBuiltinModule?.('node:worker_threads');
if (node?.parentPort) {
  const { parentPort } = node;
  parentPort.once('message', (start: Start) => run(start, parentPort as Port));
} else if (typeof postMessage === 'function') {
  addEventListener('message', ({ data }) => run(data as Start, globalThis as unknown as Port), {
    once: true,
  });
}
