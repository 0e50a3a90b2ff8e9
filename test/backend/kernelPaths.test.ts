/** Kernel paths that are rare in random networks give the same bits as the reference. */
import { windowFields } from '#kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import {
  neuronsOf,
  weightsOf,
  type Layer,
  type LayerDescription,
  type Network,
  type Shape,
} from '../../spec/network.ts';
import { authors, type Variant } from '../../spec/variant.ts';
import type { Input } from '../../src/backend/backend.ts';
import { createReference } from '../../src/backend/reference.ts';
import { createForward } from '../../src/backend/wasm/forward.ts';
import { forwardKernels } from '../../src/backend/wasm/infer.ts';
import { masksOf } from '../../src/backend/wasm/masks.ts';
import { planOf } from '../../src/backend/wasm/plan.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import type { RunFields } from '../../src/backend/wasm/window.ts';
import { wholeWindow, Workspace } from '../../src/backend/workspace.ts';
import { GradientPass } from '../../src/train/gradientPass.ts';
import { awaitedLaw } from '../spec/support.ts';
import { expectBits } from '../support.ts';

const build = (
  input: Shape,
  timeWindow: number,
  layers: LayerDescription[],
  variant: Variant = authors,
  neurons: { threshold?: number; leak?: number } = {},
): Network => buildNetwork({ input, timeWindow, threshold: 1, ...neurons, layers }, variant, binary32);

/** Random numbers from 0 to 1 that depend on the place k. */
const hash = (seed: number, k: number): number =>
  (Math.imul(Math.imul(k + 1, 2654435761) ^ seed, 2246822519) >>> 8) / 2 ** 24;

const spikesOf = (length: number, seed: number, density: number): Float32Array =>
  Float32Array.from({ length }, (_, k) => (hash(seed, k) < density ? 1 : 0));

const weightsFor = ({ layers }: Network, weight: (k: number, layer: Layer) => number): Float32Array[] =>
  layers
    .filter(({ weightShape }) => weightShape.length > 0)
    .map((layer) => Float32Array.from({ length: weightsOf(layer) }, (_, k) => weight(k, layer)));

/** The value of a field in each `Run` that reaches the kernel of convolution. All weights are 0, so later layers have no events. */
function fieldGiven(net: Network, field: keyof RunFields): number[] {
  const given: number[] = [];
  const kernels = {
    parameters: forwardKernels.parameters,
    instantiate(memory: WebAssembly.Memory) {
      const all = forwardKernels.instantiate(memory);
      const convolutionForward = (record: number, scratch: number): void => {
        given.push(new Uint32Array(memory.buffer, record)[windowFields.indexOf(field)]!);
        all.convolutionForward(record, scratch);
      };
      return { ...all, convolutionForward };
    },
  } as unknown as typeof forwardKernels; // a forward pass needs only these two fields
  const workspace = new Workspace(createForward(net, kernels));
  workspace.writeWeights(weightsFor(net, () => 0));
  workspace.forward([{ frames: new Float32Array(net.T * neuronsOf(net.input)) }], wholeWindow(net));
  return given;
}

/**
 * Compares all results of layer n with the reference, after one run of all steps or after two runs divided at step `cut`.
 * Returns FI.
 */
async function compareLayer(
  net: Network,
  n: number,
  weights: readonly Float32Array[],
  frames: Float32Array,
  cut = net.T,
): Promise<ArrayLike<number>> {
  const size = frames.length / net.T;
  const roles = (['spikes', 'potential', 'FI', 'FO'] as const).filter(
    (role) => role !== 'potential' || !net.layers[n - 1].kind.silent,
  );
  const found = [];
  for (const backend of [createReference(net), createWasm(net)]) {
    const workspace = new Workspace(backend);
    workspace.writeWeights(weights);
    for (const [t0, end] of [
      [0, cut],
      [cut, net.T],
    ] as const) {
      const span = { first: 0, samples: 1, t0, steps: end - t0 };
      if (end > t0) workspace.forward([{ frames: frames.slice(t0 * size, end * size) }], span);
    }
    found.push(await Promise.all(roles.map((role) => backend.read(workspace.buffers.of(role, n)))));
    backend.dispose();
  }
  for (const [k, role] of roles.entries()) expectBits(found[1][k], found[0][k], role);
  return found[0][roles.indexOf('FI')];
}

