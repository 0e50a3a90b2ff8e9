/**
 * Words, of 4 bytes each, and doubles that the main thread and the threads of the pool share.
 *
 * The control block, at a fixed address, consists of {@link control} and the states of the threads. A program is the number of its steps,
 * then {@link stepWords} words per step. Each task of a step has {@link taskWords} words, with the address and the queue of its pieces of
 * work. A piece consists of doubles: {@link piece}, then its calls. A call consists of the kernel, the number of arguments, the arguments
 * for the first sample, and their increases from one sample to the next. The queues of a step share their pieces; queue q of Q takes
 * samples q, q + Q, q + 2Q ….
 */

/** Bytes of a page of a WebAssembly memory. */
export const page = 65536;

/** Places in the control block. */
export const control = {
  /** Number of programs started; threads wait on it. */
  posted: 0,
  /** Address of the last program. */
  program: 1,
  /** Length of the memory in pages, as known to the main thread when it started the program. */
  pages: 2,
  /** Number of finished programs. */
  done: 3,
  /** State of the first thread. */
  threads: 4,
} as const;

/** Words of a thread's state: its current program, and its activity. */
export const threadWords = 2;

/** Activity of a thread, in the low bits of its second word; the higher bits hold the step. */
export const doing = {
  /** It has not begun. */
  nothing: 0,
  /** It waits for a program. */
  waitsForProgram: 1,
  runsTasks: 2,
  /** It waits for the other threads at the end of a step. */
  waitsForOthers: 3,
} as const;

export const doingBits = 2;

export function controlWords(threads: number): number {
  return control.threads + threadWords * threads;
}

/** Places in a step. */
export const step = {
  /** The next task that no thread has taken. */
  next: 0,
  tasks: 1,
  /** The number of threads that have reached the end of the step. */
  arrived: 2,
  /** Address of the tasks. */
  table: 3,
} as const;

export const stepWords = 4;

/** Places in a task. */
export const task = {
  /** Address of its pieces of work, one after another. */
  at: 0,
  pieces: 1,
  queue: 2,
  queues: 3,
} as const;

/** Words of a task in the table of its step. */
export const taskWords = 4;

/** Places in a piece of work. */
export const piece = {
  first: 0,
  /** The sample after the last. */
  end: 1,
  /** The number of doubles that its calls take. */
  length: 2,
} as const;

/** The number of doubles at the start of a piece, in front of its calls. */
export const pieceNumbers = 3;

/** The index of a word or a double, by its address. An address is below 2³², so as a signed word it may be negative. */
export function indexAt(address: number, bytes: number): number {
  return (address >>> 0) / bytes;
}
