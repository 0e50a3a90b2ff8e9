/** Every function that the package exports, with valid arguments. */
import { readFileSync } from 'node:fs';
import * as main from '../../src/index.ts';
import * as infer from '../../src/infer.ts';
import * as tiny from '../../src/models/tiny.ts';
import * as nir from '../../src/nir.ts';
import * as npy from '../../src/npy.ts';
import * as oracle from '../../src/oracle.ts';
import * as png from '../../src/png.ts';
import { writePng } from '../../src/formats/png.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { drawWeights } from '../../src/network/network.ts';
import { readSupplied } from '../../src/oracle/files/supplied.ts';
import { encodeAedat, encodeCifar10, encodeEvents } from '../formats/encoders.ts';
import { fixture } from '../nir/graphs.ts';
import { everyKind, pictures, ready, stateOf } from '../train/small.ts';
import { record } from './readers.ts';
import { idxFile } from './samples.ts';

/** A function and valid arguments. `call` calls it: with its object if it is a method, and so that the result is used. */
export interface Exported {
  readonly name: string;
  args(): readonly unknown[];
  call(...args: any[]): unknown;
}

/** A network whose last layer can learn. */
function linear(): main.SpikingNetwork {
  const net = main.network({ ...everyKind, leak: 1, layers: [{ kind: 'linear', units: 3 }] });
  net.weights = drawWeights(net.plan, 1);
  return net;
}

const kernels = new WebAssembly.Module(readFileSync(new URL('../../dist/wasm/core.wasm', import.meta.url)));
const shape = { channels: 2, height: 6, width: 6 };
const pixels = Uint8Array.from({ length: 4 * 72 }, (_, k) => k * 37);
const data = (): main.Dataset => pictures(4);
const draw = { seed: 1, stream: 'test', epoch: 0, sample: 0 };
const shown = [...pixels.subarray(0, 72)].map((byte) => byte / 255);
const frames = { frames: [...pixels] };
const image = { intensities: shown, draw };

/** Options of a training, and a state after one batch. */
const trainOptions = {
  seed: 1,
  epochs: 2,
  batch: 2,
  shard: 1,
  learningRate: 0.01,
  rateSteps: [1],
  optimiser: 'adam',
};
const state = await stateOf(data(), { batch: 2 });

/** The first step of a training. */
const begun =
  (of: (...args: any[]) => AsyncGenerator<unknown>) =>
  async (...args: unknown[]) => {
    const steps = of(...args);
    try {
      return (await steps.next()).value;
    } finally {
      await steps.return(undefined);
    }
  };

const events = [[1, 2, 0, 5]] as const;
const recording = encodeEvents(events);
const binning = { T: 3, ms: 1, injections: 1, shape: { channels: 2, height: 34, width: 34 }, pool: 1 };
const set = {
  read: () => recording,
  decode: (bytes: Uint8Array) => main.readEvents(bytes, { width: 34, height: 34 }, 'x'),
  binning,
};

/** A training step, with the weights of the model. */
const step = (): Record<string, unknown> => ({
  ...readSafetensors(main.encodeModel(ready()), 'x').tensors,
  'input.spikes': { shape: [4, 1, 2, 6, 6], data: Array<number>(288).fill(1) },
  label: { shape: [1], data: [2] },
});
const surrogate = readSupplied(
  readFileSync(new URL('../fixtures/surrogates/right/snntorch_leaky.npz', import.meta.url)),
  'x',
);

const withColumns = (): unknown =>
  Object.assign(linear(), {
    trainedOn: { dataset: 'x', columns: { low: Array(72).fill(0), high: Array(72).fill(9) } },
  });

const made = Object.fromEntries(oracle.expected({ network: everyKind, arrays: step() as never }));
const tensor = { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) };

const row = (
  call: (...args: any[]) => unknown,
  args: () => readonly unknown[],
  name = call.name,
): Exported => ({ name, args, call });

/** The methods of a session, with their arguments. They are called after one step. */
const saved = main.session(ready()).save();
const methods = [
  ['step', { spikes: [1, 2] }],
  ['step', image],
  ['layer', 1],
  ['decide', shown, { lead: 0.5, most: 3 }],
  ['restore', saved],
] as const;

const ofForward = (place: typeof main | typeof infer, prefix: string): Exported[] =>
  [
    row(place.network, () => [
      everyKind,
      { variant: 'authors', timeWindow: 2, threshold: 1, leak: 1, rule: 'asf' },
      'x',
    ]),
    row(place.predict, () => [ready(), shown, { draw, trains: [0, 1] }]),
    row(place.predict, () => [ready(), frames, {}], 'predict of frames'),
    row(place.rowOf, () => [Array(72).fill(3), withColumns()]),
    row(place.inspect, () => [ready(), image, { draw }]),
    row(
      (net, options) => place.session(net, options).step(shown),
      () => [ready(), { draw }],
      'session',
    ),
    row(place.loadModel, () => [main.encodeModel(ready()), 'x']),
    row(place.setWasmModule, () => [kernels]),
    ...methods.map(([method, ...args]) =>
      row(
        (...given) => {
          const one = place.session(ready());
          one.step(shown);
          return one[method as 'step'](...(given as [never]));
        },
        () => args,
        `session().${method}`,
      ),
    ),
  ].map((each) => ({ ...each, name: prefix + each.name }));

