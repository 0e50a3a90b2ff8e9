/** A pool of threads carries out programs; a thread that fails rejects the pending wait. */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Executor, Task } from '../../src/backend/wasm/executor.ts';
import { createPool } from '../../src/backend/wasm/pool.ts';
import { Program } from '../../src/backend/wasm/program.ts';
import { control, controlWords, doing, doingBits, page, stepWords } from '../../src/backend/wasm/shared.ts';
import { SharedMemory } from '../../src/backend/wasm/sharedMemory.ts';
import { PoolState, watch } from '../../src/backend/wasm/stall.ts';
import { drawing } from '../support.ts';

const copy = (to: number, from: number): Task => [['copy', to, from, 4]];

describe('a program', () => {
  it('continues queues, divides slices, and keeps what is deferred for later', () => {
    const program = new Program();
    const [a, b, c, d, e] = [1, 2, 3, 4, 5].map((k) => copy(k, 0));
    program.queue([a, b]);
    program.defer([e]);
    program.queue([[], c]);
    program.settle();
    program.slices([d]);
    program.slices([a]);
    program.barrier();
    program.slices([b]);
    expect(program.take()).toEqual([[a, [...b, ...c]], [e], [d, a], [b]]);
    expect(program.take()).toEqual([]);
  });

  it('leaves out tasks without calls, and steps without tasks', () => {
    const program = new Program();
    program.slices([[], copy(1, 0)]);
    program.barrier();
    program.slices([[]]);
    expect(program.take()).toEqual([[copy(1, 0)]]);
  });
});

describe('a pool', () => {
  it('does what one thread would do, program after program', { timeout: 60_000 }, async () => {
    const memory = new SharedMemory();
    const pool = createPool(memory, 3, 1024);
    const words = 64;
    const at = memory.allocate(4 * words);
    const numbers = fc.array(fc.tuple(fc.nat(words - 1), fc.nat(words - 1)), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(numbers, { minLength: 1, maxLength: 6 }), async (programs) => {
        const expected = Uint32Array.from({ length: words }, (_, k) => k);
        memory.u32(at, words).set(expected);
        for (const moves of programs) {
          for (const [to, from] of moves) {
            expected[to] = expected[from];
            pool.barrier();
            pool.slices([copy(at + 4 * to, at + 4 * from)]);
          }
          await pool.flush();
        }
        expect([...memory.u32(at, words)]).toEqual([...expected]);
      }),
      drawing(50),
    );
    pool.dispose();
  });

  it('tells whoever waits that a kernel failed, and stays failed', async () => {
    const memory = new SharedMemory();
    const pool = createPool(memory, 2, 1024);
    pool.slices([copy(0, 2 ** 32 - 4), copy(64, 128)]);
    await expect(pool.flush()).rejects.toThrow(
      /a thread of the pool ended: thread \d, program 1: RuntimeError: memory access out of bounds/,
    );
    pool.slices([copy(64, 128)]);
    await expect(pool.flush()).rejects.toThrow(/a thread of the pool ended/);
    pool.dispose();
  });

  it('that is disposed rejects what waits', async () => {
    const memory = new SharedMemory();
    const pool = createPool(memory, 2, 1024);
    pool.slices([copy(64, 128)]);
    const waits = expect(pool.flush()).rejects.toThrow(/disposed/);
    pool.dispose();
    await waits;
  });
});

