/**
 * Bundles the entries that `package.json` exports into dist/lib. Each entry is one file; shared code is in few files, because a
 * cold process waits for each. `asf-bp/infer` loads the kernels and three files, not forty files. Internal imports such as the
 * kernels stay separate. Types stay in dist/src, where the compiler writes them.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../', import.meta.url));
const names = ['index', 'infer', 'npy', 'png', 'nir', 'oracle', 'models/tiny'];
const entry = Object.fromEntries(names.map((name) => [name, join(root, `src/${name}.ts`)]));

/** The modules that an entry loads. */
function loadedBy(name, getModuleInfo) {
  const loaded = new Set([entry[name]]);
  // The set grows during this iteration.
  for (const id of loaded) for (const imported of getModuleInfo(id)?.importedIds ?? []) loaded.add(imported);
  return loaded;
}

/**
 * Assigns modules to shared files. `inference` has the code of inference without its kernels; `base` has the part of this code that entries
 * without inference need too. fflate is separate, so that bundlers can drop its unused parts.
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
  // Kernels come first. Between two halves of the code, they would fill the 32 KB window in which gzip finds repetitions.
  const kernels = code.match(/^import .* from "#.*;\n/gm) ?? [];
  writeFileSync(path, kernels.join('') + kernels.reduce((rest, line) => rest.replace(line, ''), code));
}
