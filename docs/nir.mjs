/**
 * `npm run docs nir`: rewrites the tables of docs/nir.md. Rewrites those of results/nir.md from the published traces in ../shared/data/nir.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { binary32, real } from '../dist/spec/arithmetic.js';
import { nirConventions, nirNeuronChoices } from '../dist/spec/nirConventions.js';
import { readNpy } from '../dist/src/formats/npy.js';
import { chainOf } from '../dist/src/nir/import/chain.js';
import { parseConvention } from '../dist/src/nir/convention.js';
import { openChunks } from '../dist/src/formats/hdf5Chunks.js';
import { readNirGraph } from '../dist/src/nir/import/graph.js';
import { importNIR } from '../dist/src/nir/import/open.js';
import { stepperOf, runChain } from '../dist/src/nir/run.js';
import { judgeTraces, modelOf } from '../dist/src/oracle/nir/judgeTraces.js';
import { startsOf } from '../dist/src/oracle/nir/fits.js';
import { predict } from '../dist/src/train/predict.js';
import { bytes, recordings } from './nirData.mjs';

const chain = (name) => chainOf(readNirGraph(bytes(name), name, openChunks), name);
const code = (text) => `\`${text}\``;
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Rows without a complete explanation. In other rows, a difference is an error. */
const open = ['Sinabs, samples taken for steps', 'xylo'];
function mustBeSmall(name, difference, most) {
  if (difference > most && !open.includes(name))
    throw new Error(`docs nir: ${name} differs by ${difference}, by more than ${most}`);
}

// One LIF neuron, 1,000 steps of 0.1 ms.

const fixed = '{"from":"lava","numbers":"loihi","form":"product"}';
const lif = [
  ['norse', 'norse', {}, 'Euler, as differences'],
  [
    'snntorch',
    'snntorch',
    {},
    'Euler; the gain 0.04 is divided out of the threshold, so that potentials are 25 times as large',
  ],
  ['sinabs', 'sinabs', { graph: 'lif_rockpool.nir', per: 0.04 }, 'exponential; fires at θ, subtracts'],
  ['rockpool', 'rockpool', { graph: 'lif_rockpool.nir' }, 'the same'],
  [
    'spyx',
    '{"from":"spyx","gain":"euler"}',
    {},
    'Euler; spikes a step late, subtraction after the leak. The trace has the gain 0.04, which Spyx’s reader omits',
  ],
  ['nengo', 'nengo', { times: 10, precision: real }, 'exponential, in binary64; potentials are u/θ'],
  [
    'spinnaker2',
    '{"from":"spinnaker2","arrives":"sameStep","weights":"binary32","input":"counts"}',
    { weight: 102 / 102.02, precision: real },
    'snnTorch’s constants with weight 102/102.02 instead of 1 (8 bits, truncated); spikes are not late here',
  ],
  ['lava_cpu_float', 'lava', {}, 'Norse’s differences; the input arrives a step late'],
  [
    'lava_cpu_fixed',
    fixed,
    { times: 16384 },
    'u in 16384ths, λ = 1 − ⌊4095·dt/τ⌋/4096, gain and θ truncated to 256ths; the input arrives a step late',
  ],
  [
    'lava_loihi_fixed',
    fixed,
    { times: 16384 },
    'the same on the chip; the four different potentials follow a spike, where the chip shows 128',
  ],
];

const csv = (name) =>
  new TextDecoder()
    .decode(bytes(`lif_${name}.csv`))
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number));

