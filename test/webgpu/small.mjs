/** The small training on webgpu in the runtime that runs this file; one JSON line. Uses dist/, as a user does. */
import * as asf from '../../dist/src/index.js';
import { smallTraining } from './training.mjs';

console.log(JSON.stringify(await smallTraining(asf, 'webgpu')));
process.exit(0); // the device of some drivers holds the process
