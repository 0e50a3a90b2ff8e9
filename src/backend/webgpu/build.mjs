/**
 * Writes the shaders as a module of texts by name, which needs no file of its own at run time: `#shaders`. Comments and indentation,
 * which are for readers of the files, are left out: a third of the module's gzip.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('shaders/', import.meta.url);
const names = readdirSync(folder, { recursive: true })
  .map((name) => String(name).replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.wgsl'))
  .sort();
const linesOf = (name) => readFileSync(new URL(name, folder), 'utf8').split('\n');
const texts = names.map((name) => [
  name.slice(0, -'.wgsl'.length),
  linesOf(name)
    .map((line) => line.replace(/\/\/.*/, '').trim())
    .filter((line) => line !== '')
    .join('\n'),
]);

mkdirSync('dist/webgpu', { recursive: true });
writeFileSync(
  'dist/webgpu/shaders.js',
  `export const shaders = ${JSON.stringify(Object.fromEntries(texts))};\n`,
);
writeFileSync(
  'dist/webgpu/shaders.d.ts',
  `export declare const shaders: Record<${names.map((name) => `'${name.slice(0, -5)}'`).join(' | ')}, string>;\n`,
);
