import { configDefaults, defineConfig } from 'vitest/config';

/** The package by its own name, as examples import it: what was built. */
const own = (path: string): string => new URL(`./dist/src/${path}.js`, import.meta.url).pathname;

/** Of other tiers. */
const others = [...configDefaults.exclude, 'test/webgpu/**', 'test/distributed/**'];
const pure = [
  'data',
  'experiment',
  'formats',
  'modelFile',
  'network',
  'nir',
  'oracle',
  'spec',
  'train',
  'vectors',
].map((area) => `test/${area}/**/*.test.ts`);

export default defineConfig({
  resolve: {
    alias: [
      { find: /^asf-bp$/, replacement: own('index') },
      { find: /^asf-bp\/(infer|png|models\/tiny)$/, replacement: own('$1') },
    ],
  },
  test: {
    projects: [
      // Files that leave nothing behind share the modules that one of them has loaded: a fifth of their time.
      { extends: true, test: { name: 'pure', include: pure, isolate: false } },
      {
        extends: true,
        test: { name: 'own', include: ['test/**/*.test.ts'], exclude: [...others, ...pure] },
      },
    ],
    globals: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Vitest leaves a core free; most of the time here is of the commands that tests start.
    maxWorkers: '100%',
  },
});
