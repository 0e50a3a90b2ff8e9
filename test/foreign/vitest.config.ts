import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/foreign/*.foreign.ts'],
    globals: false,
    // Programs of other languages on a machine that may be busy, each on a core of its own.
    testTimeout: 120_000,
    env: { OMP_NUM_THREADS: '1' },
    pool: 'forks',
    maxWorkers: '100%',
  },
});
