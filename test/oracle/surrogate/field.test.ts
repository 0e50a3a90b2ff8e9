/** Steps of real frameworks, and of programs with mistakes that somebody else listed: right ones agree, and what is said of wrong ones is true. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSupplied } from '../../../src/oracle/files/supplied.ts';
import { checkSurrogate, type CheckAnswer } from '../../../src/oracle/index.ts';
import { isWhole } from '../../support.ts';

const folder = fileURLToPath(new URL('../../fixtures/surrogates', import.meta.url));

interface Wrong {
  readonly file: string;
  readonly planted: string;
  /** What it is named by: the mistake, or what the recorded arrays do not tell from it. */
  readonly names: readonly string[];
}

function answerTo(...path: string[]): CheckAnswer {
  const file = join(folder, ...path);
  const { arrays, words } = readSupplied(readFileSync(file), file);
  return checkSurrogate(arrays, words, file);
}

it.each(readdirSync(join(folder, 'right')))('%s agrees', (file) => {
  const { verdict, steps, explanations } = answerTo('right', file);
  expect([verdict, explanations, steps[0].notChecked]).toEqual(['agrees', [], []]);
});

const wrong = JSON.parse(readFileSync(join(folder, 'wrong.json'), 'utf8')) as readonly Wrong[]; // by hand

// Each takes up to seconds.
it.each(wrong.filter((_, k) => isWhole || k % 2 === 0))('$planted: $file', ({ file, names }) => {
  const { verdict, explanations, description } = answerTo('wrong', file);
  expect([verdict, explanations]).toEqual(['differs', names]);
  expect(explanations.length > 0 || description !== undefined).toBe(true);
});

describe('what a step does not tell', () => {
  it('is said of right ones', () => {
    expect(answerTo('right', 'spikingjelly_lif.npz').untold.map(({ id }) => id)).toContain('fires=above');
  });

  it('says as what it was judged', () => {
    expect(answerTo('right', 'snntorch_leaky.npz').as).toBe(
      'snntorch.Leaky (beta 0.9), snntorch.atan (alpha 2)',
    );
  });
});
