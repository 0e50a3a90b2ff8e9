import { configDefaults, defineConfig } from 'vitest/config';

/** The package by its own name, as examples import it: what was built. */
const own = (path: string): string => new URL(`./dist/src/${path}.js`, import.meta.url).pathname;

export default defineConfig({
  resolve: {
    alias: [
      { find: /^asf-bp$/, replacement: own('index') },
      { find: /^asf-bp\/(infer|png|models\/tiny)$/, replacement: own('$1') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/webgpu/**', 'test/distributed/**'],
    globals: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Vitest leaves a core free; most of the time here is of the commands that tests start.
    maxWorkers: '100%',
  },
});
