/** The page shows each equation with the text of `spec/` that carries it out and a test that calls it; its story names their letters. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { equations } from '../../spec/equations.ts';
import { equationsOf } from '../../examples/site/equations.mjs';
import { lettersIn } from '../../examples/site/src/letters.js';

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

it('the glossary of the story has each letter of its equations, with its meaning there', () => {
  const numbers = Array.from(
    text('examples/site/src/story/story.js').matchAll(/equation=\$\{(\d+)\}/g),
    ([, n]) => Number(n),
  );
  expect(numbers).toEqual([7, 12, 10, 5]);
  for (const { number, formula } of equations.filter((each) => numbers.includes(each.number as number))) {
    const rest = lettersIn(formula).reduce((left, letter) => left.replaceAll(letter, ''), formula);
    expect(rest.match(/[^Σ\P{L}]/gu), `Eq. ${number}`).toBeNull();
  }
  // An index that belongs to the name: it is no potential u.
  expect(lettersIn('S_u = Σ_i FO_i / Σ_i FI_i')).toEqual(['S_u', 'i', 'FO', 'FI']);
  expect(lettersIn('w_ij·o_j^{n+1}')).toEqual(['w', 'i', 'j', 'o', 'n']);
});
