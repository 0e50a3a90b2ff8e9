/** `npm run test:distributed`: training by MPI with 1 to 4 ranks, over shared memory and TCP, and its faults. */
import { spawnSync } from 'node:child_process';
import { runTier } from '../tier.mjs';

if (spawnSync('mpirun', ['--version']).error)
  console.error('distributed: no mpirun; apt-get install openmpi-bin');
// The binary of koffi is a package, so none of its scripts needs to run.
runTier('distributed', ['ci', '--ignore-scripts']);
