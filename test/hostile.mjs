/**
 * `npm run campaign hostile [SECONDS [FIRST_SEED]]` passes hostile files, values and JSON to readers and exported functions,
 * and special files to commands. Each round has a new seed. The campaign runs for SECONDS (default: without limit). It ends
 * early at a call that neither returns nor is refused with a message of one line.
 */
import { spawnSync } from 'node:child_process';

const vitest = new URL('../node_modules/vitest/vitest.mjs', import.meta.url).pathname;
const seconds = Number(process.argv[2] ?? Infinity);
const first = Number(process.argv[3] ?? Date.now() & 0x7fffffff);
const RUNS = process.env.RUNS ?? '2000';
const end = Date.now() + 1000 * seconds;

let seed = first;
for (; Date.now() < end; seed++) {
  const { status, stdout } = spawnSync(
    process.execPath,
    [vitest, 'run', 'test/fuzz/fuzz', 'test/fuzz/exports', 'test/fuzz/json', 'test/fuzz/special'],
    {
      env: { ...process.env, RUNS, SEED: String(seed) },
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    },
  );
  console.log(`${new Date().toISOString()} SEED=${seed} RUNS=${RUNS} ${status === 0 ? 'passed' : 'FAILED'}`);
  if (status === 0) continue;
  console.log(stdout);
  process.exit(1);
}
console.log(`seeds ${first} to ${seed - 1}, ${RUNS} draws per reader, export and document each: no finding`);
