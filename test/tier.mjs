/**
 * Runs a tier of tests with separate packages. It installs them at exact versions into the tier's folder, runs the tests, and
 * prints the counts. A test that did not run counts as failed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// `.ci/run` builds once and disables npm scripts. The packages that are installed here need their scripts.
delete process.env.npm_config_ignore_scripts;

const root = fileURLToPath(new URL('..', import.meta.url));

const versionIn = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : undefined);

/** @param install the words after `npm` */
export function installPackages(folder, install) {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const isInstalled = Object.entries(dependencies).every(
    ([name, version]) => versionIn(join(folder, 'node_modules', name, 'package.json')) === version,
  );
  if (isInstalled) return;
  spawnSync('npm', [...install, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: 'inherit',
  });
}

/** Runs the tests of `test/NAME`. Further arguments go to vitest. */
export function runTier(name, install) {
  const folder = join(root, 'test', name);
  installPackages(folder, install);
  const out = mkdtempSync(join(tmpdir(), 'asf-bp-'));
  const results = join(out, 'results.json');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const config = ['--config', join(root, 'test', 'tier.config.ts')];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', ...config, ...reporters, ...process.argv.slice(2)],
    { stdio: 'inherit', cwd: root, env: { RUNS: 'all', TIER: name, ...process.env } },
  );
  let [passed, failed] = [0, 1];
  try {
    const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(results, 'utf8'));
    [passed, failed] = [numPassedTests, numTotalTests - numPassedTests];
  } catch {
    console.error(`${name}: not tested`);
  }
  rmSync(out, { recursive: true });
  if (status !== 0 && failed === 0) failed = 1;
  console.log(`${name}: ${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
