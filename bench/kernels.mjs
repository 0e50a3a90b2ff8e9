/**
 * `npm run bench kernels`: the time of a batch by layer and stage on one thread, and its numbers of events and additions. Compares the
 * speed of additions with the limit of this core (`limit.ts`).
 */
import { openBackend } from '../dist/src/backend/open.js';
import { models, network } from '../dist/src/network/network.js';
import { measureLimit } from './limit.mjs';
import { machineOf, rewrite, sentenceOf, tableOf } from './report.mjs';
import { measure } from './work.mjs';

const T = 100;
const sizes = { lenet: { batch: 32, batches: 4 }, vgg7: { batch: 16, batches: 1 } };

/** For each input position along one side: the number of output positions that it reaches. */
function reachOf(length, outputs, { size, stride, padding }) {
  return Array.from({ length }, (_, at) => {
    let reach = 0;
    for (let o = 0; o < outputs; o++)
      if (at >= o * stride - padding && at < o * stride - padding + size) reach++;
    return reach;
  });
}

/** A backend that times its operations and counts their events and additions. */
function timed(backend, lines) {
  const { layers, input } = backend.network;
  const isWeighted = (n) => layers[n - 1].weightShape.length > 0;
  const add = (name, n, ms, events = 0, additions = 0) => {
    const line = (lines[`${n} ${name}`] ??= { n, stage: name, ms: 0, events: 0, additions: 0 });
    line.ms += ms;
    line.events += events;
    line.additions += additions;
  };
  /** Sums `weigh(flow)` over the flows into layer n, once per output position that a flow reaches. */
  const reaching = (n, flows, weigh) => {
    const { height, width } = n === 1 ? input : layers[n - 2].output;
    const { window, output, weightShape } = layers[n - 1];
    const isMap = weightShape.length === 4;
    const rows = isMap ? reachOf(height, output.height, window) : Array(height).fill(1);
    const columns = isMap ? reachOf(width, output.width, window) : Array(width).fill(1);
    return flows.reduce(
      (sum, flow, at) => sum + weigh(flow) * rows[Math.floor(at / width) % height] * columns[at % width],
      0,
    );
  };
  const clock = (work) => {
    const began = performance.now();
    work();
    return performance.now() - began;
  };
  return {
    ...backend,
    encode(to, inputs, span) {
      add(
        'encode',
        0,
        clock(() => backend.encode(to, inputs, span)),
      );
    },
    forward(n, before, w, to, span) {
      const ms = clock(() => backend.forward(n, before, w, to, span));
      const flows = backend.readSync(before.FO, span.first);
      const events = flows.reduce((sum, flow) => sum + Math.abs(flow), 0);
      const additions = isWeighted(n) ? reaching(n, flows, Math.abs) * layers[n - 1].output.channels : 0;
      add('current, neuron, flow', n, ms, events, additions);
    },
    scale(n, ...rest) {
      add(
        'scale',
        0,
        clock(() => backend.scale(n, ...rest)),
      );
    },
    loss(...all) {
      add(
        'loss',
        0,
        clock(() => backend.loss(...all)),
      );
    },
    backward(n, flows, to, shard) {
      const ms = clock(() => backend.backward(n, flows, to, shard));
      let [events, additions] = [0, 0];
      for (let s = 0; s < shard.samples; s++) {
        const before = backend.readSync(flows.FOBefore, shard.first + s);
        const derivatives = backend.readSync(to.d, s).filter((d) => d !== 0).length;
        events += before.filter((flow) => flow !== 0).length;
        if (!isWeighted(n)) continue;
        const { output, weightShape } = layers[n - 1];
        additions += reaching(n, before, (flow) => Number(flow !== 0)) * output.channels;
        const [, inputs, rows = 1, columns = 1] = weightShape;
        if (to.dBefore) additions += derivatives * inputs * rows * columns;
      }
      add('backward', n, ms, events, additions);
    },
    accumulate(...all) {
      add(
        'accumulate',
        0,
        clock(() => backend.accumulate(...all)),
      );
    },
    update(n, ...rest) {
      add(
        'update',
        0,
        clock(() => backend.update(n, ...rest)),
      );
    },
  };
}

const { limit, kernel, sums, products } = await measureLimit();
const table = [
  sentenceOf(machineOf()),
  `One thread, T = ${T}, initial weights. Limit (a plain loop that loads and adds): ${limit.toFixed(1)} G additions/s. The kernel that`,
  `takes the most time, the sums of LeNet's second convolution, alone reaches ${kernel.toFixed(1)}, or ${((100 * kernel) / limit).toFixed(0)} % of the limit.`,
  '',
];
for (const [model, { batch, batches }] of Object.entries(sizes)) {
  const lines = {};
  const { plan } = network(models[model], { timeWindow: T });
  const on = timed(openBackend('wasm', plan, 'bench'), lines);
  const onBegin = () => Object.keys(lines).forEach((name) => delete lines[name]);
  await measure({ model, T, batch, batches, warm: 2, training: true, on, onBegin });
  const images = batch * batches;
  const rows = Object.values(lines).map((line) => ({
    ...line,
    us: (1000 * line.ms) / images,
    events: line.events / images,
    additions: line.additions / images,
  }));
  const all = rows.reduce((sum, { us }) => sum + us, 0);
  const name = ({ n }) => (n === 0 ? '' : `${n} ${plan.layers[n - 1].kind.name}`);
  const some = (number, text) => (number > 0 ? text : '');
  const short = {
    stage: ({ stage }) => stage,
    layer: name,
    'µs per image': ({ us }) => us.toFixed(0),
    '%': ({ us }) => ((100 * us) / all).toFixed(1),
    events: ({ events }) => some(events, events.toFixed(0)),
    'G additions/s': ({ additions, us }) => some(additions, (additions / us / 1000).toFixed(1)),
    'of the limit': ({ additions, us }) =>
      some(additions, `${((100 * additions) / us / 1000 / limit).toFixed(0)} %`),
  };
  const whole = {
    ...short,
    'M additions': ({ additions }) => some(additions, (additions / 1e6).toFixed(2)),
    'MB of weights': ({ additions }) => some(additions, ((4 * additions) / 1e6).toFixed(1)),
  };
  const head = `**${model}**, ${(all / 1000).toFixed(2)} ms per image`;
  console.log([head, '', ...tableOf(rows, whole), ''].join('\n'));
  // The document shows the rows that take at least a twentieth of the time.
  const longest = rows.filter(({ us }) => us >= all / 20);
  table.push(head, '', ...tableOf(longest, short), '');
}
const rate = (list) => (k) => list[k]?.toFixed(1) ?? '';
console.log(
  [
    '**Bodies** of `tile.ts`, on the events of one image in LeNet’s second convolution: 10⁹ additions per second.',
    '',
    ...tableOf([...sums.keys()], {
      'vectors of a tile': (k) => k + 1,
      sums: rate(sums),
      products: rate(products),
    }),
  ].join('\n'),
);
rewrite('kernels', table);
