/**
 * Model and checkpoint files: safetensors whose metadata make them complete. A model has weights `layer1.weight`, …
 * and biases `layer1.bias`, … in PyTorch's layouts and, as JSON texts: `network`, `variant`, `scale` (S by layer), `seed`, `rule` (without it `asf`),
 * `epochs` (what was measured after each), and
 * `nir` (how a NIR graph was read) if it was imported. Weights may lie on a grid: see `grid.ts`. A checkpoint also has Adam's moments `layer1.m`, `layer1.v`, …
 * (of biases `layer1.bias.m`, …) and `training`.
 * `digest.ts` has the digest.
 */
import { synapticOf } from '../../spec/network.ts';
import { checkWhole, refuse } from '../errors.ts';
import type { AnyBytes } from '../formats/bytes.ts';
import type { Safetensors } from '../formats/safetensors.ts';
import type { Tensor } from '../formats/tensor.ts';
import { checkRecord } from '../network/check.ts';
import { checkIsNetwork, checkWeights, weightedLayers, type SpikingNetwork } from '../network/network.ts';
import type { EpochRecord } from '../train/epochRecord.ts';
import type { Settings } from '../train/settings.ts';
import { checkState, type TrainingState } from '../train/state.ts';
import { writeWithDigest } from './digest.ts';
import { checkEpochs } from './epochs.ts';
import { parse, partNames, readModel, tensorsOf, version } from './reader.ts';

export { checkEpochs } from './epochs.ts';
export { type EpochRecord } from '../train/epochRecord.ts';
export { loadModel } from './reader.ts';

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

/** Characters of the records of all epochs: 10,000 of LeNet. */
const mostOfEpochs = 2 ** 22;

/** The bytes of a model: of a network with weights, or of a whole file; with `training` of a checkpoint. */
export function encodeModel(model: SpikingNetwork | ModelFile): Uint8Array {
  const { net, epochs, training }: ModelFile = 'net' in model ? model : { net: model, epochs: [] };
  checkIsNetwork('encodeModel', net);
  // What could not be read again is not written.
  checkWeights('encodeModel', net.plan, training?.state.weights ?? net.weights ?? []);
  if (training) checkState('encodeModel', net.plan, training.run.trainSamples, training.state);
  checkEpochs('encodeModel', epochs);
  const { plan } = net;
  const layers = weightedLayers(plan);
  const tensors: Record<string, Tensor> = {};
  const add = (suffix: 'weight' | 'm' | 'v', values: readonly ArrayLike<number>[]): void => {
    for (const [place, layer] of layers.entries()) {
      if (!values[place]) continue;
      const all = Float32Array.from(values[place]);
      const cut = synapticOf(layer);
      const parts = [all.slice(0, cut), all.slice(cut)];
      for (const [part, { name, shape }] of partNames(layer, suffix).entries())
        tensors[name] = { dtype: 'F32', shape, data: parts[part] };
    }
  };
  add('weight', training?.state.weights ?? net.weights ?? []);
  const metadata = metadataOf(
    {
      ...net,
      S: [...(training?.state.S ?? net.S)],
      seed: training?.state.settings.seed ?? net.seed,
      rule: training?.state.settings.rule ?? net.rule,
    },
    epochs,
  );
  if (training) {
    const { settings, epoch, batch, totals, powers, moments } = training.state;
    add('m', moments.m);
    add('v', moments.v);
    metadata['training'] = JSON.stringify({ settings, epoch, batch, totals, powers, run: training.run });
  }
  return writeWithDigest({ tensors, metadata });
}

/** What a model file says of a network beside its weights. */
export function metadataOf(
  { description, variant, S, seed, rule, nir }: SpikingNetwork,
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
    epochs: JSON.stringify(epochs),
  };
}

/** Reads a model or a checkpoint; everything is checked. */
export function decodeModel(bytes: AnyBytes, where = 'model'): ModelFile {
  const { file, net } = readModel(bytes, where);
  const { metadata } = file;
  const epochs = checkEpochs(where, parse(where, 'epochs', metadata, mostOfEpochs));
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
  const { run: given, ...words } = checkRecord(
    where,
    'training',
    parse(where, 'training', file.metadata),
    known,
  );
  const run = checkRun(where, given);
  const isAdam = (words['settings'] as Partial<Settings> | null | undefined)?.optimiser !== 'sgd';
  const moments = {
    m: isAdam ? tensorsOf(file, net, 'm', where, 'F32') : [],
    v: isAdam ? tensorsOf(file, net, 'v', where, 'F32') : [],
  };
  const state = { ...words, moments, weights: net.weights!, S: net.S } as unknown as TrainingState;
  return { run, state: { ...state, settings: checkState(where, net.plan, run.trainSamples, state) } };
}

function checkRun(where: string, given: unknown): RunRecord {
  const { dataset, trainSamples, testSamples } = checkRecord(where, 'run', given, [
    'dataset',
    'trainSamples',
    'testSamples',
  ]);
  if (typeof dataset !== 'string') refuse(where, 'run.dataset', 'a text', dataset);
  const most = 2 ** 32;
  return {
    dataset,
    trainSamples: checkWhole(where, 'run.trainSamples', trainSamples, 1, most),
    testSamples: checkWhole(where, 'run.testSamples', testSamples, 1, most),
  };
}
