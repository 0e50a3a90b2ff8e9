import { mergeConfig } from 'vitest/config';
import tier from './vitest.config.ts';

/** Under a Slurm that the tests start, and by MPICH's launcher: `npm run test:slurm`. */
const config = mergeConfig(tier, {});
config.test!.include = ['test/distributed/*.cluster.ts'];
export default config;
