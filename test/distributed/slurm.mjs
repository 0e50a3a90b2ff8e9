/** `npm run test:slurm`: the scripts of docs/cluster.md under a Slurm of one node (Debian: munge slurmctld slurmd slurm-client). */
import { runTier } from '../tier.mjs';

runTier('distributed', ['ci', '--ignore-scripts'], 'vitest.slurm.config.ts');
