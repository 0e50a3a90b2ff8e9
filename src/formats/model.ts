/**
 * Model and checkpoint files: safetensors whose metadata make them complete. A model has weights `layer1.weight`, …
 * in PyTorch's layouts and, as JSON texts: `network`, `variant`, `scale` (S by layer), `seed`, `rule` (without it `asf`),
 * `epochs` (what was measured after each). Weights may lie on a grid: see `grid.ts`. A checkpoint also has Adam's moments `layer1.m`, `layer1.v`, … and `training`.
 */
import { checkNumber, checkWhole, refuse } from '../errors.ts';
import { checkRecord } from '../network/check.ts';
import { weightedLayers, type SpikingNetwork } from '../network/network.ts';
import { checkSettings, type Settings } from '../train/settings.ts';
import type { Totals, TrainingState } from '../train/state.ts';
import { checkEpochs, type EpochRecord } from './epochs.ts';
import { parse, readModel, tensorsOf, version } from './modelReader.ts';
import { writeSafetensors, type Safetensors } from './safetensors.ts';
import type { Tensor } from './tensor.ts';

export { checkEpochs, type EpochRecord } from './epochs.ts';
export { loadModel, parseJson } from './modelReader.ts';

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
  const { plan } = net;
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
  return writeSafetensors(tensors, metadata);
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
export function decodeModel(bytes: Uint8Array, where: string): ModelFile {
  const { file, net } = readModel(bytes, where);
  const { metadata } = file;
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

/** Adam's moments: numbers of which a training can go on. */
function momentsOf(
  file: Safetensors,
  net: SpikingNetwork,
  suffix: string,
  where: string,
  low: number,
): Float32Array[] {
  const moments = tensorsOf(file, net, suffix, where, 'F32') as Float32Array[];
  for (const values of moments)
    for (const value of values) checkNumber(where, `moments ${suffix}`, value, { low });
  return moments;
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
