/** A large linear layer adds whole rows of its weights; it gives the bits of the spec. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { weightsOf, type LayerDescription, type Network } from '../../spec/network.ts';
import { authors } from '../../spec/variant.ts';
import { createReference } from '../../src/backend/reference.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { Workspace } from '../../src/backend/workspace.ts';
import { drawing, expectBits } from '../support.ts';
import { fieldGiven } from './records.ts';

const anyCase = fc.record({
  units: fc.integer({ min: 512, max: 540 }),
  inputs: fc.integer({ min: 530, max: 700 }),
  bias: fc.boolean(),
  λ: fc.constantFrom(1, 0.875),
  T: fc.integer({ min: 1, max: 6 }),
  split: fc.nat({ max: 5 }),
  density: fc.constantFrom(0, 0.002, 0.01, 0.1),
  /** Spikes of a first layer: −1 adds negated rows, and 3 uses products. */
  value: fc.constantFrom(1, 1, -1, 3),
  isFirst: fc.boolean(),
  seed: fc.nat(),
});

type Case = typeof anyCase extends fc.Arbitrary<infer C> ? C : never;

function networkOf({ units, inputs, bias, λ, T, isFirst }: Case): Network {
  const large: LayerDescription = { kind: 'linear', units, bias, leak: λ, threshold: 0.5 };
  const before: LayerDescription = { kind: 'averagePool', size: 1, threshold: 0.5 };
  const layers = [...(isFirst ? [] : [before]), large, { kind: 'linear', units: 2 } as const];
  const input = { channels: inputs, height: 1, width: 1 };
  return buildNetwork({ input, timeWindow: T, threshold: 1, layers }, authors, binary32);
}

/** Numbers from 0 to 1, by place. */
const hash = (seed: number, k: number): number =>
  (Math.imul(Math.imul(k + 1, 2654435761) ^ seed, 2246822519) >>> 8) / 2 ** 24;

it('equals the reference in every bit, in one run of steps or two', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async (drawn) => {
      const net = networkOf(drawn);
      const { T, inputs, split, density, value, isFirst, seed } = drawn;
      const n = isFirst ? 1 : 2;
      const weights = net.layers
        .filter(({ weightShape }) => weightShape.length > 0)
        .map((each) => Float32Array.from({ length: weightsOf(each) }, (_, k) => hash(seed, k) - 0.45));
      const frames = Float32Array.from({ length: T * inputs }, (_, k) => Number(hash(seed + 1, k) < density));
      if (isFirst && value !== 1) frames[seed % frames.length] = value;
      const t1 = Math.min(T, split);
      const found = [];
      for (const backend of [createReference(net), createWasm(net)]) {
        const workspace = new Workspace(backend);
        workspace.writeWeights(weights);
        for (const [t0, end] of [
          [0, t1],
          [t1, T],
        ] as const) {
          const span = { first: 0, samples: 1, t0, steps: end - t0 };
          if (end > t0) workspace.forward([{ frames: frames.slice(t0 * inputs, end * inputs) }], span);
        }
        const read = (role: 'potential' | 'FI' | 'FO'): Promise<ArrayLike<number>> =>
          backend.read(workspace.buffers.of(role, n));
        found.push({ u: await read('potential'), FI: await read('FI'), FO: await read('FO') });
        backend.dispose();
      }
      for (const name of ['u', 'FI', 'FO'] as const) expectBits(found[1]![name], found[0]![name], name);
    }),
    drawing(60),
  );
});

it('is asked for where weights do not fit a second-level cache and rows are long', () => {
  const of = (inputs: number, units: number): number[] => {
    const layers: LayerDescription[] = [{ kind: 'linear', units }];
    const input = { channels: inputs, height: 1, width: 1 };
    return fieldGiven(
      buildNetwork({ input, timeWindow: 1, threshold: 1, layers }, authors, binary32),
      'byRows',
    );
  };
  expect([of(497, 512), of(496, 512), of(1000, 508)]).toEqual([[1], [0], [0]]);
});
