import { configDefaults, defineConfig } from 'vitest/config';

/** The package by its own name, as examples import it: what was built. */
const own = (path: string): string => new URL(`./dist/src/${path}.js`, import.meta.url).pathname;

/** Of other tiers. */
const others = [...configDefaults.exclude, 'test/webgpu/**', 'test/distributed/**'];
/** Files that leave nothing behind: not those that replace a module, a thread or a function of Node, or measure memory and time. */
const shared = [
  'test/backend/!(pool*|setWasmModule).test.ts',
  'test/command/!(lanes).test.ts',
  'test/nir/!(flips).test.ts',
  'test/{data,docs,examples,experiment,formats,modelFile,mpi,network,oracle,processes,spec,train,vectors}/**/*.test.ts',
];

export default defineConfig({
  resolve: {
    alias: [
      { find: /^asf-bp$/, replacement: own('index') },
      {
        find: /^asf-bp\/(errors|oracle\/(?:files\/supplied|surrogate\/(?:check|describe))|infer|npy|png|nir|oracle|models\/tiny|formats\/(?:json|hdf5Chunks)|nir\/import\/(?:chain|graph))$/,
        replacement: own('$1'),
      },
    ],
  },
  test: {
    projects: [
      // They share the modules that one of them has loaded.
      {
        extends: true,
        test: { name: 'shared', include: shared, isolate: false, setupFiles: ['test/command/begin.ts'] },
      },
      {
        extends: true,
        test: { name: 'own', include: ['test/**/*.test.ts'], exclude: [...others, ...shared] },
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
