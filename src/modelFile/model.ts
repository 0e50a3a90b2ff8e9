/**
 * Model and checkpoint files: safetensors with complete metadata.
 * - Tensors of a model: weights `layer1.weight`, … and biases `layer1.bias`, …, in PyTorch's layouts. Weights may lie on a grid
 *   (`grid.ts`).
 * - Metadata, as JSON texts: `network`, `variant`, `scale` (S by layer), `seed`, `rule` (default `asf`), `epochs` (one
 * record per
 *   evaluated epoch). A file also has a digest, which `reader.ts` explains.
 * - Optional metadata: `nir` (the record of an import), `classes` (their names), `trainedOn` (the command's record of the
 * data).
 * - A checkpoint also has Adam's moments `layer1.m`, `layer1.v`, … (of biases `layer1.bias.m`, …) and `training`.
 */
import type { Floats } from '../../spec/arithmetic.ts';
import { synapticOf } from '../../spec/network.ts';
import { ranges } from '../../spec/random.ts';
import { ruleNames } from '../../spec/rule.ts';
import { checkIsDataset, type Dataset } from '../data/dataset.ts';
import { checkNumber, checkOneOf, checkRecord, checkWhole, refuse, show } from '../errors.ts';
import { concat, type AnyBytes } from '../formats/bytes.ts';
import type { Safetensors } from '../formats/safetensors.ts';
import type { Tensor } from '../formats/tensor.ts';
import { limits } from '../network/check.ts';
import {
  trainedWeights,
  checkIsNetwork,
  checkWeights,
  weightedLayers,
  type SpikingNetwork,
} from '../network/network.ts';
import type { Settings } from '../train/settings.ts';
import type { Checkpoint, EpochRecord, Split } from '../train/fit.ts';
import { checkState, stateParts, type TrainingState } from '../train/state.ts';
import {
  checkClasses,
  checkNir,
  checkTrainedOn,
  parse,
  arrayNames,
  partsWithDigest,
  readModel,
  tensorsOf,
  version,
} from './reader.ts';

export { type EpochRecord } from '../train/fit.ts';
export { loadModel } from './reader.ts';

/** The data of a run; a resumed run must have the same data. */
export interface RunRecord {
  /** The name of the data set. */
  readonly dataset: string;
  readonly trainSamples: number;
  readonly testSamples: number;
}

/** The content of a model file or a checkpoint. */
export interface ModelFile {
  /** The network with its weights. */
  readonly net: SpikingNetwork;
  /** Records of the evaluated epochs. */
  readonly epochs: readonly EpochRecord[];
  /** Only in a checkpoint. */
  readonly training?: { readonly state: TrainingState; readonly run: RunRecord };
}

/** Limit on the characters of all epoch records. 10,000 epochs of LeNet reach it. */
const mostOfEpochs = 2 ** 22;

/**
 * Encodes a network with weights as a model file, which `loadModel` reads.
 *
 * @param model the network; or the whole content of a file, which is a checkpoint if it has `training`
 * @returns the bytes of a safetensors file
 * @throws InputError if the network has no weights, or the result could not be read again
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs';
 * import { encodeModel } from 'asf-bp';
 * import { tiny } from 'asf-bp/models/tiny';
 * writeFileSync('model.safetensors', encodeModel(tiny()));
 * ```
 */
export function encodeModel(model: SpikingNetwork | ModelFile): Uint8Array {
  return concat(modelParts(model));
}

/** The parts of the file that {@link encodeModel} returns. Writing them one by one avoids a second copy of the weights. */
export function modelParts(model: SpikingNetwork | ModelFile): Uint8Array[] {
  if (typeof model !== 'object' || model === null)
    refuse('encodeModel', 'model', 'a network, or { net, epochs }', model);
  const { net, epochs, training }: ModelFile = 'net' in model ? model : { net: model, epochs: [] };
  const state = training?.state;
  checkIsNetwork('encodeModel', net);
  checkWritten('encodeModel', net);
  if (training !== undefined) {
    checkRecord('encodeModel', 'training', training, ['state', 'run']);
    checkRun('encodeModel', training.run);
    checkRecord('encodeModel', 'state', training.state, stateParts);
  }
  const weights = state?.weights ?? net.weights ?? [];
  checkWeights('encodeModel', net.plan, weights);
  if (training) checkState('encodeModel', net.plan, training.run.trainSamples, training.state);
  checkOrder('encodeModel', checkEpochs('encodeModel', epochs), state);
  const floats = (suffix: 'weight' | 'm' | 'v', arrays: readonly Floats[]): Record<string, Tensor> =>
    tensorsFor(net, suffix, 'F32', arrays.map(toBinary32));
  const tensors = floats('weight', weights);
  const { seed, rule } = state?.settings ?? net;
  const metadata = metadataOf({ ...net, S: [...(state ?? net).S], seed, rule }, epochs);
  if (training) {
    const { settings, epoch, batch, totals, powers, moments } = training.state;
    if (settings.optimiser === 'adam') Object.assign(tensors, floats('m', moments.m), floats('v', moments.v));
    metadata['training'] = JSON.stringify({ settings, epoch, batch, totals, powers, run: training.run });
  }
  return partsWithDigest({ tensors, metadata });
}

