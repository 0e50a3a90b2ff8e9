/** Texts that contain all their mutants. Stryker's instrumenter inserts the mutants. The number of a mutant activates it. */
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { readFileSync } from 'node:fs';

const silent = { debug() {}, info() {}, warn: console.warn, isDebugEnabled: () => false };

/** Kinds of mutants other than comparisons, bounds and choices. */
export const others = [
  'ArrayDeclaration',
  'ArrowFunction',
  'BlockStatement',
  'BooleanLiteral',
  'ObjectLiteral',
  'OptionalChaining',
  'Regex',
  'StringLiteral',
];

/**
 * @param root folder of the repository, with `/` at the end
 * @param paths files in the repository
 * @param excludedMutations kinds of mutants to leave out
 * @returns `mutants` by number, with the text of their line; and `texts`, the instrumented texts by path
 */
export async function mutate(root, paths, excludedMutations) {
  const options = { plugins: null, excludedMutations, ignorers: [], noHeader: false };
  const files = paths.map((name) => {
    const path = `${root}${name}`;
    return { name: path, mutate: true, content: readFileSync(path, 'utf8') };
  });
  const lines = new Map(files.map(({ name, content }) => [name, content.split('\n')]));
  const made = await new Instrumenter(silent).instrument(files, options);
  // The list also has mutants of excluded kinds, which are in no text.
  const placed = made.mutants.filter(({ status }) => status !== 'Ignored');
  const mutants = placed.map(({ id, fileName, mutatorName, location, replacement }) => {
    const { start, end } = location;
    const own = lines.get(fileName).slice(start.line, end.line + 1);
    own.push(own.pop().slice(0, end.column));
    own[0] = own[0].slice(start.column);
    return {
      id: Number(id),
      file: fileName.slice(root.length),
      line: start.line + 1,
      mutator: mutatorName,
      from: own.join('\n'),
      to: replacement,
      text: lines.get(fileName)[start.line].trim(),
    };
  });
  return { mutants, texts: new Map(made.files.map(({ name, content }) => [name, content])) };
}
