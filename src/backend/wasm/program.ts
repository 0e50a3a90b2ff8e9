/**
 * Programs: work as steps. The queues or slices of a step run in any order and at the same time; the threads meet between
 * steps. Fewer steps are therefore faster. A sample runs through all layers within one step, so the threads meet four to
 * six times per shard.
 */
import type { SampleWork, Task } from './executor.ts';
import { kernelNames } from './module.ts';
import { stepWords, taskWords, piece, pieceNumbers } from './shared.ts';
import type { SharedMemory } from './sharedMemory.ts';

const kernelPlaces = new Map(kernelNames.map((name, place) => [name, place]));

/** Calls for the first of some samples, and how much each argument grows from one sample to the next. A slice is work on one sample. */
export interface ProgramPiece {
  readonly first: number;
  readonly samples: number;
  readonly calls: Task;
  /** By call, then by argument; absent if none grows. */
  readonly growth?: readonly (readonly number[])[];
}

/** A step: work that all sample queues share, or slices. */
export interface Step {
  readonly isQueues: boolean;
  readonly pieces: ProgramPiece[];
}

export class Program {
  private steps: Step[] = [];
  /** The last step while it can still grow. */
  private open: Step | undefined;
  private later: Task[] = [];

  /** Appends to sample queues; an open step of queues continues. */
  queue(samples: SampleWork): void {
    if (samples.samples > 0) this.append(true, pieceOf(samples));
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
  private append(isQueues: boolean, added: ProgramPiece): void {
    if (added.calls.length === 0) return;
    if (this.open?.isQueues !== isQueues) this.steps.push((this.open = { isQueues, pieces: [] }));
    this.open.pieces.push(added);
  }
}

/** Asks for the calls of up to three samples: the growth is between the first two, and the last must agree. */
function pieceOf({ first, samples, calls: callsOf }: SampleWork): ProgramPiece {
  const calls = callsOf(first);
  if (samples === 1) return { first, samples, calls };
  const [second, last] = [callsOf(first + 1), callsOf(first + samples - 1)];
  const growth = calls.map(([kernel, ...args], c) =>
    args.map((arg, a) => {
      const [next, end] = [second[c][a + 1] as number, last[c][a + 1] as number]; // the first alone is a name
      const by = Object.is(arg, next) ? 0 : next - arg;
      if (by === 0 ? Object.is(arg, end) : arg + (samples - 1) * by === end) return by;
      throw new Error(`expected argument ${a} of ${kernel} to grow evenly, got ${arg}, ${next}, … ${end}`);
    }),
  );
  return { first, samples, calls, growth };
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
    const places = writePieces(memory, pieces, stage);
    const tasks = isQueues ? queuesWith(pieces, queues) : pieces.length;
    const table = stage(4 * taskWords * tasks);
    const words = memory.i32(table, taskWords * tasks);
    for (let k = 0; k < tasks; k++) {
      const task = isQueues ? [places[0], pieces.length, k, queues] : [places[k], 1, 0, 1];
      words.set(task, taskWords * k);
    }
    head.set([0, tasks, 0, table], 1 + s * stepWords);
  }
}

/** Queues up to the last that has a sample. */
function queuesWith(pieces: readonly ProgramPiece[], queues: number): number {
  const end = pieces.reduce((most, { first, samples }) => Math.max(most, first + samples), 0);
  return Math.min(queues, end);
}

/** Writes pieces of work one after another; returns their addresses. */
function writePieces(
  memory: SharedMemory,
  pieces: readonly ProgramPiece[],
  stage: (bytes: number) => number,
): number[] {
  const total = pieces.reduce((sum, { calls }) => sum + pieceNumbers + numbersOf(calls), 0);
  const at = stage(8 * total);
  const numbers = memory.f64(at, total);
  let next = 0;
  return pieces.map(({ first, samples, calls, growth }) => {
    const place = at + 8 * next;
    numbers[next + piece.first] = first;
    numbers[next + piece.end] = first + samples;
    numbers[next + piece.length] = numbersOf(calls);
    next += pieceNumbers;
    // Plain loops: a batch has hundreds of calls, and what the host does meanwhile takes a core from the threads.
    for (let c = 0; c < calls.length; c++) {
      const call = calls[c];
      const args = call.length - 1;
      numbers[next++] = kernelPlaces.get(call[0])!; // it has every kernel
      numbers[next++] = args;
      for (let a = 1; a <= args; a++) numbers[next++] = call[a] as number; // the first alone is a name
      for (let a = 1; a <= args; a++) numbers[next++] = growth ? growth[c][a - 1] : 0;
    }
    return place;
  });
}

/** Each call has its kernel, the number of its arguments, and each argument twice. */
function numbersOf(calls: Task): number {
  let numbers = 0;
  for (const call of calls) numbers += 2 * call.length;
  return numbers;
}
