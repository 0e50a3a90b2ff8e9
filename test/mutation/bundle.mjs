/** Bundles each test file with its copy of the mutated `spec/`, so that one process can run it anew for each mutant. */
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { collect } from './collect.mjs';

/** Replaces sources by their mutated texts, and tells each test file its original place. */
const replaced = (texts) => ({
  name: 'replaced',
  setup({ onLoad }) {
    onLoad({ filter: /\/(spec|src)\/.*\.ts$/ }, ({ path }) =>
      texts.has(path) ? { loader: 'ts', contents: texts.get(path) } : undefined,
    );
    onLoad({ filter: /\/test\/.*\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
    }));
  },
});

/**
 * @param root folder of the repository
 * @param files paths of test files in the repository
 * @param texts mutated texts, by path
 * @returns per file, a function `collect(active, step, counts)` that collects its tests: `active` is the number of the active
 * mutant, or −1; `step` is called at each place with mutants; `counts`, if given, counts the visits to each mutant
 */
export async function bundle(root, files, texts) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: files,
    bundle: true,
    write: false,
    outdir: 'bundle',
    outbase: '.',
    metafile: true,
    platform: 'node',
    format: 'cjs',
    keepNames: true,
    packages: 'external',
    logLevel: 'error',
    plugins: [replaced(texts)],
  });
  const names = new Set(
    Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path)),
  );
  names.delete('vitest');
  const modules = new Map(await Promise.all([...names].map(async (name) => [name, await import(name)])));
  const bundled = new Map(outputFiles.map(({ path, text }) => [path.slice(`${root}bundle/`.length), text]));
  return new Map(
    files.map((file) => [file, collector(file, bundled.get(file.replace(/\.ts$/, '.js')), modules)]),
  );
}

/**
 * Stryker's helpers look up a mutant by name at each place, which costs more than the mutated expression. Here a look-up
 * becomes a comparison of two numbers. Each place calls `step`; on request, the place also counts its visits.
 */
function collector(filename, text, modules) {
  const asked = text.replace(/stryMutAct_9fa48\d*\("(\d+)"\)/g, (_, id) => `(active$ === ${id} && step$())`);
  const compiled = (passed) => {
    const body = asked.replace(/stryCov_9fa48\d*\((("\d+"(, )?)+)\)/g, (_, list) =>
      passed(list.match(/\d+/g)),
    );
    const parameters = 'require, module, exports, active$, step$, counts$';
    return new Script(`(function (${parameters}) {${body}\n})`, { filename }).runInThisContext();
  };
  const counting = compiled(
    (places) => `(${places.map((place) => `counts$[${place}]++`).join(', ')}, step$())`,
  );
  const plain = compiled(() => 'step$()');
  return (active, step, counts) =>
    collect((vitest) => {
      const module = { exports: {} };
      const require = (name) => (name === 'vitest' ? vitest : modules.get(name));
      (counts ? counting : plain)(require, module, module.exports, active, step, counts);
    });
}
