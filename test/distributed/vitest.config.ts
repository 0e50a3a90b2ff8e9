import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests of `--distributed mpi`: `npm run test:distributed`. They need Open MPI, and the package beside this file. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/distributed/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // A job has up to four ranks; two cores.
    fileParallelism: false,
  },
});
