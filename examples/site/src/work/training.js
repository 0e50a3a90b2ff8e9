/** Training: begins, pauses, goes on, is saved and opened. It keeps itself every two seconds. */
import { digest, fit, InputError } from 'asf-bp';
import { backendFor } from './backend.js';
import { dataOf } from './digits.js';
import { use } from './hand.js';
import { bytesOf, checkData, keepRun, keptRun, newRun, runFrom, viewOf } from './run.js';
import { forget } from './store.js';

/** Milliseconds between two messages to the page, and between two copies for a reload. */
const beat = 200;
const keeping = 2000;

let run;
/** Undefined, `pause` or `stop`. */
let wish;
let stopping;

/** The run at hand as the page shows it; after a reload, the kept one. */
export async function waiting() {
  run ??= await keptRun();
  return run?.state && viewOf(run);
}

export async function start({ settings, address }, tell) {
  const data = await dataOf(address);
  run = newRun(settings, data);
  return carryOut(data, tell);
}

export async function resume({ backend, address }, tell) {
  run ??= await keptRun();
  if (!run?.state) throw new InputError('there is no training to go on with: start one');
  const data = await dataOf(address);
  checkData(run, data);
  run.settings = { ...run.settings, backend };
  return carryOut(data, tell);
}

export function ask(what) {
  wish = what;
  stopping?.abort();
}

export function save() {
  return bytesOf(run);
}

/** Opens a file: a training to go on with, or a model that answers. */
export async function open({ file }) {
  const opened = runFrom(new Uint8Array(await file.arrayBuffer()), file.name);
  if (!opened.state) return { name: await use(opened.net) };
  run = opened;
  await keepRun(run);
  return { run: await viewOf(run) };
}

/** Lets the trained network answer what is drawn. */
export function answer() {
  const { net, state } = run;
  return use({ ...net, weights: state.weights, S: [...state.S], seed: state.settings.seed });
}

async function carryOut(data, tell) {
  wish = undefined;
  stopping = new AbortController();
  const { net, settings, state, curves } = run;
  const { epochs, learningRate, seed } = settings;
  const { options, words } = await backendFor(settings.backend, net.rule);
  run.words = words;
  // An epoch that is not measured yet is measured first.
  if (state?.batch === 0 && run.epochs.length < state.epoch)
    run.now = nowOf(net, { ...state, epoch: state.epoch - 1, epochs: state.settings.epochs });
  const show = (now = run.now) =>
    tell({ now, columns: curves.columns, layers: curves.layers, words, isKept: run.isKept });
  let told = performance.now();
  const records = fit(net, data, {
    ...(state ? { resume: { state, epochs: run.epochs } } : { epochs, learningRate, seed }),
    ...options,
    signal: stopping.signal,
    checkpointMinutes: keeping / 60_000,
    async onCheckpoint(checkpoint) {
      [run.state, run.epochs] = [checkpoint.state, [...checkpoint.epochs]];
      run.isKept = await keepRun(run);
    },
    onBatch(step, imagesPerSecond) {
      if (!step.isEpochEnd && performance.now() - told < beat) return;
      run.now = { ...nowOf(net, step), imagesPerSecond, accuracy: run.now?.accuracy };
      if (!step.isEpochEnd) curves.add({ ...run.now, accuracy: undefined });
      show();
      told = performance.now();
    },
    onMeasure: (part, done, of) => show({ ...run.now, testing: done / of }),
  });
  for await (const { accuracy } of records) {
    run.now = { ...run.now, accuracy, digest: await digest(net.weights) };
    curves.add(run.now);
    show();
  }
  return wish === 'stop' ? drop() : viewOf(run);
}

/** Forgets the run at hand. */
export async function drop() {
  run = undefined;
  await forget('run');
}

/** What the page shows of a batch; of the last one of an epoch where no batch is named. */
function nowOf(
  { plan },
  { epoch, epochs, batch = 0, batches = 1, totals, loss = totals.loss / totals.samples, S },
) {
  const layers = plan.layers.filter((layer) => layer.spikes);
  return {
    epoch,
    epochs,
    batch: batch + 1,
    batches,
    x: epoch + (batch + 1) / batches,
    loss,
    right: totals.correct / totals.samples,
    S: layers.map(({ n }) => S[n - 1]),
    rates: layers.map(
      ({ n, output: { channels, height, width } }) =>
        totals.spikes[n - 1] / (totals.samples * plan.T * channels * height * width),
    ),
    imagesPerSecond: 0,
  };
}
