import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Folder of a tier with packages of its own. `tier.mjs` sets it. */
const tier = process.env['TIER'];

/** The tests of `npm run test:webgpu`, which need a driver, and of `npm run test:distributed`, which need Open MPI. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: [`test/${tier}/**/*.test.ts`],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: 'forks',
    setupFiles: tier === 'webgpu' ? ['test/webgpu/setup.ts'] : [],
    // One file at a time, because each uses the device or up to four ranks, and the machine has two cores.
    fileParallelism: false,
  },
});
