/**
 * Bundles the command with its libraries into dist/asf-bp.js, and the parts that are loaded on demand into dist/asf-bp/. Writes the
 * licences of the libraries to dist/THIRD-PARTY-NOTICES, and the list of libraries to dist/asf-bp.cdx.json.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { noticesOf, packagesOf, sbomOf } from './notices.mjs';

const { metafile } = await build({
  entryPoints: { 'asf-bp': 'src/command/asf-bp.ts' },
  outdir: 'dist',
  chunkNames: 'asf-bp/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
  metafile: true,
  // Bundled CommonJS libraries call `require`, which an ES module lacks.
  banner: {
    js: "import{createRequire as requireFor}from'node:module';const require=requireFor(import.meta.url);",
  },
});
const packages = packagesOf(metafile);
writeFileSync('dist/THIRD-PARTY-NOTICES', noticesOf(packages));
writeFileSync('dist/asf-bp.cdx.json', sbomOf(packages, JSON.parse(readFileSync('package.json', 'utf8'))));

// Removes the parts of earlier builds, which have other hashes in their names. This is the last step, because a running command may still
// load them.
for (const name of readdirSync('dist/asf-bp')) {
  if (!(`dist/asf-bp/${name}` in metafile.outputs)) rmSync(`dist/asf-bp/${name}`);
}
