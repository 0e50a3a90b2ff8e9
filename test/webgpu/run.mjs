/** `npm run test:webgpu`: the tests of the webgpu backend on the installed driver. */
import { runTier } from '../tier.mjs';

// `npm ci` would require the packages of bun-webgpu for all systems, and some registries lack these.
runTier('webgpu', ['install', '--no-save']);
