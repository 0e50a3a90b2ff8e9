/** The oracle, which knows no backend, finds right what each backend shows of a sample. */
import { binary32 } from '../../spec/arithmetic.ts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { neuronsOf } from '../../spec/network.ts';
import { backendNames, type BackendName } from '../../src/backend/open.ts';
import { weightedLayers, network } from '../../src/network/network.ts';
import { check } from '../../src/oracle/oracle.ts';
import { inspect } from '../../src/train/predict.ts';
import type { Values } from '../../src/engine/rounding.ts';
import { weightKeys } from '../../src/oracle/keys.ts';
import { joined } from '../../src/oracle/asf/steps.ts';
import { drawing } from '../support.ts';
import { anyWorld, shaped, type World } from './worlds.ts';

/** The forward pass of a world on a backend, by our keys. */
function shown({ description, variant, given, B }: World, backend: BackendName): Map<string, Values> {
  const net = network({ ...description, variant });
  net.weights = weightedLayers(net.plan).map(
    (layer) =>
      joined(
        weightKeys(layer).map((key) => given.get(key)!),
        binary32,
      ) as Float32Array,
  );
  const arrays = new Map(given);
  const put = (key: string, length: number, values: ArrayLike<number>, at: number): void => {
    if (!arrays.has(key)) arrays.set(key, new Float32Array(length));
    arrays.get(key)!.set(values, at);
  };
  const { T } = net.plan;
  for (let b = 0; b < B; b++) {
    const views = inspect(net, { frames: trainOf(given.get('input.spikes')!, T, B, b) }, { backend });
    for (const { n, shape, spikes, potentials, FI, FO } of views.slice(1)) {
      const size = neuronsOf(shape);
      put(`layer${n}.FI`, B * size, FI, b * size);
      if (n < net.plan.layers.length) put(`layer${n}.FO`, B * size, FO, b * size);
      for (let t = 0; t < T; t++) {
        const [from, to] = [t * size, (t + 1) * size];
        const at = (t * B + b) * size;
        if (n < net.plan.layers.length) put(`layer${n}.spikes`, T * B * size, spikes.subarray(from, to), at);
        if (potentials.length > 0)
          put(`layer${n}.potential`, T * B * size, potentials.subarray(from, to), at);
      }
    }
  }
  return arrays;
}

/** The T maps of a sample. */
function trainOf(spikes: Values, T: number, B: number, b: number): Float32Array {
  const size = spikes.length / (T * B);
  const frames = new Float32Array(T * size);
  for (let t = 0; t < T; t++)
    frames.set(spikes.subarray((t * B + b) * size, (t * B + b + 1) * size), t * size);
  return frames;
}

it.each(backendNames)('%s agrees', (backend) => {
  const law = fc.property(anyWorld, (world) => {
    const { description, variant } = world;
    const arrays = shaped(world, shown(world, backend));
    const { steps } = check({ network: { ...description, variant }, arrays, mistakes: [] });
    const wrong = steps[0].findings.filter(({ verdict }) => verdict === 'differs');
    expect(wrong).toEqual([]);
  });
  fc.assert(law, drawing(30));
});
