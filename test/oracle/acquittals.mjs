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
let [done, at, acquitted, falsely] = [0, seed, 0, 0];
while (done < runs && performance.now() - start < 1000 * seconds) {
  const trial = runTrial(at++, output);
  if (!trial) continue;
  done++;
  const row = table.get(trial.subset) ?? {
    convicted: 0,
    explained: 0,
    falsely: 0,
    undecided: 0,
    acquitted: 0,
  };
  table.set(trial.subset, row);
  row[trial.outcome]++;
  if (trial.isExplained) row.explained++;
  if (trial.false.length > 0) row.falsely++;
  if (trial.outcome === 'acquitted') acquitted++;
  if (trial.false.length > 0) falsely++;
  if (trial.outcome === 'acquitted' || trial.false.length > 0)
    console.log(`${trial.outcome}, ${trial.note}: ${trial.false.join(', ')}`.slice(0, 400));
}
const columns = ['convicted', 'explained', 'falsely', 'undecided', 'acquitted'];
console.log(`| recorded | ${columns.join(' | ')} |`);
console.log(`| --- |${' --: |'.repeat(columns.length)}`);
for (const [subset, row] of table)
  console.log(`| ${subset} | ${columns.map((name) => row[name]).join(' | ')} |`);
const took = (process.cpuUsage().user / 1e6).toFixed(0);
console.log(
  `${done} trials from seed ${seed}: ${acquitted} acquitted, ${falsely} explained by what they are not; ${took} CPU seconds`,
);
process.exitCode = acquitted + falsely === 0 ? 0 : 1;
