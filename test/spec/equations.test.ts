/** The table of equations has each equation number of the paper once, and each equation is tested. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { equations } from '../../spec/equations.ts';

const spec = new URL('../../spec/', import.meta.url);
const here = new URL('./', import.meta.url);
const files = readdirSync(spec).filter((name) => name.endsWith('.ts') && name !== 'equations.ts');
const tests = readdirSync(here).filter(
  (name) => name.endsWith('.test.ts') && name !== basename(import.meta.url),
);

/** The file of a function in spec/, and the comment before the function. */
async function findHome(f: (...args: never[]) => unknown): Promise<{ file: string; docstring: string }> {
  for (const file of files) {
    const exported = (await import(`../../spec/${basename(file, '.ts')}.ts`)) as Record<string, unknown>;
    if (exported[f.name] !== f) continue;
    const source = readFileSync(new URL(file, spec), 'utf8');
    const before = source.slice(0, source.indexOf(`export function ${f.name}(`));
    return { file, docstring: before.slice(before.lastIndexOf('/**')) };
  }
  return expect.fail(`${f.name} is exported by no file of spec/`);
}

/** The numbers that a text cites, as in "Eq. (3)" or "Eq. (9) and (10)". */
function cited(text: string): string[] {
  const lists = text.match(/Eq\. \(\d+\)(?:(?:,| and|, and) \(\d+\))*/g) ?? [];
  return lists.flatMap((list) => list.match(/\d+/g)!);
}

describe('the table of equations', () => {
  it('has 1 … 12 and Algorithm 1, each exactly once', () => {
    const numbers = equations.map(({ number }) => number);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 'Algorithm 1']);
  });

  it.each(equations)(
    '$number: has a title, a formula, functions, and the files that they are in',
    async (row) => {
      expect(Math.min(row.title.length, row.formula.length, row.functions.length)).toBeGreaterThan(0);
      expect(new Set(row.functions).size).toBe(row.functions.length);
      const homes = await Promise.all(row.functions.map(findHome));
      expect(new Set(homes.map(({ file }) => file))).toEqual(new Set(row.files));
      for (const [k, { docstring }] of homes.entries()) {
        if (row.number === 'Algorithm 1') expect(docstring).toContain('Algorithm 1');
        else expect(cited(docstring), `${row.functions[k].name}: ${docstring}`).toContain(String(row.number));
      }
    },
  );

  it.each(equations)('$number: each function is called by a test of test/spec', ({ functions }) => {
    const sources = tests.map((name) => readFileSync(new URL(name, here), 'utf8')).join();
    for (const { name } of functions) expect(sources, name).toContain(`${name}(`);
  });
});
