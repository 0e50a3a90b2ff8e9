import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/foreign/*.foreign.ts'],
    globals: false,
    // Programs of other languages, one on each core, on a machine that may be busy.
    testTimeout: 120_000,
    pool: 'forks',
    maxWorkers: '100%',
  },
});
