/** A training in the page. It is made from settings, from a file, or from the last visit. */
import { decodeModel, digest, encodeModel, InputError, models, network } from 'asf-bp';
import { commandOf } from './command.js';
import { Curves } from './curves.js';
import { keep, kept } from './store.js';

/** Networks that the page offers. */
const offered = ['tiny', 'lenet'];
/** Variants by the names of the page. */
const variants = { authors: 'authors', ungated: { from: 'authors', gate: 'always' }, paper: 'paper' };

export function newRun(settings, data) {
  const { model, variant, timeWindow, threshold, leak, rule } = settings;
  const file = models[model];
  const { height, width } = data.train.shape;
  const last = { ...file.layers.at(-1), units: data.classes };
  const fitted = {
    ...file,
    input: { ...file.input, height, width },
    layers: [...file.layers.slice(0, -1), last],
  };
  const net = network(fitted, { timeWindow, threshold, leak, variant: variants[variant], rule });
  const record = { dataset: data.id, trainSamples: data.train.length, testSamples: data.test.length };
  const command = data.id === 'mnist' ? commandOf(settings, variants[variant], data.train.length) : undefined;
  return { net, settings, record, command, state: undefined, epochs: [], curves: new Curves(net) };
}

/** The bytes of a checkpoint, in the format of the command. */
export function bytesOf({ net, epochs, state, record }) {
  return encodeModel({ net, epochs, training: { state, run: record } });
}

/** Reads a run from the bytes of a checkpoint. For a model without a training, returns only `{ net }`. */
export function runFrom(bytes, where) {
  const { net, epochs, training } = decodeModel(bytes, where);
  if (!training) return { net };
  const { state, run: record } = training;
  const { description } = net;
  const { epochs: count, learningRate, seed, rule } = state.settings;
  const known = offered.find((name) => name === description.name);
  const settings = {
    model: known ?? 'file',
    epochs: count,
    timeWindow: description.timeWindow,
    learningRate,
    threshold: description.threshold,
    leak: description.leak,
    rule,
    variant: variantOf(net),
    seed,
    backend: 'auto',
  };
  return { net, settings, record, state, epochs, curves: new Curves(net, epochs) };
}

/** The page's name of a network's variant, from the choices in which the variants differ. */
function variantOf({ variant: { fires, gate } }) {
  if (fires === 'atThreshold') return 'paper';
  return gate === 'always' ? 'ungated' : 'authors';
}

/** The record of a run in the store. */
export function recordOf(run) {
  const { settings, command, curves, now, words, wrong } = run;
  return { bytes: bytesOf(run), settings, command, columns: curves.columns, now, words, wrong };
}

/** Stores a run, so that it survives a reload. Resolves to false if the browser does not store it. */
export const keepRun = (run) => keep('run', recordOf(run));

/** The run of the last visit. */
export async function keptRun() {
  const record = await kept('run');
  return record && runFromRecord(record);
}

/**
 * Reads a run from its record. Names of networks and variants are read from the bytes, because an earlier page may have stored other names.
 */
export function runFromRecord({ bytes, columns, settings, ...shown }) {
  const run = runFrom(bytes, 'the kept run');
  run.curves.columns = columns;
  const { model, variant } = run.settings;
  return { ...run, ...shown, settings: { ...settings, model, variant } };
}

/** Whether a network can read drawings. */
export function isForDigits({ plan: { input, layers } }) {
  const { channels, height, width } = input;
  return channels === 1 && height === 28 && width === 28 && layers.at(-1).output.channels === 10;
}

/** The data that the page shows of a run while it is not training. */
export async function viewOf({ net, settings, record, command, state, epochs, curves, now, words, wrong }) {
  return {
    settings,
    command,
    now: now ?? lastOf(epochs, record, settings),
    words: words ?? 'not running: this run was read from a file',
    wrong,
    data: record.dataset,
    network: net.description.name,
    isForDigits: isForDigits(net),
    columns: curves.columns,
    layers: curves.layers,
    digest: await digest(state.weights),
    isFinished: state.epoch >= state.settings.epochs && epochs.length >= state.epoch,
  };
}

/** The last epoch in a file; undefined if there is none. */
function lastOf(records, { testSamples }, { epochs }) {
  const last = records.at(-1);
  if (!last) return undefined;
  const { epoch, loss, accuracy, imagesPerSecond } = last;
  return { epoch: epoch - 1, epochs, x: epoch, loss, accuracy, imagesPerSecond, tested: testSamples };
}

/** Throws if a run would resume on other data. */
export function checkData({ record }, data) {
  const own = `${record.dataset}, ${record.trainSamples} training images`;
  const got = `${data.id}, ${data.train.length} training images`;
  if (own !== got) throw new InputError(`this run was trained on ${own}; got ${got}`);
}
