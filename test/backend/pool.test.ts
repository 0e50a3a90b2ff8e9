/** A pool of threads carries out programs; a thread that fails rejects the pending wait. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/backend/wasm/executor.ts';
import { Memory } from '../../src/backend/wasm/memory.ts';
import { createPool } from '../../src/backend/wasm/pool.ts';
import { Program } from '../../src/backend/wasm/program.ts';
import { runsOf, seedOf } from '../support.ts';

const copy = (to: number, from: number): Task => [['copy', to, from, 4]];

describe('a program', () => {
  it('runs lanes on, shares parts out, and keeps what is deferred for later', () => {
    const program = new Program();
    const [a, b, c, d, e] = [1, 2, 3, 4, 5].map((k) => copy(k, 0));
    program.lanes([a, b], 0);
    program.defer([e]);
    program.lanes([c], 1);
    program.settle();
    program.parts([d]);
    program.parts([a]);
    program.barrier();
    program.parts([b]);
    expect(program.isEmpty).toBe(false);
    expect(program.take()).toEqual([[a, [...b, ...c]], [e], [d, a], [b]]);
    expect(program.isEmpty).toBe(true);
    expect(program.take()).toEqual([]);
  });
});

describe('a pool', () => {
  it('does what one thread would do, program after program', { timeout: 60_000 }, async () => {
    const memory = new Memory(true);
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
            pool.parts([copy(at + 4 * to, at + 4 * from)]);
          }
          await pool.flush();
        }
        expect([...memory.u32(at, words)]).toEqual([...expected]);
      }),
      { numRuns: runsOf(50), seed: seedOf() },
    );
    pool.dispose();
  });

  it('tells whoever waits that a kernel failed, and stays failed', async () => {
    const memory = new Memory(true);
    const pool = createPool(memory, 2, 1024);
    pool.parts([copy(0, 2 ** 32 - 4), copy(64, 128)]);
    await expect(pool.flush()).rejects.toThrow(
      /a thread of the pool ended: RuntimeError: memory access out of bounds/,
    );
    pool.parts([copy(64, 128)]);
    await expect(pool.flush()).rejects.toThrow(/a thread of the pool ended/);
    pool.dispose();
  });

  it('that is disposed rejects what waits', async () => {
    const memory = new Memory(true);
    const pool = createPool(memory, 2, 1024);
    pool.parts([copy(64, 128)]);
    const waits = expect(pool.flush()).rejects.toThrow(/disposed/);
    pool.dispose();
    await waits;
  });
});
