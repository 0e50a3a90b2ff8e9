import { defineConfig } from 'vitest/config';

// Programs of other languages on a machine that may be busy.
export default defineConfig({
  test: { include: ['test/foreign/*.foreign.ts'], globals: false, testTimeout: 120_000, pool: 'forks' },
});
