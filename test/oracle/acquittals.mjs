/**
 * `npm run campaign acquittals [-- RUNS [SEED [SECONDS [OUTPUT]]]]`: draws recordings with one wrong array. Counts the
 * recordings that agree although they should not, and those with an explanation that does not reproduce the wrong numbers.
 * OUTPUT is what the output layer does: integrates, fires or leaks.
 */
import { load } from '../load.mjs';

const { runTrial } = await load(new URL('acquittals.ts', import.meta.url));
const [runs = 10_000, seed = 0, seconds = Infinity] = process.argv.slice(2, 5).map(Number);
const output = process.argv[5];
const start = performance.now();
const table = new Map();
const columns = ['differs', 'explained', 'falsely', 'undecided', 'agrees'];
let [done, at] = [0, seed];
while (done < runs && performance.now() - start < 1000 * seconds) {
  const trial = runTrial(at++, output);
  if (!trial) continue;
  done++;
  const row = table.get(trial.subset) ?? Object.fromEntries(columns.map((name) => [name, 0]));
  table.set(trial.subset, row);
  const isFalse = trial.false.length > 0;
  row[trial.verdict]++;
  row.explained += Number(trial.isExplained);
  row.falsely += Number(isFalse);
  if (trial.verdict === 'agrees' || isFalse)
    console.log(`${trial.verdict}, ${trial.note}: ${trial.false.join(', ')}`.slice(0, 400));
}
console.log(`| recorded | ${columns.join(' | ')} |`);
console.log(`| --- |${' --: |'.repeat(columns.length)}`);
for (const [subset, row] of table)
  console.log(`| ${subset} | ${columns.map((name) => row[name]).join(' | ')} |`);
const count = (column) => [...table.values()].reduce((sum, row) => sum + row[column], 0);
const [acquitted, falsely] = [count('agrees'), count('falsely')];
const took = (process.cpuUsage().user / 1e6).toFixed(0);
console.log(
  `${done} trials from seed ${seed}: ${acquitted} acquitted, ${falsely} explained by what they are not; ${took} CPU seconds`,
);
process.exitCode = acquitted + falsely === 0 ? 0 : 1;
