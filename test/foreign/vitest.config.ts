import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/foreign/*.foreign.ts'],
    globals: false,
    // Each core runs a program of another language, and the machine may be busy.
    testTimeout: 120_000,
    pool: 'forks',
    maxWorkers: '100%',
  },
});
