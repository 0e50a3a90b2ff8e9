/**
 * A program is a list of steps. The queues or slices of a step run in any order and at the same time. The threads wait for each other
 * between steps, so fewer steps are faster. A sample runs through all layers within one step, so a shard takes four to six steps.
 *
 * Work that needs the results of another queue or of a slice begins a new step. The buffers that the work reads and writes show
 * this need. Each weight's sum takes the samples in ascending order, so the division of work cannot change the bits.
 */
import { parameters } from '#kernels';
import { keysOf } from '../../keysOf.ts';
import { argumentsOf, type Order, type SampleWork, type Task, type Use } from './executor.ts';
import { stepWords, taskWords, piece, pieceNumbers } from './shared.ts';
import type { SharedMemory } from './sharedMemory.ts';

/** The names of the kernels; a program refers to a kernel by the index of its name. */
export const kernelNames = keysOf(parameters);

const kernelIndices = new Map(kernelNames.map((name, index) => [name, index]));

/** A step: either work for all sample queues, or slices. */
export interface Step {
  readonly isQueues: boolean;
  /** A slice is recorded as work on one sample. */
  readonly pieces: SampleWork[];
}

export interface Program extends Order {
  isEmpty(): boolean;
  /** Returns all steps, and empties the program. */
  take(): readonly Step[];
}

export function createProgram(): Program {
  let steps: Step[] = [];
  /** The last step while it can still grow. */
  let open: Step | undefined;
  let later: Task[] = [];
  /** Buffers used by deferred slices, and buffers used by slices of the open step. */
  const inUse: Record<'deferred' | 'sliced', Use[]> = { deferred: [], sliced: [] };

  /** Appends work to the open step if both are of the same kind, else to a new step. */
  const append = (isQueues: boolean, added: SampleWork): void => {
    if (added.calls.length === 0 || added.samples === 0) return;
    if (open?.isQueues !== isQueues) steps.push((open = { isQueues, pieces: [] }));
    open.pieces.push(added);
  };
  const appendSlices = (tasks: readonly Task[]): void => {
    for (const calls of tasks) append(false, { first: 0, samples: 1, calls });
  };
  /** Closes the open step, so that later work begins a new one. */
  const close = (): void => {
    open = undefined;
    inUse.sliced = [];
  };
  const barrier = (): void => {
    close();
    appendSlices(later);
    close();
    [later, inUse.deferred] = [[], []];
  };
  return {
    queue(use, work) {
      if (conflicts(inUse.deferred, use)) barrier();
      inUse.sliced = [];
      append(true, work);
    },
    slices(use, tasks) {
      if (conflicts(inUse.deferred, use)) barrier();
      if (conflicts(inUse.sliced, use)) close();
      inUse.sliced.push(use);
      appendSlices(tasks);
    },
    defer(use, tasks) {
      if (tasks.length === 0) return;
      later.push(...tasks);
      inUse.deferred.push(use);
    },
    settle() {
      if (later.length > 0) barrier();
    },
    barrier,
    isEmpty: () => steps.length === 0 && later.length === 0,
    take() {
      barrier();
      const taken = steps;
      steps = [];
      return taken;
    },
  };
}

/** Whether work reads a buffer that others write, or writes a buffer that others read or write. */
function conflicts(inUse: readonly Use[], { reads, writes }: Use): boolean {
  return inUse.some(
    (use) => shares(use.writes, reads) || shares(use.reads, writes) || shares(use.writes, writes),
  );
}

function shares(some: Use['reads'] = [], others: Use['reads'] = []): boolean {
  return some.some((buffer) => buffer !== null && others.includes(buffer));
}

/** Writes steps to memory at an address, as `shared.ts` describes them. */
export function writeProgram(
  memory: SharedMemory,
  steps: readonly Step[],
  at: number,
  { queues, stage }: { readonly queues: number; readonly stage: (bytes: number) => number },
): void {
  const head = memory.i32(at, 1 + stepWords * steps.length);
  head[0] = steps.length;
  for (const [s, { isQueues, pieces }] of steps.entries()) {
    const addresses = writePieces(memory, pieces, stage);
    const tasks = isQueues ? queuesWith(pieces, queues) : pieces.length;
    const table = stage(4 * taskWords * tasks);
    const words = memory.i32(table, taskWords * tasks);
    for (let k = 0; k < tasks; k++) {
      const task = isQueues ? [addresses[0], pieces.length, k, queues] : [addresses[k], 1, 0, 1];
      words.set(task, taskWords * k);
    }
    head.set([0, tasks, 0, table], 1 + s * stepWords);
  }
}

/** The number of queues up to the last one that has a sample. */
function queuesWith(pieces: readonly SampleWork[], queues: number): number {
  const end = pieces.reduce((most, { first, samples }) => Math.max(most, first + samples), 0);
  return Math.min(queues, end);
}

/** Writes pieces of work one after another; returns their addresses. */
function writePieces(
  memory: SharedMemory,
  pieces: readonly SampleWork[],
  stage: (bytes: number) => number,
): number[] {
  const total = pieces.reduce((sum, { calls }) => sum + pieceNumbers + numbersOf(calls), 0);
  const at = stage(8 * total);
  const numbers = memory.f64(at, total);
  let next = 0;
  return pieces.map(({ first, samples, calls }) => {
    const address = at + 8 * next;
    numbers[next + piece.first] = first;
    numbers[next + piece.end] = first + samples;
    numbers[next + piece.length] = numbersOf(calls);
    next += pieceNumbers;
    for (const call of calls) {
      const args = argumentsOf(call, parameters);
      numbers[next++] = kernelIndices.get(call.kernel)!; // the map has every kernel
      numbers[next++] = args.length;
      // A plain loop, because it is fast: the host takes a core from the threads while it writes a batch's hundreds of calls.
      for (let a = 0; a < args.length; a++, next++) {
        const arg = args[a];
        const grows = typeof arg !== 'number';
        numbers[next] = grows ? arg.first : arg;
        numbers[next + args.length] = grows ? arg.by : 0;
      }
      next += args.length;
    }
    return address;
  });
}

/** Counts the numbers that describe the calls: per call the kernel, the number of arguments, and two numbers per argument. */
function numbersOf(calls: Task): number {
  let numbers = 0;
  for (const { kernel } of calls) numbers += 2 * (1 + parameters[kernel].length);
  return numbers;
}
