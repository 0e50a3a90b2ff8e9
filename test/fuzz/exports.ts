/** Every function that the package exports, with arguments that it takes. */
import { readFileSync } from 'node:fs';
import * as main from '../../src/index.ts';
import * as infer from '../../src/infer.ts';
import * as tiny from '../../src/models/tiny.ts';
import * as nir from '../../src/nir/index.ts';
import * as npy from '../../src/npy.ts';
import * as oracle from '../../src/oracle/index.ts';
import * as png from '../../src/png.ts';
import { writePng } from '../../src/formats/png.ts';
import { drawWeights } from '../../src/network/network.ts';
import { readSupplied } from '../../src/oracle/files/supplied.ts';
import { encodeAedat, encodeCifar10, encodeEvents } from '../formats/encoders.ts';
import { fixture } from '../nir/graphs.ts';
import { idxFile } from './samples.ts';

/** A function and arguments that it takes; `call` uses it where it is a method, or its result must be used. */
export interface Exported {
  readonly name: string;
  args(): readonly unknown[];
  call(...args: any[]): unknown;
}

const file: main.NetworkFile = {
  name: 'small',
  variant: 'paper',
  input: { channels: 1, height: 4, width: 4, scale: 1 },
  timeWindow: 3,
  threshold: 0.5,
  leak: 0.9,
  layers: [
    { kind: 'convolution', channels: 2, kernel: 3, stride: 1, padding: 1, threshold: 0.25, bias: true },
    { kind: 'averagePool', size: 2 },
    { kind: 'linear', units: 3 },
  ],
};

function ready(): main.SpikingNetwork {
  const net = main.network(file);
  net.weights = drawWeights(net.plan, 1);
  return net;
}

/** A network whose last layer learns. */
function linear(): main.SpikingNetwork {
  const net = main.network({ ...file, leak: 1, layers: [{ kind: 'linear', units: 3 }] });
  net.weights = drawWeights(net.plan, 1);
  return net;
}

const kernels = new WebAssembly.Module(readFileSync(new URL('../../dist/wasm/core.wasm', import.meta.url)));
const pixels = Uint8Array.from({ length: 4 * 16 }, (_, k) => k * 37);
const shape = { channels: 1, height: 4, width: 4 };
const data = (): main.Dataset => main.images('noise', shape, pixels, [0, 1, 2, 0]);
const draw = { seed: 1, stream: 'test', epoch: 0, sample: 0 };
const shown = [...pixels.subarray(0, 16)].map((byte) => byte / 255);
const frames = { frames: [...pixels.subarray(0, 48)] };
const image = { intensities: shown, draw };

/** Arguments for a training; of a state, that of its first batch. */
const trainOptions = {
  seed: 1,
  epochs: 2,
  batch: 2,
  shard: 1,
  learningRate: 0.01,
  rateSteps: [1],
  optimiser: 'adam',
};
async function stateOf(): Promise<main.TrainingState> {
  for await (const step of main.train(ready(), data(), { batch: 2 })) return step.state();
  throw new Error('trained nothing');
}
const state = await stateOf();
const record: main.EpochRecord = {
  epoch: 1,
  loss: 0.5,
  accuracy: 0.5,
  imagesPerSecond: 9,
  spikeRates: {},
  S: {},
};

/** Takes one step, and closes the training. */
const firstStep = async (steps: AsyncGenerator<unknown>): Promise<unknown> => {
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

const step = (): Record<string, unknown> => {
  const { plan } = ready();
  const weights = drawWeights(plan, 1);
  return {
    'input.spikes': { shape: [3, 1, 1, 4, 4], data: Array<number>(48).fill(1) },
    'layer1.weight': { shape: [2, 1, 3, 3], data: weights[0]!.slice(0, 18) },
    'layer1.bias': { shape: [2], data: weights[0]!.slice(18) },
    'layer3.weight': { shape: [3, 8], data: weights[1] },
    label: { shape: [1], data: [2] },
  };
};
/** A step of a framework, as it was recorded. */
const surrogate = readSupplied(
  readFileSync(new URL('../fixtures/surrogates/right/snntorch_leaky.npz', import.meta.url)),
  'x',
);

const made = Object.fromEntries(oracle.expected({ network: file, arrays: step() as never }));
const tensor = { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) };

/** A session's method, after a step. */
const inSession =
  (place: typeof main | typeof infer) =>
  (method: string, ...args: unknown[]) => {
    const one = place.session(ready());
    one.step(shown);
    return (one as unknown as Record<string, (...args: unknown[]) => unknown>)[method]!(...args);
  };
