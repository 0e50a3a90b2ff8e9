/** Every command that reads a model file refuses a damaged, foreign or hostile one, and names the place. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import { readSafetensors, writeSafetensors, type Safetensors } from '../../src/formats/safetensors.ts';
import { writeWithDigest } from '../../src/modelFile/reader.ts';
import type { NetworkFile } from '../../src/network/models.ts';
import { network } from '../../src/network/network.ts';
import { bitsOf, flipped } from '../support.ts';
import { asfbp, fresh, json, namesIn, refusalOf } from './command.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('data', 24, 8);
const small = writeNetwork('small', smallNetwork);
const out = fresh();
let model: Uint8Array;
let checkpoint: Uint8Array;

beforeAll(async () => {
  await json([
    'train',
    '--dataset',
    dataset,
    '--model',
    small,
    '--batch',
    '10',
    '--epochs',
    '2',
    '--out',
    out,
  ]);
  model = readFileSync(join(out, 'model.safetensors'));
  checkpoint = readFileSync(join(out, 'checkpoint.safetensors'));
});

/** A file with something changed in what it holds. */
function changed(bytes: Uint8Array, change: (file: Safetensors) => void): Uint8Array {
  const file = readSafetensors(bytes, 'test');
  delete file.metadata['digest'];
  change(file);
  return writeWithDigest(file);
}

/** A change of one entry of the metadata, as JSON. */
function entry(key: string, change: (value: any) => unknown): (file: Safetensors) => void {
  return ({ metadata }) => (metadata[key] = JSON.stringify(change(JSON.parse(metadata[key]!))));
}

function tensor(name: string, change: (data: Float32Array) => void): (file: Safetensors) => void {
  return ({ tensors }) => change(tensors[name]!.data as Float32Array);
}

describe('a model and a checkpoint', () => {
  test('are the same bytes after reading and writing', () => {
    for (const bytes of [model, checkpoint]) {
      expect(Buffer.from(encodeModel(decodeModel(bytes, 'file'))).equals(bytes)).toBe(true);
    }
  });
  test('have the same weights, in the layouts of PyTorch', () => {
    const [first, second] = [model, checkpoint].map((bytes) => readSafetensors(bytes, 'file').tensors);
    expect(Object.keys(first!)).toEqual(['layer1.weight', 'layer3.weight', 'layer4.weight']);
    expect(Object.values(first!).map(({ shape }) => shape)).toEqual([
      [4, 1, 3, 3],
      [12, 64],
      [4, 12],
    ]);
    for (const name of Object.keys(first!)) expect(second![name]).toEqual(first![name]);
  });
});

test('a bias has tensors of its own, and a file without bias has none of them', () => {
  const layers = [
    { kind: 'linear', units: 2, bias: true },
    { kind: 'linear', units: 2 },
  ] as const;
  const file = { input: { channels: 3, height: 1, width: 1 }, timeWindow: 2, threshold: 1, layers };
  const net = network(file);
  net.weights = [Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), Float32Array.of(1, 2, 3, 4)];
  const bytes = encodeModel(net);
  const { tensors } = readSafetensors(bytes, 'file');
  expect(tensors['layer1.weight']).toEqual({
    dtype: 'F32',
    shape: [2, 3],
    data: Float32Array.of(1, 2, 3, 4, 5, 6),
  });
  expect(tensors['layer1.bias']).toEqual({ dtype: 'F32', shape: [2], data: Float32Array.of(7, 8) });
  expect(Object.keys(tensors)).toHaveLength(3);
  expect(decodeModel(bytes, 'file').net.weights).toEqual(net.weights);
  for (const [change, expected] of [
    [
      ({ tensors: all }: Safetensors) => delete all['layer1.bias'],
      /"layer1.bias" expected a tensor F32 of 2, got nothing/,
    ],
    [
      ({ tensors: all }: Safetensors) =>
        (all['layer1.bias'] = { dtype: 'F32', shape: [3], data: new Float32Array(3) }),
      /"layer1.bias" .* got F32 of 3/,
    ],
    [
      tensor('layer1.bias', (data) => (data[1] = NaN)),
      /"weights of layer 1" expected finite numbers, got NaN at place 7/,
    ],
  ] as const)
    expect(() => decodeModel(changed(bytes, change), 'file')).toThrow(expected);
});