describe('a program that is damaged before threads read it is a failure that names what is wrong', () => {
  /** Changes words of the program once it is written, when it is given. */
  class DamagedMemory extends SharedMemory {
    damage: () => void = () => {};
    private head = 0;
    override allocate(bytes: number): number {
      const at = super.allocate(bytes);
      if (bytes === 4 + 4 * stepWords) this.head = at; // of a program of one step
      return at;
    }
    /** Asked for when a program is given. */
    override get pages(): number {
      this.damage();
      return super.pages;
    }
    /** Addresses of the steps, the tasks and the calls. */
    get program(): number[] {
      const tasks = this.i32(this.head, 5)[4];
      return [this.head, tasks, this.i32(tasks, 1)[0]];
    }
  }

  it.each<[string, (memory: DamagedMemory) => void, RegExp]>([
    ['no steps', (memory) => (memory.i32(memory.program[0], 1)[0] = 0), /expected 1 or more steps, got 0/],
    ['no tasks', (memory) => (memory.i32(memory.program[0], 5)[2] = 0), /expected 1 or more tasks, got 0/],
    [
      'steps beyond the memory',
      (memory) => (memory.i32(memory.program[0], 5)[4] = -64),
      /expected a word within the memory, got address 4294967232/,
    ],
    [
      'a task without calls',
      (memory) => (memory.i32(memory.program[1], 2)[1] = 0),
      /expected 1 or more calls, got 0/,
    ],
    [
      'a kernel that is not there',
      (memory) => (memory.f64(memory.program[2], 1)[0] = 1000),
      /expected a kernel, got 1000/,
    ],
    [
      'half an argument',
      (memory) => (memory.f64(memory.program[2], 2)[1] = 1.5),
      /expected 0 or more arguments, got 1.5/,
    ],
    [
      'more arguments than a kernel has',
      (memory) => (memory.f64(memory.program[2], 2)[1] = 22),
      /expected fewer than 22 arguments, got 22/,
    ],
    [
      'arguments beyond the memory',
      (memory) => {
        const last = memory.wasm.buffer.byteLength - 16;
        memory.f64(last, 2)[1] = 1;
        memory.i32(memory.program[1], 1)[0] = last;
      },
      /expected a call within the memory/,
    ],
  ])('%s', async (_, damage, expected) => {
    const memory = new DamagedMemory();
    const pool = createPool(memory, 2, 1024);
    memory.damage = () => damage(memory);
    pool.slices([copy(64, 128)]);
    await expect(pool.flush()).rejects.toThrow(expected);
    pool.dispose();
  });
});

/** Overwrites what is released, and counts the programs given. */
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
  /** Asked for when a program is given. */
  override get pages(): number {
    this.given++;
    return super.pages;
  }
}

describe('memory that threads use', () => {
  it('grows while they run, for what is staged meanwhile, and is released when nothing reads it', async () => {
    const memory = new WatchedMemory();
    const pool = createPool(memory, 2, 1024);
    const sums = memory.allocate(64);
    let grown = 0;
    for (let k = 0; k < 400; k++) {
      const before = memory.pages;
      const staged = pool.stage(page);
      grown += Number(memory.pages > before);
      memory.f32(staged, 16).fill(1);
      pool.barrier();
      pool.slices([[['accumulate', sums, staged, 64]]]);
      pool.submit();
      if (k % 7 === 6) await pool.flush();
    }
    await pool.flush();
    expect([...memory.f32(sums, 16)]).toEqual(Array(16).fill(400));
    expect([grown > 3, memory.pages < 100]).toEqual([true, true]);
    pool.dispose();
  });
});

describe('flush', () => {
  const long = 2 ** 22;
  const steps = 10;

  /** A pool that adds ones to sums, and the last sum. */
  function adding(): {
    pool: Executor;
    add: (bytes: number) => void;
    memory: WatchedMemory;
    last: () => number;
  } {
    const memory = new WatchedMemory();
    const pool = createPool(memory, 2, 1024);
    const [ones, sums] = [memory.allocate(long), memory.allocate(long)];
    memory.f32(ones, long / 4).fill(1);
    const add = (bytes: number): void => {
      pool.barrier();
      pool.slices([[['accumulate', sums + long - bytes, ones, bytes]]]);
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

  /** A pool of two threads at step 2 of program 3, as the shared words show it. */
  function shown(what: number): { words: Int32Array; stalled: string[]; stop: () => void } {
    vi.useFakeTimers();
    const memory = new SharedMemory();
    const at = memory.allocate(4 * controlWords(2));
    const program = memory.allocate(4 + 8 * stepWords);
    const words = memory.i32(at, controlWords(2));
    memory.i32(program, 1 + 2 * stepWords).set([2, 5, 5, 2, 0, 6, 5, 1, 0]);
    words.set([3, program, memory.pages, 2]);
    words.set([3, what | (1 << doingBits), 3, doing.waitsForOthers | (1 << doingBits)], control.threads);
    const stalled: string[] = [];
    const stop = watch(new PoolState(memory, at, 2), (text) => stalled.push(text));
    return { words, stalled, stop };
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
    const { words, stalled, stop } = shown(doing.runsTasks);
    vi.advanceTimersByTime(3_600_000);
    expect(stalled).toEqual([]);
    words[control.threads + 1] = doing.waitsForProgram;
    vi.advanceTimersByTime(30_000);
    expect(stalled[0]).toMatch(/thread 0 waits for program 3; thread 1 waits for the others/);
    stop();
  });

  it('is none while counters change', () => {
    const { words, stalled, stop } = shown(doing.waitsForOthers);
    for (let k = 0; k < 100; k++) {
      words[control.threads]++;
      vi.advanceTimersByTime(5_000);
    }
    expect(stalled).toEqual([]);
    stop();
  });
});
