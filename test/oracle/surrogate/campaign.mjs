/**
 * `npm run campaign surrogates [-- RUNS [SEED [SECONDS]]]`: draws right steps by surrogate gradients, and counts those reported
 * as wrong. Then it draws wrong steps, and counts those that are acquitted, named, described, or misnamed.
 */
import { load } from '../../load.mjs';

const { runRight, runWrong } = await load(new URL('campaign.ts', import.meta.url));
const [runs = 10_000, seed = 0, seconds = Infinity] = process.argv.slice(2).map(Number);

function timed(of) {
  const start = performance.now();
  let done = 0;
  while (done < runs && performance.now() - start < 1000 * seconds) of(seed + done++);
  return done;
}

const right = { agrees: 0, undecided: 0, differs: 0 };
const drawn = timed((each) => {
  const run = runRight(each);
  if (!run) return;
  const { verdict, note } = run;
  right[verdict]++;
  if (verdict === 'differs' || process.env.NOTES) console.log(`${verdict}: ${note}`.slice(0, 300));
});
console.log(`| right | agrees | undecided | differs |\n| --: | --: | --: | --: |`);
console.log(`| ${drawn} | ${right.agrees} | ${right.undecided} | ${right.differs} |`);

// `alike`: only mistakes that give the same numbers are named. `misnamed`: a mistake that gives other numbers is named.
const columns = ['acquitted', 'misnamed', 'named', 'alike', 'described', 'undecided'];
const empty = () => Object.fromEntries(columns.map((name) => [name, 0]));
const wrong = { 'one mistake': empty(), 'one plain wrong array': empty() };

function kindOf({ verdict, planted, names, untrue }) {
  if (verdict === 'agrees') return 'acquitted';
  if (verdict === 'undecided') return 'undecided';
  if (names.some((id) => id.split('@')[0] === planted.split('@')[0])) return 'named';
  if (names.length === 0) return 'described';
  return untrue.length > 0 ? 'misnamed' : 'alike';
}

let invisible = 0;
const made = timed((each) => {
  const run = runWrong(each);
  if (!run) return;
  if (run.verdict === 'invisible') return void invisible++;
  const kind = kindOf(run);
  wrong[run.isPlain ? 'one plain wrong array' : 'one mistake'][kind]++;
  if (kind === 'acquitted' || kind === 'misnamed' || (process.env.NOTES && kind !== 'named'))
    console.log(`${kind}: ${run.note}`.slice(0, 300));
});
console.log(`\n| wrong | drawn | ${columns.join(' | ')} |\n|${' --: |'.repeat(2 + columns.length)}`);
for (const [what, row] of Object.entries(wrong)) {
  const all = columns.reduce((sum, name) => sum + row[name], 0);
  console.log(`| ${what} | ${all} | ${columns.map((name) => row[name]).join(' | ')} |`);
}
console.log(
  `${made} drawn from seed ${seed}, ${invisible} of which show nothing; ${(process.cpuUsage().user / 1e6).toFixed(0)} CPU seconds`,
);
const acquitted = Object.values(wrong).reduce((sum, row) => sum + row.acquitted, 0);
process.exitCode = right.differs + acquitted === 0 ? 0 : 1;