/** Makes tensors from the arrays of all layers with weights; `tensorsOf` is the inverse. */
export function tensorsFor<D extends 'F32' | 'I8'>(
  { plan }: SpikingNetwork,
  suffix: 'weight' | 'm' | 'v',
  dtype: D,
  arrays: readonly (D extends 'F32' ? Float32Array : Int8Array)[],
): Record<string, Tensor> {
  const tensors = weightedLayers(plan).flatMap((layer, index) => {
    const cut = synapticOf(layer);
    const checks = [arrays[index].subarray(0, cut), arrays[index].subarray(cut)];
    return arrayNames(layer, suffix).map(({ name, shape }, which) => [
      name,
      { dtype, shape, data: checks[which] },
    ]);
  });
  return Object.fromEntries(tensors) as Record<string, Tensor>; // `dtype` matches the arrays
}

const toBinary32 = (values: Floats): Float32Array =>
  values instanceof Float32Array ? values : new Float32Array(values);

/**
 * Encodes a checkpoint. `asf-bp train --resume` resumes from it; `train` and `fit` resume after `decodeModel`.
 *
 * @param net the network in training
 * @param data the training samples, or training and test samples
 * @param from the result of `state()` of a step, or the argument of `onCheckpoint` of `fit`
 * @returns the bytes of a safetensors file
 * @throws InputError if an argument has another type, or the state does not fit the network and the data
 */
export function encodeCheckpoint(
  net: SpikingNetwork,
  data: Dataset | Split,
  from: TrainingState | Checkpoint,
): Uint8Array {
  const where = 'encodeCheckpoint';
  if (typeof from !== 'object' || from === null) refuse(where, 'from', 'a state or a checkpoint', from);
  if (typeof data !== 'object' || data === null)
    refuse(where, 'data', 'a data set, or { train, test }', data);
  if ('then' in from) refuse(where, 'from', 'a state or a checkpoint', 'a promise', 'await it');
  const { state, epochs }: Checkpoint = 'state' in from ? from : { state: from, epochs: [] };
  if (typeof state === 'function')
    refuse(where, 'from', 'a state or a checkpoint', 'a step', 'await its state()');
  const split = 'train' in data ? data : { train: data, test: undefined };
  for (const part of [split.train, split.test]) if (part !== undefined) checkIsDataset(where, part);
  const run = {
    dataset: split.train?.name,
    trainSamples: split.train?.length,
    testSamples: split.test?.length ?? 0,
  };
  return encodeModel({ net, epochs, training: { state, run } });
}

/** Checks the properties that a file stores, so that every written file can be read. */
export function checkWritten(where: string, net: SpikingNetwork): void {
  const { seed, rule, nir, classes, trainedOn } = net;
  checkWhole(where, 'seed', seed, 0, ranges.seed);
  checkOneOf(where, 'rule', rule, ruleNames);
  if (nir !== undefined) checkNir(nir, where);
  if (classes !== undefined) checkClasses(classes, where, net);
  if (trainedOn !== undefined) checkTrainedOn(trainedOn, where, net);
}