const sixPixels = { width: 3, height: 2, channels: 1, depth: 8, data: pixels.subarray(0, 6) };
const training = { state, run: { dataset: 'd', trainSamples: 4, testSamples: 0 } };
const handlers = { onCheckpoint: () => {}, onBatch: () => {}, onMeasure: () => {} };

export const exported: readonly Exported[] = [
  ...ofForward(main, ''),
  ...ofForward(infer, 'infer: '),
  row(main.digest, () => [[Float32Array.of(1)]]),
  row(begun(main.train), () => [ready(), data(), trainOptions], 'train'),
  row(begun(main.train), () => [ready(), data(), { state }], 'train from a state'),
  row(
    begun(main.fit),
    () => [ready(), { train: data(), test: data(), validation: data() }, { ...trainOptions, ...handlers }],
    'fit',
  ),
  row(
    begun(main.fit),
    () => [
      ready(),
      { train: data(), test: data() },
      { resume: { state, epochs: [record] }, checkpointMinutes: 1 },
    ],
    'fit from a checkpoint',
  ),
  row(main.evaluate, () => [ready(), data(), { backend: 'wasm', threads: 1, onProgress: () => {} }]),
  row(
    async (split, options) => {
      for await (const progress of main.train(ready(), data(), { batch: 4, epochs: 1 }))
        await progress.evaluate(split, options);
    },
    () => [data(), { onProgress: () => {} }],
    'step.evaluate',
  ),
  row(main.requestPrediction, () => [ready(), shown, { backend: 'wasm', threads: 1, trains: [1] }]),
  row(main.images, () => ['noise', shape, pixels, [0, 1, 2, 0]]),
  row(main.firstOf, () => [data(), 2]),
  row(main.sliceOf, () => [data(), 1, 3]),
  row(main.cifar10, () => ['c', { pixels: new Uint8Array(3072), labels: Uint8Array.of(1) }]),
  row(
    (name, files, how) => main.recordings(name, files, how).input(0, draw as never),
    () => ['r', [{ file: 'a.bin', label: 0 }], set],
    'recordings',
  ),
  row(main.readAedat, () => [encodeAedat(events), 'x']),
  row(main.readCifar10, () => [encodeCifar10([7], [new Uint8Array(3072)]), 'x']),
  row(main.readIdx, () => [idxFile([2, 3], new Uint8Array(6)), 'x']),
  row(main.readEvents, () => [recording, { width: 34, height: 34 }, 'x']),
  row(main.chooseBackend, () => ['x']),
  row(main.encodeOnGrid, () => [ready(), 64]),
  row(main.onGrid, () => [ready(), 64]),
  row(main.decodeModel, () => [main.encodeModel(ready()), 'x']),
  row(main.encodeModel, () => [{ net: ready(), epochs: [], training }]),
  row(main.encodeModel, () => [ready()], 'encodeModel of a network'),
  row(main.encodeCheckpoint, () => [ready(), { train: data(), test: data() }, { state, epochs: [] }]),
  row(npy.readNpy, () => [npy.writeNpy(tensor as never), 'x']),
  row(npy.writeNpy, () => [tensor]),
  row(png.readPng, () => [writePng(2, 2, Uint8Array.of(1, 2, 3, 4)), 'x', 4]),
  row(png.mapOf, () => [sixPixels, { channels: 1, height: 4, width: 4 }]),
  row(tiny.tiny, () => []),
  row(tiny.learn, () => [linear(), [{ shown, label: 1 }], { passes: 2, rate: 0.5 }]),
  row(tiny.digitOf, () => [sixPixels, 4], 'digitOf'),
  // prettier-ignore
  row(tiny.digitFromStrokes, () => [[[[0, 0], [30, 40]], [[9, 9]]], 2]),
  row(nir.importNIR, () => [fixture('lif_norse.nir'), { as: 'norse', dt: 1e-4, timeWindow: 5 }, 'x']),
  row(nir.exportNIR, () => [ready(), { as: 'norse', dt: 1e-4 }]),
  row(oracle.check, () => [
    {
      network: everyKind,
      variant: 'paper',
      arrays: made,
      layout: {},
      optimiser: 'sgd',
      names: new Map(),
      gradients: 'sample',
      mistakes: [],
    },
  ]),
  row(oracle.expected, () => [
    { network: everyKind, arrays: new Map(Object.entries(step())), precision: 'real' },
  ]),
  row(oracle.checkSurrogate, () => [surrogate.arrays, surrogate.words, 'x']),
  row(oracle.expectedSurrogate, () => [
    surrogate.arrays,
    surrogate.words,
    { mistake: 'reset=none', numbers: [] },
  ]),
  row(oracle.surrogateMistakes, () => [surrogate.arrays, surrogate.words]),
  row(oracle.authorsNames, () => [main.lenet]),
  row(oracle.authorsNetwork, () => [
    new Map([
      ['w_cnn1', { shape: [20, 1, 5, 5] }],
      ['in_spikes', { shape: [20, 1, 1, 28, 28] }],
    ]),
    { vth: 1 },
    'x',
  ]),
];

/** The names of the functions that the entries export. */
export const functions: readonly string[] = Object.entries({
  main,
  infer,
  nir,
  npy,
  oracle,
  png,
  tiny,
}).flatMap(([entry, module]) =>
  Object.entries(module)
    .filter(([, value]) => typeof value === 'function' && !String(value).startsWith('class '))
    .map(([name]) => (entry === 'infer' ? `infer: ${name}` : name)),
);
