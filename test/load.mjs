/** Bundles a TypeScript module of the tests and imports it, so that Node 20 can run it. */
import { buildSync } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export async function load(url) {
  const folder = mkdtempSync(join(tmpdir(), 'asf-bp-'));
  const outfile = join(folder, 'bundle.mjs');
  try {
    buildSync({ entryPoints: [fileURLToPath(url)], bundle: true, platform: 'node', format: 'esm', outfile });
    return await import(pathToFileURL(outfile));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
