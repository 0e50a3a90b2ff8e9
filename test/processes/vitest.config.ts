import { defineConfig } from 'vitest/config';

/** Every case of what starts processes, fills disks and kills: `npm run test:processes`. `npm test` has one of each. */
export default defineConfig({
  test: {
    include: ['test/processes/*.test.ts'],
    env: { RUNS: 'all' },
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: 'forks',
  },
});
