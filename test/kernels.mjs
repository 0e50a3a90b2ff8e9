/** `npm run campaign kernels` compares kernels with the spec on random networks, with a new seed each round, until stopped. */
import { spawnSync } from 'node:child_process';

const vitest = new URL('../node_modules/vitest/vitest.mjs', import.meta.url).pathname;
for (let round = 1, seed = Date.now() & 0x7fffffff; ; round++, seed = (seed + 1) & 0x7fffffff) {
  const env = {
    ...process.env,
    SEED: String(seed),
    RUNS: process.env.RUNS ?? '10000',
  };
  const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/backend'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  console.log(`round ${round}: SEED=${seed} RUNS=${env.RUNS} ${status === 0 ? 'passed' : 'FAILED'}`);
  if (status !== 0) process.exit(1);
}
