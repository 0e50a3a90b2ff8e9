/**
 * `npm run campaign mutation [FILE …]`: changes `spec/` in one place at a time, and expects a test to notice. What is stopped goes on
 * with the mutants that have no result, as long as no text has changed. Whole, it writes its sum into test/mutation/README.md.
 *
 * `npm run campaign mutation src/oracle [K | FILE …]` does the same with the comparisons, bounds and choices of the engine and the oracle, of
 * these with every Kth, as all take hours, and prints.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { mutate, others } from './mutants.mjs';
import { entryOf, judge } from './report.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const [campaign, ...rest] = process.argv.slice(2);
const isOracle = campaign === 'src/oracle';
const asked = isOracle ? rest : process.argv.slice(2);
const every = Number(asked[0]) > 0 ? Number(asked.shift()) : 1;
const kept = fileURLToPath(new URL(isOracle ? 'oracle.tmp' : 'results.tmp', import.meta.url));
const sourcesIn = (folder) =>
  readdirSync(`${root}${folder}`, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`)
    .sort();

const testsIn = (folder, isOne) => sourcesIn(folder).filter((name) => isOne.test(name));

/** The tests that know `spec/`: its own, those of NIR and of the oracle, and the vectors. */
const filesOfSpec = [
  ...testsIn('test/spec', /\.test\.ts$/),
  // Not what flips bits of graphs, in a process of its own.
  ...testsIn('test/nir', /\/(?!flips)\w+\.test\.ts$/),
  'test/oracle/expected.test.ts',
  'test/oracle/nir/check.test.ts',
  'test/oracle/surrogate/surrogate.test.ts',
  'test/vectors/fixed.test.ts',
  'test/mutation/vectors.ts',
];

/** Those that know the oracle, without the drawn networks of the catalogue, which take minutes, and those of the backends. */
const filesOfOracle = testsIn('test/oracle', /\/(?!catalogue|backends)\w+\.test\.ts$/);
const files = isOracle ? filesOfOracle : filesOfSpec;

/** The engine, and of the oracle what judges: the rest is the catalogues, and reads and writes files. */
const judges = [...sourcesIn('src/engine'), ...sourcesIn('src/oracle')].filter(
  (name) => !/\/(mistakes|files)[/.]/.test(name),
);

/** Minutes without a test that begins, after which one is endless where no count sees it; the longest takes seconds. */
const patience = 15;

const { mutants, texts } = isOracle
  ? await mutate(root, judges, others)
  : await mutate(root, sourcesIn('spec'), []);

/** Numbers of mutants lie below this; those of kinds that are left out have numbers, too. */
const size = 1 + Math.max(...mutants.map(({ id }) => Number(id)));

/** The results that hold for these texts. A new file of them is begun where there are none. */
function open() {
  const hash = createHash('sha256');
  for (const text of texts.values()) hash.update(text);
  for (const name of [...sourcesIn('test'), ...sourcesIn('src/engine'), ...sourcesIn('src/oracle')])
    hash.update(readFileSync(`${root}${name}`));
  const head = JSON.stringify({ texts: hash.digest('hex') });
  const [first, ...lines] = existsSync(kept) ? readFileSync(kept, 'utf8').trimEnd().split('\n') : [];
  if (first !== head) writeFileSync(kept, `${head}\n`);
  return first === head ? lines.map((line) => JSON.parse(line)) : [];
}

const results = new Map(open().map((result) => [result.id, result]));
const chosen = mutants.filter(
  ({ id, file }) => id % every === 0 && (asked.length === 0 || asked.includes(file)),
);

function note(result) {
  results.set(result.id, result);
  appendFileSync(kept, `${JSON.stringify(result)}\n`);
  if (results.size % 100 === 0) console.log(`${results.size} of ${mutants.length} mutants`);
}

/** Runs the mutants that have no result, until all have, or one is endless and was given up. */
function meet(missing) {
  const progress = new Int32Array(new SharedArrayBuffer(8)).fill(-1);
  const workerData = { root, files, texts, size, missing, progress };
  const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData });
  let [begun, quiet] = [-1, 0];
  const watch = setInterval(() => {
    quiet = progress[1] === begun ? quiet + 1 : 0;
    begun = progress[1];
    if (quiet < patience || progress[0] < 0) return;
    note({ id: progress[0], status: 'endless' });
    void worker.terminate();
  }, 60_000);
  return new Promise((resolve, reject) => {
    worker.on('message', note).on('error', reject).on('exit', resolve);
  }).finally(() => clearInterval(watch));
}

for (;;) {
  const missing = chosen.filter(({ id }) => !results.has(id));
  if (missing.length === 0) break;
  // Those with a reason meet every test, which takes longest.
  const [first, last] = [false, true].map((has) =>
    missing.filter((mutant) => Boolean(entryOf(mutant)) === has),
  );
  await meet([...first, ...last].map(({ id, file }) => ({ id, file })));
}

process.exitCode = judge(
  root,
  chosen.map((mutant) => ({ ...mutant, ...results.get(mutant.id) })),
  !isOracle && chosen.length === mutants.length,
);
