/** `npm run test:webgpu`: the tests of the webgpu backend on the installed driver. */
import { runTier } from '../tier.mjs';

// Not `npm ci`, which requires the packages of bun-webgpu for other systems, and some registries lack them.
runTier('webgpu', ['install', '--no-save']);
