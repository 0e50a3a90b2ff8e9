/**
 * One cold process of `npm run bench cold`: `node bench/first.mjs MODEL IMAGE predict|steps`. It prints the times of the stages up to the
 * first prediction, and u of each class. `steps` runs the operations of `predict` one by one.
 */
import { readFileSync } from 'node:fs';

const [model, image, how] = process.argv.slice(2);
const pixels = readFileSync(image);
const isBySteps = how === 'steps';
// With `steps`, these modules are loaded before the clock starts. A program that calls `predict` does not import them itself.
const { wholeWindow, Workspace } = isBySteps ? await import('../dist/src/backend/workspace.js') : {};
const { openBackend } = isBySteps ? await import('../dist/src/backend/open.js') : {};
const times = { began: performance.now() };
const done = (step) => (times[step] = performance.now());

// The package exports no backends. With `steps`, this script therefore imports the package's unbundled modules.
const { decodeModel, predict } = await import(isBySteps ? '../dist/src/index.js' : '../dist/lib/index.js');
done('import');
const { net } = decodeModel(readFileSync(model), model);
done('model');
const u = isBySteps ? predictInSteps() : predict(net, pixels).potentials;
done('predict');
console.log(JSON.stringify({ times, u: [...u] }));

function predictInSteps() {
  const backend = openBackend('wasm', net.plan);
  done('backend');
  const workspace = new Workspace(backend);
  workspace.writeWeights(net.weights);
  done('weights');
  const draw = { seed: net.seed, stream: 'test', epoch: 0, sample: 0 };
  const input = { intensities: Float64Array.from(pixels, (byte) => byte / 255), draw };
  for (let k = 1; k <= 20; k++) {
    workspace.forward([input], wholeWindow(net.plan));
    backend.readSync(workspace.result);
    done(`forward ${k}`);
  }
  return backend.readSync(workspace.result);
}
