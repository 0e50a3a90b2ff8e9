/** Times each stage's benchmark on each backend. Stops if the results of backends differ. */
import { createHash } from 'node:crypto';
import Benchmark from 'benchmark';
import { openLenet } from './lenet.mjs';

/** The stages of each rule. Each stage is an operation of a backend, and needs the results of earlier stages. */
const names = {
  asf: ['encode', 'forward', 'scale', 'loss', 'backward', 'accumulate', 'update'],
  lee: ['encode', 'forward', 'loss', 'slope', 'reverse'],
  stbp: ['encode', 'forward', 'loss', 'reverse'],
};
/** Whether a stage is timed. For `asf`, all stages are timed; for other rules, only the stages that `asf` does not have. */
const isOwn = (rule, name) => rule === 'asf' || name === 'slope' || name === 'reverse';

const stages = await Promise.all(
  Object.entries(names).flatMap(([rule, list]) =>
    list.map(async (name) => ({ rule, name, ...(await import(`./${name}.bench.mjs`)) })),
  ),
);

/** The first eight digits of the SHA-256 of a stage's result. */
function checksum(net, { result }) {
  const hash = createHash('sha256');
  for (const buffer of result(net)) hash.update(Float32Array.from(net.backend.readSync(buffer)));
  return hash.digest('hex').slice(0, 8);
}

function time(net, { name, run }, seconds) {
  const { stats } = new Benchmark(name, () => run(net), { maxTime: seconds, minSamples: 3 }).run();
  const times = [...stats.sample].sort((a, b) => a - b);
  return { ms: 1000 * times[Math.floor(times.length / 2)], error: stats.rme };
}

/** One row per stage and backend: median milliseconds, relative error, density, checksum. */
export function benchStages(backends, seconds, isWanted = () => true) {
  const sums = {};
  return backends.flatMap((backend) =>
    Object.keys(names).flatMap((rule) => {
      const net = openLenet(backend, rule);
      const own = stages.filter((stage) => stage.rule === rule);
      // All stages run once, in order, before any is timed. A repeated stage may change the input of another one.
      const made = own.map((stage) => (stage.run(net), checksum(net, stage)));
      return own.flatMap((stage, place) => {
        const label = rule === 'asf' ? stage.name : `${stage.name}, ${rule}`;
        if ((sums[label] ??= made[place]) !== made[place])
          throw new Error(`${label}: ${backend} gives ${made[place]}, ${backends[0]} ${sums[label]}`);
        if (!isOwn(rule, stage.name) || !isWanted(label)) return [];
        const density = net.density()[stage.name === 'encode' ? 0 : 1];
        return { stage: label, backend, ...time(net, stage, seconds), density, checksum: made[place] };
      });
    }),
  );
}
