/** `npm run vectors` computes `spec/vectors` again. `-- --full DIR` writes the full set into a folder. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from '../../load.mjs';

const { fixedSet, fullEpochs, fullSet, makeSet, recordVersions, smallEpochs, smallSet, versionsFile } =
  await load(new URL('all.ts', import.meta.url));

const [option, full] = process.argv.slice(2);
if (option !== undefined && (option !== '--full' || full === undefined)) {
  console.error(
    `vectors: "arguments" expected nothing or --full DIR, got ${process.argv.slice(2).join(' ')}`,
  );
  process.exit(2);
}
const small = fileURLToPath(new URL('../../../spec/vectors', import.meta.url));
const made = full
  ? await makeSet(fullSet(), fullEpochs(), fixedSet())
  : await makeSet(smallSet(), smallEpochs(), fixedSet());

if (!full) {
  // Refuses a case that changed without a new version, before anything is removed.
  const versions = recordVersions(made, readVersions());
  rmSync(small, { recursive: true, force: true });
  made.files.set(versionsFile, new TextEncoder().encode(`${JSON.stringify(versions, null, 1)}\n`));
}
const folder = full ?? small;
let bytes = 0;
for (const [path, data] of made.files) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), data);
  bytes += data.length;
}
console.log(
  `${folder}: ${made.cases.size} cases, ${made.files.size} files, ${(bytes / 2 ** 20).toFixed(2)} MiB`,
);

function readVersions() {
  try {
    return JSON.parse(readFileSync(join(small, versionsFile), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}
