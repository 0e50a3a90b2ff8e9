/** The page shows each equation with the text of `spec/` that carries it out and a test that calls it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { equations } from '../../spec/equations.ts';
import { equationsOf } from '../../examples/site/equations.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

it('every equation has its text and its test', async () => {
  const shown = await equationsOf(root);
  expect(shown.map(({ number }) => number)).toEqual(equations.map(({ number }) => number));
  for (const [k, { functions }] of shown.entries()) {
    expect(functions.map(({ name }) => name)).toEqual(equations[k]!.functions.map(({ name }) => name));
    for (const { name, file, tests } of functions) {
      // What the page cuts out: from the comment before the function to the brace that ends it.
      expect(text(file)).toMatch(new RegExp(`/\\*\\*[^]*?\\*/\\nexport function ${name}\\([^]*?\\n}\\n`));
      expect(tests.length, name).toBeGreaterThan(0);
      for (const test of tests) expect(text(test)).toContain(`${name}(`);
    }
  }
});
