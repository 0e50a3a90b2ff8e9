import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests of `--distributed mpi`: `npm run test:distributed`. They need Open MPI, and the package.json in this folder. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/distributed/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // One job at a time, because a job has up to four ranks and the machine has two cores.
    fileParallelism: false,
  },
});