/** Compares the gradient of a batch with the reference. No layer may have a gradient of 0. */
async function compareGradient(
  net: Network,
  weights: readonly Float32Array[],
  samples: readonly { input: Input; label: number }[],
): Promise<void> {
  const found = [];
  for (const backend of [createReference(net), createWasm(net)]) {
    const passes = new GradientPass(backend, { batch: samples.length, shard: samples.length });
    passes.writeWeights(weights);
    passes.runForward(samples);
    passes.backward(net.layers.map(({ n }) => 0.25 * n));
    found.push({ dw: await passes.readGradient(), spikes: (await passes.readReport()).spikes });
  }
  expect(found[1].spikes).toEqual(found[0].spikes);
  for (const [n, dw] of found[0].dw.entries()) {
    expect(Math.max(...dw.map(Math.abs)), `dw of layer ${n + 1}`).toBeGreaterThan(0);
    expectBits(found[1].dw[n], dw, `dw of layer ${n + 1}`);
  }
}

describe('a first layer of one channel, which reads its windows as masks if all spikes are 1', () => {
  const cases = fc.record({
    layer: fc.record({
      kernel: fc.integer({ min: 1, max: 5 }),
      stride: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom(7, 1000, 65536)),
      padding: fc.integer({ min: 0, max: 5 }),
      channels: fc.integer({ min: 1, max: 45 }),
      bias: fc.boolean(),
      leak: fc.constantFrom(1, 0.875),
    }),
    height: fc.integer({ min: 3, max: 9 }),
    width: fc.oneof(fc.integer({ min: 3, max: 12 }), fc.integer({ min: 26, max: 34 })),
    T: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 60, max: 130 })),
    density: fc.constantFrom(0, 0.02, 0.3, 1),
    odd: fc.constantFrom(0, 0, -1, 3),
    seed: fc.nat(),
  });
  const last: LayerDescription = { kind: 'linear', units: 2 };

  awaitedLaw('has the same bits', cases, 400, async ({ layer, height, width, T, density, odd, seed }) => {
    fc.pre(layer.kernel <= Math.min(height, width) + 2 * layer.padding);
    const first: LayerDescription = { kind: 'convolution', ...layer, threshold: 0.5 };
    const net = build({ channels: 1, height, width }, T, [first, last]);
    const frames = spikesOf(T * height * width, seed + 1, density);
    if (odd) frames[seed % frames.length] = odd;
    await compareLayer(net, 1, weightsFor(net, (k) => hash(seed, k) - 0.4), frames); // prettier-ignore
  });

  it('has them where the steps take several blocks, whose length is no multiple of four', async () => {
    const [T, side] = [700, 28];
    const net = build({ channels: 1, height: side, width: side }, T, [
      { kind: 'convolution', channels: 2, kernel: 3 },
      last,
    ]);
    const { block } = planOf(net).lists[0]!.at;
    expect([block < T, block % 4 !== 0]).toEqual([true, true]);
    const weights = weightsFor(net, (k) => hash(1, k) - 0.4);
    await compareLayer(net, 1, weights, spikesOf(T * side * side, 2, 0.05));
  });

  const convolution = (input: Partial<Shape>, kernel: number, padding = 0, channels = 3): Network =>
    build({ channels: 1, height: 8, width: 8, ...input }, 2, [
      { kind: 'convolution', channels, kernel, padding },
    ]);

  it('gives its kernel masks', () => {
    const given = [1, 2].map((channels) => fieldGiven(convolution({ channels }, 3), 'maskWeights'));
    expect(given.map((fields) => fields.map((at) => at > 0))).toEqual([[true], [false]]);
  });

  it.each([
    [true, {}, 5],
    [false, {}, 6],
    [true, { width: 28 }, 5, 2],
    [false, { width: 29 }, 5, 2],
    [false, { channels: 2 }, 3],
    [true, {}, 3, 0, 512],
    [false, {}, 3, 0, 513],
    [true, {}, 4, 0, 40],
    [false, {}, 4, 0, 41],
  ] as const)(
    'takes masks, %s: input %j, kernel %d, padding and channels',
    (takes, input, kernel, padding?, channels?) => {
      expect(masksOf(convolution(input, kernel, padding, channels)) !== undefined).toBe(takes);
    },
  );
});