export function checkEpochs(where: string, value: unknown): EpochRecord[] {
  if (!Array.isArray(value)) refuse(where, 'epochs', 'a list', value);
  const numbers = ['epoch', 'loss', 'accuracy', 'imagesPerSecond'];
  return Array.from(value, (record: unknown) => {
    const known = [...numbers, 'validation', 'spikeRates', 'S'];
    const { spikeRates, S, validation = 0, ...measured } = checkRecord(where, 'epochs', record, known);
    for (const name of numbers) checkNumber(where, `epochs.${name}`, measured[name]);
    checkNumber(where, 'epochs.accuracy', measured['accuracy'], { low: 0, high: 1 });
    checkNumber(where, 'epochs.validation', validation, { low: 0, high: 1 });
    checkByLayer(where, 'spikeRates', spikeRates);
    if (S !== undefined) checkByLayer(where, 'S', S);
    return record as EpochRecord; // every field is checked
  });
}

function checkByLayer(where: string, what: string, supplied: unknown): void {
  const numbers = checkRecord(where, what, supplied);
  checkWhole(where, `layers of ${what}`, Object.keys(numbers).length, 0, limits.layers);
  for (const [name, value] of Object.entries(numbers)) checkNumber(where, `${what}.${show(name)}`, value);
}

/** Checks that epochs ascend. Some may be missing. */
function checkOrder(where: string, epochs: readonly EpochRecord[], state?: TrainingState): void {
  let before = 0;
  for (const { epoch } of epochs)
    before = checkWhole(where, 'epochs.epoch', epoch, before + 1, state?.epoch ?? ranges.epoch);
}

/** The metadata of a network: everything but its weights. */
export function metadataOf(
  { description, variant, S, seed, rule, nir, classes, trainedOn }: SpikingNetwork,
  epochs: readonly EpochRecord[],
): Record<string, string> {
  return {
    'asf-bp': version,
    network: JSON.stringify(description),
    variant: JSON.stringify(variant),
    scale: JSON.stringify(S),
    seed: String(seed),
    rule: JSON.stringify(rule),
    ...(nir && { nir: JSON.stringify(nir) }),
    ...(classes && { classes: JSON.stringify(classes) }),
    ...(trainedOn && { trainedOn: JSON.stringify(trainedOn) }),
    epochs: JSON.stringify(epochs),
  };
}

/**
 * Decodes a model or a checkpoint, and checks all of it.
 *
 * @param bytes a safetensors file, as `encodeModel` returns it
 * @param where name of the file in error messages
 * @returns the network, the records of its epochs, and the training if it is a checkpoint
 * @throws InputError if it is not a model file, or is damaged
 */
export function decodeModel(bytes: AnyBytes, where = 'model'): ModelFile {
  const { file, net } = readModel(bytes, where);
  const { metadata } = file;
  const epochs = checkEpochs(where, parse(where, 'epochs', metadata, mostOfEpochs));
  if (metadata['training'] === undefined) return { net, epochs };
  const training = decodeTraining(file, net, where);
  checkOrder(where, epochs, training.state);
  return { net, epochs, training };
}

function decodeTraining(
  file: Safetensors,
  net: SpikingNetwork,
  where: string,
): NonNullable<ModelFile['training']> {
  const known = ['settings', 'epoch', 'batch', 'totals', 'powers', 'run'];
  const { run: runWords, ...words } = checkRecord(
    where,
    'training',
    parse(where, 'training', file.metadata),
    known,
  );
  const run = checkRun(where, runWords);
  // These settings are still unchecked; `checkState` checks them below.
  const isAdam = (words['settings'] as Partial<Settings> | null | undefined)?.optimiser !== 'sgd';
  const moments = {
    m: isAdam ? tensorsOf(file, net, 'm', where, 'F32') : [],
    v: isAdam ? tensorsOf(file, net, 'v', where, 'F32') : [],
  };
  const state = {
    ...words,
    moments,
    weights: trainedWeights(where, net),
    S: net.S,
  } as unknown as TrainingState; // `checkState` checks it

  return { run, state: { ...state, settings: checkState(where, net.plan, run.trainSamples, state) } };
}

function checkRun(where: string, value: unknown): RunRecord {
  const { dataset, trainSamples, testSamples } = checkRecord(where, 'run', value, [
    'dataset',
    'trainSamples',
    'testSamples',
  ]);
  if (typeof dataset !== 'string') refuse(where, 'run.dataset', 'a text', dataset);
  const most = 2 ** 32;
  return {
    dataset,
    trainSamples: checkWhole(where, 'run.trainSamples', trainSamples, 1, most),
    testSamples: checkWhole(where, 'run.testSamples', testSamples, 0, most),
  };
}
