/**
 * `npm run campaign mutation [FILE …]` changes `spec/` in one place at a time, and expects a test to fail. After a stop, the same
 * command continues with the missing mutants if no text has changed. A complete run writes the totals into test/mutation/README.md.
 *
 * `npm run campaign mutation src/oracle [K | FILE …]` mutates the comparisons, bounds and choices of the engine and the oracle, and
 * prints the result. All mutants take hours, so K selects every Kth of them.
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

/** The tests that run on mutants of `spec/`: those of `spec/` itself, of NIR and of the oracle, and the vectors. */
const filesOfSpec = [
  ...testsIn('test/spec', /\.test\.ts$/),
  // Without flips.test.ts, which flips bits of graphs and needs a separate process.
  ...testsIn('test/nir', /\/(?!flips)\w+\.test\.ts$/),
  'test/oracle/expected.test.ts',
  'test/oracle/nir/check.test.ts',
  'test/oracle/surrogate/surrogate.test.ts',
  'test/oracle/surrogate/frameworks.test.ts',
  'test/mutation/vectors.ts',
];

/** The tests of the oracle, without the random networks of the catalogue, which take minutes, and without the backends. */
const filesOfOracle = testsIn('test/oracle', /\/(?!catalogue|backends)\w+\.test\.ts$/);
const files = isOracle ? filesOfOracle : filesOfSpec;

/** The engine, and the parts of the oracle that judge. The other parts are catalogues and file formats. */
const judges = [...sourcesIn('src/engine'), ...sourcesIn('src/oracle')].filter(
  (name) => !/\/(mistakes|files)[/.]/.test(name),
);

/** Minutes without a new test, after which a mutant counts as endless. The longest test takes seconds. */
const patience = 15;

const { mutants, texts } = isOracle
  ? await mutate(root, judges, others)
  : await mutate(root, sourcesIn('spec'), []);

/** All numbers of mutants are below this. Mutants of excluded kinds have numbers too. */
const size = 1 + Math.max(...mutants.map(({ id }) => Number(id)));

/** The results for exactly these texts. If there are none, a new file is started. */
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

/** Runs the missing mutants, until all have a result or one is given up as endless. */
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
  // Last come the mutants on the list of equivalents: they survive every test and thus take longest.
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