describe('a large linear layer, which adds whole rows of its weights', () => {
  const cases = fc.record({
    units: fc.integer({ min: 512, max: 540 }),
    inputs: fc.integer({ min: 530, max: 700 }),
    bias: fc.boolean(),
    leak: fc.constantFrom(1, 0.875),
    T: fc.integer({ min: 1, max: 6 }),
    cut: fc.nat({ max: 5 }),
    density: fc.constantFrom(0, 0.002, 0.01, 0.1),
    /** Input of a first layer: −1 adds negated weights, and 3 needs products. */
    value: fc.constantFrom(1, 1, -1, 3),
    isFirst: fc.boolean(),
    seed: fc.nat(),
  });

  awaitedLaw(
    'has the same bits, in one run of steps or two',
    cases,
    60,
    async ({ inputs, T, cut, density, value, isFirst, seed, ...layer }) => {
      const large: LayerDescription = { kind: 'linear', ...layer, threshold: 0.5 };
      const before: LayerDescription = { kind: 'averagePool', size: 1, threshold: 0.5 };
      const layers = [...(isFirst ? [] : [before]), large, { kind: 'linear', units: 2 } as const];
      const net = build({ channels: inputs, height: 1, width: 1 }, T, layers);
      const frames = spikesOf(T * inputs, seed + 1, density);
      if (isFirst && value !== 1) frames[seed % frames.length] = value;
      const weights = weightsFor(net, (k) => hash(seed, k) - 0.45);
      await compareLayer(net, isFirst ? 1 : 2, weights, frames, Math.min(T, cut));
    },
  );

  it('does so where weights do not fit a second-level cache and rows are long', () => {
    const of = (channels: number, units: number): number[] =>
      fieldGiven(build({ channels, height: 1, width: 1 }, 1, [{ kind: 'linear', units }]), 'byRows');
    expect([of(497, 512), of(496, 512), of(1000, 508)]).toEqual([[1], [0], [0]]);
  });
});

/** The kernel of a 2 × 2 average pool counts in quarters if its threshold is below 3. */
describe('a pool, which works on the bits of up to 64 channels at once, has the same bits', () => {
  const T = 40;
  const averages = [
    0.2, 0.25, 0.5, 0.75, 0.8, 1, 1.25, 1.5, 1.75, 1.9, 2, 2.1, 2.25, 2.5, 2.75, 2.9, 3, 3.6, 5,
  ].flatMap(
    (threshold) =>
    (['atThreshold', 'aboveThreshold'] as const).map((fires) => ({ kind: 'averagePool' as const, threshold, fires })), // prettier-ignore
  );
  const kinds = [...averages, { kind: 'maxPool' as const, fires: authors.fires }];
  /** Columns run in pairs (stride 2, or 64 channels) or singly. The channels need two words, exactly one, or a part of one. */
  const windows = [
    { channels: 67, stride: 2 },
    { channels: 64, stride: 1 },
    { channels: 67, stride: 1 },
    { channels: 20, stride: 3 },
  ];

  it.each(windows)('$channels channels, stride $stride', async ({ channels, stride }) => {
    for (const { fires, ...pool } of kinds) {
      const layers: LayerDescription[] = [
        { kind: 'convolution', channels, kernel: 1, threshold: 0.5 },
        { ...pool, size: 2, stride },
        { kind: 'linear', units: 2 },
      ];
      const variant = { ...authors, fires, averagePool: 'ownThreshold' } as const;
      const net = build({ channels: 1, height: 4, width: 6 }, T, layers, variant);
      // An input spike fires the channels whose weight is above the threshold.
      const weights = weightsFor(net, (k) => ((k % 7) + 1) / 4);
      const FI = await compareLayer(net, 2, weights, spikesOf(T * 24, 0, 0.75));
      expect(Array.from(FI).some((x) => x > 8)).toBe(true);
    }
  });
});

describe('a tile of every number of vectors, for sums, for products, and for neurons of either kind', () => {
  const leaks = [
    { leak: 1, variant: authors },
    { leak: 0.9, variant: authors },
    { leak: 0.9, variant: { ...authors, leak: 'product' } as const },
  ];

  it.each([...Array.from({ length: 17 }, (_, k) => 4 * (k + 1)), 128])('%d outputs', async (count) => {
    for (const { leak, variant } of leaks) {
      const layers: LayerDescription[] = [
        { kind: 'convolution', channels: count, kernel: 3, padding: 1 },
        { kind: 'convolution', channels: count, kernel: 2 },
        { kind: 'linear', units: count },
        { kind: 'linear', units: 3 },
      ];
      const net = build({ channels: 1, height: 3, width: 3 }, 6, layers, variant, { threshold: 0.4, leak });
      const weights = weightsFor(net, (k, { n, weightShape }) => {
        const fan = weightShape.slice(1).reduce((product, size) => product * size, 1);
        return (((Math.imul(k + n, 2654435761) >>> 8) / 2 ** 24 - 0.35) * 3) / Math.sqrt(fan);
      });
      // Spikes of either sign, and counts.
      const samples = [1, 3, -3].map((most, label) => ({
        input: {
          frames: Float32Array.from({ length: 6 * 9 }, (_, k) =>
            (k * 7) % 3 === 0 ? (k % 2 ? -1 : most) : 0,
          ),
        },
        label,
      }));
      await compareGradient(net, weights, samples);
    }
  });
});
