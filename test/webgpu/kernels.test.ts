/** The webgpu backend gives the bits of the spec: the bodies that every backend has. */
import { afterAll, beforeAll, describe } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { paper } from '../../spec/variant.ts';
import type { Backend } from '../../src/backend/backend.ts';
import { requestWebgpu } from '../../src/backend/webgpu/request.ts';
import { testOutputs } from '../backend/outputs.ts';
import { testNetworks, testWindows, type Create } from '../backend/suite.ts';

const tiny = {
  input: { channels: 1, height: 1, width: 1 },
  timeWindow: 1,
  threshold: 1,
  layers: [{ kind: 'linear', units: 1 }],
};
const create: Create = (network) => requestWebgpu(network, 'test');

// The device, and what is compiled for it, stays from one network to the next.
let kept: Backend;
beforeAll(async () => (kept = await create(buildNetwork(tiny, paper, binary32))));
afterAll(() => kept.dispose());

describe('webgpu', () => {
  testWindows(create, 50);
  testNetworks(create, 150);
  testOutputs(create, 60);
});
