import { deflateRawSync, gzipSync } from 'node:zlib';
import { encode } from 'fast-png';
import { flagOf, parseOptions } from '../../src/command/options/option.ts';
import { trainOptions } from '../../src/command/options/train.ts';
import { readIdxFile } from '../../src/command/readers/images.ts';
import { openArrays, openNpz } from '../../src/command/readers/npz.ts';
import { computeFrames } from '../../src/data/frames.ts';
import { readAedat } from '../../src/formats/aedat.ts';
import { readCifar10 } from '../../src/formats/cifar10.ts';
import { readCifar10Labels, readCifar10Sheet } from '../../src/formats/cifar10Sheets.ts';
import { digitFromPng } from '../../src/pictures/digit.ts';
import { readCsv } from '../../src/formats/csv.ts';
import { readEvents, readLabels } from '../../src/formats/events.ts';
import type { Hdf5Group } from '../../src/formats/hdf5.ts';
import { writeHdf5 } from '../../src/formats/hdf5Writer.ts';
import { readIdx } from '../../src/formats/idx.ts';
import { inflateExact } from '../../src/formats/inflate.ts';
import { readRunFile } from '../../src/command/run/kept.ts';
import { encodeOnGrid } from '../../src/modelFile/grid.ts';
import { parseJson } from '../../src/formats/json.ts';
import { decodeModel, encodeCheckpoint, encodeModel } from '../../src/modelFile/model.ts';
import { loadModel } from '../../src/modelFile/reader.ts';
import { readNpy, writeNpy } from '../../src/formats/npy.ts';
import { readNpz, writeNpz } from '../../src/formats/npz.ts';
import { readPng, writePng } from '../../src/formats/png.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import type { AnyTensor, Tensor } from '../../src/formats/tensor.ts';
import { lenet, type NetworkFile } from '../../src/network/models.ts';
import { drawWeights, network } from '../../src/network/network.ts';
import { nameArrays } from '../../src/oracle/files/names.ts';
import { tensorsOf } from '../../src/oracle/options.ts';
import { readSupplied } from '../../src/oracle/files/supplied.ts';
import { checkArrays, ours } from '../../src/oracle/files/values.ts';
import { session } from '../../src/train/predict.ts';
import { decodeState } from '../../src/train/session.ts';
import { train } from '../../src/train/train.ts';
import { aedatHeader, encodeAedat, encodeCifar10, encodeEvents, encodeSheet } from '../formats/encoders.ts';
import type { Event } from '../formats/encoders.ts';
import { readWhole } from '../formats/hdf5Files.ts';
import { chainIn, fixture } from '../nir/graphs.ts';
import { pictures, ready } from '../train/small.ts';
import { ascii, idxFile, npyDict, npyFile, pngChunk, pngFile, storedZip } from './samples.ts';
import { repairModel, repairPng, repairState, writeSafetensors } from './samples.ts';

/** A reader of untrusted files. */
export interface Reader {
  readonly name: string;
  /** Returns any value, or throws an InputError. */
  read(bytes: Uint8Array): unknown;
  /** Small valid files, at least one. */
  samples(): Uint8Array[];
  /** Corrects the checksums of a mutated file, so that the mutation reaches the code behind the checks. May change `bytes`. */
  repair?(bytes: Uint8Array): Uint8Array;
}

const bytes = Uint8Array.from({ length: 60 }, (_, i) => (i * 37) & 255);
const f32: Tensor = { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, 0.5, NaN, Infinity, 0) };
const i64: Tensor = { dtype: 'I64', shape: [], data: BigInt64Array.of(-7n) };
const flags: Tensor = { dtype: 'BOOL', shape: [3], data: Uint8Array.of(0, 1, 1) };
const texts: AnyTensor = { dtype: 'STR', shape: [2], data: ['{"T": 16}', 'λ'] };

