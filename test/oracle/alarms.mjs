/** `npm run alarms [-- RUNS [SEED [SECONDS]]]`: draws right implementations, and counts those that are called wrong. */
import { load } from './run.mjs';

const { runAlarm } = await load('alarms');
const [runs = 10_000, seed = 0, seconds = Infinity] = process.argv.slice(2).map(Number);
const start = performance.now();
let [done, alarms] = [0, 0];
while (done < runs && performance.now() - start < 1000 * seconds) {
  const text = runAlarm(seed + done++);
  if (text === undefined) continue;
  alarms++;
  console.log(text.slice(0, 300));
}
const took = (process.cpuUsage().user / 1e6).toFixed(0);
console.log(`${done} right runs from seed ${seed}, ${alarms} false alarms; ${took} CPU seconds`);
process.exitCode = alarms === 0 ? 0 : 1;
