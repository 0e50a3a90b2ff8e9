/**
 * `npm run campaign alarms [-- RUNS [SEED [SECONDS]]]`: draws correct implementations. Counts those reported as wrong, and
 * those with an undecided array.
 */
import { load } from '../load.mjs';

const { runAlarm } = await load(new URL('alarms.ts', import.meta.url));
const [runs = 10_000, seed = 0, seconds = Infinity] = process.argv.slice(2).map(Number);
const start = performance.now();
const table = new Map();
let done = 0;
while (done < runs && performance.now() - start < 1000 * seconds) {
  const { verdict, subset, note } = runAlarm(seed + done++);
  const row = table.get(subset) ?? { agrees: 0, undecided: 0, differs: 0 };
  table.set(subset, row);
  row[verdict]++;
  if (verdict === 'differs' || process.env.NOTES) console.log(`${verdict}: ${note}`.slice(0, 300));
}
const columns = ['agrees', 'undecided', 'differs'];
console.log(`| recorded | ${columns.join(' | ')} |`);
console.log(`| --- |${' --: |'.repeat(columns.length)}`);
for (const [subset, row] of table)
  console.log(`| ${subset} | ${columns.map((name) => row[name]).join(' | ')} |`);
const alarms = [...table.values()].reduce((sum, { differs }) => sum + differs, 0);
const took = (process.cpuUsage().user / 1e6).toFixed(0);
console.log(`${done} right runs from seed ${seed}, ${alarms} false alarms; ${took} CPU seconds`);
process.exitCode = alarms === 0 ? 0 : 1;
