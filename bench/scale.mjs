/**
 * `npm run bench scale`: speed and peak memory of training against window, batch, input density and threads. Writes
 * bench/scale.json, and from it the tables of bench/README.md and bench/scale.svg; with `-- --plot` only the latter two.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { drawFigure, scaleFigure } from './plot.mjs';
import { machineOf, rewrite, sentenceOf, tableOf } from './report.mjs';

const [json, svg] = ['scale.json', 'scale.svg'].map((name) => new URL(name, import.meta.url));
const lenet = { model: 'lenet', T: 100, batch: 64, batches: 4, intensity: 1 };
const vgg7 = { ...lenet, model: 'vgg7', batch: 32, batches: 1 };
const settings = [
  ...[25, 50, 100, 200, 400].map((T) => ({ against: 'T', ...lenet, T, batches: Math.ceil(800 / T) })),
  ...[25, 50, 100, 200, 400].map((T) => ({ against: 'T', ...vgg7, T, batches: Math.ceil(200 / T) })),
  ...[8, 16, 32, 64, 128].map((batch) => ({ against: 'batch', ...lenet, batch, batches: 1024 / batch })),
  { against: 'batch', ...vgg7, batch: 8, batches: 8 },
  { against: 'batch', ...vgg7, batches: 2 },
  ...[0.25, 0.5, 1, 2].map((intensity) => ({ against: 'density', ...lenet, intensity, batches: 8 })),
];

/** A process for each row, so that its peak is its own. */
function measureRows() {
  const work = fileURLToPath(new URL('work.mjs', import.meta.url));
  const counts = [...new Set([1, Math.min(2, availableParallelism())])];
  return settings
    .flatMap((setting) => counts.map((threads) => ({ ...setting, threads })))
    .map(({ batches, ...row }) => {
      const { model, T, batch, threads, intensity } = row;
      const args = [work, model, T, batch, threads, batches, 'train', intensity].map(String);
      const { imagesPerSecond, megabytes, buffers, density } = JSON.parse(execFileSync('node', args));
      console.log(JSON.stringify({ ...row, imagesPerSecond, megabytes }));
      return {
        ...row,
        density: density.input,
        spiking: density.neurons,
        imagesPerSecond,
        megabytes,
        buffers,
      };
    });
}

if (!process.argv.includes('--plot')) {
  const found = { machine: machineOf(), rows: measureRows() };
  writeFileSync(json, `${JSON.stringify(found, null, 2)}\n`);
}
const { machine, rows } = JSON.parse(readFileSync(json, 'utf8'));
const setting = { network: ({ model }) => model, T: ({ T }) => T, batch: ({ batch }) => batch };
const densities = {
  'intensities ×': ({ intensity }) => intensity,
  'spikes per input and step': ({ density }) => density.toPrecision(2),
  'spikes per neuron and step': ({ spiking }) => spiking.toPrecision(2),
};
const measured = {
  threads: ({ threads }) => threads,
  'images/s': ({ imagesPerSecond }) => imagesPerSecond.toFixed(1),
  'peak MB': ({ megabytes }) => megabytes,
  'buffers, MB': ({ buffers }) => buffers,
};
const tables = [
  ['T', 'window', { ...setting, ...measured }],
  ['batch', 'batch', { ...setting, ...measured }],
  ['density', 'input density', { ...setting, ...densities, ...measured }],
].flatMap(([against, name, shown]) => {
  const chosen = rows.filter((row) => row.against === against);
  return chosen.length === 0 ? [] : ['', `Against the ${name}:`, '', ...tableOf(chosen, shown)];
});
rewrite('scale', [sentenceOf(machine), ...tables]);
writeFileSync(svg, await drawFigure(scaleFigure(rows)));
