/**
 * A pool of threads plans programs, and the failure of a thread rejects the pending wait. kernels.test.ts and poolGrowth.test.ts
 * test the results of programs.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Buffer } from '../../src/backend/backend.ts';
import type { Executor, SampleWork, Task } from '../../src/backend/wasm/executor.ts';
import { createPool, type PoolSize } from '../../src/backend/wasm/pool.ts';
import { createProgram } from '../../src/backend/wasm/program.ts';
import {
  control,
  controlWords,
  doing,
  doingBits,
  page,
  stepWords,
  task,
  piece,
  pieceNumbers,
} from '../../src/backend/wasm/shared.ts';
import { SharedMemory } from '../../src/backend/wasm/sharedMemory.ts';
import { createWatch, PoolState, type StallWatch } from '../../src/backend/wasm/stall.ts';
import { InputError } from '../../src/errors.ts';

const copy = (to: number, from: number): Task => [{ kernel: 'copy', to, from, bytes: 4 }];

const sizeOf = (threads: number): PoolSize => ({ threads, queues: 2 * threads, scratchBytes: 1024 });

describe('a program', () => {
  const slice = (calls: Task): SampleWork => ({ first: 0, samples: 1, calls });

  it('continues queues, divides slices, and keeps what is deferred for later', () => {
    const program = createProgram();
    const [a, b, c, d, e] = [1, 2, 3, 4, 5].map((k) => copy(k, 0));
    program.queue({}, { first: 0, samples: 1, calls: a });
    program.defer({}, [e]);
    program.queue({}, { first: 2, samples: 1, calls: b });
    program.settle();
    program.slices({}, [c]);
    program.slices({}, [d]);
    program.barrier();
    program.slices({}, [a]);
    program.queue({}, { first: 1, samples: 1, calls: b });
    program.slices({}, [c]);
    expect(program.isEmpty()).toBe(false);
    expect(program.take()).toEqual([
      { isQueues: true, pieces: [slice(a), { ...slice(b), first: 2 }] },
      { isQueues: false, pieces: [slice(e)] },
      { isQueues: false, pieces: [slice(c), slice(d)] },
      { isQueues: false, pieces: [slice(a)] },
      { isQueues: true, pieces: [{ ...slice(b), first: 1 }] },
      { isQueues: false, pieces: [slice(c)] },
    ]);
    program.defer({}, [d]);
    expect(program.isEmpty()).toBe(false);
    expect(program.take()).toEqual([{ isQueues: false, pieces: [slice(d)] }]);
    expect([program.isEmpty(), program.take()]).toEqual([true, []]);
  });

  it('begins a step where work reads or writes what earlier slices use', () => {
    const program = createProgram();
    const [x, y] = [1, 2].map((n): Buffer => ({ role: 'weights', n, samples: 1 }));
    const [a, b, c, d] = [1, 2, 3, 4].map((k) => copy(k, 0));
    program.slices({ reads: [x], writes: [y, null] }, [a]);
    program.slices({ reads: [x, null] }, [b]);
    program.slices({ writes: [x] }, [c]);
    program.defer({ reads: [y], writes: [x] }, [d]);
    program.queue({ reads: [y] }, { first: 0, samples: 1, calls: a });
    program.slices({ writes: [y] }, [b]);
    program.slices({ reads: [y] }, [c]);
    expect(program.take()).toEqual([
      { isQueues: false, pieces: [slice(a), slice(b)] },
      { isQueues: false, pieces: [slice(c)] },
      { isQueues: true, pieces: [slice(a)] },
      { isQueues: false, pieces: [slice(d)] },
      { isQueues: false, pieces: [slice(b)] },
      { isQueues: false, pieces: [slice(c)] },
    ]);
  });

  it('leaves out work without samples or calls', () => {
    const program = createProgram();
    program.slices({}, [[], copy(1, 0)]);
    program.barrier();
    program.slices({}, [[]]);
    program.queue({}, { first: 0, samples: 0, calls: copy(1, 0) });
    program.queue({}, { first: 0, samples: 5, calls: [] });
    expect(program.take()).toEqual([{ isQueues: false, pieces: [slice(copy(1, 0))] }]);
  });
});

describe('a pool', () => {
  it('tells whoever waits that a kernel failed, and stays failed', async () => {
    const memory = new SharedMemory();
    const pool = createPool(memory, sizeOf(2));
    pool.slices({}, [copy(0, 2 ** 32 - 4), copy(64, 128)]);
    await expect(pool.flush()).rejects.toThrow(
      /a thread of the pool ended: thread \d, program 1: RuntimeError: memory access out of bounds/,
    );
    pool.slices({}, [copy(64, 128)]);
    await expect(pool.flush()).rejects.toThrow(/a thread of the pool ended/);
    pool.dispose();
  });

  it.each(['at once', 'later'])(
    'whose threads cannot start, %s, rejects every wait and stops them',
    async (when) => {
      const threads = process.getBuiltinModule('node:worker_threads');
      const { Worker } = threads;
      const size = 3;
      for (const which of [1, 2, 3]) {
        let made = 0;
        const stopped: Promise<number>[] = [];
        threads.Worker = class extends Worker {
          constructor(...all: ConstructorParameters<typeof Worker>) {
            const fails = ++made === which;
            if (fails && when === 'at once') throw new Error('EAGAIN');
            super(...all);
            // Fails after all threads have been created, but before any has started.
            if (fails) process.nextTick(() => this.emit('error', new Error('EAGAIN')));
          }
          override terminate(): Promise<number> {
            stopped.push(super.terminate());
            return stopped.at(-1)!;
          }
        };
        const pool = createPool(new SharedMemory(), sizeOf(size));
        const reason = `thread ${which} of ${size} cannot start: EAGAIN; take fewer threads`;
        for (let tries = 0; tries < 2; tries++) {
          pool.slices({}, [copy(64, 128)]);
          await expect(pool.flush()).rejects.toThrow(new InputError(`wasm: ${reason}`));
        }
        pool.dispose();
        threads.Worker = Worker;
        expect(stopped).toHaveLength(when === 'at once' ? which - 1 : size);
        await Promise.all(stopped);
      }
    },
  );

  it('that is disposed rejects what waits', async () => {
    const memory = new SharedMemory();
    const pool = createPool(memory, sizeOf(2));
    pool.slices({}, [copy(64, 128)]);
    const waits = expect(pool.flush()).rejects.toThrow(/disposed/);
    pool.dispose();
    await waits;
  });
});

describe('a program that is damaged before threads read it is a failure that names what is wrong', () => {
  /** Damages words of a written program just before the pool hands it to the threads. */
  class DamagedMemory extends SharedMemory {
    damage: () => void = () => {};
    private head = 0;
    override allocate(bytes: number): number {
      const at = super.allocate(bytes);
      if (bytes === 4 + 4 * stepWords) this.head = at; // the size of a program of one step
      return at;
    }
    /** The pool reads `pages` when it hands over a program. */
    override get pages(): number {
      this.damage();
      return super.pages;
    }
    /** The addresses of the program: its steps, its tasks, their pieces of work, and the first call. */
    get program(): number[] {
      const tasks = this.i32(this.head, 5)[4];
      const [at] = this.i32(tasks, 1);
      return [this.head, tasks, at, at + 8 * pieceNumbers];
    }
  }

  const [steps, tasks, pieces, calls] = [0, 1, 2, 3];
  /** A damaged word: its type, its part of the program, its index there, and its value. */
  it.each<[string, type: 'i32' | 'f64', part: number, at: number, value: number, RegExp]>([
    ['no steps', 'i32', steps, 0, 0, /expected 1 or more steps, got 0/],
    ['no tasks', 'i32', steps, 2, 0, /expected 1 or more tasks, got 0/],
    ['steps beyond the memory', 'i32', steps, 4, -64, /a word within the memory, got address 4294967232/],
    ['a task without work', 'i32', tasks, task.pieces, 0, /expected 1 or more pieces of work, got 0/],
    ['a queue below the first', 'i32', tasks, task.queue, -1, /expected 0 or more as the queue, got -1/],
    ['no queues', 'i32', tasks, task.queues, 0, /expected 1 or more queues, got 0/],
    ['half a sample', 'f64', pieces, piece.first, 0.5, /expected 0 or more as the first sample, got 0.5/],
    ['no samples', 'f64', pieces, piece.end, 0, /expected 1 or more samples, got 0/],
    ['work without calls', 'f64', pieces, piece.length, 0, /expected 2 or more numbers of calls, got 0/],
    ['a kernel that is not there', 'f64', calls, 0, 1000, /expected a kernel, got 1000/],
    ['half an argument', 'f64', calls, 1, 1.5, /expected 0 or more arguments, got 1.5/],
    ['more arguments than a kernel has', 'f64', calls, 1, 22, /expected fewer than 22 arguments, got 22/],
    ['more arguments than the call has', 'f64', calls, 1, 4, /a call within its piece of work, got its end/],
  ])('%s', (_, type, part, at, value, expected) =>
    refuses((memory) => (memory[type](memory.program[part], at + 1)[at] = value), expected),
  );

  it('work beyond the memory', () =>
    refuses((memory) => {
      const last = memory.wasm.buffer.byteLength - 8 * pieceNumbers;
      memory.f64(last, pieceNumbers).set([0, 1, 2]);
      memory.i32(memory.program[tasks], 1)[0] = last;
    }, /expected a piece of work within the memory/));

  async function refuses(damage: (memory: DamagedMemory) => void, expected: RegExp): Promise<void> {
    const memory = new DamagedMemory();
    const pool = createPool(memory, sizeOf(2));
    memory.damage = () => damage(memory);
    pool.slices({}, [copy(64, 128)]);
    await expect(pool.flush()).rejects.toThrow(expected);
    pool.dispose();
  }
});

