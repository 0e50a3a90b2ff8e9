/**
 * The thread that runs the tests. First it runs all of them, to find the mutants that each test reaches. Then it runs tests for
 * each mutant until one fails.
 */
import fc from 'fast-check';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { bundle } from './bundle.mjs';

/** `progress`: the index of the mutant, and how many tests have started. */
const { root, files, texts, size, missing, progress } = workerData;

// All mutants get the same few draws. A mutant that only a rare draw would detect therefore counts as a survivor.
Object.assign(process.env, { SEED: '1', RUNS: '20' });
fc.configureGlobal({ endOnFailure: true }); // the smallest counterexample is not needed

const collectors = await bundle(root, files, texts);

/** For each file and test: how often the test reaches each mutant, and its number of steps. Both include loading the file. */
async function cover() {
  const covered = [];
  for (const [file, collect] of collectors) {
    const counts = new Float64Array(size);
    let steps = 0;
    const began = process.cpuUsage().user;
    const tests = collect(-1, () => ++steps, counts);
    const [loaded, loading] = [counts.slice(), steps];
    const own = [];
    for (const { name, body } of tests) {
      progress[1]++;
      counts.set(loaded);
      steps = loading;
      try {
        await body();
      } catch (error) {
        throw new Error(`${file}: ${name}: fails without a mutant`, { cause: error });
      }
      own.push({ name, steps, met: counts.map((count) => Math.min(count, 1)) });
    }
    covered.push({ file, cost: process.cpuUsage().user - began, tests: own });
  }
  return covered;
}

/** The tests that reach a mutant, by file. The test of the mutant's file comes first, then fast files before slow ones. */
function testsOf({ id, file }, covered) {
  const own = `${basename(file, '.ts')}.test.ts`;
  const place = (entry) => (basename(entry.file) === own ? -1 : entry.cost);
  return [...covered]
    .sort((a, b) => place(a) - place(b))
    .map((entry) => {
      const met = entry.tests.filter((test) => test.met[id]).map(({ name, steps }) => [name, steps]);
      return { file: entry.file, steps: new Map(met) };
    })
    .filter(({ steps }) => steps.size > 0);
}

/** Whether a test detects the mutant: it fails, or takes more than about ten times its usual steps. */
async function meet(id, tests) {
  let left = 0;
  const step = () => {
    if (--left < 0) throw new Error('endless');
    return true;
  };
  for (const { file, steps } of tests) {
    const begin = (name) => (left = 10 * steps.get(name) + 1000);
    let [test] = steps.keys();
    try {
      begin(test);
      for (const { name, body } of collectors.get(file)(id, step)) {
        if (!steps.has(name)) continue;
        test = name;
        progress[1]++;
        begin(name);
        await body();
        if (left < 0) throw new Error('endless'); // needed if a test that expects an error catches the error of `step`
      }
    } catch {
      return { status: left < 0 ? 'endless' : 'killed', by: `${file}: ${test}` };
    }
  }
  return { status: tests.length > 0 ? 'survived' : 'uncovered' };
}

const covered = await cover();
for (const mutant of missing) {
  progress[0] = mutant.id;
  parentPort.postMessage({ id: mutant.id, ...(await meet(mutant.id, testsOf(mutant, covered))) });
}