const methods = (place: typeof main | typeof infer, prefix: string): Exported[] =>
  (
    [
      ['step', [{ spikes: [1, 2] }]],
      ['step', [image]],
      ['layer', [1]],
      ['decide', [shown, { lead: 0.5, most: 3 }]],
      ['restore', [saved]],
    ] as const
  ).map(([method, args]) => ({
    name: `${prefix}session().${method}`,
    args: () => args,
    call: (...given: unknown[]) => inSession(place)(method, ...given),
  }));
const saved = main.session(ready()).save();

const ofForward = (place: typeof main | typeof infer, prefix: string): Exported[] => [
  {
    name: `${prefix}network`,
    args: () => [file, { variant: 'authors', timeWindow: 2, threshold: 1, leak: 1, rule: 'asf' }, 'x'],
    call: place.network,
  },
  { name: `${prefix}predict`, args: () => [ready(), shown, { draw, trains: [0, 1] }], call: place.predict },
  { name: `${prefix}predict of frames`, args: () => [ready(), frames, {}], call: place.predict },
  { name: `${prefix}inspect`, args: () => [ready(), image, { draw }], call: place.inspect },
  {
    name: `${prefix}session`,
    args: () => [ready(), { draw }],
    call: (...args) => place.session(...(args as [never, never])).step(shown),
  },
  { name: `${prefix}loadModel`, args: () => [main.encodeModel(ready()), 'x'], call: place.loadModel },
  { name: `${prefix}setWasmModule`, args: () => [kernels], call: place.setWasmModule },
  ...methods(place, prefix),
];

const disposed = async (opened: unknown): Promise<void> => ((await opened) as main.Backend).dispose();

