import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests of the webgpu backend: `npm run test:webgpu`. They need the package in this folder, and a driver. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/webgpu/**/*.test.ts'],
    testTimeout: 120_000,
    pool: 'forks',
    setupFiles: ['test/webgpu/setup.ts'],
    // One process at a time, because each uses the device, and the machine has two cores.
    fileParallelism: false,
  },
});