function lifRow([
  name,
  as,
  { graph = 'lif_norse.nir', per = 1, times = 1, weight = 1, precision = binary32 },
  words,
]) {
  const trace = csv(name);
  const input = trace.map(([x]) => Float64Array.of((x / per) * weight));
  const found = { bits: 0, error: 0, missed: 0, spikes: 0 };
  const timing = { convention: parseConvention(as, 'docs nir'), dt: 1e-4 };
  runChain(chain(graph), input, timing, precision, (_, t, { u, o }) => {
    const [, potential, spike] = trace[t];
    if (Math.fround(u[0] * times) !== Math.fround(potential)) found.bits++;
    found.error = Math.max(found.error, Math.abs(u[0] * times - potential) / times);
    found.spikes += spike;
    if (o[0] !== spike) found.missed++;
  });
  mustBeSmall(name, found.missed, 0);
  return [
    name,
    code(as),
    found.bits,
    found.bits === 0 ? '0' : found.error.toExponential(0),
    `${found.missed} of ${found.spikes}`,
    words,
  ];
}

/** The solution of the differential equation within a step: u continues from 0 at the time when it crosses θ. */
function exactRow() {
  const [τ, dt, θ] = [0.0025, 1e-4, 0.1];
  const trace = csv('exact');
  const found = { error: 0, missed: 0, spikes: 0 };
  let u = 0;
  for (const [x, potential, spike] of trace) {
    let next = x + (u - x) * Math.exp(-dt / τ);
    const fires = next > θ;
    if (fires) next = x - x * Math.exp(-(dt - τ * Math.log((x - u) / (x - θ))) / τ);
    u = next;
    found.error = Math.max(found.error, Math.abs(u - potential));
    found.spikes += spike;
    if (Number(fires) !== spike) found.missed++;
  }
  return [
    'exact',
    '–',
    '–',
    found.error.toExponential(0),
    `${found.missed} of ${found.spikes}`,
    'the solution of the equation: after a spike it continues from 0 within the step. No simulator here does so',
  ];
}

// N-MNIST CNN, layer 1: cosines between the neurons' numbers of spikes.

const cnn = [
  ['Norse', 'norse', { Speck: 0.830536, Spyx: 0.994234 }],
  ['Spyx', 'spyx', { Norse: 0.994234, Speck: 0.838839 }],
  [
    'snnTorch of 2023',
    '{"from":"snntorch","ifLeak":"nineTenths","reset":"subtract","overshoot":"beforeLeak"}',
    { Norse: 0.785451, Speck: 0.97102, Spyx: 0.803696 },
  ],
  [
    'SpiNNaker2',
    '{"from":"spinnaker2","arrives":"sameStep"}',
    { Norse: 0.997176, Speck: 0.829756, Spyx: 0.994006 },
  ],
  ['Nengo', 'nengo', { Norse: 1 }],
  ['Lava', 'lava', { Norse: 1 }],
  ['Sinabs', 'sinabs', {}],
  ['Sinabs, samples taken for steps', 'sinabs', { Norse: 0.668887, Speck: 0.761078, Spyx: 0.665662 }],
];

async function cnnRows() {
  const graph = chain('cnn_sinabs.nir');
  const [first] = graph.layers;
  const inputs = recordings();
  const activity = { Speck: Float64Array.from(readNpy(bytes('speck_activity.npy'), 'speck').data) };
  for (const [name, as] of cnn) {
    activity[name] = new Float64Array(10 * 4096);
    const timing = { convention: parseConvention(as, 'docs nir') };
    // The script of this row reads an array (10 samples, 300 steps) as (300 steps, 10 samples).
    const place = (k, t) => (name === 'Sinabs, samples taken for steps' ? (300 * k + t) % 10 : k);
    inputs.forEach((input, k) =>
      runChain(graph, input, timing, binary32, (layer, t, { o }) => {
        if (layer === 0) o.forEach((count, i) => (activity[name][place(k, t) * 4096 + i] += count));
      }),
    );
  }
  if (first.shape.channels !== 16) throw new Error('the first layer has 16 channels');
  const cosine = (a, b) => {
    let [ab, aa, bb] = [0, 0, 0];
    a.forEach((value, i) => ([ab, aa, bb] = [ab + value * b[i], aa + value ** 2, bb + b[i] ** 2]));
    return ab / Math.sqrt(aa * bb);
  };
  const rows = cnn.map(([name, as, published]) => [
    name,
    code(as),
    ...['Norse', 'Speck', 'Spyx'].map((other) => {
      const ours = cosine(activity[name], activity[other]);
      if (published[other] === undefined) return ours.toFixed(6);
      mustBeSmall(name, Math.abs(ours - published[other]), 2.5e-6);
      return `${ours.toFixed(6)} (${published[other]})`;
    }),
  ]);
  const model = await importNIR(bytes('cnn_sinabs.nir'), { as: 'norse', timeWindow: 300 });
  const right = inputs.filter((steps, digit) => {
    const frames = new Float64Array(300 * 2 * 34 * 34);
    steps.forEach((step, t) => frames.set(step, t * step.length));
    return predict(model, { frames }).label === digit;
  });
  return { rows, right: right.length };
}

