/**
 * Bundles the entries that `package.json` exports into dist/lib: each a file, and what they share in files as few as a cold process
 * should wait for. One that loads `asf-bp/infer` waits for three files and the kernels, not for forty. The kernels and the other
 * internal imports stay beside. Types stay where the compiler puts them, in dist/src.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../', import.meta.url));
const names = ['index', 'infer', 'npy', 'png', 'nir', 'oracle', 'models/tiny'];
const entry = Object.fromEntries(names.map((name) => [name, join(root, `src/${name}.ts`)]));

/** The modules that loading an entry loads. */
function loadedBy(name, getModuleInfo) {
  const loaded = new Set([entry[name]]);
  // Grows while it is gone through.
  for (const id of loaded) for (const imported of getModuleInfo(id)?.importedIds ?? []) loaded.add(imported);
  return loaded;
}

/**
 * What inference needs, but for its kernels, is one file, and another what an entry without inference needs too. fflate is one of its
 * own, of which a bundler takes what is used.
 */
function manualChunks(id, { getModuleInfo }) {
  if (/[\\/]fflate[\\/]/.test(id)) return 'fflate';
  if (!['infer', 'index'].every((name) => loadedBy(name, getModuleInfo).has(id))) return undefined;
  const isShared = ['npy', 'png', 'nir', 'oracle'].some((name) => loadedBy(name, getModuleInfo).has(id));
  return isShared ? 'base' : 'inference';
}

const [{ output }] = await build({
  configFile: false,
  root,
  logLevel: 'warn',
  build: {
    write: false,
    minify: false,
    target: 'es2022',
    lib: { entry, formats: ['es'] },
    rollupOptions: {
      external: /^#(?!(worker|kernels)$)/,
      output: { manualChunks, entryFileNames: '[name].js', chunkFileNames: 'shared/[name].js' },
    },
  },
});
rmSync(join(root, 'dist/lib'), { recursive: true, force: true });
for (const { fileName, code } of output) {
  const path = join(root, 'dist/lib', fileName);
  mkdirSync(dirname(path), { recursive: true });
  // Kernels come first: between two halves of the code they would fill the 32 KB in which gzip looks for what it had before.
  const kernels = code.match(/^import .* from "#.*;\n/gm) ?? [];
  writeFileSync(path, kernels.join('') + kernels.reduce((rest, line) => rest.replace(line, ''), code));
}
