/** Bundles a module of the tests, so that Node 20 can run it, and imports it. */
import { buildSync } from 'esbuild';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export function load(name) {
  const outfile = join(mkdtempSync(join(tmpdir(), 'asf-bp-')), `${name}.mjs`);
  const entry = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  buildSync({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile });
  return import(pathToFileURL(outfile));
}
