/**
 * `npm run build && npm run bench cluster`: compares ranks with threads on this machine, and the model of bench/cluster.md with
 * measurements. Rewrites the table there. No other program may run meanwhile. Needs mpirun, and `npm ci --prefix test/distributed`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lenet, vgg7 } from '../dist/src/index.js';
import { bytesOf, secondsOf } from '../docs/clusterCost.mjs';
import { sizesOf } from '../docs/clusterTables.mjs';
import { machineOf, sentenceOf } from './report.mjs';

const koffiHere = fileURLToPath(new URL('../test/distributed', import.meta.url));
const program = fileURLToPath(new URL('../dist/asf-bp.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'asf-bp-cluster-'));
const turns = 3;
let runs = 0;

const works = [
  { file: lenet, args: ['--limit', '2048'], samples: 64, shard: 16 },
  {
    file: { ...lenet, name: 'lenet, T 100' },
    args: ['--window', '100', '--limit', '1024'],
    samples: 64,
    shard: 16,
  },
  { file: vgg7, args: ['--model', 'vgg7', '--limit', '96'], samples: 32, shard: 8, data: 'cifar10' },
];
const ways = {
  'shared memory': ['--mca', 'btl', 'self,sm'],
  TCP: ['--mca', 'btl', 'self,tcp', '--mca', 'btl_tcp_if_include', 'lo'],
};

/** Trains two epochs. Returns the time per batch of epoch 2 in seconds, and the digest. */
function epoch({ args, samples, shard }, ranks, threads, way) {
  const own = ['train', ...args, '--batch', samples, '--shard', shard, '--threads', threads, '--epochs', 2];
  const out = join(folder, `${++runs}`);
  const all = [process.execPath, program, ...own, '--out', out, '--json'];
  const launch = [
    'mpirun',
    '--allow-run-as-root',
    '--oversubscribe',
    '--bind-to',
    'none',
    ...ways[way ?? 'TCP'],
    '-np',
    ranks,
  ];
  const line = way ? [...launch, ...all, '--distributed', 'mpi'] : all;
  const text = execFileSync(line[0], line.slice(1).map(String), { cwd: koffiHere, encoding: 'utf8' });
  const lines = text
    .trim()
    .split('\n')
    .map((each) => JSON.parse(each));
  rmSync(out, { recursive: true });
  return { seconds: samples / lines[1].imagesPerSecond, digest: lines.at(-1).digest };
}

/** The run with the median time. */
function median(of) {
  const found = Array.from({ length: turns }, of);
  found.sort((a, b) => a.seconds - b.seconds);
  return found[turns >> 1];
}

const rows = [];
for (const work of works) {
  if (work.data && !process.env.CIFAR10) continue;
  const placed = work.data
    ? { ...work, args: [...work.args, '--dataset', work.data, '--data', process.env.CIFAR10] }
    : work;
  const { samples, shard } = work;
  const sizes = sizesOf(work.file);
  const one = median(() => epoch(placed, 1, 1));
  const threads = median(() => epoch(placed, 1, 2));
  const machine = { sample: one.seconds / samples, update: 0, network: 2e9, memory: 4e9, latency: 5e-5 };
  for (const [way, ranks] of [
    ['shared memory', 2],
    ['TCP', 2],
    ['shared memory', 4],
  ]) {
    const found = median(() => epoch(placed, ranks, 1, way));
    if (found.digest !== one.digest) throw new Error(`${work.file.name}: ${ranks} ranks give another digest`);
    const job = { ...sizes, samples, shard, ranks };
    const cores = Math.min(1, availableParallelism() / ranks);
    const model = secondsOf(job, { ...machine, sample: machine.sample / cores });
    const cells = [
      work.file.name,
      samples,
      `${ranks} × 1, ${way}`,
      found.seconds * 1e3,
      model * 1e3,
      threads.seconds * 1e3,
    ];
    rows.push([...cells, threads.seconds / found.seconds, bytesOf(job).mean / 1e6]);
    console.log(rows.at(-1).join(' '));
  }
}
rmSync(folder, { recursive: true });

const round = (cell) => (typeof cell === 'number' && !Number.isInteger(cell) ? cell.toPrecision(3) : cell);
const table = rows.map((row) => `| ${row.map(round).join(' | ')} |`).join('\n');
const head = `${sentenceOf(machineOf())} Medians of ${turns}.
Model: ${'`sample`'} of one rank and thread, network 2 GB/s, memory 4 GB/s, latency 50 µs; four ranks share two cores.

| network | batch | ranks × threads | ms per batch | model, ms | 1 × 2 threads, ms | speed against threads | MB from a rank |
|---|---|---|---|---|---|---|---|`;
const path = new URL('cluster.md', import.meta.url);
const text = readFileSync(path, 'utf8');
writeFileSync(
  path,
  text.replace(
    /<!-- scaling -->[^]*<!-- \/scaling -->/,
    `<!-- scaling -->\n${head}\n${table}\n<!-- /scaling -->`,
  ),
);
