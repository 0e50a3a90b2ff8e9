/** A first layer of one channel reads its windows as masks if all spikes are 1, and gives the bits of the spec. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { weightsOf, type LayerDescription, type Network } from '../../spec/network.ts';
import { authors } from '../../spec/variant.ts';
import { createReference } from '../../src/backend/reference.ts';
import { masksOf } from '../../src/backend/wasm/masks.ts';
import { planOf } from '../../src/backend/wasm/plan.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { ForwardPass } from '../../src/train/forwardPass.ts';
import { drawing, expectBits } from '../support.ts';
import { fieldGiven } from './records.ts';

const anyLayer = fc.record({
  kernel: fc.integer({ min: 1, max: 5 }),
  stride: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom(7, 1000, 65536)),
  padding: fc.integer({ min: 0, max: 5 }),
  channels: fc.integer({ min: 1, max: 45 }),
  bias: fc.boolean(),
  λ: fc.constantFrom(1, 0.875),
});

const anyCase = fc.record({
  layer: anyLayer,
  height: fc.integer({ min: 3, max: 9 }),
  width: fc.oneof(fc.integer({ min: 3, max: 12 }), fc.integer({ min: 26, max: 34 })),
  T: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 60, max: 130 })),
  density: fc.constantFrom(0, 0.02, 0.3, 1),
  odd: fc.constantFrom(0, 0, -1, 3),
  seed: fc.nat(),
});

/** Numbers from 0 to 1, by place. */
const hash = (seed: number, k: number): number =>
  (Math.imul(Math.imul(k + 1, 2654435761) ^ seed, 2246822519) >>> 8) / 2 ** 24;

/** The first layer of a backend shows the spikes of each step, potentials and flows of the reference. */
async function agrees(net: Network, seed: number, frames: Float32Array): Promise<void> {
  const weights = net.layers.map((each) =>
    Float32Array.from({ length: weightsOf(each) }, (_, k) => hash(seed, k) - 0.4),
  );
  const found = [];
  for (const backend of [createReference(net), createWasm(net)]) {
    const passes = new ForwardPass(backend, { batch: 1 });
    passes.writeWeights(weights);
    passes.forward([{ input: { frames }, label: 0 }]);
    const [o, u] = await Promise.all(
      [passes.buffersOf(1).o, passes.buffersOf(1).u].map((buffer) => backend.read(buffer)),
    );
    found.push({ o: o!, u: u!, ...(await passes.readFlows(1, 0)) });
    backend.dispose();
  }
  for (const name of ['o', 'u', 'FI', 'FO'] as const) expectBits(found[1]![name], found[0]![name], name);
}

const spikesOf = (length: number, seed: number, density: number): Float32Array =>
  Float32Array.from({ length }, (_, k) => (hash(seed, k) < density ? 1 : 0));

it('equals the reference in every bit', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ layer, height, width, T, density, odd, seed }) => {
      const { λ, kernel, padding } = layer;
      fc.pre(kernel <= Math.min(height, width) + 2 * padding);
      const layers: LayerDescription[] = [
        { kind: 'convolution', ...layer, leak: λ, threshold: 0.5 },
        { kind: 'linear', units: 2 },
      ];
      const description = { input: { channels: 1, height, width }, timeWindow: T, threshold: 1, layers };
      const frames = spikesOf(T * height * width, seed + 1, density);
      if (odd) frames[seed % frames.length] = odd;
      await agrees(buildNetwork(description, authors, binary32), seed, frames);
    }),
    drawing(400),
  );
});

it('equals it where the steps take several blocks, whose length is no multiple of four', async () => {
  const [T, side] = [700, 28];
  const layers: LayerDescription[] = [
    { kind: 'convolution', channels: 2, kernel: 3 },
    { kind: 'linear', units: 2 },
  ];
  const description = {
    input: { channels: 1, height: side, width: side },
    timeWindow: T,
    threshold: 1,
    layers,
  };
  const net = buildNetwork(description, authors, binary32);
  const { block } = planOf(net).lists[0]!.at;
  expect([block < T, block % 4 !== 0]).toEqual([true, true]);
  await agrees(net, 1, spikesOf(T * side * side, 2, 0.05));
});

it('gives its kernel masks', () => {
  const given = [1, 2].map((channels) => {
    const layers: LayerDescription[] = [{ kind: 'convolution', channels: 3, kernel: 3 }];
    const description = { input: { channels, height: 8, width: 8 }, timeWindow: 2, threshold: 1, layers };
    return fieldGiven(buildNetwork(description, authors, binary32), 'maskWeights').map((at) => at > 0);
  });
  expect(given).toEqual([[true], [false]]);
});

it('takes masks where rows and kernels fit a word, and a large kernel has few outputs', () => {
  const of = (input: object, kernel: number, padding = 0, channels = 3): boolean => {
    const layers: LayerDescription[] = [{ kind: 'convolution', channels, kernel, padding }];
    const description = {
      input: { channels: 1, height: 8, width: 8, ...input },
      timeWindow: 2,
      threshold: 1,
    };
    return masksOf(buildNetwork({ ...description, layers }, authors, binary32)) !== undefined;
  };
  expect(of({}, 5)).toBe(true);
  expect(of({}, 6)).toBe(false);
  expect(of({ width: 28 }, 5, 2)).toBe(true);
  expect(of({ width: 29 }, 5, 2)).toBe(false);
  expect(of({ channels: 2 }, 3)).toBe(false);
  expect([of({}, 3, 0, 512), of({}, 3, 0, 513)]).toEqual([true, false]);
  expect([of({}, 4, 0, 40), of({}, 4, 0, 41)]).toEqual([true, false]);
});
