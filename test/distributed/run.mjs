/**
 * `npm run test:distributed`: training by MPI with 1 to 4 ranks, over shared memory and TCP, and its faults. Installs koffi, at its
 * exact version, into this folder; ends with a line that counts, and what did not run counts as failed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const inherit = { stdio: 'inherit' };

const versionIn = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : undefined);
const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const isInstalled = Object.entries(dependencies).every(
  ([name, version]) => versionIn(join(here, 'node_modules', name, 'package.json')) === version,
);
// Its binary comes as a package: no script of it need run.
const install = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
if (!isInstalled) spawnSync('npm', install, { ...inherit, cwd: here });
if (spawnSync('mpirun', ['--version']).error)
  console.error('distributed: no mpirun; apt-get install openmpi-bin');

const results = join(mkdtempSync(join(tmpdir(), 'asf-bp-')), 'results.json');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--config', join(here, 'vitest.config.ts'), ...reporters, ...process.argv.slice(2)],
  { ...inherit, cwd: root },
);

let [passed, failed] = [0, 1];
try {
  const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(results, 'utf8'));
  [passed, failed] = [numPassedTests, numTotalTests - numPassedTests];
} catch {
  console.error('distributed: not tested');
}
if (status !== 0 && failed === 0) failed = 1;
console.log(`distributed: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
