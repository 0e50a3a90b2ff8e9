/**
 * One cold process of `npm run bench:cold`: `node bench/first.mjs MODEL IMAGE predict|steps` prints the times at which
 * the steps up to the first prediction were done, and u of each class. `steps` does what `predict` does, one by one.
 */
import { readFileSync } from 'node:fs';

const [model, image, how] = process.argv.slice(2);
const pixels = readFileSync(image);
const times = { began: performance.now() };
const done = (step) => (times[step] = performance.now());

const { decodeModel, openBackend, predict } = await import('../dist/lib/index.js');
done('import');
const { net } = decodeModel(readFileSync(model), model);
done('model');
const u = how === 'steps' ? predictInSteps() : predict(net, pixels).potentials;
done('predict');
console.log(JSON.stringify({ times, u: [...u] }));

function predictInSteps() {
  const { T, layers } = net.plan;
  const backend = openBackend('wasm', net.plan);
  done('backend');
  const of = (role, n) => backend.allocate(role, n, 1);
  const weighted = layers.filter(({ weightShape }) => weightShape.length > 0);
  const w = new Map(weighted.map(({ n }) => [n, of('weights', n)]));
  for (const [place, buffer] of [...w.values()].entries()) backend.write(buffer, net.weights[place]);
  done('weights');
  const draw = { seed: net.seed, stream: 'test', epoch: 0, sample: 0 };
  const input = { intensities: Float64Array.from(pixels, (byte) => byte / 255), draw };
  const maps = [0, ...layers.map(({ n }) => n)].map((n) => {
    return { o: of('spikes', n), u: of('potential', n), FI: of('FI', n), FO: of('FO', n) };
  });
  const span = { first: 0, samples: 1, t0: 0, steps: T };
  for (let k = 1; k <= 20; k++) {
    backend.encode(maps[0], [input], span);
    for (const { n } of layers) backend.forward(n, maps[n - 1], w.get(n) ?? null, maps[n], span);
    backend.readSync(maps.at(-1).FI);
    done(`forward ${k}`);
  }
  return backend.readSync(maps.at(-1).FI);
}
