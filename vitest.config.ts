import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/webgpu/**'],
    globals: false,
    testTimeout: 60_000,
    pool: 'forks',
  },
});
