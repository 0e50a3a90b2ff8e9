/** Times each stage's bench on each backend. Backends whose results differ stop the bench. */
import { createHash } from 'node:crypto';
import Benchmark from 'benchmark';
import { openLenet } from './lenet.mjs';

const names = ['encode', 'forward', 'scale', 'loss', 'backward', 'accumulate', 'update'];
const stages = await Promise.all(
  names.map(async (name) => ({ name, ...(await import(`./${name}.bench.mjs`)) })),
);

/** SHA-256 of what each stage makes when all run once, in order; the first eight digits. */
function checksums(backend) {
  const net = openLenet(backend);
  return stages.map(({ run, result }) => {
    run(net);
    const hash = createHash('sha256');
    for (const buffer of result(net)) hash.update(Float32Array.from(net.backend.readSync(buffer)));
    return hash.digest('hex').slice(0, 8);
  });
}

/** A line for each stage and backend: median milliseconds, relative error, density, checksum. */
export function benchStages(backends, seconds) {
  const sums = backends.map(checksums);
  return backends.flatMap((backend, place) => {
    const net = openLenet(backend);
    return stages.map(({ name, run }, s) => {
      if (sums[place][s] !== sums[0][s]) {
        throw new Error(`${name}: ${backend} gives ${sums[place][s]}, ${backends[0]} ${sums[0][s]}`);
      }
      run(net);
      const { stats } = new Benchmark(name, () => run(net), { maxTime: seconds, minSamples: 3 }).run();
      const times = [...stats.sample].sort((a, b) => a - b);
      const ms = 1000 * times[Math.floor(times.length / 2)];
      const density = net.density()[name === 'encode' ? 0 : 1];
      return { stage: name, backend, ms, error: stats.rme, density, checksum: sums[place][s] };
    });
  });
}