test('a description says of a bias true or false, and only of layers with weights', () => {
  const file = (words: object): object => ({
    input: { channels: 1, height: 2, width: 2 },
    timeWindow: 1,
    threshold: 1,
    layers: [
      { kind: 'averagePool', size: 1, ...words },
      { kind: 'linear', units: 1, bias: false },
    ],
  });
  expect(network(file({}) as NetworkFile).description.layers[1]).toEqual({ kind: 'linear', units: 1 });
  expect(() => network(file({ bias: true }) as NetworkFile)).toThrow(
    /"layers\[0\].bias" expected false, since averagePool has no weights, got true/,
  );
  const text = { ...file({}), layers: [{ kind: 'linear', units: 1, bias: 'yes' }] };
  expect(() => network(text as unknown as NetworkFile)).toThrow(
    /^network: "layers\[0\].bias" expected true or false, got yes$/,
  );
});

/** The same as version 0.1 wrote it: without a digest, and without the name of the data. */
function earlier(bytes: Uint8Array): Uint8Array {
  const { tensors, metadata } = readSafetensors(bytes, 'test');
  const { digest: _, trainedOn: __, ...rest } = metadata;
  return writeSafetensors(tensors, { ...rest, 'asf-bp': '1' });
}

describe('the digest', () => {
  test('is the SHA-256 of the file without its digits', () => {
    for (const bytes of [model, checkpoint]) {
      const { digest = '' } = readSafetensors(bytes, 'file').metadata;
      const text = Buffer.from(bytes).toString('latin1').replace(`"digest":"${digest}"`, '"digest":""');
      expect(createHash('sha256').update(text, 'latin1').digest('hex')).toBe(digest);
    }
  });
  test('finds every flipped bit, those of the header among them', () => {
    for (const bytes of [model, checkpoint]) {
      const header = 8 * (8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true));
      const places = [...bitsOf(bytes, 2000), ...bitsOf(bytes.subarray(0, header / 8), 1000)];
      const taken = places.filter((bit) => {
        try {
          decodeModel(flipped(bytes, bit), 'file');
          return true;
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          return false;
        }
      });
      expect(taken).toEqual([]);
    }
  });
  test('is asked of no file that an earlier version wrote', () => {
    for (const bytes of [model, checkpoint]) {
      const old = decodeModel(earlier(bytes), 'file');
      expect(old.net.trainedOn).toBeUndefined();
      old.net.trainedOn = { dataset };
      expect(Buffer.from(encodeModel(old)).equals(bytes)).toBe(true);
    }
  });
  test('is asked of every newer one', () => {
    const { tensors, metadata } = readSafetensors(model, 'test');
    const { digest: _, ...rest } = metadata;
    expect(() => decodeModel(writeSafetensors(tensors, rest), 'file')).toThrow(
      /^file: "digest" expected [0-9a-f]{64}, got nothing; the file is damaged$/,
    );
  });
});

type Change = readonly [name: string, change: (file: Safetensors) => void, expected: RegExp];

