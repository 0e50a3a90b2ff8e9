/** The webgpu backend gives the bits of the spec: the bodies that every backend has. */
import { describe } from 'vitest';
import { requestWebgpu } from '../../src/backend/webgpu/request.ts';
import { testOutputs } from '../backend/outputs.ts';
import { testNetworks, testWindows, type Create } from '../backend/suite.ts';

const create: Create = (network) => requestWebgpu(network, 'test');

describe('webgpu', () => {
  testWindows(create, 20);
  testNetworks(create, 60);
  testOutputs(create, 30);
});
