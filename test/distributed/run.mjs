/** `npm run test:distributed`: training by MPI with 1 to 4 ranks, over shared memory and TCP, and with faults. */
import { spawnSync } from 'node:child_process';
import { runTier } from '../tier.mjs';

if (spawnSync('mpirun', ['--version']).error)
  console.error('distributed: no mpirun; apt-get install openmpi-bin');
// The binary of koffi is in a package, so no install script needs to run.
runTier('distributed', ['ci', '--ignore-scripts']);
