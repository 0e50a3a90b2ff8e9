/** `npm run test:webgpu`: the tests of the webgpu backend on the driver that there is. */
import { runTier } from '../tier.mjs';

// Not `npm ci`: it wants the packages of bun-webgpu for other systems, which not every registry has.
runTier('webgpu', ['install', '--no-save']);
