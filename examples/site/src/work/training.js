/** Training: begins, pauses, goes on, is saved and opened. It keeps itself every two seconds. */
import { digest, evaluate, InputError, train } from 'asf-bp';
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
  const { net, settings, state, curves } = run;
  const { epochs, learningRate, seed } = settings;
  const { options, words } = await backendFor(settings.backend, net.rule);
  run.words = words;
  const given = state ? { state } : { epochs, learningRate, seed };
  // The command writes a checkpoint before it measures the epoch.
  if (state?.batch === 0 && run.epochs.length < state.epoch) {
    run.now = nowOf(net, { ...state, epoch: state.epoch - 1, epochs: state.settings.epochs });
    // No training is open yet.
    const trained = { ...net, weights: state.weights, S: [...state.S], seed: state.settings.seed };
    await measure(tell, (watching) => evaluate(trained, data.test, { ...options, ...watching }));
  }
  let [began, seen, told, kept] = [performance.now(), 0, performance.now(), performance.now()];
  for await (const step of train(net, data.train, { ...given, ...options })) {
    seen += step.samples;
    const time = performance.now();
    const isBreak = step.isEpochEnd || wish !== undefined;
    if (!isBreak && time - told < beat) continue;
    run.now = {
      ...nowOf(net, step),
      imagesPerSecond: (1000 * seen) / (time - began),
      accuracy: run.now?.accuracy,
    };
    if (wish === 'stop') break;
    if (isBreak || time - kept > keeping) run.state = await step.state();
    if (step.isEpochEnd) await measure(tell, (watching) => step.evaluate(data.test, watching));
    curves.add({ ...run.now, accuracy: step.isEpochEnd ? run.now.accuracy : undefined });
    if (isBreak || time - kept > keeping) {
      run.isKept = await keepRun(run);
      kept = performance.now();
    }
    tell({ now: run.now, columns: curves.columns, layers: curves.layers, words, isKept: run.isKept });
    if (wish !== undefined) break;
    [began, seen, told] = [performance.now(), 0, performance.now()];
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
    mean: totals.loss / totals.samples,
    imagesPerSecond: 0,
  };
}

/** The test images after an epoch; a record of it for the file. */
async function measure(tell, evaluateOn) {
  const { net, state, now, curves } = run;
  const onProgress = (done, of) =>
    tell({
      now: { ...now, testing: done / of },
      columns: curves.columns,
      layers: curves.layers,
      words: run.words,
    });
  const { accuracy } = await evaluateOn({ onProgress });
  run.now = { ...now, accuracy, digest: await digest(state.weights) };
  const byLayer = (values) => Object.fromEntries(curves.layers.map((name, k) => [name, values[k]]));
  run.epochs.push({
    epoch: now.epoch + 1,
    loss: now.mean,
    accuracy,
    imagesPerSecond: Number(now.imagesPerSecond.toFixed(1)),
    spikeRates: byLayer(now.rates),
    ...(net.rule === 'asf' && { S: byLayer(now.S) }),
  });
}
