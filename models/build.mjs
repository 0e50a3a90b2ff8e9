/** Writes the models that are shipped as modules of hexadecimal text, the form that every runtime can load. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

mkdirSync('dist/models', { recursive: true });
const bytes = readFileSync('models/tiny.safetensors');
writeFileSync('dist/models/tiny.js', `export const text = '${bytes.toString('hex')}';\n`);
writeFileSync('dist/models/tiny.d.ts', 'export declare const text: string;\n');
