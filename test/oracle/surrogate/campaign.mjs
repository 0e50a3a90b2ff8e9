/**
 * `npm run surrogates [-- RUNS [SEED [SECONDS]]]`: draws right steps by surrogate gradients, and counts those that are called wrong; then
 * wrong ones, and counts those that are acquitted, named, described, or named what was not planted.
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

const wrong = { invisible: 0, acquitted: 0, undecided: 0, named: 0, otherwise: 0, described: 0 };
const made = timed((each) => {
  const run = runWrong(each);
  if (!run) return;
  const { verdict, planted, names, isDescribed, note } = run;
  const isNamed = names.some((id) => id.split('@')[0] === planted.split('@')[0]);
  const kind =
    verdict === 'invisible'
      ? 'invisible'
      : verdict === 'agrees'
        ? 'acquitted'
        : verdict === 'undecided'
          ? 'undecided'
          : isNamed
            ? 'named'
            : names.length > 0
              ? 'otherwise'
              : 'described';
  wrong[kind]++;
  if (kind === 'acquitted' || (process.env.NOTES && kind !== 'named'))
    console.log(`${kind}${isDescribed ? '' : ' -'}: ${note}`.slice(0, 300));
});
const visible = Object.values(wrong).reduce((sum, count) => sum + count, 0) - wrong.invisible;
console.log(
  `\n| wrong | acquitted | undecided | named | named otherwise | described |\n|${' --: |'.repeat(6)}`,
);
console.log(
  `| ${visible} | ${wrong.acquitted} | ${wrong.undecided} | ${wrong.named} | ${wrong.otherwise} | ${wrong.described} |`,
);
console.log(`${made} drawn from seed ${seed}; ${(process.cpuUsage().user / 1e6).toFixed(0)} CPU seconds`);
process.exitCode = right.differs + wrong.acquitted === 0 ? 0 : 1;
