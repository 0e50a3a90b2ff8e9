import { defineConfig } from 'vitest/config';

/** `npm run test:processes`: all tests that start processes, kill them or fill disks. `npm test` runs one of each kind. */
export default defineConfig({
  test: {
    include: ['test/processes/*.test.ts'],
    env: { RUNS: 'all' },
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: 'forks',
  },
});
