/** Each stage on each backend: LeNet, T = 20, one sample. Backends whose results differ stop the bench. */
import { createHash } from 'node:crypto';
import Benchmark from 'benchmark';
import { openLenet, stages } from './lenet.mjs';

/** SHA-256 of a stage's results after one run, the first eight digits. */
function checksum(net, stage) {
  const hash = createHash('sha256');
  for (const values of net.values(stage)) hash.update(Float32Array.from(values));
  return hash.digest('hex').slice(0, 8);
}

/** Runs every stage once, in order, on a fresh backend, and notes what came out. */
function checksums(name) {
  const net = openLenet(name);
  return Object.fromEntries(
    stages.map((stage) => {
      net.run[stage]();
      return [stage, checksum(net, stage)];
    }),
  );
}

/** Times every stage on every backend and returns a line each. */
export function run(backends, seconds) {
  const sums = backends.map(checksums);
  const lines = [];
  for (const [place, name] of backends.entries()) {
    const net = openLenet(name);
    for (const stage of stages) {
      if (sums[place][stage] !== sums[0][stage]) {
        throw new Error(`${stage}: ${name} gives ${sums[place][stage]}, ${backends[0]} ${sums[0][stage]}`);
      }
      net.run[stage]();
      const bench = new Benchmark(stage, net.run[stage], { maxTime: seconds, minSamples: 3 }).run();
      const times = bench.stats.sample.toSorted((a, b) => a - b);
      const median = times[Math.floor(times.length / 2)];
      const density = net.density()[stage === 'encode' ? 0 : 1];
      lines.push({
        stage,
        backend: name,
        ms: 1000 * median,
        error: bench.stats.rme,
        density,
        checksum: sums[place][stage],
      });
    }
  }
  return lines;
}
