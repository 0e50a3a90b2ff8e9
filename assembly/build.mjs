/** Compiles the kernels and writes them as a module of base64 text, the form that every runtime can load. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

mkdirSync('dist/wasm', { recursive: true });
const { error, stderr } = await asc.main(['--config', 'asconfig.json', '--target', 'release']);
if (error) {
  console.error(stderr.toString());
  process.exit(1);
}
const base64 = readFileSync('dist/wasm/core.wasm').toString('base64');
writeFileSync('dist/wasm/inline.js', `export const base64 = '${base64}';\n`);
writeFileSync('dist/wasm/inline.d.ts', 'export declare const base64: string;\n');
