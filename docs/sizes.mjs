/**
 * `npm run docs sizes`: bundles a user's imports, and writes their sizes into the table of docs/library.md and into README.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * The bundles: `name` in the table, `text` of the module, and `most` KB of gzip. With `whole`, the parts that are loaded on
 * demand count too. `beyond` is a second limit in KB, on the size with the parts that are loaded on demand. esbuild
 * measures the size for this limit, because Vite would add code for preloading.
 */
export const bundles = [
  {
    name: '`asf-bp/infer`',
    text: `export * from 'asf-bp/infer';`,
    most: 31,
  },
  {
    name: '`asf-bp/infer` and `tiny`',
    text: `export * from 'asf-bp/infer'; export { lead, tiny } from 'asf-bp/models/tiny';`,
    most: 48.5,
  },
  {
    name: '`examples/edge`: the same with PNG, `learn` and `encodeModel`',
    text: `export { session } from 'asf-bp/infer'; export { digitOf, encodeModel, lead, learn, tiny } from 'asf-bp/models/tiny'; export { readPng } from 'asf-bp/png';`,
    most: 65,
  },
  {
    name: '`asf-bp/infer` and `asf-bp/nir`',
    text: `export * from 'asf-bp/infer'; export * from 'asf-bp/nir';`,
    most: 43,
    beyond: 11.6,
  },
  {
    name: 'the same, plus code that is loaded when needed: `exportNIR`, and reading HDF5 files with chunks or gzip',
    text: `export * from 'asf-bp/infer'; export * from 'asf-bp/nir';`,
    most: 50,
    whole: true,
  },
  { name: '`asf-bp`, all of training', text: `export * from 'asf-bp';`, most: 67 },
  {
    name: 'the same, plus lazily loaded code: `webgpu`',
    text: `export * from 'asf-bp';`,
    most: 82,
    whole: true,
  },
];

/** KB of a bundle's chunks after gzip: of those that are loaded first or, if `whole` is true, of all. */
function kilobytes(chunks, whole) {
  const loaded = new Set(chunks.filter(({ isEntry }) => whole || isEntry));
  // The set grows during this iteration.
  for (const { imports } of loaded)
    for (const chunk of chunks) if (imports.includes(chunk.name)) loaded.add(chunk);
  return gzipSync([...loaded].map(({ code }) => code).join('\n'), { level: 9 }).length / 1024;
}

/** KB of a bundle of `text` by esbuild, after gzip. */
export async function byEsbuild(text, whole = false) {
  const stdin = { contents: text, resolveDir: root };
  const options = { bundle: true, minify: true, write: false, format: 'esm', target: 'es2022' };
  const places = { absWorkingDir: root, outdir: join(root, 'dist/sizes'), splitting: true, metafile: true };
  const { outputFiles, metafile } = await build({ ...options, ...places, stdin, logLevel: 'error' });
  const chunks = outputFiles.map(({ path, text: code }) => {
    const name = relative(root, path).replaceAll('\\', '/');
    const { entryPoint, imports } = metafile.outputs[name];
    const atOnce = imports.filter(({ kind }) => kind === 'import-statement');
    return { name, code, isEntry: entryPoint === '<stdin>', imports: atOnce.map(({ path: from }) => from) };
  });
  return kilobytes(chunks, whole);
}

/** KB of a bundle of `text` by Vite, after gzip. */
export async function byVite(text, whole = false) {
  const { build: bundle } = await import('vite');
  const entry = '\0entry';
  const plugin = {
    name: 'entry',
    resolveId: (id) => (id === 'entry' ? entry : undefined),
    load: (id) =>
      id === entry
        ? text.replaceAll(/'asf-bp(\/[\w/]+)?'/g, (_, path = '') => `'${fileOf(path)}'`)
        : undefined,
  };
  const { output } = await bundle({
    configFile: false,
    root,
    logLevel: 'error',
    plugins: [plugin],
    build: {
      write: false,
      target: 'es2022',
      rollupOptions: { input: 'entry', preserveEntrySignatures: 'strict' },
    },
  });
  const chunks = output.filter(({ type }) => type === 'chunk');
  return kilobytes(
    chunks.map(({ fileName: name, code, isEntry, imports }) => ({ name, code, isEntry, imports })),
    whole,
  );
}

/** The built file for a path of the package. */
function fileOf(path) {
  const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return fileURLToPath(new URL(`../${exports[`.${path}`].default}`, import.meta.url));
}

function rewrite(file, place, by) {
  const text = readFileSync(file, 'utf8');
  if (!place.test(text)) throw new Error(`${file} has no place for the sizes`);
  writeFileSync(file, text.replace(place, by));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [rows, sizes] = [[], []];
  for (const { name, text, whole } of bundles) {
    const [esbuild, vite] = [await byEsbuild(text, whole), await byVite(text, whole)];
    sizes.push(esbuild);
    rows.push(`| ${name} | ${esbuild.toFixed(1)} KB | ${vite.toFixed(1)} KB |`);
  }
  const table = ['| import | esbuild | Vite |', '|---|---|---|', ...rows].join('\n');
  const library = new URL('../docs/library.md', import.meta.url);
  const readme = new URL('../README.md', import.meta.url);
  rewrite(library, /<!-- sizes -->[^]*<!-- \/sizes -->/, `<!-- sizes -->\n\n${table}\n\n<!-- /sizes -->`);
  const [alone, withWeights] = sizes.map((size) => `${size.toFixed(1)} KB`);
  rewrite(
    readme,
    /are [\d.]+ KB gzipped; `asf-bp\/infer` alone is [\d.]+ KB/,
    `are ${withWeights} gzipped; \`asf-bp/infer\` alone is ${alone}`,
  );
  console.log(table);
}
