/**
 * `npm run bench webgpu`: training and inference on this machine's GPU, compared with the wasm backend on all cores. Rewrites the table of
 * bench/README.md. A driver that computes on the CPU gets small batches.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { requestBackend } from '../dist/src/backend/open.js';
import { findAdapter } from '../dist/src/backend/webgpu/find.js';
import { models, network } from '../dist/src/network/network.js';
import { machineOf, rewrite, sentenceOf, tableOf } from './report.mjs';
import { measure } from './work.mjs';

process.chdir(fileURLToPath(new URL('../test/webgpu/', import.meta.url)));
const adapter = await findAdapter('bench');
if (!adapter) throw new Error('bench: no GPU that WebGPU can use');
const { description, vendor, isFallbackAdapter } = adapter.info;
const threads = availableParallelism();
const rows = isFallbackAdapter
  ? [
      { model: 'lenet', T: 20, batch: 16, batches: 2, training: true },
      { model: 'lenet', T: 20, batch: 16, batches: 2, training: false },
    ]
  : [
      ...[32, 128, 512].map((batch) => ({
        model: 'lenet',
        T: 100,
        batch,
        batches: 4096 / batch,
        training: true,
      })),
      { model: 'lenet', T: 100, batch: 512, batches: 8, training: false },
      ...[32, 128].map((batch) => ({ model: 'vgg7', T: 100, batch, batches: 512 / batch, training: true })),
      { model: 'vgg7', T: 100, batch: 128, batches: 4, training: false },
    ];

const lines = [];
for (const row of rows) {
  const { plan } = network(models[row.model], { timeWindow: row.T });
  const on = await requestBackend({ backend: 'webgpu' }, plan, 'bench', row.batch);
  const gpu = await measure({ ...row, on });
  const cpu = await measure({ ...row, threads });
  const isSame = !row.training || gpu.digest === cpu.digest;
  lines.push({ ...row, gpu, cpu, isSame });
  console.log(row.model, row.batch, gpu.imagesPerSecond.toFixed(1), cpu.imagesPerSecond.toFixed(1), isSame);
}
const table = [
  sentenceOf(machineOf()),
  `${description || vendor}${isFallbackAdapter ? ', which computes on the CPU' : ''}; wasm on ${threads} threads.`,
  '',
  ...tableOf(lines, {
    model: ({ model, T }) => `${model}, T = ${T}`,
    '': ({ training }) => (training ? 'training' : 'inference'),
    batch: ({ batch }) => batch,
    'webgpu, images/s': ({ gpu }) => gpu.imagesPerSecond.toFixed(1),
    'wasm, images/s': ({ cpu }) => cpu.imagesPerSecond.toFixed(1),
    'submissions per batch': ({ gpu }) => gpu.counts.submissions,
    'dispatches per batch': ({ gpu }) => gpu.counts.dispatches,
    'bytes read back per batch': ({ gpu }) => gpu.counts.bytesRead,
    digest: ({ training, isSame }) => (training ? (isSame ? 'that of wasm' : 'another') : ''),
  }),
];
console.log(table.join('\n'));
rewrite('webgpu', table);
process.exit(0); // with some drivers, the device keeps the process alive
