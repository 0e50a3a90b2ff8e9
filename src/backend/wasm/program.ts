/**
 * Programs: work as steps. The queues or slices of a step run in any order and at the same time; the threads meet between
 * steps. Fewer steps are therefore faster. A sample runs through all layers within one step, so the threads meet four to
 * six times per shard.
 */
import { parameters } from '#kernels';
import { keysOf } from '../../keysOf.ts';
import { argumentsOf, type SampleWork, type Task } from './executor.ts';
import { stepWords, taskWords, piece, pieceNumbers } from './shared.ts';
import type { SharedMemory } from './sharedMemory.ts';

/** The numbers of the kernels in a program. */
export const kernelNames = keysOf(parameters);

const kernelIndices = new Map(kernelNames.map((name, index) => [name, index]));

/** A step: work that all sample queues share, or slices. */
export interface Step {
  readonly isQueues: boolean;
  /** A slice is work on one sample. */
  readonly pieces: SampleWork[];
}

export class Program {
  private steps: Step[] = [];
  /** The last step while it can still grow. */
  private open: Step | undefined;
  private later: Task[] = [];

  /** Appends to sample queues; an open step of queues continues. */
  queue(work: SampleWork): void {
    if (work.samples > 0) this.append(true, work);
  }

  /** Appends to the weight slices of the step before, or begins a step. */
  slices(tasks: readonly Task[]): void {
    for (const calls of tasks) this.append(false, { first: 0, samples: 1, calls });
  }

  defer(tasks: readonly Task[]): void {
    this.later.push(...tasks);
  }

  /** Turns the deferred slices into a step. */
  settle(): void {
    if (this.later.length === 0) return;
    this.barrier();
    this.slices(this.later);
    this.barrier();
    this.later = [];
  }

  /** Later work begins a new step. */
  barrier(): void {
    this.open = undefined;
  }

  get isEmpty(): boolean {
    return this.steps.length === 0 && this.later.length === 0;
  }

  /** Returns all steps, and empties the program. */
  take(): readonly Step[] {
    this.settle();
    this.barrier();
    const { steps } = this;
    this.steps = [];
    return steps;
  }

  /** Appends to the open step, if it is of the same kind. */
  private append(isQueues: boolean, added: SampleWork): void {
    if (added.calls.length === 0) return;
    if (this.open?.isQueues !== isQueues) this.steps.push((this.open = { isQueues, pieces: [] }));
    this.open.pieces.push(added);
  }
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

/** Queues up to the last that has a sample. */
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
      // A plain loop is fast: a batch has hundreds of calls, and the host takes a core from the threads meanwhile.
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

/** Each call has its kernel, the number of its arguments, and each argument twice. */
function numbersOf(calls: Task): number {
  let numbers = 0;
  for (const { kernel } of calls) numbers += 2 * (1 + parameters[kernel].length);
  return numbers;
}
