/**
 * Model and checkpoint files: safetensors whose metadata make them complete. A model has weights `layer1.weight`, …
 * in PyTorch's layouts and, as JSON texts: `network`, `variant`, `scale` (S by layer), `seed`, `rule` (without it `asf`),
 * `epochs` (what was measured after each). A checkpoint also has Adam's moments `layer1.m`, `layer1.v`, … and `training`.
 */
import { weightsOf, type Layer } from '../../spec/network.ts';
import { ruleNames } from '../../spec/rule.ts';
import { choices } from '../../spec/variant.ts';
import { InputError, checkNumber, checkOneOf, checkWhole, refuse, show } from '../errors.ts';
import { checkRecord, limits } from '../network/check.ts';
import type { NetworkFile } from '../network/models.ts';
import { checkWeights, network, weightedLayers, type SpikingNetwork } from '../network/network.ts';
import { checkSettings, type Settings } from '../train/settings.ts';
import type { Totals, TrainingState } from '../train/state.ts';
import { readSafetensors, writeSafetensors, type Safetensors } from './safetensors.ts';
import type { Tensor } from './tensor.ts';

/** Version of the metadata. */
const version = '1';

/** What was measured after an epoch. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean L of the training samples. */
  readonly loss: number;
  /** Share of the test samples that are classified rightly. */
  readonly accuracy: number;
  /** The same of samples set aside from the training samples, where there are some. */
  readonly validation?: number;
  readonly imagesPerSecond: number;
  /** Mean spikes a neuron and step, by `n kind`. */
  readonly spikeRates: Readonly<Record<string, number>>;
  /** S after the epoch, by `n kind`; of rule `asf`, and not in older files. */
  readonly S?: Readonly<Record<string, number>>;
}

/** What a run is made of beside its settings: a resumed run must find the same. */
export interface RunRecord {
  readonly dataset: string;
  readonly trainSamples: number;
  readonly testSamples: number;
}

export interface ModelFile {
  readonly net: SpikingNetwork;
  readonly epochs: readonly EpochRecord[];
  /** Of a checkpoint. */
  readonly training?: { readonly state: TrainingState; readonly run: RunRecord };
}

/** The bytes of a model, or with `training` of a checkpoint. */
export function encodeModel({ net, epochs, training }: ModelFile): Uint8Array {
  const { plan, description, variant, S, seed, rule } = net;
  const layers = weightedLayers(plan);
  const tensors: Record<string, Tensor> = {};
  const add = (suffix: string, values: readonly ArrayLike<number>[]): void => {
    for (const [place, layer] of layers.entries()) {
      if (!values[place]) continue;
      const data = Float32Array.from(values[place]);
      tensors[`layer${layer.n}.${suffix}`] = { dtype: 'F32', shape: layer.weightShape, data };
    }
  };
  add('weight', training?.state.weights ?? net.weights ?? []);
  const metadata: Record<string, string> = {
    'asf-bp': version,
    network: JSON.stringify(description),
    variant: JSON.stringify(variant),
    scale: JSON.stringify(training?.state.S ?? S),
    seed: String(training?.state.settings.seed ?? seed),
    rule: JSON.stringify(training?.state.settings.rule ?? rule),
    epochs: JSON.stringify(epochs),
  };
  if (training) {
    const { settings, epoch, batch, totals, powers, moments } = training.state;
    add('m', moments.m);
    add('v', moments.v);
    metadata['training'] = JSON.stringify({ settings, epoch, batch, totals, powers, run: training.run });
  }
  return writeSafetensors(tensors, metadata);
}

/** Reads a model or a checkpoint; everything is checked. */
export function decodeModel(bytes: Uint8Array, where: string): ModelFile {
  const file = readSafetensors(bytes, where);
  const { metadata } = file;
  if (metadata['asf-bp'] !== version) {
    refuse(where, 'asf-bp', `version ${version} in the metadata of a model of asf-bp`, metadata['asf-bp']);
  }
  const description = parse(where, 'network', metadata) as NetworkFile;
  const variant = parse(where, 'variant', metadata) as NetworkFile['variant'];
  if (typeof variant !== 'object' || variant === null)
    refuse(where, 'variant', 'a record of choices', variant);
  for (const question of Object.keys(choices)) {
    // Older files have no `output`: theirs integrates.
    if (!Object.hasOwn(variant, question) && question !== 'output')
      refuse(where, `variant.${question}`, 'a choice', undefined);
  }
  const net = network(description, { variant }, where);
  net.weights = tensorsOf(file, net, 'weight', where);
  checkWeights(where, net.plan, net.weights);
  net.S = checkScales(where, parse(where, 'scale', metadata), net.plan.layers.length);
  net.seed = checkWhole(where, 'seed', parse(where, 'seed', metadata), 0, 2 ** 32 - 1);
  if (metadata['rule'] !== undefined)
    net.rule = checkOneOf(where, 'rule', parse(where, 'rule', metadata) as string, ruleNames);
  const epochs = checkEpochs(where, parse(where, 'epochs', metadata));
  if (metadata['training'] === undefined) return { net, epochs };
  const training = decodeTraining(file, net, where);
  const { epoch, batch } = training.state;
  // A checkpoint is written before its epoch is measured.
  checkWhole(where, 'epochs: records', epochs.length, batch === 0 ? Math.max(0, epoch - 1) : epoch, epoch);
  return { net, epochs, training };
}

