/**
 * Bundles the command with its libraries into dist/asf-bp.js, what is loaded when it is needed into dist/asf-bp/, and
 * writes the licences of the libraries that are in there, dist/THIRD-PARTY-NOTICES, and their list, dist/asf-bp.cdx.json.
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
  // CommonJS libraries in a module of ES.
  banner: {
    js: "import{createRequire as requireFor}from'node:module';const require=requireFor(import.meta.url);",
  },
});
const packages = packagesOf(metafile);
writeFileSync('dist/THIRD-PARTY-NOTICES', noticesOf(packages));
writeFileSync('dist/asf-bp.cdx.json', sbomOf(packages, JSON.parse(readFileSync('package.json', 'utf8'))));

// Names have hashes: what an earlier build made is left over. Only now, so that a command that runs finds its files.
for (const name of readdirSync('dist/asf-bp')) {
  if (!(`dist/asf-bp/${name}` in metafile.outputs)) rmSync(`dist/asf-bp/${name}`);
}
