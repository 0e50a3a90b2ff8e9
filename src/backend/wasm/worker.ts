/**
 * A thread of the pool. `assembly/build.mjs` bundles it as text; it runs as a worker of Node or of the web.
 *
 * A program in shared memory is a list of steps (`shared.ts`). Each thread takes the next task of a step until none is left. It then waits
 * with `Atomics.wait`, without using the CPU, until all threads have finished the step.
 *
 * The main thread may grow the memory at any time. An engine reports the growth to other threads only when they next allow an interrupt.
 * Until then, `memory.buffer` may have its old length (seen in V8 11.3: 7 to 22 of 3,000 times). This thread therefore calls
 * `memory.grow(0)` before it creates views, and compares the length with the one that the main thread wrote beside the program.
 *
 * Every number of a program is checked, except the arguments of kernels. An unusable number is a failure; it is never skipped.
 */
import {
  control,
  doing,
  doingBits,
  page,
  indexAt,
  step,
  stepWords,
  task,
  taskWords,
  threadWords,
  piece,
  pieceNumbers,
} from './shared.ts';

/** The first message from the pool. */
export interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly kernels: readonly string[];
  readonly threads: number;
  /** Address of the control block. */
  readonly controlBlock: number;
  /** Number of this thread, from 0. */
  readonly thread: number;
  /** Address of the thread's scratch memory, which every kernel gets after its arguments. */
  readonly scratch: number;
}

/** A thread reports that a program is done, or why the thread failed. A failed thread does nothing more. */
export type Message = { readonly done: number } | { readonly failed: string };

interface Port {
  postMessage(message: Message): void;
}

/** The most arguments that a kernel may have, scratch memory included. */
const mostArguments = 22;

type Kernel = (...args: number[]) => void;

