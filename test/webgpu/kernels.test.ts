/** The webgpu backend gives the bits of the spec, in the tests of all backends. */
import { afterAll, beforeAll, describe } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import { paper } from '../../spec/variant.ts';
import type { LayerDescription } from '../../spec/network.ts';
import type { Backend } from '../../src/backend/backend.ts';
import { requestWebgpu } from '../../src/backend/webgpu/webgpu.ts';
import type { Case } from '../networks.ts';
import { testNetworks, testOutputs, testWindows, type Create } from '../backend/suite.ts';

const tiny: NetworkDescription = {
  input: { channels: 1, height: 1, width: 1 },
  timeWindow: 1,
  threshold: 1,
  layers: [{ kind: 'linear', units: 1 }],
};
const create: Create = (network) => requestWebgpu(network, 'test', 40);

/** Whether the device flushes subnormal numbers to 0. */
let flushes = false;

// All networks share the device and its compiled kernels.
let kept: Backend;
beforeAll(async () => {
  kept = await create(buildNetwork(tiny, paper, binary32));
  flushes = await isFlushing(kept);
});
afterAll(() => kept.dispose());

/**
 * If the device flushes subnormals, a case must have none. Weights of at least 2⁻²⁰ give products of at least 2⁻¹⁰⁰ through five
 * layers. With a leak near 1, no potential decays so far within the window. Moments below 2⁻¹⁰⁰ are +0 on every backend.
 */
function adapt(drawn: Case): Case {
  if (!flushes) return drawn;
  const { description } = drawn;
  const slow = (leak = 1): number => Math.max(leak, 0.9);
  return {
    ...drawn,
    description: {
      ...description,
      leak: slow(description.leak),
      layers: description.layers.map(
        (layer) => ({ ...layer, leak: slow(layer.leak ?? description.leak) }) as LayerDescription,
      ),
    },
    weights: drawn.weights.map((list) => list.map((w) => (Math.abs(w) < 2 ** -20 ? 0 : w))),
  };
}

/** Tests whether the device flushes a subnormal weight when it subtracts 0. */
async function isFlushing(backend: Backend): Promise<boolean> {
  const [w, dw] = (['weights', 'gradient'] as const).map((role) => backend.allocate(role, 1, 1));
  backend.write(w, [2 ** -130]);
  backend.update(
    1,
    { w, dw, m: null, v: null },
    { samples: 1, optimiser: { kind: 'sgd', weightDecay: 0 }, η: 1 },
  );
  const [left] = await backend.read(w);
  if (left === 0) console.log('webgpu: this device flushes subnormals; drawn cases are those without');
  return left === 0;
}

describe('webgpu', () => {
  testWindows(create, 50, adapt);
  testNetworks(create, 150, adapt);
  testOutputs(create, 60, adapt);
});