// Braille, layer 1, sample 0.

const noBias = 'noDelay_noBias_subtract';
const braille = [
  ['snntorch', 'noDelay_bias_zero', 'snntorch', 'to zero; the recurrent bias acts in step 0'],
  ['norse', 'noDelay_bias_zero', 'norse', 'to zero; the recurrent bias is missing in step 0'],
  ['spyx', 'noDelay_bias_zero', 'spyx', 'it subtracts, though the graph is called zero; a step late'],
  [
    's2',
    'noDelay_bias_zero',
    'spinnaker2',
    'weights of 8 bits, one scale for both matrices; input a step late; the bias bypasses the synapse, as b/(1 − α), from the first step',
  ],
  [
    'nengo',
    'noDelay_bias_zero',
    'nengo',
    'exponential membrane and Euler synapse; potentials have a floor at 0, Nengo’s min_voltage; a step late',
  ],
  [
    'lava',
    'noDelay_bias_zero',
    'lava',
    'lava-dl: I and u in 4096ths, truncated towards 0; without the recurrent bias. The file has (neurons, steps)',
  ],
  [
    'snntorch',
    noBias,
    '{"from":"snntorch","reset":"subtract","overshoot":"afterLeak"}',
    'subtracts; a potential still above θ loses θ before the next comparison',
  ],
  ['norse', noBias, 'norse', 'reset to zero, though the graph is called subtract'],
  ['spyx', noBias, 'spyx', 'subtracts, a step late'],
  ['s2', noBias, '{"from":"spinnaker2","reset":"subtract"}', 'as above; subtracts'],
  ['nengo', noBias, 'nengo', 'as above: reset to zero'],
  [
    'rockpool',
    noBias,
    'rockpool',
    ({ rest, moved, n }) =>
      `does not start at rest: its modules keep their state from the samples before. The spikes reveal this state in ${moved} of ${n} neurons; from rest, ${rest} spikes differ`,
  ],
  [
    'xylo',
    noBias,
    'rockpool',
    'another sample: the script records `sample`, its last one, instead of `test_sample`, sample 0. The trace fires in step 3; the first input is in step 7',
  ],
];

/** The state before the first step, as the oracle finds it from spikes. */
function startOf(name, graph, timing, input, spikes) {
  const whole = chain(`braille_${graph}.nir`);
  const [layer] = whole.layers;
  const key = `${layer.node.name}.spikes`;
  const flat = (rows) => Float64Array.from(rows.flatMap((row) => Array.from(row)));
  const arrays = new Map([
    ['input', flat(input)],
    [key, flat(spikes)],
  ]);
  const traces = { arrays, T: input.length, B: 1, single: [], exchanged: [] };
  const model = modelOf(whole, traces, timing.convention, timing.dt);
  const { run } = judgeTraces(model, arrays);
  const found = startsOf({ model, stage: run.makerOf(key), there: (each) => run.ball(each).v });
  if (!found) throw new Error(`docs nir: ${name}: no start was found`);
  const n = layer.parameters.vThreshold.length;
  const [, ...values] = found;
  return { u: values.slice(0, n), I: values.slice(n) };
}