const wrongModels: Change[] = [
  [
    'no tensor of a layer',
    ({ tensors }) => delete tensors['layer3.weight'],
    /"layer3.weight" .* got nothing/,
  ],
  [
    'a tensor of another shape',
    ({ tensors }) => Object.assign(tensors['layer1.weight']!, { shape: [4, 1, 9, 1] }),
    /"layer1.weight" expected a tensor F32 of 4 × 1 × 3 × 3, got F32 of 4 × 1 × 9 × 1/,
  ],
  [
    'a tensor of another type',
    ({ tensors }) =>
      (tensors['layer4.weight'] = { dtype: 'F64', shape: [4, 12], data: new Float64Array(48) }),
    /"layer4.weight" expected a tensor F32 .*, got F64/,
  ],
  [
    'a weight that is NaN',
    tensor('layer3.weight', (w) => (w[7] = NaN)),
    /layer 3" expected finite .*NaN at place 7/,
  ],
  [
    'an infinite weight',
    tensor('layer1.weight', (w) => (w[0] = -Infinity)),
    /expected finite .*-Infinity at/,
  ],
  ['no metadata', ({ metadata }) => Object.keys(metadata).forEach((key) => delete metadata[key]), /"asf-bp"/],
  [
    'another version',
    ({ metadata }) => (metadata['asf-bp'] = '3'),
    /"asf-bp" expected version 1 or 2 .*, got 3/,
  ],
  [
    'the version before and a digest',
    ({ metadata }) => (metadata['asf-bp'] = '1'),
    /"metadata" expected only asf-bp, .*, got digest/,
  ],
  ['no network', ({ metadata }) => delete metadata['network'], /"network" expected an entry .*, got nothing/],
  ['a broken network', ({ metadata }) => (metadata['network'] = '{'), /network: expected JSON/],
  [
    'an unknown kind of layer',
    entry('network', (net) => ({ ...net, layers: [{ kind: 'lineer', units: 4 }] })),
    /"layers\[0\].kind" expected one of .*did you mean linear\?/,
  ],
  ['another network', entry('network', (net) => ({ ...net, layers: net.layers.slice(0, 3) })), /expected/],
  ['a variant by name', entry('variant', () => 'paper'), /"variant" expected an object, got paper/],
  ['no variant', entry('variant', () => null), /"variant" expected an object, got null/],
  ['an empty variant', entry('variant', () => ({})), /"variant.input" expected a choice, got nothing/],
  [
    'a choice too few',
    entry('variant', (all) => ({ ...all, gate: undefined })),
    /"variant.gate" expected a choice/,
  ],
  ['an unknown choice', entry('variant', (all) => ({ ...all, x: 1 })), /"variant" expected only .*, got x/],
  ['a scale too few', entry('scale', (S) => S.slice(1)), /"scale" expected a list of 4 numbers/],
  ['a scale below 0', entry('scale', (S) => [-1, ...S.slice(1)]), /"scale" expected a finite number from 0/],
  ['a scale that is a text', entry('scale', (S) => ['1', ...S.slice(1)]), /"scale" expected a finite number/],
  ['a seed of -1', entry('seed', () => -1), /"seed" expected a whole number from 0 to 4294967295, got -1/],
  ['an empty seed', ({ metadata }) => (metadata['seed'] = ''), /seed: expected JSON/],
  ['no epochs', entry('epochs', () => null), /"epochs" expected a list, got null/],
  [
    'an epoch without accuracy',
    entry('epochs', (all) => [{ ...all[0], accuracy: undefined }]),
    /epochs.accuracy/,
  ],
  [
    'an accuracy that is no share',
    entry('epochs', (all) => [{ ...all[0], accuracy: -1e308 }]),
    /"epochs.accuracy" expected a finite number from 0 to 1, got -1e\+308/,
  ],
  [
    'an epoch without rates',
    entry('epochs', (all) => [{ ...all[0], spikeRates: undefined }]),
    /"spikeRates"/,
  ],
];

const training = (words: object) => entry('training', (all) => ({ ...all, ...words }));