const npySamples = () => [
  ...[f32, i64, flags, texts].map((array) => writeNpy(array)),
  npyFile(npyDict('>i2', '(5, 3, 2)', 'True'), bytes, 2),
  npyFile(npyDict('<f2', '(30,)'), bytes, 3),
];
const npzSamples = () => [
  writeNpz(Object.entries({ w: f32, meta: texts })),
  storedZip({ 'a.npy': writeNpy(i64), 'b.npy': writeNpy(flags) }),
];
const hdf5Samples = () => [
  writeHdf5(
    new Map<string, AnyTensor | Hdf5Group>([
      ['f32', f32],
      ['group', new Map([['i64', i64]])],
      ['flags', flags],
      ['texts', texts],
    ]),
  ),
  ...['chunks.h5', 'lif_norse.nir'].map(fixture),
];
const nirSamples = () => ['braille_noDelay_bias_zero.nir', 'lif_norse.nir'].map(fixture);
const pngSamples = () => [
  writePng(5, 4, bytes.subarray(0, 20)),
  writePng(5, 4, bytes),
  encode({
    width: 3,
    height: 2,
    channels: 4,
    depth: 16,
    data: Uint16Array.from({ length: 24 }, (_, i) => i * 2700),
  }),
  encode({ width: 6, height: 5, channels: 2, data: bytes }, { interlace: 'Adam7' }),
  pngFile({
    width: 9,
    height: 2,
    depth: 1,
    colour: 0,
    raw: [0, 0xaa, 0x80, 2, 0xff, 0],
    extra: [pngChunk('tRNS', [0, 1])],
  }),
  pngFile({
    width: 3,
    height: 1,
    depth: 2,
    colour: 3,
    raw: [1, 0x18],
    extra: [pngChunk('PLTE', bytes.subarray(0, 9)), pngChunk('tRNS', [0, 128])],
  }),
];

const small: NetworkFile = {
  name: 'small',
  variant: { from: 'authors', fires: 'atThreshold' },
  input: { channels: 1, height: 4, width: 4, scale: 0.5 },
  timeWindow: 3,
  threshold: 1,
  leak: 0.99,
  layers: [
    { kind: 'convolution', channels: 2, kernel: 3, stride: 1, padding: 1, threshold: 0.5 },
    { kind: 'averagePool', size: 2, stride: 2 },
    { kind: 'maxPool', size: 2 },
    { kind: 'linear', units: 3 },
  ],
};
const text = (file: Uint8Array) => new TextDecoder().decode(file);
const networkSamples = () => [ascii(JSON.stringify(small)), ascii(JSON.stringify(lenet, null, 1))];
export const record = {
  epoch: 1,
  loss: 0.5,
  accuracy: 0.9,
  imagesPerSecond: 100,
  spikeRates: { '1 convolution': 0.1 },
};
const training = train(ready(), pictures(4), { batch: 2 });
/** A checkpoint after one batch. */
export const checkpoint = encodeCheckpoint(
  ready(),
  pictures(4),
  await (await training.next()).value!.state(),
);
await training.return();
const modelSamples = () => [encodeModel({ net: ready(), epochs: [record] }), checkpoint];
/** A network with weights, for files that do not contain its description. */
const gridded = network(small);
gridded.weights = drawWeights(gridded.plan, 1);
const stateSamples = () => {
  const one = session(gridded);
  const fresh = one.save();
  one.step({ spikes: [0] });
  return [fresh, one.save()];
};
const keptRunSamples = () => {
  const lines = [
    '{"command":"asf-bp train","commit":"abc1234","model":"models/a.safetensors","seconds":58}',
    '{"epoch":1,"loss":0.5,"accuracy":0.9,"imagesPerSecond":10,"spikeRates":{"1 linear":0.1},"S":{"1 linear":1}}',
    '{"epoch":2,"loss":0.4,"accuracy":0.95,"validation":0.9,"imagesPerSecond":10,"spikeRates":{"1 linear":0.1}}',
    `{"accuracy":0.95,"epochs":2,"digest":"${'0a'.repeat(32)}","model":"runs/a/model.safetensors"}`,
  ];
  return [ascii(`${lines.join('\n')}\n`), ascii(lines.slice(1).join('\n'))];
};
const argumentSamples = () => [
  ascii('--epochs 3\n--lr 0.001\n--window 20\n--seed 7\n--lr-steps 1,2\n--backend wasm\n--json'),
  ascii(
    '--threshold 0.5\n--leak 0.99\n--batch 32\n--limit 10\n--threads 2\n--optimiser sgd\n--weight-decay 0',
  ),
];
/** Parses lines `--flag value` as the command-line parser does. */
const argumentsOf = (lines: string) =>
  Object.fromEntries(
    lines.split('\n').map((line) => {
      const [flag, ...value] = line.split(' ');
      const name = Object.keys(trainOptions).find((each) => flagOf(each) === flag) ?? 'other';
      return [name, value.length > 0 ? value.join(' ') : true];
    }),
  );

