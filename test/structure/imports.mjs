/** The files of spec/ and src/ with their imports, types included, and the scripts of the other folders. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The texts of the files, by path from the root of the repository. */
export const files = new Map(
  ['spec', 'src']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
    )
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);

/** Scripts that run the built files. */
export const scripts = new Map(
  ['bench', 'docs', 'examples', 'models', 'src', 'test']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
    )
    .filter((path) => /\.m?js$/.test(path) && !/node_modules|dist/.test(path))
    .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);

/** The files of spec/ and src/ that a file imports. */
export function importsOf(path) {
  const { importedFiles } = ts.preProcessFile(files.get(path), true, true);
  const found = importedFiles.map(({ fileName }) => relative(root, join(root, dirname(path), fileName)));
  return [...new Set(found)].filter((each) => files.has(each));
}

export const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
