/** Computes the cases of `spec/vectors/` again, and fails at the first byte that differs. `test/vectors` tests the set as a whole. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fixedSet, smallEpochs, smallSet } from '../vectors/generator/cases.ts';
import { eachCase } from '../vectors/generator/set.ts';

const folder = new URL('../../spec/vectors/', import.meta.url);

it.each([
  ['fixed point', () => eachCase([], [], fixedSet())],
  ['stages and steps', () => eachCase(smallSet(), [], [])],
  ['epochs', () => eachCase([], smallEpochs(), [])],
] as const)('%s', async (_, make) => {
  for await (const [, files] of make())
    for (const [path, bytes] of files)
      expect(readFileSync(new URL(path, folder)).equals(bytes), path).toBe(true);
});
