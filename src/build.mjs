/**
 * Bundles the entries that `package.json` exports into dist/lib: one file per entry and their shared files, instead of one
 * per source file, since a cold process waits for each file. A process that loads `asf-bp/infer` waits for two files, not
 * forty. The kernels and the other internal imports stay beside. Types stay where the compiler puts them, in dist/src.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { build } from 'esbuild';

rmSync('dist/lib', { recursive: true, force: true });
const { outputFiles } = await build({
  entryPoints: ['index', 'infer', 'npy', 'png', 'nir/index', 'oracle/index', 'models/tiny'].map(
    (name) => `src/${name}.ts`,
  ),
  outbase: 'src',
  outdir: 'dist/lib',
  chunkNames: 'shared/[name]-[hash]',
  bundle: true,
  splitting: true,
  external: ['#*'],
  platform: 'neutral',
  target: 'es2022',
  format: 'esm',
  charset: 'utf8',
  logLevel: 'warning',
  write: false,
});
for (const { path, text } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  // Files that are imported for nothing but their turn: no module of ours does anything when it is imported.
  const code = text.replace(/^import "\.[^"]*";\n/gm, '');
  // Kernels come first: between two halves of the code they would fill the 32 KB in which gzip looks for what it had before.
  const kernels = code.match(/^import .* from "#.*;\n/gm) ?? [];
  writeFileSync(path, kernels.join('') + kernels.reduce((rest, line) => rest.replace(line, ''), code));
}
