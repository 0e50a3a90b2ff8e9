/** The files of spec/ and src/ with what each imports of them, types included; and the scripts beside them. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Paths from the root of the repository, with their texts. */
export const files = new Map(
  ['spec', 'src']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
    )
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);

/** Scripts of the other folders, which run what is built of these files. */
export const scripts = new Map(
  ['bench', 'docs', 'examples', 'models', 'src', 'test']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
    )
    .filter((path) => /\.m?js$/.test(path) && !/node_modules|dist/.test(path))
    .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);

/** What a file imports of the others. */
export function importsOf(path) {
  const { importedFiles } = ts.preProcessFile(files.get(path), true, true);
  const found = importedFiles.map(({ fileName }) => relative(root, join(root, dirname(path), fileName)));
  return [...new Set(found)].filter((each) => files.has(each));
}

/** The text of ARCHITECTURE.md. */
export const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
