/** The thread that runs tests: first all of them, to see which mutants each meets; then, for each mutant, until one fails. */
import fc from 'fast-check';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { bundle } from './bundle.mjs';

/** `progress`: the number of the mutant, and how many tests have begun. */
const { root, files, texts, size, missing, progress } = workerData;

// The same draws for each mutant, and few: one that only a rare draw would kill counts as a survivor.
Object.assign(process.env, { SEED: '1', RUNS: '10' });
fc.configureGlobal({ endOnFailure: true }); // nobody asks for the smallest counterexample here

const collectors = await bundle(root, files, texts);

/** Of each file its tests, and how often each meets the place of each mutant. What loading the file meets, each test does. */
async function cover() {
  const covered = [];
  for (const [file, collect] of collectors) {
    const counts = new Float64Array(size);
    const began = process.cpuUsage().user;
    const tests = collect(-1, undefined, counts);
    const loaded = counts.slice();
    const own = [];
    for (const { name, body } of tests) {
      progress[1]++;
      counts.set(loaded);
      await body();
      own.push({ name, counts: counts.slice() });
    }
    covered.push({ file, cost: process.cpuUsage().user - began, tests: own });
  }
  return covered;
}

/** The tests that meet a mutant, by file: first the file of its name, then the quick before the slow. */
function stepsOf({ id, file }, covered) {
  const own = `${basename(file, '.ts')}.test.ts`;
  const place = (entry) => (basename(entry.file) === own ? -1 : entry.cost);
  return [...covered]
    .sort((a, b) => place(a) - place(b))
    .map((entry) => ({
      file: entry.file,
      limits: new Map(
        entry.tests.map(({ name, counts }) => [name, counts[id]]).filter(([, count]) => count > 0),
      ),
    }))
    .filter(({ limits }) => limits.size > 0);
}

/** Whether a test notices the mutant: by failing, or by meeting it ten times as often as without it. */
async function meet(id, steps) {
  let left = 0;
  const hit = () => {
    if (--left < 0) throw new Error('endless');
    return true;
  };
  for (const { file, limits } of steps) {
    const begin = (name) => (left = 10 * limits.get(name) + 1000);
    let [test] = limits.keys();
    try {
      begin(test);
      for (const { name, body } of collectors.get(file)(id, hit)) {
        if (!limits.has(name)) continue;
        test = name;
        progress[1]++;
        begin(name);
        await body();
        if (left < 0) throw new Error('endless'); // where the test expects an error
      }
    } catch {
      return { status: left < 0 ? 'endless' : 'killed', by: `${file}: ${test}` };
    }
  }
  return { status: steps.length > 0 ? 'survived' : 'uncovered' };
}

const covered = await cover();
for (const mutant of missing) {
  progress[0] = mutant.id;
  parentPort.postMessage({ id: mutant.id, ...(await meet(mutant.id, stepsOf(mutant, covered))) });
}
