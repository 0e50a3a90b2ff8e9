import { defineConfig } from 'vitest/config';

/**
 * All tests that start processes, fill disks and kill: `npm run test:processes`. `npm test` runs one of each
 * kind.
 */
export default defineConfig({
  test: {
    include: ['test/processes/*.test.ts'],
    env: { RUNS: 'all' },
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: 'forks',
  },
});
