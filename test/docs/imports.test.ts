/** The library imports no package. Only the command may. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Modules that a source file imports at run time, by their specifiers. */
function importsOf(file: URL): string[] {
  // Removes docstrings, because their examples import the package.
  const text = readFileSync(file, 'utf8').replaceAll(/^ *\/\*\*[^]*?\*\/$/gm, '');
  const statements = text.matchAll(
    /^(?:import|export)\s(?!type\s)[^'"]*?\sfrom\s+'([^']+)'|import\('([^']+)'\)/gm,
  );
  return Array.from(statements, ([, name, lazy]) => name ?? lazy!);
}

it.each([
  ['src/index.ts', 40],
  ['src/infer.ts', 30],
  ['src/oracle.ts', 40],
  ['src/npy.ts', 4],
])('%s reaches no package and nothing of Node', (entry, least) => {
  const open = [new URL(`../../${entry}`, import.meta.url)];
  const seen = new Set<string>();
  const outside = new Map<string, string>();
  for (const file of open) {
    for (const name of importsOf(file)) {
      if (!name.startsWith('.')) outside.set(name, file.pathname);
      else if (!seen.has(new URL(name, file).href)) open.push(new URL(name, file));
      if (name.startsWith('.')) seen.add(new URL(name, file).href);
    }
  }
  expect(seen.size).toBeGreaterThan(least);
  // The worker module listens for messages when it is imported.
  expect([...seen].filter((file) => file.endsWith('/worker.ts'))).toEqual([]);
  expect([...outside.keys()].filter((name) => !/^(#|node:)/.test(name))).toEqual([]);
  expect(
    [...outside].filter(([name, file]) => name.startsWith('node:') && !file.includes('/backend/wasm/')),
  ).toEqual([]);
});
