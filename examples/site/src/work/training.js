/** Starts, pauses, resumes, saves and opens a training. It is stored every two seconds, so that it survives a reload. */
import { kindOf, wordsOf } from 'asf-bp/command/fileKind';
import { digest, evaluate, firstOf, fit, InputError, predict } from 'asf-bp';
import { backendFor } from './backend.js';
import { dataOf } from './digits.js';
import { use } from './hand.js';
import { alone, isElsewhere } from './lock.js';
import { bytesOf, checkData, keepRun, keptRun, newRun, runFrom, viewOf } from './run.js';
import { forget } from './store.js';

/** Milliseconds between two messages to the page, and between two stored checkpoints. */
const beat = 200;
const keeping = 2000;
/** Number of test digits between epochs. After the last epoch, all are tested. */
const fewTests = 1000;
/** Limits on the number of misread digits, and on the milliseconds of the search for them. */
const wrongShown = 10;
const looking = 600;

let run;
let isRunning = false;
/** What the visitor asked for during a training: undefined, `pause` or `stop`. */
let wish;
let stopping;

/** The current run for the page. After a reload, it is the stored run. */
export async function waiting() {
  if (await isElsewhere(isRunning)) return { isElsewhere: true };
  run ??= await keptRun();
  return run?.state && viewOf(run);
}

export async function start({ settings, address }, tell) {
  return aloneWith(address, tell, (data) => {
    run = newRun(settings, data);
  });
}

export async function resume({ backend, address }, tell) {
  return aloneWith(address, tell, async (data) => {
    run ??= await keptRun();
    if (!run?.state) throw new InputError('there is no training to resume: start one');
    checkData(run, data);
    run.settings = { ...run.settings, backend };
  });
}

function aloneWith(address, tell, prepare) {
  const refused = () => {
    throw new InputError('a training runs in another tab of this browser: pause it there first');
  };
  return alone(async () => {
    // Set before the first `await`, so that a stop during this function takes effect.
    wish = undefined;
    stopping = new AbortController();
    const data = await dataOf(address);
    await prepare(data);
    isRunning = true;
    try {
      return await carryOut(data, tell);
    } finally {
      isRunning = false;
    }
  }, refused);
}

export function ask(what) {
  wish = what;
  stopping?.abort();
}

export function save() {
  return bytesOf(run);
}

/** Opens a file: a training to resume, or a model to read drawings. */
export async function open({ file }) {
  if (await isElsewhere(isRunning))
    throw new InputError('a training runs in another tab of this browser: pause it there first');
  const bytes = new Uint8Array(await file.arrayBuffer());
  const kind = kindOf(bytes);
  if (kind !== 'model' && bytes.length > 0)
    throw new InputError(
      `${file.name}: expected ${wordsOf('model')}, got ${kind ? wordsOf(kind) : 'a file of another kind'}`,
    );
  const opened = runFrom(bytes, file.name);
  if (!opened.state) return use(opened.net, opened.net.description.name ?? file.name);
  run = opened;
  await keepRun(run);
  return { run: await viewOf(run) };
}

/** Makes the trained network read drawings. */
export function answer() {
  const { net, state } = run;
  return use(
    { ...net, weights: state.weights, S: [...state.S], seed: state.settings.seed },
    'the one that you trained',
  );
}

