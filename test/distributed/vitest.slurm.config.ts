import { mergeConfig } from 'vitest/config';
import tier from './vitest.config.ts';

/** The same under a Slurm that the tests start: `npm run test:slurm`. */
const config = mergeConfig(tier, {});
config.test!.include = ['test/distributed/slurm.cluster.ts'];
export default config;