const picture = (first: number) => Uint8Array.from({ length: 3072 }, (_, i) => (first + i * 7) & 255);
const events: readonly Event[] = Array.from({ length: 12 }, (_, i) => [i * 3, i * 2, i & 1, i * i * 999]);
const sensor = { width: 128, height: 128 };
const binning = { T: 6, ms: 12, injections: 3, shape: { channels: 2, height: 42, width: 42 }, pool: 3 };
const aedatSamples = () => [encodeAedat(events), encodeAedat(events.slice(4), aedatHeader.slice(0, 1))];
const { plan } = gridded;
const shape = [4, 1, 4, 4];
const dataSamples = () => [
  writeNpy({ dtype: 'U8', shape, data: new Uint8Array(64).fill(7) }),
  writeNpy({ dtype: 'F32', shape, data: new Float32Array(64).fill(0.5) }),
  writeNpy({ dtype: 'I32', shape: [4, 16], data: new Int32Array(64).fill(255) }),
];
const spikesSamples = () => [
  writeNpy({ dtype: 'U8', shape: [4, 3, 16], data: new Uint8Array(192).fill(1) }),
  writeNpy({ dtype: 'F64', shape: [4, 3, 4, 4], data: new Float64Array(192).fill(-3) }),
];
const labelsSamples = () => [
  writeNpy({ dtype: 'U8', shape: [4], data: Uint8Array.of(0, 1, 2, 0) }),
  writeNpy({ dtype: 'I64', shape: [4, 1], data: BigInt64Array.of(2n, 0n, 1n, 1n) }),
];
/** An .npz of these .npy files, uncompressed. */
const zipOf = (arrays: Readonly<Record<string, Uint8Array>>) =>
  storedZip(Object.fromEntries(Object.entries(arrays).map(([name, file]) => [`${name}.npy`, file])));
/** Reads every sample of both parts, as a training does. */
const readData = (arrays: Readonly<Record<string, Uint8Array>>) => {
  const zip = zipOf({ images: dataSamples()[0]!, labels: labelsSamples()[0]!, ...arrays });
  const parts = openNpz('fuzz', zip, 'fuzz').read({ plan, seed: 1 });
  for (const part of [parts.train(), parts.test()]) {
    for (let sample = 0; sample < part.length; sample++)
      part.input(sample, { seed: 0, stream: 'test', epoch: 0, sample });
  }
};

const output = { shape: [1, 3], data: ['0x1.8p-1', 0, -2] };
const stepWords = { network: small, variant: 'paper' };
const ends: Tensor = { dtype: 'F64', shape: [1, 3], data: Float64Array.of(1, 0.5, -2) };
const stepSamples = () => [
  ascii(
    JSON.stringify({ ...stepWords, arrays: { output, label: [2], 'layer4.potential.end': [[1, 2, 3]] } }),
  ),
  writeNpz([
    ['meta', { dtype: 'STR', shape: [], data: [JSON.stringify(stepWords)] }],
    ['layer4.potential.end', ends],
    ['output', ends],
    ['layer4.dw_step2', { dtype: 'F32', shape: [3, 2], data: new Float32Array(6) }],
  ]),
  writeSafetensors({ output: ends, 'layer4.potential.end': ends }, { variant: 'paper' }),
];
/** Reads, names and checks the arrays of a training step, but does not compare them. */
const readStep = (file: Uint8Array) => {
  const { arrays } = readSupplied(file, 'fuzz');
  const steps = nameArrays(tensorsOf(arrays as Map<string, Tensor>, 'fuzz'), new Map(), 'fuzz'); // texts as `check` takes them
  return steps.map((step) => checkArrays(plan, step.arrays, ours, 'fuzz'));
};

