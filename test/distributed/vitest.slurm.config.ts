import { mergeConfig } from 'vitest/config';
import tier from './vitest.config.ts';

/** Under a Slurm that the tests start, and by MPICH's launcher: `npm run test:slurm`. */
const config = mergeConfig(tier, {});
config.test!.include = ['test/distributed/*.cluster.ts', 'test/distributed/network.test.ts'];
config.test!.env = { CUT_CABLE: '1' };
export default config;
