/** Packs `spec/vectors` into `dist/vectors.zip`, which the package contains. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeZip } from '../dist/src/formats/zipWriter.js';

const root = new URL('../', import.meta.url);
const folder = new URL('spec/vectors/', root);
const names = readdirSync(folder, { recursive: true })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /\.(json|npz)$/.test(name))
  .sort();
const files = names.map((name) => [`vectors/${name}`, readFileSync(new URL(name, folder))]);
writeFileSync(new URL('dist/vectors.zip', root), writeZip(files));