export const exported: readonly Exported[] = [
  ...ofForward(main, ''),
  ...ofForward(infer, 'infer: '),
  { name: 'digest', args: () => [[Float32Array.of(1)]], call: main.digest },
  {
    name: 'train',
    args: () => [ready(), data(), trainOptions],
    call: (...args) => firstStep(main.train(...(args as [never, never, never]))),
  },
  {
    name: 'train from a state',
    args: () => [ready(), data(), { state }],
    call: (...args) => firstStep(main.train(...(args as [never, never, never]))),
  },
  {
    name: 'fit',
    args: () => [
      ready(),
      { train: data(), test: data(), validation: data() },
      { ...trainOptions, onCheckpoint: () => {}, onBatch: () => {}, onMeasure: () => {} },
    ],
    call: (...args) => firstStep(main.fit(...(args as [never, never, never]))),
  },
  {
    name: 'fit from a checkpoint',
    args: () => [
      ready(),
      { train: data(), test: data() },
      { resume: { state, epochs: [record] }, checkpointMinutes: 1 },
    ],
    call: (...args) => firstStep(main.fit(...(args as [never, never, never]))),
  },
  {
    name: 'evaluate',
    args: () => [ready(), data(), { backend: 'wasm', threads: 1, onProgress: () => {} }],
    call: main.evaluate,
  },
  {
    name: 'step.evaluate',
    args: () => [data(), { onProgress: () => {} }],
    call: async (...args) => {
      for await (const progress of main.train(ready(), data(), { batch: 4, epochs: 1 }))
        await progress.evaluate(...(args as [never, never]));
    },
  },
  {
    name: 'requestPrediction',
    args: () => [ready(), shown, { backend: 'wasm', threads: 1, trains: [1] }],
    call: main.requestPrediction,
  },
  { name: 'images', args: () => ['noise', shape, pixels, [0, 1, 2, 0]], call: main.images },
  { name: 'firstOf', args: () => [data(), 2], call: main.firstOf },
  { name: 'sliceOf', args: () => [data(), 1, 3], call: main.sliceOf },
  {
    name: 'cifar10',
    args: () => ['c', { pixels: new Uint8Array(3072), labels: Uint8Array.of(1) }],
    call: main.cifar10,
  },
  {
    name: 'recordings',
    args: () => ['r', [{ file: 'a.bin', label: 0 }], set],
    call: (...args) => main.recordings(...(args as [never, never, never])).input(0, draw as never),
  },
  { name: 'readAedat', args: () => [encodeAedat(events), 'x'], call: main.readAedat },
  {
    name: 'readCifar10',
    args: () => [encodeCifar10([7], [new Uint8Array(3072)]), 'x'],
    call: main.readCifar10,
  },
  { name: 'readIdx', args: () => [idxFile([2, 3], new Uint8Array(6)), 'x'], call: main.readIdx },
  { name: 'readEvents', args: () => [recording, { width: 34, height: 34 }, 'x'], call: main.readEvents },
  {
    name: 'openBackend',
    args: () => ['wasm', ready().plan, 'x', 1],
    call: (...args) => disposed(main.openBackend(...(args as [never, never]))),
  },
  {
    name: 'requestBackend',
    args: () => [{ backend: 'reference', threads: 1 }, ready().plan, 'x', 1],
    call: (...args) => disposed(main.requestBackend(...(args as [never, never]))),
  },
  { name: 'chooseBackend', args: () => ['x'], call: main.chooseBackend },
  { name: 'encodeOnGrid', args: () => [ready(), 64], call: main.encodeOnGrid },
  { name: 'onGrid', args: () => [ready(), 64], call: main.onGrid },
  { name: 'decodeModel', args: () => [main.encodeModel(ready()), 'x'], call: main.decodeModel },
  {
    name: 'encodeModel',
    args: () => [
      {
        net: ready(),
        epochs: [],
        training: { state, run: { dataset: 'd', trainSamples: 4, testSamples: 0 } },
      },
    ],
    call: main.encodeModel,
  },
  { name: 'encodeModel of a network', args: () => [ready()], call: main.encodeModel },
  {
    name: 'encodeCheckpoint',
    args: () => [ready(), { train: data(), test: data() }, { state, epochs: [] }],
    call: main.encodeCheckpoint,
  },
  { name: 'readNpy', args: () => [npy.writeNpy(tensor as never), 'x'], call: npy.readNpy },
  { name: 'writeNpy', args: () => [tensor], call: npy.writeNpy },
  { name: 'readPng', args: () => [writePng(2, 2, Uint8Array.of(1, 2, 3, 4)), 'x', 4], call: png.readPng },
  { name: 'tiny', args: () => [], call: () => tiny.tiny() },
  {
    name: 'learn',
    args: () => [linear(), [{ shown, label: 1 }], { passes: 2, rate: 0.5 }],
    call: tiny.learn,
  },
  {
    name: 'digitOf',
    args: () => [{ width: 3, height: 2, channels: 1, depth: 8, data: pixels.subarray(0, 6) }, 4],
    call: tiny.digitOf,
  },
  {
    name: 'mapOf',
    args: () => [{ width: 3, height: 2, channels: 1, depth: 8, data: pixels.subarray(0, 6) }, shape],
    call: png.mapOf,
  },
  {
    name: 'digitFromStrokes',
    args: () => [
      [
        [
          [0, 0],
          [30, 40],
        ],
        [[9, 9]],
      ],
      2,
    ],
    call: tiny.digitFromStrokes,
  },
  {
    name: 'importNIR',
    args: () => [fixture('lif_norse.nir'), { as: 'norse', dt: 1e-4, timeWindow: 5 }, 'x'],
    call: nir.importNIR,
  },
  { name: 'exportNIR', args: () => [ready(), { as: 'norse', dt: 1e-4 }], call: nir.exportNIR },
  {
    name: 'check',
    args: () => [
      {
        network: file,
        variant: 'paper',
        arrays: made,
        layout: {},
        optimiser: 'sgd',
        names: new Map(),
        gradients: 'sample',
        mistakes: [],
      },
    ],
    call: oracle.check,
  },
  {
    name: 'expected',
    args: () => [{ network: file, arrays: new Map(Object.entries(step())), precision: 'real' }],
    call: oracle.expected,
  },
  {
    name: 'checkSurrogate',
    args: () => [surrogate.arrays, surrogate.words, 'x'],
    call: oracle.checkSurrogate,
  },
  {
    name: 'expectedSurrogate',
    args: () => [surrogate.arrays, surrogate.words, { mistake: 'reset=none', numbers: [] }],
    call: oracle.expectedSurrogate,
  },
  {
    name: 'surrogateMistakes',
    args: () => [surrogate.arrays, surrogate.words],
    call: oracle.surrogateMistakes,
  },
  { name: 'authorsNames', args: () => [main.lenet], call: oracle.authorsNames },
  {
    name: 'authorsNetwork',
    args: () => [
      new Map([
        ['w_cnn1', { shape: [20, 1, 5, 5] }],
        ['in_spikes', { shape: [20, 1, 1, 28, 28] }],
      ]),
      { vth: 1 },
      'x',
    ],
    call: oracle.authorsNetwork,
  },
];

/** The functions of the entries, by name. */
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
