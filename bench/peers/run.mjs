/**
 * `npm run bench:peers`: the same work by PyTorch on the same cores, in turns with ours, so that a noisy neighbour hits
 * both. Rewrites the table of bench/README.md. Arguments: rounds (default 3), and a part of a row's name.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const python = '/usr/bin/python3';
/** Debian's other BLAS builds are two to five times slower for PyTorch. */
const blas = '/usr/lib/x86_64-linux-gnu/openblas-openmp';
const env = { ...process.env, LD_LIBRARY_PATH: blas };

const install = 'apt-get install -y --no-install-recommends python3-torch python3-numpy libopenblas0-openmp';
if (spawnSync(python, ['-c', 'import torch, numpy']).status !== 0 || !existsSync(blas)) {
  console.error(`bench:peers: PyTorch with OpenBLAS for OpenMP expected, not found; ${install}`);
  process.exit(2);
}
for (const file of ['grid_lenet_exactgrad_f32', 'grid_vgg7_small_f32']) {
  const path = here(`../../test/fixtures/authors/${file}.npz`);
  const { worst } = JSON.parse(execFileSync(python, [here('torch_asf.py'), 'check', path], { env }));
  if (!(worst < 1e-5)) throw new Error(`the PyTorch program does not compute ${file}: ${worst}`);
}

const threads = Math.min(2, availableParallelism());
const rows = [
  { name: 'LeNet, training', model: 'lenet', batch: 64, ours: 5, theirs: 2, mode: 'train' },
  { name: 'VGG7, training', model: 'vgg7', batch: 32, ours: 1, theirs: 1, mode: 'train' },
  { name: 'LeNet, inference', model: 'lenet', batch: 64, ours: 5, theirs: 2, mode: 'infer' },
  { name: 'VGG7, inference', model: 'vgg7', batch: 32, ours: 1, theirs: 1, mode: 'infer' },
];
const rounds = Number(process.argv[2] ?? 3);
const chosen = rows.filter(({ name }) => name.includes(process.argv[3] ?? ''));
const T = 100;
let torch = '';

const lines = chosen.map(({ name, model, batch, ours, theirs, mode }) => {
  const images = execFileSync('node', [here('../work.mjs'), 'images', model, String(batch)], {
    maxBuffer: 2 ** 30,
  });
  const torchRun = (shape) => {
    const args = [here('torch_asf.py'), model, T, batch, threads, theirs, mode, shape].map(String);
    const found = JSON.parse(execFileSync(python, args, { env, input: images }));
    ({ torch } = found);
    return found.imagesPerSecond;
  };
  const ourRun = () => {
    const args = [here('../work.mjs'), model, T, batch, threads, ours, mode].map(String);
    return JSON.parse(execFileSync('node', args)).imagesPerSecond;
  };
  const found = { ours: [], loop: [], folded: [] };
  for (let round = 0; round < rounds; round++) {
    found.ours.push(ourRun());
    found.loop.push(torchRun('loop'));
    found.folded.push(torchRun('folded'));
  }
  const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
  const [o, l, f] = [median(found.ours), median(found.loop), median(found.folded)];
  const line = `| ${name}, batch ${batch} | ${o.toFixed(1)} | ${l.toFixed(1)} | ${f.toFixed(1)} | ${(o / Math.max(l, f)).toFixed(1)} × |`;
  console.log(line);
  return line;
});

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim();
const table = [
  `${cpus()[0].model}, ${threads} threads each, Node ${process.version}, PyTorch ${torch} with OpenBLAS (OpenMP), T = ${T},`,
  `weights as drawn, medians of ${rounds} turns, commit ${commit}, ${new Date().toISOString().slice(0, 10)}. Images per second.`,
  '',
  '| | asf-bp | PyTorch, loop over t | PyTorch, T in the batch | against the faster |',
  '|---|---|---|---|---|',
  ...lines,
].join('\n');
const readme = new URL('../README.md', import.meta.url);
const text = readFileSync(readme, 'utf8');
writeFileSync(
  readme,
  text.replace(/<!-- peers -->[^]*<!-- \/peers -->/, `<!-- peers -->\n${table}\n<!-- /peers -->`),
);
