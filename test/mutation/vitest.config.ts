/** The tests that know `spec/`: its own, and the oracle's. A seed is fixed, so that a mutant meets
 * the same draws, and these are few: a mutant that only a rare one would kill counts as a survivor. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/spec/**/*.test.ts', 'test/oracle/check.test.ts', 'test/oracle/mistakes.test.ts'],
    testTimeout: 600_000,
    pool: 'forks',
    env: { SEED: '1', RUNS: '10' },
  },
});
