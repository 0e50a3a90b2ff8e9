/**
 * Words that the main thread and the threads of the pool share. Each has 4 bytes.
 *
 * The control block lies at a fixed address: the number of the last program, then the state of each thread. A program is
 * the number of its steps, then {@link stepWords} words per step. A task is the address of its calls and their number; a
 * call is doubles: kernel, number of arguments, arguments.
 */

/** Bytes of a page of a WebAssembly memory. */
export const page = 65536;

/** Places in the control block. */
export const control = {
  /** Number of programs given; threads wait on it. */
  given: 0,
  /** Address of the last one. */
  program: 1,
  /** Length of the memory, in pages, as the main thread knew it when it gave the program. */
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
  /** It waits for the program to be given. */
  waitsForProgram: 1,
  runsTasks: 2,
  /** It waits for the other threads at the end of a step. */
  waitsForOthers: 3,
} as const;

export const doingBits = 2;

/** Words of the control block. */
export function controlWords(threads: number): number {
  return control.threads + threadWords * threads;
}

/** Places in a step. */
export const step = {
  /** The next task that no thread has taken. */
  next: 0,
  tasks: 1,
  /** Threads that have reached its end. */
  arrived: 2,
  /** Address of the tasks. */
  table: 3,
} as const;

export const stepWords = 4;

/** Words of a task in the table of its step. */
export const taskWords = 2;

/** Index of a word or a double, from its address. Addresses go up to 2³² and are signed in a word. */
export function placeOf(address: number, bytes: number): number {
  return (address >>> 0) / bytes;
}
