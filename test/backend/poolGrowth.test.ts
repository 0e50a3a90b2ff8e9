/** Runs a pool whose memory grows before every program, with threads that pause and see the growth late. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { describe, expect, test, vi } from 'vitest';
import type { Task } from '../../src/backend/wasm/executor.ts';
import { createPool } from '../../src/backend/wasm/pool.ts';
import { page } from '../../src/backend/wasm/shared.ts';
import { SharedMemory } from '../../src/backend/wasm/sharedMemory.ts';
import { runsOf, seedOf } from '../support.ts';

const seed = seedOf();

/** Lines that the test removes from the worker. */
const without: { lines?: RegExp } = {};

vi.mock('#worker', async () => {
  const { pausedWorker } = await import('./pausedWorker.ts');
  return {
    get source() {
      return pausedWorker(seed, without.lines);
    },
  };
});

/** Releases nothing, so that each program lies in newly grown memory. */
class GrowingMemory extends SharedMemory {
  override release(): void {}
}

/** Number of programs; `RUNS=10000` is the campaign. */
const programs = runsOf(1000);
const cells = 16;

/** Runs `count` programs, each in memory that has just grown. A program adds 1 to all cells, in three steps of tasks. */
async function countPrograms(count: number): Promise<Float32Array> {
  const memory = new GrowingMemory();
  const pool = createPool(memory, { threads: 2, queues: 2, scratchBytes: 1024 });
  const [sums, ones] = [memory.allocate(4 * cells), memory.allocate(4 * cells)];
  memory.f32(ones, cells).fill(1);
  const add = (k: number): Task => [
    { kernel: 'accumulate', into: sums + 16 * k, gradient: ones + 16 * k, bytes: 16 },
  ];
  try {
    for (let k = 0; k < count; k++) {
      const before = memory.pages;
      memory.allocate(page + (k % 7) * 10_000);
      expect(memory.pages).toBeGreaterThan(before);
      pool.slices({}, [add(0), add(1)]);
      pool.barrier();
      pool.slices({}, [add(2)]);
      pool.barrier();
      pool.slices({}, [add(3)]);
      await pool.flush();
    }
    return memory.f32(sums, cells).slice();
  } finally {
    pool.dispose();
  }
}

function pin(cores: string): void {
  const args = ['-a', '-p', '-c', cores, String(process.pid)];
  // `taskset` fails if a thread ends during the call, so a failed call is repeated once.
  if (spawnSync('taskset', args).status !== 0) expect(spawnSync('taskset', args).status).toBe(0);
}

test.each(process.platform === 'linux' ? ['0', `0-${availableParallelism() - 1}`] : [''])(
  `${programs} programs in grown memory each run every task once, on cores %s`,
  { timeout: 600_000 },
  async (cores) => {
    if (cores !== '') pin(cores);
    try {
      // A pool is limited to 65,536 pages.
      for (let left = programs; left > 0; left -= 10_000) {
        const count = Math.min(10_000, left);
        expect([...(await countPrograms(count))], `SEED=${seed}`).toEqual(Array(cells).fill(count));
      }
    } finally {
      if (cores !== '') pin(`0-${availableParallelism() - 1}`);
    }
  },
);

describe('without its mends', () => {
  const runs = 60;

  test('a thread whose view is too short says so', async () => {
    without.lines = /memory\.grow\(0\)/;
    await expect(countPrograms(runs)).rejects.toThrow(
      /\d+ pages of memory, as the main thread has, got \d+$/,
    );
  });

  test('a program that a view does not reach is a failure, not an empty one', async () => {
    without.lines = /memory\.grow\(0\)|checkLength\(words/;
    await expect(countPrograms(runs)).rejects.toThrow(/expected a (word|call) within the memory/);
  });
});
