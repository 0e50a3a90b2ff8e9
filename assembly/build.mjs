/**
 * Compiles the kernels, all of them and those of the forward pass alone, and writes all as a module of base64 text, the
 * form that every runtime can load; and the thread of the pool as a module of source text, which needs no file of its own
 * at run time.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import { buildSync } from 'esbuild';

mkdirSync('dist/wasm', { recursive: true });
for (const [entry, target] of [
  ['assembly/index.ts', 'release'],
  ['assembly/infer.ts', 'infer'],
]) {
  const { error, stderr } = await asc.main([entry, '--config', 'asconfig.json', '--target', target]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
}
const base64 = readFileSync('dist/wasm/core.wasm').toString('base64');
writeFileSync('dist/wasm/inline.js', `export const base64 = '${base64}';\n`);
writeFileSync('dist/wasm/inline.d.ts', 'export declare const base64: string;\n');

const worker = buildSync({
  entryPoints: ['src/backend/wasm/worker.ts'],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  write: false,
});
writeFileSync(
  'dist/wasm/worker.js',
  `export const source = ${JSON.stringify(worker.outputFiles[0].text)};\n`,
);
writeFileSync('dist/wasm/worker.d.ts', 'export declare const source: string;\n');