/** Overwrites released memory, and counts the programs that the pool hands over. */
class WatchedMemory extends SharedMemory {
  given = 0;
  private readonly bytesAt = new Map<number, number>();
  override allocate(bytes: number): number {
    const at = super.allocate(bytes);
    this.bytesAt.set(at, bytes);
    return at;
  }
  override release(at: number): void {
    this.bytes(at, this.bytesAt.get(at) ?? 0).fill(0xee);
    this.bytesAt.delete(at);
    super.release(at);
  }
  /** The pool reads `pages` when it hands over a program. */
  override get pages(): number {
    this.given++;
    return super.pages;
  }
}

it('memory that threads use grows while they run, for what is staged meanwhile, and is released when nothing reads it', async () => {
  const memory = new WatchedMemory();
  const pool = createPool(memory, sizeOf(2));
  const sums = memory.allocate(64);
  let grown = 0;
  for (let k = 0; k < 400; k++) {
    const before = memory.pages;
    const staged = pool.stage(page);
    grown += Number(memory.pages > before);
    memory.f32(staged, 16).fill(1);
    pool.barrier();
    pool.slices({}, [[{ kernel: 'accumulate', into: sums, gradient: staged, bytes: 64 }]]);
    pool.submit();
    if (k % 7 === 6) await pool.flush();
  }
  await pool.flush();
  expect([...memory.f32(sums, 16)]).toEqual(Array(16).fill(400));
  expect([grown > 3, memory.pages < 100]).toEqual([true, true]);
  pool.dispose();
});

