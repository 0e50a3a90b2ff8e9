/** `npm run bench:scale`: time and peak memory of training against the window and the threads; rewrites its table. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const work = fileURLToPath(new URL('work.mjs', import.meta.url));
const rows = [];
for (const [model, batch, batches] of [
  ['lenet', 64, 2],
  ['vgg7', 32, 1],
]) {
  for (const T of [25, 50, 100, 200, 400]) {
    for (const threads of new Set([1, Math.min(2, availableParallelism())])) {
      const args = [work, model, T, batch, threads, batches, 'train'].map(String);
      const { imagesPerSecond, megabytes } = JSON.parse(execFileSync('node', args));
      rows.push(`| ${model} | ${T} | ${batch} | ${threads} | ${imagesPerSecond.toFixed(1)} | ${megabytes} |`);
      console.log(rows.at(-1));
    }
  }
}
const table = [
  '| network | T | batch | threads | images/s | peak MB |',
  '|---|---|---|---|---|---|',
  ...rows,
].join('\n');
const readme = new URL('README.md', import.meta.url);
const text = readFileSync(readme, 'utf8');
writeFileSync(
  readme,
  text.replace(/<!-- scale -->[^]*<!-- \/scale -->/, `<!-- scale -->\n${table}\n<!-- /scale -->`),
);
