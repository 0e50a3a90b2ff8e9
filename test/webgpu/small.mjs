/** Runs the small training on webgpu in this runtime and prints one JSON line. It imports dist/, like a user. */
import * as asf from '../../dist/src/index.js';
import { smallTraining } from './training.mjs';

console.log(JSON.stringify(await smallTraining(asf, 'webgpu')));
process.exit(0); // with some drivers the device keeps the process alive