interface Views {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

function run(start: Start, port: Port): void {
  let posted = 1;
  try {
    const { module, memory, kernels, threads, scratch } = start;
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    const functions = kernels.map((name) => instance.exports[name] as Kernel); // `kernels` has only names of kernels
    const args = new Float64Array(mostArguments);
    const call: RunCall = (doubles, from, after, s) => {
      const kernel = doubles[from];
      if (!(kernel in functions)) throw new Error(`expected a kernel, got ${kernel}`);
      const length = count(doubles[from + 1], 0, 'arguments');
      if (length >= mostArguments)
        throw new Error(`expected fewer than ${mostArguments} arguments, got ${length}`);
      const growths = from + 2 + length;
      const end = growths + length;
      if (!(end <= after))
        throw new Error(`expected a call within its piece of work, got its end at ${8 * end}`);
      for (let k = 0; k < length; k++) {
        const [number, growth] = [doubles[from + 2 + k], doubles[growths + k]];
        args[k] = growth === 0 ? number : number + s * growth;
      }
      args[length] = scratch;
      callWith(functions[kernel], args);
      return end;
    };
    const head = start.controlBlock / 4;
    const state = head + control.threads + threadWords * start.thread;
    // This view may have the old length, but it covers the control block.
    const status = new Int32Array(memory.buffer);
    const say = (what: number, s = 0): void => {
      Atomics.store(status, state, posted);
      Atomics.store(status, state + 1, what | (s << doingBits));
    };
    for (; ; posted++) {
      say(doing.waitsForProgram);
      while (Atomics.load(status, head + control.posted) < posted)
        Atomics.wait(status, head + control.posted, posted - 1);
      memory.grow(0);
      const views = { words: new Int32Array(memory.buffer), doubles: new Float64Array(memory.buffer) };
      const { words } = views;
      checkLength(words, Atomics.load(words, head + control.pages));
      const program = indexAt(wordAt(words, head + control.program), 4);
      const steps = count(wordAt(words, program), 1, 'steps');
      for (let s = 0; s < steps; s++) {
        const at = program + 1 + s * stepWords;
        wordAt(words, at + stepWords - 1);
        say(doing.runsTasks, s);
        runTasks(views, at, call);
        const isLast = Atomics.add(words, at + step.arrived, 1) + 1 === threads;
        if (!isLast) {
          say(doing.waitsForOthers, s);
          meet(words, at + step.arrived, threads);
          continue;
        }
        Atomics.notify(words, at + step.arrived);
        if (s < steps - 1) continue;
        Atomics.store(words, head + control.done, posted);
        Atomics.notify(words, head + control.done);
        port.postMessage({ done: posted });
      }
    }
  } catch (cause) {
    // The main thread then ends the other threads, which wait for this one.
    port.postMessage({ failed: `thread ${start.thread}, program ${posted}: ${String(cause)}` });
  }
}

/** Runs the call at index `from` for sample s (from 0) of a piece of work that ends at `after`. Returns the index of the next call. */
type RunCall = (doubles: Float64Array, from: number, after: number, s: number) => number;

function runTasks({ words, doubles }: Views, at: number, call: RunCall): void {
  const tasks = count(wordAt(words, at + step.tasks), 1, 'tasks');
  const table = indexAt(wordAt(words, at + step.table), 4);
  for (;;) {
    const taken = Atomics.add(words, at + step.next, 1);
    if (taken >= tasks) return;
    const entry = table + taskWords * count(taken, 0, 'task');
    let index = indexAt(wordAt(words, entry + task.at), 8);
    const pieces = count(wordAt(words, entry + task.pieces), 1, 'pieces of work');
    const queue = count(wordAt(words, entry + task.queue), 0, 'as the queue');
    const queues = count(wordAt(words, entry + task.queues), 1, 'queues');
    for (let k = 0; k < pieces; k++) index = runPiece(doubles, index, { queue, queues }, call);
  }
}

/** Runs a piece of work for the samples of a queue; returns the index after it. */
function runPiece(
  doubles: Float64Array,
  at: number,
  { queue, queues }: { readonly queue: number; readonly queues: number },
  call: RunCall,
): number {
  const first = count(doubles[at + piece.first], 0, 'as the first sample');
  const end = count(doubles[at + piece.end], 1, 'samples');
  const calls = at + pieceNumbers;
  const after = calls + count(doubles[at + piece.length], 2, 'numbers of calls');
  if (!(after <= doubles.length))
    throw new Error(`expected a piece of work within the memory, got its end at ${8 * after}`);
  const skipped = (((queue - first) % queues) + queues) % queues;
  for (let s = first + skipped; s < end; s += queues)
    for (let next = calls; next < after;) next = call(doubles, next, after, s - first);
  return after;
}

/** Calls a kernel with all numbers; it ignores those after its last argument. A new array per call would be most of a thread's garbage. */
function callWith(kernel: Kernel, a: Float64Array): void {
  // prettier-ignore
  kernel(
    a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10],
    a[11], a[12], a[13], a[14], a[15], a[16], a[17], a[18], a[19], a[20], a[21],
  );
}

function checkLength({ length }: Int32Array, pages: number): void {
  if (pages > 0 && 4 * length >= pages * page) return;
  throw new Error(`expected ${pages} pages of memory, as the main thread has, got ${(4 * length) / page}`);
}

function wordAt(words: Int32Array, index: number): number {
  const word = words[index];
  if (word === undefined) throw new Error(`expected a word within the memory, got address ${4 * index}`);
  return word;
}

/** Checks a count: whole, and at least `least`. */
function count(value: number, least: number, what: string): number {
  if (!(Number.isInteger(value) && value >= least))
    throw new Error(`expected ${least} or more ${what}, got ${value}`);
  return value;
}

/** Waits until `threads` have arrived. */
function meet(words: Int32Array, arrived: number, threads: number): void {
  for (;;) {
    const now = Atomics.load(words, arrived);
    if (now === threads) return;
    Atomics.wait(words, arrived, now);
  }
}

// A worker of Node has a port; a worker of the web is its own port.
const node = globalThis.process?.getBuiltinModule?.('node:worker_threads');
if (node?.parentPort) {
  const { parentPort } = node;
  parentPort.once('message', (start: Start) => run(start, parentPort));
} else if (typeof postMessage === 'function') {
  addEventListener('message', ({ data }) => run(data, globalThis), { once: true });
}
