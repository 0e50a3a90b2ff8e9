/** Tests which comments `npm run check` accepts as the reason for a type assertion (`as` or `!`). */
import { expect, test } from 'vitest';
import { bareAssertions } from './assertions.mjs';

test.each([
  'const a = b as C;',
  'const a = b!;',
  "const a = `// ${b!}`; f('/* why */');",
  'const a = /[//]/.exec(b)!;',
  'f(); // of the line above\nconst a = b as C;',
  'const a = b as C;\n// of the line below\nf();',
  'f(\n  b as C,\n  d,\n  e, // too far\n);',
  '// prettier-ignore\nconst a = b as C;',
])('%j has none', (text) => {
  expect(bareAssertions('a.ts', text)).toHaveLength(1);
});

test.each([
  'const a = b as C; // why',
  'f(b!); /* why */',
  '// why\nif (a) f(b!);',
  '/** Why. */\nconst f = (b) => b as C;',
  'f(\n  b as C,\n  d, // why\n);',
  'class A {\n  // why\n  a = b as C;\n}',
])('%j has one', (text) => {
  expect(bareAssertions('a.ts', text)).toEqual([]);
});

test('what asserts nothing needs none', () => {
  expect(bareAssertions('a.ts', "const a = [1] as const;\nif (!b) c = 'as D';")).toEqual([]);
});

test('a line is named by its number, once', () => {
  expect(bareAssertions('a.ts', 'f();\n\nconst a = [b!, c as D];')).toEqual([3]);
});
