/**
 * Bundles what `package.json` exports into dist/lib: a file an entry and what they share, instead of one a source file. A process
 * that loads `asf-bp/infer` waits for two files, not forty. The kernels and the rest that `imports` names stay beside.
 */
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist/lib', { recursive: true, force: true });
await build({
  entryPoints: ['index', 'infer', 'npy', 'oracle/index', 'models/tiny'].map((name) => `src/${name}.ts`),
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
});