describe('flush', () => {
  const long = 2 ** 22;
  const steps = 10;

  /** A pool that adds ones to an array of sums, and a function that reads the last sum. */
  function adding(): {
    pool: Executor;
    add: (bytes: number) => void;
    memory: WatchedMemory;
    last: () => number;
  } {
    const memory = new WatchedMemory();
    const pool = createPool(memory, sizeOf(2));
    const [ones, sums] = [memory.allocate(long), memory.allocate(long)];
    memory.f32(ones, long / 4).fill(1);
    const add = (bytes: number): void => {
      pool.barrier();
      pool.slices({}, [[{ kernel: 'accumulate', into: sums + long - bytes, gradient: ones, bytes }]]);
    };
    return { pool, add, memory, last: () => memory.f32(sums, long / 4)[long / 4 - 1]! };
  }

  it('of an idle pool begins before anything is waited for', async () => {
    const { pool, add, memory, last } = adding();
    add(64);
    pool.submit();
    expect(memory.given).toBe(1);
    add(64);
    pool.submit();
    expect(memory.given).toBe(1);
    await pool.flush();
    expect([memory.given, last()]).toEqual([2, 2]);
    pool.dispose();
  });

  it('waits for all work so far, whoever asks', async () => {
    const { pool, add, last } = adding();
    add(64);
    const another = pool.flush().then(async () => {
      const waiting = pool.flush();
      add(64);
      await waiting;
    });
    for (let k = 0; k < steps; k++) add(long);
    await pool.flush();
    expect(last()).toBeGreaterThanOrEqual(1 + steps);
    await another;
    await pool.flush();
    expect(last()).toBe(2 + steps);
    pool.dispose();
  });
});

