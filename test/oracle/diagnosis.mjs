/**
 * `npm run campaign diagnosis [ENOUGH [MOST [PATTERN]]]`: plants every mistake in drawn networks, prints one line for each, and
 * rewrites the table in docs/oracle-reference.md. With PATTERN, it plants only mistakes with a matching id, and does not
 * rewrite the table.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { load } from '../load.mjs';

const { tallies, tableOf } = await load(new URL('table.ts', import.meta.url));
const [enough = 8, most = 40] = process.argv.slice(2, 4).map(Number);
const pattern = process.argv[4];
const all = tallies(enough, most, pattern);
const page = new URL('../../docs/oracle-reference.md', import.meta.url);
const text = readFileSync(page, 'utf8');
const table = `<!-- diagnosis -->\n\n${tableOf(all)}\n\n<!-- /diagnosis -->`;
if (pattern === undefined)
  writeFileSync(
    page,
    text.replace(/<!-- diagnosis -->[^]*<!-- \/diagnosis -->/, () => table),
  );
for (const [id, { notes }] of all) for (const note of notes) console.log(`${id}: ${note}`.slice(0, 200));
console.table(Object.fromEntries(all), ['planted', 'detected', 'named', 'wrongly', 'together']);
const values = [...all.values()];
const total = (key) => values.reduce((sum, tally) => sum + tally[key], 0);
console.log(
  `planted ${total('planted')}, detected ${total('detected')}, named ${total('named')}, wrongly ${total('wrongly')}`,
);
process.exitCode = total('detected') === total('planted') && total('wrongly') === 0 ? 0 : 1;
