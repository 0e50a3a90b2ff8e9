/**
 * Writes the module `#shaders`, which has the text of each shader by name, so that no file is read at run time. It omits comments and
 * indentation, which would be a third of the module's size after gzip.
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
