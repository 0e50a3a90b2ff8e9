/** Every backend gives the bits of the spec for whole random networks: forward, scale, loss, backward, update. */
import { describe } from 'vitest';
import { createReference } from '../../src/backend/reference.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { isWhole } from '../support.ts';
import { testNetworks, testWindows, type Create } from './suite.ts';

/** Synchronous backends, with the number of drawn networks. */
const backends: Record<string, { create: Create; draws: number }> = {
  reference: { create: createReference, draws: 200 },
  wasm: { create: (network) => createWasm(network), draws: 1000 },
};

/** Pools of threads, which start slowly. */
const pools: typeof backends = Object.fromEntries(
  (isWhole ? [2, 3] : [3]).map((threads) => [
    `wasm, ${threads} threads`,
    { create: (network) => createWasm(network, threads), draws: 100 },
  ]),
);

describe.each(Object.entries({ ...backends, ...pools }))('%s', (_, { create, draws }) =>
  testNetworks(create, draws),
);
describe.each(Object.entries(backends))('%s', (_, { create }) => testWindows(create, 100));
