/** The drawing of the folders shows the imports of the code. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { description } from '../../docs/structure.mjs';

it('docs/structure.svg is up to date', () => {
  const picture = readFileSync(new URL('../../docs/structure.svg', import.meta.url), 'utf8');
  expect(/<desc>([^]*)<\/desc>/.exec(picture)?.[1], 'npm run docs structure draws it again').toBe(
    description,
  );
});