function brailleRow([name, graph, as, words]) {
  const given = readNpy(bytes('braille/input_sample0.npy'), 'input').data;
  const input = Array.from({ length: 256 }, (_, t) =>
    Float64Array.from({ length: 12 }, (__, i) => Number(given[12 * t + i])),
  );
  const { shape, data: recorded } = readNpy(bytes(`braille/${name}_activity_${graph}.npy`), name);
  const n = Math.min(...shape);
  const at = shape[0] === n ? (t, i) => i * 256 + t : (t, i) => t * n + i;
  const spikes = input.map((_, t) => Float64Array.from({ length: n }, (__, i) => Number(recorded[at(t, i)])));
  const timing = { convention: parseConvention(as, 'docs nir'), dt: 1e-4 };
  const [layer] = chain(`braille_${graph}.nir`).layers;
  const differing = (start) => {
    const { state, step } = stepperOf(layer, timing.convention, timing.dt, binary32);
    if (start) for (const what of ['u', 'I']) state[what].set(start[what]);
    let others = 0;
    for (const [t, x] of input.entries()) {
      step(x);
      others += state.o.filter((count, i) => count !== spikes[t][i]).length;
    }
    return others;
  };
  const all = spikes.reduce((sum, step) => step.reduce((so, count) => so + count, sum), 0);
  const row = [name, graph.replace('noDelay_', ''), code(as)];
  const rest = differing();
  if (typeof words === 'string') {
    mustBeSmall(name, rest, 0);
    return [...row, `${rest} of ${all}`, words];
  }
  const start = startOf(name, graph, timing, input, spikes);
  const moved = start.u.filter((u, i) => u !== 0 || start.I[i] !== 0).length;
  mustBeSmall(name, differing(start), 0);
  return [...row, `${differing(start)} of ${all}`, words({ rest, moved, n })];
}

/** The answers of each convention for LIF, and those of IF and CubaLIF that differ. */
function conventionRows() {
  const names = Object.keys(nirConventions);
  const rows = Object.keys(nirNeuronChoices).map((question) => [
    code(question),
    ...names.map((name) => {
      const { IF, LIF, CubaLIF } = nirConventions[name].neurons;
      const own = { IF: IF[question], CubaLIF: CubaLIF[question] };
      const others = Object.entries(own).filter(([, answer]) => answer !== LIF[question]);
      return [LIF[question], ...others.map(([kind, answer]) => `${kind}: ${answer}`)].join('; ');
    }),
  ]);
  for (const question of ['recurrentBias', 'weights', 'input', 'dt'])
    rows.push([code(question), ...names.map((name) => nirConventions[name][question] ?? '–')]);
  return table(['choice', ...names], rows);
}

const { rows, right } = await cnnRows();
const parts = {
  conventions: conventionRows(),
  lif: table(
    ['trace', '`--as`', 'other bits', 'largest error', 'other spikes', 'what the simulator did'],
    [...lif.map(lifRow), exactRow()],
  ),
  cnn: `${table(['simulator', '`--as`', 'with Norse', 'with Speck', 'with Spyx'], rows)}\n\nThe model that \`import --as norse\` makes classifies ${right} of the ten recordings correctly.`,
  braille: table(
    ['trace', 'graph', '`--as`', 'other spikes', 'what the simulator did'],
    braille.map(brailleRow),
  ),
};
for (const [name, part] of Object.entries(parts)) {
  const file = name === 'conventions' ? 'docs/nir.md' : 'results/nir.md';
  const at = new URL(`../${file}`, import.meta.url);
  const text = readFileSync(at, 'utf8');
  const marked = new RegExp(`<!-- ${name} -->[^]*<!-- /${name} -->`);
  if (!marked.test(text)) throw new Error(`${file}: <!-- ${name} --> expected, found none`);
  writeFileSync(
    at,
    text.replace(marked, () => `<!-- ${name} -->\n\n${part}\n\n<!-- /${name} -->`),
  );
}
console.log([parts.lif, parts.cnn, parts.braille].join('\n\n'));
