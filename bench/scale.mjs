/**
 * `npm run bench scale`: speed and peak memory of training by window, batch, input density and threads. Writes bench/scale.json, and draws
 * it as bench/scale.svg. `-- --plot` only draws.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { drawFigure, scaleFigure } from './plot.mjs';
import { machineOf, rewrite, sentenceOf } from './report.mjs';

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

/** Measures each row in a new process, which has its own peak of memory. */
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
rewrite('scale', [sentenceOf(machine)]);
writeFileSync(svg, await drawFigure(scaleFigure(rows)));