describe('a pool that does not move', () => {
  afterEach(() => void vi.useRealTimers());

  /** Builds the shared words of a pool of two threads at step 2 of program 3. */
  function shown(what: number): { words: Int32Array; stalled: string[]; watch: StallWatch } {
    vi.useFakeTimers();
    const memory = new SharedMemory();
    const at = memory.allocate(4 * controlWords(2));
    const program = memory.allocate(4 + 8 * stepWords);
    const words = memory.i32(at, controlWords(2));
    memory.i32(program, 1 + 2 * stepWords).set([2, 5, 5, 2, 0, 6, 5, 1, 0]);
    words.set([3, program, memory.pages, 2]);
    words.set([3, what | (1 << doingBits), 3, doing.waitsForOthers | (1 << doingBits)], control.threads);
    const stalled: string[] = [];
    const watch = createWatch(new PoolState(memory, at, 2), (text) => stalled.push(text));
    watch.begin();
    return { words, stalled, watch };
  }

  it('is told after some seconds, with what each thread waits for', () => {
    const { stalled } = shown(doing.waitsForOthers);
    vi.advanceTimersByTime(10_000);
    expect(stalled).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(stalled).toEqual([
      'no progress for 15 s: program 3 was given; ' +
        'thread 0 waits for the others at step 2 of program 3, where 1 of 2 are; ' +
        'thread 1 waits for the others at step 2 of program 3, where 1 of 2 are',
    ]);
  });

  it('is none while a task runs, however long', () => {
    const { words, stalled, watch } = shown(doing.runsTasks);
    vi.advanceTimersByTime(3_600_000);
    expect(stalled).toEqual([]);
    words[control.threads + 1] = doing.waitsForProgram;
    vi.advanceTimersByTime(30_000);
    expect(stalled[0]).toMatch(/thread 0 waits for program 3; thread 1 waits for the others/);
    watch.end();
  });

  it('is none while no program runs, and the timer ends', () => {
    const { words, stalled, watch } = shown(doing.waitsForOthers);
    words[control.done] = words[control.posted];
    vi.advanceTimersByTime(1000);
    // The main thread has not noticed the end yet. Until it notices, the timer must keep the process alive.
    expect(vi.getTimerCount()).toBe(1);
    watch.rest();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(vi.getTimerCount()).toBe(0);
    watch.begin();
    watch.begin();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(stalled).toHaveLength(1);
  });

  it('is none while counters change', () => {
    const { words, stalled, watch } = shown(doing.waitsForOthers);
    for (let k = 0; k < 100; k++) {
      words[control.threads]++;
      vi.advanceTimersByTime(5_000);
    }
    expect(stalled).toEqual([]);
    watch.end();
  });
});
