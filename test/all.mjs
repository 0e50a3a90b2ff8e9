/** `npm run test:all`: everything that `npm test` runs, as a table by area. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = join(mkdtempSync(join(tmpdir(), 'asf-bp-')), 'results.json');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = [vitest, 'run', '--reporter=json', `--outputFile=${results}`];
spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });

const areas = new Map();
for (const { name, startTime, endTime, assertionResults } of JSON.parse(readFileSync(results, 'utf8'))
  .testResults) {
  const area = relative(join(root, 'test'), name).split(/[\\/]/)[0];
  const row = areas.get(area) ?? { area, files: 0, passed: 0, skipped: 0, failed: 0, seconds: 0 };
  row.files++;
  row.seconds += (endTime - startTime) / 1000;
  for (const { status } of assertionResults)
    row[['passed', 'skipped'].includes(status) ? status : 'failed']++;
  areas.set(area, row);
}
const rows = [...areas.values()].map((row) => ({ ...row, seconds: Number(row.seconds.toFixed(1)) }));
console.table(rows);
const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
