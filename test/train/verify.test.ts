/** Verification: nothing differs where the bits are the same; roundings lie within their bounds, and errors do not. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createReference } from '../../src/backend/reference.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { verifyForward } from '../../src/train/verify.ts';
import type { Backend } from '../../src/backend/backend.ts';
import { anyCase, networkOf, type Case } from '../networks.ts';
import { runsOf, seedOf } from '../support.ts';

/** A backend whose weights are each multiplied by a factor. */
function perturbed(backend: Backend, factor: (k: number) => number): Backend {
  const write: Backend['write'] = (buffer, values) =>
    backend.write(
      buffer,
      Float32Array.from(values, (w, k) => w * factor(k)),
    );
  return { ...backend, write };
}

const weightsOf = ({ weights }: Case, backend: Backend): Float32Array[] =>
  backend.network.layers.filter(({ weightShape }) => weightShape.length > 0).map(({ n }) => weights[n - 1]);

test('the same bits differ in nothing', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async (drawn) => {
      const [a, b] = [createReference(networkOf(drawn)), createWasm(networkOf(drawn))];
      const found = await verifyForward(a, b, weightsOf(drawn, a), drawn.samples.slice(0, 2));
      expect({ ...found, spikes: 0, samples: 0 }).toEqual({
        samples: 0,
        spikes: 0,
        flipped: 0,
        outside: 0,
        largest: 0,
      });
    }),
    { numRuns: runsOf(40), seed: seedOf() },
  );
});

test('a rounding of each weight stays within the bounds', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, fc.nat(), async (drawn, seed) => {
      const network = networkOf(drawn);
      const factor = (k: number): number =>
        1 + (((Math.imul(k + seed, 2654435761) >>> 30) - 1) / 2) * 2 ** -23;
      const backend = perturbed(createWasm(network), factor);
      const found = await verifyForward(
        backend,
        createWasm(network),
        weightsOf(drawn, backend),
        drawn.samples.slice(0, 2),
      );
      expect(found.outside).toBe(0);
      expect(found.largest).toBeLessThanOrEqual(1);
    }),
    { numRuns: runsOf(100), seed: seedOf() },
  );
});

test('a wrong weight does not', async () => {
  let [outside, largest] = [0, 0];
  await fc.assert(
    fc.asyncProperty(anyCase, async (drawn) => {
      const network = networkOf(drawn);
      const backend = perturbed(createWasm(network), () => 1.01);
      const found = await verifyForward(
        backend,
        createWasm(network),
        weightsOf(drawn, backend),
        drawn.samples.slice(0, 2),
      );
      outside += found.outside;
      largest = Math.max(largest, found.largest);
    }),
    { numRuns: 60, seed: 7 },
  );
  expect(outside).toBeGreaterThan(0);
  expect(largest).toBeGreaterThan(1);
});
