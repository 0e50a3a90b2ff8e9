/** What the oracle says of drawn recordings does not change unless it is meant to: `node test/oracle/kept.mjs` keeps it anew. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isWhole } from '../support.ts';
import { answersTo, fewSeeds, seeds, type Answer } from './kept.ts';

const kept = JSON.parse(readFileSync(new URL('../fixtures/oracleAnswers.json', import.meta.url), 'utf8')) as [
  number,
  number,
  Answer,
][];

it.each(isWhole ? seeds : fewSeeds)('the answers to %i are as they were', (seed) => {
  const own = kept.filter(([of]) => of === seed).map(([, , answer]) => answer);
  expect(JSON.parse(JSON.stringify(answersTo(seed)))).toEqual(own);
});