async function carryOut(data, tell) {
  const { net, settings, state, curves } = run;
  const { epochs, learningRate, seed } = settings;
  const { options, words } = await backendFor(settings.backend, net.rule);
  const { signal } = stopping;
  run.words = words;
  // If the last epoch is not measured, `fit` measures it first.
  if (state?.batch === 0 && run.epochs.length < state.epoch)
    run.now = nowOf(net, { ...state, epoch: state.epoch - 1, epochs: state.settings.epochs });
  const show = (now = run.now) =>
    tell({
      now,
      columns: curves.columns,
      layers: curves.layers,
      words,
      data: run.record.dataset,
      command: run.command,
      wrong: run.wrong,
      isKept: run.isKept,
    });
  let told = performance.now();
  /** The sums of the epoch at the last point. The next point shows the difference from them. */
  let drawn = state?.batch > 0 ? state.totals : undefined;
  const few = { train: data.train, test: firstOf(data.test, fewTests) };
  const records = fit(net, few, {
    ...(state ? { resume: { state, epochs: run.epochs } } : { epochs, learningRate, seed }),
    ...options,
    signal,
    checkpointMinutes: keeping / 60_000,
    async onCheckpoint(checkpoint) {
      [run.state, run.epochs] = [checkpoint.state, [...checkpoint.epochs]];
      run.isKept = await keepRun(run);
    },
    onBatch(step, imagesPerSecond) {
      if (!step.isEpochEnd && performance.now() - told < beat) return;
      const now = nowOf(net, step, drawn);
      run.now = {
        ...now,
        imagesPerSecond,
        secondsLeft: ((now.epochs - now.x) * data.train.length) / imagesPerSecond,
        accuracy: run.now?.accuracy,
        tested: run.now?.tested,
      };
      drawn = step.isEpochEnd ? undefined : step.totals;
      if (!step.isEpochEnd) curves.add({ ...run.now, accuracy: undefined });
      show();
      told = performance.now();
    },
    onMeasure: (part, done, of) => show({ ...run.now, testing: done / of }),
  });
  for await (const { epoch, accuracy } of records) {
    let [measured, tested] = [accuracy, few.test.length];
    if (epoch === epochs && tested < data.test.length) {
      const all = await evaluate(net, data.test, {
        ...options,
        signal,
        onProgress: (done, of) => show({ ...run.now, testing: done / of }),
      });
      // If the measurement was stopped, the result for the few digits stays.
      if (all.samples === data.test.length) [measured, tested] = [all.accuracy, all.samples];
    }
    run.wrong = wrongOnes(net, data.test);
    run.now = { ...run.now, accuracy: measured, tested, digest: await digest(net.weights) };
    curves.add(run.now);
    show();
  }
  // Writes the accuracy on all digits into the record of the last epoch.
  if (
    run.epochs.length > 0 &&
    run.now.tested === data.test.length &&
    run.state.epoch >= run.state.settings.epochs
  ) {
    run.epochs = [...run.epochs.slice(0, -1), { ...run.epochs.at(-1), accuracy: run.now.accuracy }];
    run.isKept = await keepRun(run);
  }
  return wish === 'stop' || !run.state ? drop() : viewOf(run);
}

/** The first test digits that the network misreads, with the network's answers. */
function wrongOnes(net, test) {
  const until = performance.now() + looking;
  const wrong = [];
  const { length, shape } = test;
  for (let sample = 0; sample < length && wrong.length < wrongShown && performance.now() < until; sample++) {
    const { label } = predict(net, test.input(sample, { seed: net.seed, stream: 'test', epoch: 0, sample }));
    if (label !== test.label(sample))
      wrong.push({ image: test.bytes(sample).slice(), shape, label: test.label(sample), said: label });
  }
  return wrong;
}

export async function drop() {
  run = undefined;
  await forget('run');
}

/**
 * The data that the page shows after a batch, or after an epoch if there is no batch.
 *
 * @param before sums of the epoch at the last point
 */
function nowOf(
  { plan },
  { epoch, epochs, batch = 0, batches, totals, loss = totals.loss / totals.samples, S },
  before = undefined,
) {
  const layers = plan.layers.filter((layer) => layer.spikes);
  const samples = totals.samples - (before?.samples ?? 0);
  return {
    epoch,
    epochs,
    batch: batch + 1,
    batches,
    x: epoch + (batch + 1) / (batches ?? 1),
    loss,
    right: (totals.correct - (before?.correct ?? 0)) / samples,
    S: layers.map(({ n }) => S[n - 1]),
    rates: layers.map(
      ({ n, output: { channels, height, width } }) =>
        (totals.spikes[n - 1] - (before?.spikes[n - 1] ?? 0)) /
        (samples * plan.T * channels * height * width),
    ),
    imagesPerSecond: 0,
  };
}