function decodeTraining(
  file: Safetensors,
  net: SpikingNetwork,
  where: string,
): NonNullable<ModelFile['training']> {
  const known = ['settings', 'epoch', 'batch', 'totals', 'powers', 'run'];
  const given = checkRecord(where, 'training', parse(where, 'training', file.metadata), known);
  const settings: Settings = checkSettings(where, given['settings'] as Settings);
  const adam = settings.optimiser === 'adam';
  const moments = {
    m: adam ? momentsOf(file, net, 'm', where, -Infinity) : [],
    v: adam ? momentsOf(file, net, 'v', where, 0) : [],
  };
  const powers = checkRecord(where, 'powers', given['powers'], ['β1k', 'β2k']);
  const run = checkRecord(where, 'run', given['run'], ['dataset', 'trainSamples', 'testSamples']);
  const most = 2 ** 32;
  const trainSamples = checkWhole(where, 'run.trainSamples', run['trainSamples'], 1, most);
  const epoch = checkWhole(where, 'training.epoch', given['epoch'], 0, settings.epochs);
  const batches = epoch < settings.epochs ? Math.ceil(trainSamples / settings.batch) : 1;
  const batch = checkWhole(where, 'training.batch', given['batch'], 0, batches - 1);
  const seen = batch > 0 ? batch * settings.batch : epoch > 0 ? trainSamples : 0;
  return {
    run: {
      dataset: String(run['dataset']),
      trainSamples,
      testSamples: checkWhole(where, 'run.testSamples', run['testSamples'], 1, most),
    },
    state: {
      settings,
      epoch,
      batch,
      totals: checkTotals(where, given['totals'], net.plan.layers.length, seen),
      weights: net.weights!,
      moments,
      powers: {
        β1k: checkNumber(where, 'powers.β1k', powers['β1k'], { low: 0, high: 1 }),
        β2k: checkNumber(where, 'powers.β2k', powers['β2k'], { low: 0, high: 1 }),
      },
      S: net.S,
    },
  };
}

/** The tensors `layerN.suffix` of all layers with weights, with the shapes the network gives them. */
function tensorsOf(
  { tensors }: Safetensors,
  { plan }: SpikingNetwork,
  suffix: string,
  where: string,
): Float32Array[] {
  return weightedLayers(plan).map((layer) => {
    const name = `layer${layer.n}.${suffix}`;
    const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    const expected = `a tensor F32 of ${layer.weightShape.join(' × ')}`;
    const fits = tensor?.dtype === 'F32' && sameShape(tensor.shape, layer);
    if (!fits)
      refuse(where, name, expected, tensor ? `${tensor.dtype} of ${tensor.shape.join(' × ')}` : undefined);
    return tensor.data as Float32Array;
  });
}

/** Adam's moments: numbers of which a training can go on. */
function momentsOf(
  file: Safetensors,
  net: SpikingNetwork,
  suffix: string,
  where: string,
  low: number,
): Float32Array[] {
  const moments = tensorsOf(file, net, suffix, where);
  for (const values of moments)
    for (const value of values) checkNumber(where, `moments ${suffix}`, value, { low });
  return moments;
}

function sameShape(shape: readonly number[], layer: Layer): boolean {
  const { weightShape } = layer;
  return (
    shape.length === weightShape.length && shape.every((n, d) => n === weightShape[d]) && weightsOf(layer) > 0
  );
}

function checkScales(where: string, given: unknown, layers: number): number[] {
  if (!Array.isArray(given) || given.length !== layers)
    refuse(where, 'scale', `a list of ${layers} numbers`, given);
  return given.map((S) => Math.fround(checkNumber(where, 'scale', S, { low: 0, high: 2 ** 40 })));
}

function checkTotals(where: string, given: unknown, layers: number, seen: number): Totals {
  const totals = checkRecord(where, 'totals', given, ['samples', 'loss', 'correct', 'spikes']);
  const { spikes } = totals;
  if (!Array.isArray(spikes) || spikes.length !== layers)
    refuse(where, 'totals.spikes', `a list of ${layers}`, spikes);
  return {
    samples: checkWhole(where, 'totals.samples', totals['samples'], seen, seen),
    loss: checkNumber(where, 'totals.loss', totals['loss']),
    correct: checkWhole(where, 'totals.correct', totals['correct'], 0, seen),
    spikes: spikes.map((count) => checkNumber(where, 'totals.spikes', count)),
  };
}

/** Checks what was measured after each epoch: plain data in. */
export function checkEpochs(where: string, given: unknown): EpochRecord[] {
  if (!Array.isArray(given)) refuse(where, 'epochs', 'a list', given);
  const numbers = ['epoch', 'loss', 'accuracy', 'imagesPerSecond'];
  return given.map((record: unknown) => {
    const known = [...numbers, 'validation', 'spikeRates', 'S'];
    const { spikeRates, S, validation = 0, ...measured } = checkRecord(where, 'epochs', record, known);
    for (const name of numbers) checkNumber(where, `epochs.${name}`, measured[name]);
    checkNumber(where, 'epochs.validation', validation);
    checkByLayer(where, 'spikeRates', spikeRates);
    if (S !== undefined) checkByLayer(where, 'S', S);
    return record as EpochRecord;
  });
}

/** A number for each of some layers. */
function checkByLayer(where: string, what: string, given: unknown): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    refuse(where, what, 'an object', given);
  const numbers = given as Readonly<Record<string, unknown>>;
  checkWhole(where, `layers of ${what}`, Object.keys(numbers).length, 0, limits.layers);
  for (const [name, value] of Object.entries(numbers)) checkNumber(where, `${what}.${show(name)}`, value);
}

function parse(where: string, key: string, metadata: Readonly<Record<string, string>>): unknown {
  const text = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  if (text === undefined) refuse(where, key, 'an entry in the metadata', undefined);
  return parseJson(text, `${where}: ${key}`);
}

/** Parses a JSON text; a mistake is one line. */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${where}: expected JSON, got ${show(text)}; ${show((cause as Error).message)}`, {
      cause,
    });
  }
}
