/** A batch needs a fixed number of submissions, buffers and bytes read back. A dispatch that exceeds a binding is split. */
import { expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { weightsOf, type Network, type LayerDescription } from '../../spec/network.ts';
import { adam, applySGD, computeAdamConstants } from '../../spec/update.ts';
import { authors } from '../../spec/variant.ts';
import type { Backend } from '../../src/backend/backend.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { largestBytes } from '../../src/backend/webgpu/blocks.ts';
import { requestWebgpu, type RecordCounts } from '../../src/backend/webgpu/webgpu.ts';
import { models, network as networkOf } from '../../src/network/network.ts';
import { checkMemory, memoryFor } from '../../src/train/memory.ts';
import { GradientPass } from '../../src/train/gradientPass.ts';
import type { Sample } from '../../src/train/forwardPass.ts';
import { expectBits } from '../support.ts';
import { countBuffers, limitedDevice, ownDevice } from './device.ts';

const input = { channels: 1, height: 8, width: 8 };
const layers: LayerDescription[] = [
  { kind: 'convolution', channels: 2, kernel: 3, padding: 1 },
  { kind: 'averagePool', size: 2 },
  { kind: 'maxPool', size: 2 },
  { kind: 'linear', units: 9 },
  { kind: 'linear', units: 3 },
];
const net = buildNetwork({ input, timeWindow: 6, threshold: 0.4, layers }, authors, binary32);

const weightsFor = ({ layers: all }: Network): Float32Array[] =>
  all
    .filter(({ weightShape }) => weightShape.length > 0)
    .map((layer) =>
      Float32Array.from({ length: weightsOf(layer) }, (_, k) => {
        return ((Math.imul(k + layer.n, 2654435761) >>> 8) / 2 ** 24 - 0.35) * 1.5;
      }),
    );

const samplesOf = (count: number): Sample[] =>
  Array.from({ length: count }, (_, sample) => ({
    input: {
      intensities: Float64Array.from({ length: 64 }, (_value, k) => ((k * 7 + sample) % 11) / 10),
      draw: { seed: 1, stream: 'train' as const, epoch: 0, sample },
    },
    label: sample % 3,
  }));

async function batch(passes: GradientPass, samples: readonly Sample[]): Promise<void> {
  passes.runForward(samples);
  await passes.readReport();
  passes.backward([0.5, 0.75, 1, 0.25, 1]);
  passes.update({
    samples: samples.length,
    optimiser: adam,
    constants: computeAdamConstants({ β1k: 1, β2k: 1 }, 1e-3, adam).constants,
  });
}

it('a batch is two submissions and one read, whatever its window', async () => {
  for (const timeWindow of [2, 40]) {
    const network = buildNetwork({ input, timeWindow, threshold: 0.4, layers }, authors, binary32);
    const backend = (await requestWebgpu(network, 'test', 40)) as Backend & { counts: RecordCounts };
    const passes = new GradientPass(backend, { batch: 8, shard: 4 });
    passes.writeWeights(weightsFor(network));
    passes.writeMoments();
    await batch(passes, samplesOf(8));
    const before = { ...backend.counts };
    await batch(passes, samplesOf(8));
    const after = backend.counts;
    expect(after.submissions - before.submissions).toBe(2);
    expect(after.bytesRead - before.bytesRead).toBe(8 * 256);
    // Dispatches: forward and `scale` for each of five layers, 1 for `encode`, 1 for `loss`. Each of two shards has `loss` and
    // `derivative`, 3 for dFI, 3 for dw and 4 for dFO. Then 3 layers have the sum and `update`.
    expect(after.dispatches - before.dispatches).toBe(5 + 5 + 1 + 1 + 2 * (2 + 3 + 3 + 4) + 3 + 3);
    backend.dispose();
  }
});

it('buffers neither grow over 1,000 batches nor outlive the backend', { timeout: 600_000 }, async () => {
  const device = await ownDevice();
  const counts = countBuffers(device);
  const backend = await requestWebgpu(net, 'test', 40, device);
  const passes = new GradientPass(backend, { batch: 2, shard: 1 });
  passes.writeWeights(weightsFor(net));
  passes.writeMoments();
  const samples = samplesOf(2);
  let early = { live: 0, bytes: 0, rss: 0 };
  for (let k = 1; k <= 1000; k++) {
    await batch(passes, samples);
    if (k === 200) early = { live: counts.live, bytes: counts.bytes, rss: process.memoryUsage().rss };
  }
  expect({ live: counts.live, bytes: counts.bytes }).toEqual({ live: early.live, bytes: early.bytes });
  expect(process.memoryUsage().rss - early.rss).toBeLessThan(2 ** 26);
  backend.dispose();
  expect(counts).toEqual({ live: 0, bytes: 0, made: counts.made });
  device.destroy();
});

it.each([
  { timeWindow: 6, count: 40, shard: 37 },
  { timeWindow: 400, count: 100, shard: 16 },
])('a batch larger than a binding is split, with the same bits: %o', async ({ timeWindow, count, shard }) => {
  const network = buildNetwork({ input, timeWindow, threshold: 0.4, layers }, authors, binary32);
  const samples = samplesOf(count);
  const found = [];
  // A map of a sample takes 512 bytes, and its train of 400 steps takes 6400. A binding has 8192.
  const device = await limitedDevice({ maxStorageBufferBindingSize: 8192 });
  for (const backend of [createWasm(network), await requestWebgpu(network, 'test', count, device)]) {
    const passes = new GradientPass(backend, { batch: count, shard });
    passes.writeWeights(weightsFor(network));
    passes.runForward(samples);
    passes.backward([0.5, 0.75, 1, 0.25, 1]);
    found.push({ report: await passes.readReport(), dw: await passes.readGradient() });
    backend.dispose();
  }
  expect(found[1].report).toEqual(found[0].report);
  for (const [n, dw] of found[0].dw.entries()) expectBits(found[1].dw[n], dw, `dw of layer ${n + 1}`);
  device.destroy();
});

it('more weights than one row of workgroups has invocations are updated', { timeout: 300_000 }, async () => {
  const units = 2100;
  const wide: LayerDescription[] = [
    { kind: 'linear', units },
    { kind: 'linear', units },
    { kind: 'linear', units: 1 },
  ];
  const pixel = { channels: 1, height: 1, width: 1 };
  const network = buildNetwork(
    { input: pixel, timeWindow: 1, threshold: 1, layers: wide },
    authors,
    binary32,
  );
  const backend = await requestWebgpu(network, 'test', 40);
  const [w, dw] = (['weights', 'gradient'] as const).map((role) => backend.allocate(role, 2, 1));
  const values = Float32Array.from({ length: units * units }, (_, k) => (k % 1000) - 500);
  backend.write(w, values);
  const optimiser = { kind: 'sgd', weightDecay: 0.5 } as const;
  backend.update(2, { w, dw, m: null, v: null }, { samples: 1, optimiser, η: 0.25 });
  applySGD(values, new Float32Array(values.length), 0.25, 0.5);
  expectBits((await backend.read(w)) as Float32Array, values, 'w');
  backend.dispose();
});

it('a device is asked for what is needed, and a larger need gets another one', async () => {
  const small = await requestWebgpu(net, 'test', 1);
  expect(small.mostBufferBytes).toBe(2 ** 28);
  // 512 bytes per map.
  const large = await requestWebgpu(net, 'test', 2 ** 20 + 1);
  expect(large.mostBufferBytes).toBe(2 ** 29 + 512);
  expect((await requestWebgpu(net, 'test', 2 ** 20)).mostBufferBytes).toBe(2 ** 29 + 512);
  small.dispose();
});

it('VGG7, batch 100, T = 400 fits into what every device has', async () => {
  const { plan } = networkOf(models['vgg7'], { timeWindow: 400 });
  expect(largestBytes(plan, 100)).toBeLessThan(2 ** 27);
  const device = await ownDevice();
  const backend = await requestWebgpu(plan, 'test', 100, device);
  const size = { batch: 100, shard: 16, moments: true };
  expect(memoryFor(backend, size)).toBeLessThan(0.7 * 2 ** 30);
  checkMemory('train', backend, size, 0.7 * 2 ** 30);
  expect(() => checkMemory('train', backend, size, 2 ** 29)).toThrow(/; take a batch of \d\d or fewer$/);
  backend.dispose();
  device.destroy();
});

it('what does not fit is told with the batch that would', async () => {
  const device = await limitedDevice({ maxBufferSize: 8192 });
  const backend = await requestWebgpu(net, 'test', 40, device);
  const size = { batch: 40, shard: 8, moments: false };
  expect(() => checkMemory('train', backend, size)).toThrow(
    /^train: "batch" expected 0.00 GiB of memory in one buffer for a batch of 40, got 0.00; take a batch of \d+ or fewer$/,
  );
  backend.dispose();
  device.destroy();
  const small = await limitedDevice({ maxStorageBufferBindingSize: 300 });
  await expect(requestWebgpu(net, 'test', 40, small)).rejects.toThrow(
    /^test: "network" expected an image of at most 0.000286 MiB, which this device can bind at once, got 0.000732 MiB; take backend wasm$/,
  );
  small.destroy();
});
