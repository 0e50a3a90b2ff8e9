/** `npm run docs cluster`: rewrites the table of bytes in bench/cluster.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { lenet, network } from '../dist/src/index.js';
import { openBackend } from '../dist/src/backend/open.js';
import { reportRow } from '../dist/src/backend/backend.js';
import { bytesOf } from './clusterCost.mjs';

const ranks = [2, 3, 4, 8, 16, 24, 64];
const megabytes = (bytes) => (bytes / 1e6).toFixed(2);

/** The counts of numbers in a gradient, including padding, and in a report. */
export function sizesOf(file) {
  const { plan } = network(file);
  const backend = openBackend('wasm', plan);
  const weighted = plan.layers.filter(({ weightShape }) => weightShape.length > 0);
  const weights = weighted.reduce((sum, { n }) => sum + backend.bytesOf('gradient', n) / 4, 0);
  backend.dispose();
  return { weights, report: reportRow(plan).length };
}

/** The table for one network and batch. */
function bytesTable(file, samples, shard) {
  const sizes = sizesOf(file);
  const rows = ranks.map((count) => {
    const { mean, most, ring } = bytesOf({ ...sizes, samples, shard, ranks: count });
    return `| ${count} | ${megabytes(mean)} | ${megabytes(most)} | ${megabytes(ring)} | ${(mean / ring).toFixed(2)} × |`;
  });
  const head = `${file.name}, ${sizes.weights} numbers per gradient, batch ${samples} in ${samples / shard} shards:`;
  const columns =
    '| ranks | MB from a rank, mean | MB from the most loaded rank | MB, ring allreduce | mean against ring |\n|---|---|---|---|---|';
  return `${head}\n\n${columns}\n${rows.join('\n')}`;
}

if (process.argv[1]?.endsWith('clusterTables.mjs')) {
  const path = new URL('../bench/cluster.md', import.meta.url);
  const text = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    text.replace(
      /<!-- bytes -->[^]*<!-- \/bytes -->/,
      `<!-- bytes -->\n\n${bytesTable(lenet, 512, 8)}\n\n<!-- /bytes -->`,
    ),
  );
}
