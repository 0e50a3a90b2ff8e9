/**
 * Unrolls the templates among the kernels (`unroll.mjs`). Compiles one build of all kernels and one of the forward pass, and
 * writes each in the forms that runtimes load. Writes the tables of the kernels' arguments. Bundles the worker thread as
 * source text, which needs no file at run time.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import { buildSync } from 'esbuild';
import { pack, unpack } from './packed.mjs';
import { source, types } from './tables.mjs';
import { unroll } from './unroll.mjs';

mkdirSync('dist/wasm', { recursive: true });
mkdirSync('dist/assembly/layers', { recursive: true });
const changed = (path) => statSync(path).mtimeMs;
const sources = readdirSync('assembly', { recursive: true }).map((name) => `assembly/${name}`);
const newest = Math.max(...[...sources, 'asconfig.json', 'package-lock.json'].map(changed));
for (const path of sources.filter((source) => source.endsWith('.ts')))
  writeFileSync(`dist/${path}`, unroll(readFileSync(path, 'utf8')));
for (const [entry, target, out] of [
  ['dist/assembly/index.ts', 'release', 'dist/wasm/core.wasm'],
  ['dist/assembly/infer.ts', 'infer', 'dist/wasm/infer.wasm'],
]) {
  // Skips a build that is up to date, because compiling takes seconds.
  if (existsSync(out) && changed(out) > newest) continue;
  const { error, stderr } = await asc.main([entry, '--config', 'asconfig.json', '--target', target]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
}
// `imports` in package.json selects a form for each runtime. Node decodes hexadecimal digits in 0.2 ms. The function `unpack`
// would take milliseconds, because engines interpret a function at first.
for (const build of ['core', 'infer']) {
  const bytes = readFileSync(`dist/wasm/${build}.wasm`);
  const digits = `Buffer.from('${bytes.toString('hex')}', 'hex')`;
  const forms = {
    node: `import { Buffer } from 'node:buffer';\nexport const source = () => new Uint8Array(${digits});\n`,
    inline: `${unpack}\nexport const source = () => unpack('${pack(bytes)}');\n`,
    workerd: `export { default as source } from './${build}.wasm';\n`,
    'edge-light': `export { default as source } from './${build}.wasm?module';\n`,
  };
  for (const [form, module] of Object.entries(forms)) writeFileSync(`dist/wasm/${build}.${form}.js`, module);
  const type = 'export declare const source: (() => Uint8Array<ArrayBuffer>) | WebAssembly.Module;\n';
  writeFileSync(`dist/wasm/${build}.d.ts`, type);
}

writeFileSync('dist/wasm/kernels.js', source);
writeFileSync('dist/wasm/kernels.d.ts', types);

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
