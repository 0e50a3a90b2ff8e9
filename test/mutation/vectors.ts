/** The cases of `spec/vectors/`, made anew: the first byte that differs fails. What `test/vectors` asks of the set in whole. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fixedSet, smallEpochs, smallSet } from '../vectors/generator/cases.ts';
import { pathOf, type Vector } from '../vectors/generator/case.ts';
import { certify } from '../vectors/generator/certify.ts';
import { apartOf } from '../vectors/generator/choices.ts';
import { certifyEpoch } from '../vectors/generator/epoch.ts';
import { filesOf, type Files } from '../vectors/generator/files.ts';
import { certifyFixed } from '../vectors/generator/fixedFiles.ts';

const folder = new URL('../../spec/vectors/', import.meta.url);

function expectKept(files: Files): void {
  for (const [path, bytes] of files) {
    expect(readFileSync(new URL(path, folder)).equals(bytes), path).toBe(true);
  }
}

it('fixed point', async () => {
  for (const draft of fixedSet()) expectKept(await certifyFixed(draft));
});

it('stages and steps', async () => {
  const vectors = new Map<string, Vector>();
  for (const draft of smallSet()) {
    const vector = certify(draft);
    vectors.set(pathOf(draft), vector);
    const base = draft.pair === undefined ? undefined : vectors.get(draft.pair);
    expectKept(await filesOf(vector, base && apartOf(vector, base)));
  }
});

it('epochs', async () => {
  for (const draft of smallEpochs()) expectKept(await certifyEpoch(draft));
});
