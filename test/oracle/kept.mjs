/** `node test/oracle/kept.mjs`: rewrites test/fixtures/oracleAnswers.json, after a change of what the oracle says that is meant. */
import { writeFileSync } from 'node:fs';
import { load } from '../load.mjs';

const { answersTo, seeds } = await load(new URL('kept.ts', import.meta.url));
const lines = seeds.flatMap((seed) => answersTo(seed).map((answer, k) => JSON.stringify([seed, k, answer])));
writeFileSync(new URL('../fixtures/oracleAnswers.json', import.meta.url), `[\n${lines.join(',\n')}\n]\n`);