const wrongCheckpoints: Change[] = [
  ['no settings', training({ settings: undefined }), /"settings" expected an object, got nothing/],
  ['an unknown setting', training({ settings: { rate: 1 } }), /"settings" expected only .*, got rate/],
  ['more epochs than it was to train', training({ epoch: 3 }), /"state.epoch" expected .* 0 to 2, got 3/],
  [
    'a batch after the end',
    training({ batch: 1 }),
    /"state.batch" expected a whole number from 0 to 0, got 1/,
  ],
  ['a batch that an epoch has not', training({ epoch: 1, batch: 3 }), /"state.batch" .* 0 to 2, got 3/],
  [
    'other totals',
    training({ epoch: 1, batch: 1 }),
    /"state.totals.samples" expected .* from 10 to 10, got 24/,
  ],
  [
    'an epoch that is not over',
    entry('epochs', (epochs) => epochs.map((record: object) => ({ ...record, epoch: 9 }))),
    /"epochs.epoch" expected .*, got 9/,
  ],
  ['no moments', ({ tensors }) => delete tensors['layer1.m'], /"layer1.m" expected .*, got nothing/],
  [
    'a moment that is NaN',
    tensor('layer3.m', (m) => (m[5] = NaN)),
    /"moments m of layer 3" expected finite .*NaN at place 5/,
  ],
  ['a mean of squares below 0', tensor('layer3.v', (v) => (v[5] = -1)), /"moments v" expected .*, got -1/],
  [
    'powers of another optimiser',
    training({ powers: { β1k: 2, β2k: 1 } }),
    /"state.powers.β1k" expected .*, got 2/,
  ],
  ['no run', training({ run: undefined }), /"run" expected an object, got nothing/],
];

describe('a file is refused that has', () => {
  const cases = [
    ...wrongModels.map((each) => [each, false] as const),
    ...wrongCheckpoints.map((each) => [each, true] as const),
  ];
  for (const [[name, change, expected], isCheckpoint] of cases) {
    test(name, () => {
      const bytes = changed(isCheckpoint ? checkpoint : model, change);
      let message = 'nothing was thrown';
      try {
        decodeModel(bytes, 'file');
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        ({ message } = error as Error);
      }
      expect(message).toMatch(/^file: .*$/);
      expect(message).toMatch(expected);
    });
  }
});

describe('info, evaluate and predict', () => {
  /** Everything that reads this file refuses it in the same words. */
  async function refused(bytes: Uint8Array): Promise<string> {
    const path = fresh('model');
    writeFileSync(path, bytes);
    const lines = [];
    for (const args of [
      ['info', path],
      ['evaluate', path, '--dataset', dataset],
      ['predict', path, small],
    ]) {
      lines.push(refusalOf(await asfbp(args)));
    }
    expect(new Set(lines).size).toBe(1);
    return lines[0]!;
  }

  test('refuse a model that is cut short, wherever that is', async () => {
    for (const share of [0, 0.001, 0.1, 0.5, 0.999]) {
      const line = await refused(model.subarray(0, Math.floor(share * model.length)));
      expect(line).toMatch(/model-\d+: .* expected .*, got/);
    }
  });
  test('refuse a tensor of another shape', async () => {
    const line = await refused(changed(model, wrongModels[1]![1]));
    expect(line).toMatch(wrongModels[1]![2]);
  });
  test('refuse a model with a weight that is no number', async () => {
    expect(await refused(changed(model, wrongModels[3]![1]))).toContain('expected finite numbers, got NaN');
  });
  test('read checkpoints like models', async () => {
    const [first, second] = await Promise.all(
      ['model', 'checkpoint'].map((name) => json(['info', join(out, `${name}.safetensors`)])),
    );
    expect(second).toEqual([{ ...first![0], kind: 'checkpoint' }]);
    const [measured, again] = await Promise.all(
      ['model', 'checkpoint'].map((name) =>
        json(['evaluate', join(out, `${name}.safetensors`), '--dataset', dataset]),
      ),
    );
    expect(again).toEqual(measured);
  });
});

describe('train --resume', () => {
  test('refuses a checkpoint that is damaged, and leaves it as it is', async () => {
    const folder = fresh();
    await json([...shortTraining(dataset, small), '--out', folder]);
    const path = join(folder, 'checkpoint.safetensors');
    const cut = readFileSync(path).subarray(0, 1000);
    writeFileSync(path, cut);
    const line = refusalOf(await asfbp(['train', '--out', folder, '--resume', '--dataset', dataset]));
    expect(line).toContain(`${path}: `);
    expect(readFileSync(path).equals(cut)).toBe(true);
    expect(namesIn(folder)).toEqual(['checkpoint.safetensors', 'model.safetensors']);
  });
});
