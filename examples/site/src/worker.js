/**
 * The worker: everything that computes, so that the page stays alive. Messages are { id, kind, … }; answers carry the id and
 * either `done` or `error`; a training also sends { kind: 'progress' }.
 */
import { encodeModel, evaluate, images, InputError, lenet, loadModel, network, train } from 'asf-bp';
import { session } from 'asf-bp/infer';
import { lead, learn, tiny } from 'asf-bp/models/tiny';
import small from '../../../models/tiny.json';

const shape = { channels: 1, height: 28, width: 28 };
const networks = { small, lenet };

const shipped = tiny();
let taught = shipped;
let run;
let digits;

/** What the network sees of a digit, step by step. */
function look({ image }) {
  const { plan } = taught;
  const one = session(taught);
  const steps = [];
  let decided;
  for (let t = 0; t < plan.T; t++) {
    one.step(image);
    const potentials = one.potentials();
    const [first, second] = [...potentials].sort((a, b) => b - a);
    if (decided === undefined && (first - second >= lead || t === plan.T - 1))
      decided = { label: one.label(), after: t + 1 };
    const spikes = [0, ...plan.layers.filter((layer) => layer.spikes).map(({ n }) => n)].map((n) => {
      const { shape: map, kind, spikes: o } = one.layer(n);
      return { n, kind, map, o: Uint8Array.from(o) };
    });
    steps.push({ potentials: [...potentials], spikes });
  }
  return { ...decided, steps };
}

/** Teaches the last layer; what each lesson was taken for before and after. */
function teach({ lessons }) {
  const asked = (net, image) => session(net).decide(image, { lead }).label;
  taught =
    lessons.length === 0
      ? shipped
      : learn(
          shipped,
          lessons.map(({ image, label }) => ({ shown: image, label })),
        );
  return lessons.map(({ image }) => ({ before: asked(shipped, image), after: asked(taught, image) }));
}

/** The extract of MNIST beside the page: training digits, then test digits, then their labels. */
async function digitsOf(address) {
  if (digits) return digits;
  const response = await fetch(address);
  if (!response.ok) throw new InputError(`cannot read ${address}: ${response.status}`);
  const stream = response.body.pipeThrough(new DecompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = bytes.length / 785;
  const test = 1000;
  const part = (name, from, to) =>
    images(
      name,
      shape,
      bytes.subarray(784 * from, 784 * to),
      bytes.subarray(784 * count + from, 784 * count + to),
    );
  digits = { train: part('digits', 0, count - test), test: part('test digits', count - test, count) };
  return digits;
}

/** Trains until it is done, paused or stopped. */
async function start({ id, settings, state, address }) {
  const { model, variant, timeWindow, threshold, leak, rule, ...training } = settings;
  const net = network(networks[model], { timeWindow, threshold, leak, variant, rule });
  const data = await digitsOf(address);
  const stopping = new AbortController();
  run = { net, stopping, state };
  let [began, seen, sent] = [performance.now(), 0, performance.now()];
  const options = state ? { state, signal: stopping.signal } : { ...training, signal: stopping.signal };
  for await (const step of train(net, data.train, options)) {
    seen += step.samples;
    const now = performance.now();
    if (now - began < 200 && !step.isEpochEnd) continue;
    const { epoch, epochs, batch, batches, loss, totals, S } = step;
    const measured = {};
    run.state = await step.state();
    // The page keeps the state for a reload; a copy of it every two seconds is enough.
    if (step.isEpochEnd || now - sent > 2000) {
      measured.state = run.state;
      sent = now;
    }
    if (step.isEpochEnd)
      measured.accuracy = (await evaluate({ ...net, weights: run.state.weights }, data.test)).accuracy;
    const spikes = net.plan.layers.filter((layer) => layer.spikes);
    postMessage({
      id,
      kind: 'progress',
      epoch,
      epochs,
      batch: batch + 1,
      batches,
      loss,
      right: totals.correct / totals.samples,
      imagesPerSecond: (1000 * seen) / (now - began),
      S: spikes.map(({ n, kind }) => ({ name: `${n} ${kind.name}`, S: S[n - 1] })),
      rates: spikes.map(
        ({ n, output }) =>
          totals.spikes[n - 1] /
          (totals.samples * net.plan.T * output.channels * output.height * output.width),
      ),
      ...measured,
    });
    [began, seen] = [performance.now(), 0];
  }
  return { finished: !stopping.signal.aborted, state: run.state };
}

const kinds = {
  look,
  teach,
  start,
  pause: () => void run?.stopping.abort(),
  save: ({ settings, state }) => {
    const { model, variant, timeWindow, threshold, leak, rule } = settings;
    const net = network(networks[model], { timeWindow, threshold, leak, variant, rule });
    return encodeModel({
      net: { ...net, weights: state.weights, S: [...state.S], seed: state.settings.seed },
      epochs: [],
    });
  },
  open: ({ bytes }) => {
    const net = loadModel(bytes, 'the file');
    const { input } = net.plan;
    if (input.channels !== 1 || input.height !== 28 || input.width !== 28)
      throw new InputError('the file: expected a network for digits of 28 × 28');
    taught = net;
    return { name: net.description.name ?? 'network', window: net.plan.T };
  },
};

addEventListener('message', async ({ data }) => {
  try {
    postMessage({ id: data.id, done: await kinds[data.kind](data) });
  } catch (error) {
    postMessage({
      id: data.id,
      error: error instanceof InputError ? error.message : `something broke: ${error.message}`,
    });
  }
});
