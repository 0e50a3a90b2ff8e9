/**
 * `npm run test:runtimes lanes`: tests the backends with 256-bit lanes, in each Node whose V8 can pair lanes. Exits with 1
 * unless each of the `testedVersions` of `src/command/lanes.ts` passes.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testedVersions, wideFlags } from '../../dist/src/command/lanes.js';
import { here, installRuntimes, root } from './install.mjs';

installRuntimes((text) => process.stderr.write(`${text}\n`));
const passed = new Set();
for (const major of [22, 24, 26]) {
  const node = join(here, 'node_modules', `node${major}/bin/node`);
  const version = execFileSync(node, ['-p', 'process.versions.v8'], { encoding: 'utf8' }).trim();
  const flags = wideFlags.map((flag) => `--execArgv=${flag}`);
  const { status } = spawnSync(
    node,
    ['node_modules/vitest/vitest.mjs', 'run', 'test/backend', ...flags, ...process.argv.slice(2)],
    { cwd: root, stdio: 'inherit' },
  );
  const digests = new Set(['128', '256'].map((lanes) => digestOf(node, lanes)));
  const isEqual = status === 0 && digests.size === 1;
  if (isEqual) passed.add(version.split('.', 2).join('.'));
  console.log(
    `V8 ${version} with 256-bit lanes: ${isEqual ? 'passed' : 'failed'}, ${[...digests].join(' ')}`,
  );
}
const missing = testedVersions.filter((version) => !passed.has(version));
if (missing.length > 0) console.error(`listed as tested, but not passed: V8 ${missing.join(', ')}`);
process.exitCode = missing.length === 0 ? 0 : 1;

/** The digest of a training's weights, with these lanes. */
function digestOf(node, lanes) {
  const out = join(mkdtempSync(join(tmpdir(), 'asf-bp-')), 'run');
  const data = ['--dataset', 'mnist', '--limit', '512', '--window', '20', '--epochs', '1'];
  const args = ['dist/asf-bp.js', 'train', ...data, '--lanes', lanes, '--out', out];
  const said = execFileSync(node, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  if (!said.includes(`lanes of ${lanes} bits`))
    throw new Error(`expected lanes of ${lanes} bits, got ${said}`);
  return /^digest +(\w{12})/m.exec(said)[1];
}
