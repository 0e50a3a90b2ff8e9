/**
 * `npm run bench peers`: the same work with PyTorch, TensorFlow.js and this package on the same cores. The three take
 * turns, so that other programs disturb all three alike. Rewrites the table of bench/README.md. Arguments: rounds (default 3),
 * and a part of a row's name.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { wideFlags } from '../../dist/src/command/lanes.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const python = '/usr/bin/python3';
/** PyTorch is two to five times slower with Debian's other BLAS builds. */
const blas = '/usr/lib/x86_64-linux-gnu/openblas-openmp';
const env = { ...process.env, LD_LIBRARY_PATH: blas };

const missing = [];
if (spawnSync(python, ['-c', 'import torch, numpy']).status !== 0 || !existsSync(blas)) {
  const install =
    'apt-get install -y --no-install-recommends python3-torch python3-numpy libopenblas0-openmp';
  missing.push(`PyTorch with OpenBLAS for OpenMP expected, not found; ${install}`);
}
const packages = ['node', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'];
if (!packages.every((name) => existsSync(here(`node_modules/${name}`))))
  missing.push('TensorFlow.js and Node 24 expected, not found; npm ci --prefix bench/peers');
for (const what of missing) console.error(`bench peers, PyTorch and TensorFlow.js beside ours: ${what}`);
if (missing.length > 0) process.exit(2);

/** Runs a program with arguments and input, and parses its output. */
const ask = (command, file, args, input, flags = []) =>
  JSON.parse(execFileSync(command, [...flags, here(file), ...args.map(String)], { env, input }));
const torch = (args, images) => ask(python, 'torch_asf.py', args, images);
/** Runs our work in the next long-term release of Node, with the flags by which the command gets lanes of 256 bits. */
const wide = (args) => ask(here('node_modules/.bin/node'), '../work.mjs', args, undefined, wideFlags);
const tfjs = (args, images) => ask('node', 'tfjs_lenet.mjs', args, images);

const versions = {};
for (const [name, peer, file] of [
  ['PyTorch', torch, 'grid_lenet_exactgrad_f32'],
  ['PyTorch', torch, 'grid_vgg7_small_f32'],
  ['TensorFlow.js', tfjs, 'grid_lenet_exactgrad_f32'],
]) {
  const { worst, version } = peer(['check', here(`../../test/fixtures/authors/${file}.npz`)]);
  if (!(worst < 1e-5)) throw new Error(`the ${name} program does not compute ${file}: ${worst}`);
  versions[name] = version;
}

versions.wide = execFileSync(here('node_modules/.bin/node'), ['--version']).toString().trim();

const cores = Math.min(2, availableParallelism());
const rows = [
  { name: 'LeNet, training', model: 'lenet', batch: 64, ours: 20, theirs: 2, mode: 'train' },
  { name: 'VGG7, training', model: 'vgg7', batch: 32, ours: 4, theirs: 1, mode: 'train' },
  { name: 'LeNet, inference', model: 'lenet', batch: 64, ours: 20, theirs: 2, mode: 'infer' },
  { name: 'VGG7, inference', model: 'vgg7', batch: 32, ours: 4, theirs: 1, mode: 'infer' },
  // TensorFlow.js has one thread in Node, so every program has one thread in this row.
  {
    name: 'LeNet, inference, 1 thread',
    model: 'lenet',
    batch: 64,
    ours: 20,
    theirs: 2,
    mode: 'infer',
    one: true,
  },
];
const rounds = Number(process.argv[2] ?? 3);
const chosen = rows.filter(({ name }) => name.includes(process.argv[3] ?? ''));
const T = 100;

const lines = chosen.map(({ name, model, batch, ours, theirs, mode, one }) => {
  const images = execFileSync('node', [here('../work.mjs'), 'images', model, String(batch)], {
    maxBuffer: 2 ** 30,
  });
  const size = [T, batch, one ? 1 : cores];
  const runs = [
    () => ask('node', '../work.mjs', [model, ...size, ours, mode]),
    () => wide([model, ...size, ours, mode]),
    () => torch([model, ...size, theirs, mode, 'loop'], images),
    () => torch([model, ...size, theirs, mode, 'folded'], images),
  ];
  if (one) runs.push(() => tfjs([...size, theirs], images));
  const found = runs.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [place, run] of runs.entries()) found[place].push(run().imagesPerSecond);
  const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
  const [o, w, ...others] = found.map(median);
  const cells = others.map(
    (other) => `${other.toFixed(1)} (${(o / other).toFixed(1)} ×, ${(w / other).toFixed(1)} ×)`,
  );
  if (!one) cells.push('–');
  const line = `| ${name}, batch ${batch} | ${o.toFixed(1)} | ${w.toFixed(1)} | ${cells.join(' | ')} |`;
  console.log(line);
  return line;
});

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim();
const table = [
  `${cpus()[0].model}, ${cores} threads each unless stated, Node ${process.version}, PyTorch ${versions.PyTorch} with OpenBLAS (OpenMP),`,
  `TensorFlow.js ${versions['TensorFlow.js']} (wasm, SIMD), T = ${T}, initial weights, medians of ${rounds} turns, commit ${commit},`,
  `${new Date().toISOString().slice(0, 10)}. The numbers are images per second. Brackets give the speed of asf-bp relative to the peer,`,
  `first with this Node, then with Node ${versions.wide} and lanes of 256 bits.`,
  '',
  '| | asf-bp | asf-bp, Node 24, 256 bits | PyTorch, loop over t | PyTorch, T in the batch | TensorFlow.js, wasm |',
  '|---|---|---|---|---|---|',
  ...lines,
].join('\n');
const readme = new URL('../README.md', import.meta.url);
const text = readFileSync(readme, 'utf8');
writeFileSync(
  readme,
  text.replace(/<!-- peers -->[^]*<!-- \/peers -->/, `<!-- peers -->\n${table}\n<!-- /peers -->`),
);
