/**
 * Detects a stalled pool: within {@link patience} checks (15 seconds), no counter of the program has changed and no thread ran
 * a task. A long task is thus not a stall. A stalled pool fails and reports the state of each thread; the command names the
 * last checkpoint and exits with code 1.
 */
import { control, controlWords, doing, doingBits, indexAt, step, stepWords, threadWords } from './shared.ts';
import type { SharedMemory } from './sharedMemory.ts';

/** Milliseconds between two checks. */
const interval = 1000;

/** A pool is stalled after this many checks without a change. A suspended process makes only one check when it resumes. */
const patience = 15;

/** The limit while threads start. It is higher, because a loaded machine may need tens of seconds. */
const patienceAtStart = 120;

/** The contents of the control block and the steps of the last program. */
export class PoolState {
  private readonly memory: SharedMemory;
  private readonly at: number;
  private readonly threads: number;

  constructor(memory: SharedMemory, at: number, threads: number) {
    [this.memory, this.at, this.threads] = [memory, at, threads];
  }

  /** All counters, as one text. */
  counters(): string {
    return `${this.head().join()};${this.steps().join()}`;
  }

  get isInTask(): boolean {
    return this.states().some(({ what }) => what === doing.runsTasks);
  }

  get isStarting(): boolean {
    return this.states().some(({ what }) => what === doing.nothing);
  }

  hasStarted(thread: number): boolean {
    return this.states()[thread].what !== doing.nothing;
  }

  /** Describes what each thread does or waits for. */
  describe(): string {
    const steps = this.steps();
    const texts = this.states().map(({ program, what, s }, k) => {
      const arrived = steps[stepWords * s + step.arrived];
      if (what === doing.nothing) return `thread ${k} has not started`;
      if (what === doing.waitsForProgram) return `thread ${k} waits for program ${program}`;
      if (what === doing.runsTasks) return `thread ${k} runs step ${s + 1} of program ${program}`;
      const of = `step ${s + 1} of program ${program}`;
      return `thread ${k} waits for the others at ${of}, where ${arrived} of ${this.threads} are`;
    });
    return `program ${this.head()[control.posted]} was given; ${texts.join('; ')}`;
  }

  private head(): Int32Array {
    return this.memory.i32(this.at, controlWords(this.threads));
  }

  private states(): { program: number; what: number; s: number }[] {
    const head = this.head();
    return Array.from({ length: this.threads }, (_, k) => {
      const [program, state] = head.subarray(control.threads + threadWords * k);
      return { program, what: state & ((1 << doingBits) - 1), s: state >> doingBits };
    });
  }

  private steps(): Int32Array {
    const at = 4 * indexAt(this.head()[control.program], 4);
    const [steps] = this.memory.i32(at, 1);
    return this.memory.i32(at + 4, stepWords * steps);
  }
}

/** Checks a pool each second while programs run, and keeps the process alive meanwhile. */
export interface StallWatch {
  begin(): void;
  /** Called when no program runs, so that the process may end. */
  rest(): void;
  end(): void;
}

/**
 * If a program makes no progress, calls `stalled` once with the state of each thread. One timer serves all programs, and stops
 * when a check finds none running.
 */
export function createWatch(progress: PoolState, stalled: (text: string) => void): StallWatch {
  let timer: ReturnType<typeof setInterval> | undefined;
  let before = '';
  let looks = 0;
  let rests = false;
  const end = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const check = (): void => {
    if (rests) return end();
    const now = progress.counters();
    looks = now === before && !progress.isInTask ? looks + 1 : 0;
    before = now;
    if (looks < (progress.isStarting ? patienceAtStart : patience)) return;
    end();
    stalled(`no progress for ${looks} s: ${progress.describe()}`);
  };
  return {
    begin() {
      rests = false;
      timer ??= setInterval(check, interval);
      if (typeof timer === 'object') timer.ref(); // in browsers it is a number
    },
    rest() {
      rests = true;
      if (typeof timer === 'object') timer.unref();
    },
    end,
  };
}