/** A reader that passes the name `fuzz` as the source of the bytes. */
const reader = (
  name: string,
  read: (file: Uint8Array, where: string) => unknown,
  samples: Reader['samples'],
  repair?: Reader['repair'],
): Reader => ({ name, read: (file) => read(file, 'fuzz'), samples, ...(repair && { repair }) });

const decoded = (file: Uint8Array) => decodeState(gridded.plan, file);

/** All readers. Add a new reader here. */
export const readers: readonly Reader[] = [
  reader('idx', readIdx, () => [idxFile([60], bytes), idxFile([5, 4, 3], bytes)]),
  reader(
    'idx.gz',
    (file, where) => readIdxFile(file, where, where),
    () => [bytes, new Uint8Array(9960)].map((data) => gzipSync(idxFile([5, data.length / 5], data))),
  ),
  reader(
    'deflate',
    (file) => inflateExact('fuzz', file, 60),
    () => [deflateRawSync(bytes), deflateRawSync(ascii('spike '.repeat(10)))],
  ),
  reader('safetensors', readSafetensors, () => [
    writeSafetensors({ f32, i64, flags }, { a: 'b' }),
    writeSafetensors({}),
  ]),
  reader('hdf5', readWhole, hdf5Samples),
  reader('NIR graph', chainIn, nirSamples),
  reader('npy', readNpy, npySamples),
  reader('npz', readNpz, npzSamples),
  reader('png', readPng, pngSamples),
  reader('png behind its checksums', (file) => digitFromPng(readPng(file, 'fuzz')), pngSamples, repairPng),
  reader('model', decodeModel, modelSamples),
  reader('model behind its digest', decodeModel, modelSamples, repairModel),
  reader('model on a grid behind its digest', loadModel, () => [encodeOnGrid(gridded, 256)], repairModel),
  reader('state of a session', decoded, stateSamples),
  reader('state of a session behind its digest', decoded, stateSamples, repairState),
  reader('kept run', readRunFile, keptRunSamples),
  reader('network', (file, where) => network(parseJson(text(file), where) as NetworkFile), networkSamples),
  reader(
    'arguments',
    (file) => parseOptions('train', trainOptions, argumentsOf(text(file))),
    argumentSamples,
  ),
  reader('cifar10', readCifar10, () => [
    encodeCifar10([7], [picture(1)]),
    encodeCifar10([0, 9], [picture(2), picture(3)]),
  ]),
  reader(
    'sheet behind its checksums',
    (file, where) => readCifar10Sheet(file, 2, where),
    () => [encodeSheet([picture(1), picture(9)])],
    repairPng,
  ),
  reader(
    'lists of labels',
    (file, where) => readCifar10Labels(file, 5, where),
    () => [ascii('[0, 1, 2, 9, 3]')],
  ),
  reader(
    'tables of labels',
    (file, where) => readLabels(file, 1, 11, where),
    () => [ascii('file,class,name\n1.bs2,1,clap\n2.bs2,11,guitar\n')],
  ),
  reader('tables of images', readCsv, () =>
    ['label,a,b\n0,255,7\n1,0,9\n', '0.5,0.25,0\r\n.5,1e-1,1\r\n', ',y,"0,1"\n0,3,1\n1,4,0'].map(ascii),
  ),
  reader(
    'events',
    (file, where) => computeFrames(readEvents(file, sensor, where), binning),
    () => [encodeEvents(events), encodeEvents(events.slice(0, 1))],
  ),
  reader('aedat', (file, where) => computeFrames(readAedat(file, where), binning), aedatSamples),
  reader('arrays of a step', readStep, stepSamples),
  reader('images of a data set', (file) => readData({ images: file }), dataSamples),
  reader('labels of a data set', (file) => readData({ labels: file }), labelsSamples),
  reader(
    'spikes of a data set',
    (file) => readData({ test_spikes: file, test_labels: labelsSamples()[0]! }),
    spikesSamples,
  ),
  ...(['images', 'spikes'] as const).map((name) =>
    reader(
      `${name} to predict`,
      (file, where) => openArrays(where, zipOf({ [name]: file }), plan),
      name === 'images' ? dataSamples : spikesSamples,
    ),
  ),
];
