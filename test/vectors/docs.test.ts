/** The table of docs/vectors.md is that of the code. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { flagTable } from './generator/flags.ts';

it('the table of flags', () => {
  const text = readFileSync(new URL('../../docs/vectors.md', import.meta.url), 'utf8');
  expect(text).toContain(flagTable());
});
