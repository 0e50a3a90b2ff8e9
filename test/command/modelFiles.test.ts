/** Every command that reads a model file refuses a damaged, foreign or hostile file, and names the place of the error. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import { readSafetensors, type Safetensors } from '../../src/formats/safetensors.ts';
import { partsWithDigest } from '../../src/modelFile/reader.ts';
import { network } from '../../src/network/network.ts';
import { unnoticed } from '../fuzz/refusal.ts';
import { writeSafetensors } from '../fuzz/samples.ts';
import { bitsOf } from '../support.ts';
import { asfbp, fresh, json, namesIn, refusalOf } from './command.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('data', 24, 8);
const small = writeNetwork('small', smallNetwork);
const out = fresh();
let model: Uint8Array;
let checkpoint: Uint8Array;

beforeAll(async () => {
  await json([...shortTraining(dataset, small), '--batch', '10', '--out', out]);
  model = readFileSync(join(out, 'model.safetensors'));
  checkpoint = readFileSync(join(out, 'checkpoint.safetensors'));
});

function changed(bytes: Uint8Array, change: (file: Safetensors) => void): Uint8Array {
  const file = readSafetensors(bytes, 'test');
  delete file.metadata['digest'];
  change(file);
  return Buffer.concat(partsWithDigest(file));
}

/** Sets or removes a value in the metadata, at a place such as `epochs.0.accuracy`. */
function words(place: string, value?: unknown): (file: Safetensors) => void {
  return ({ metadata }) => {
    const [entry = '', ...keys] = place.split('.');
    const whole = { [entry]: JSON.parse(metadata[entry]!) };
    const last = keys.pop() ?? entry;
    const into = (last === entry ? [] : [entry, ...keys]).reduce<any>((of, key) => of[key], whole);
    into[last] = value;
    metadata[entry] = JSON.stringify(whole[entry]);
  };
}

/** Sets the text of a metadata entry, or removes the entry. */
const raw = (entry: string, text?: string) => (file: Safetensors) => {
  if (text === undefined) delete file.metadata[entry];
  else file.metadata[entry] = text;
};

const element = (name: string, at: number, value: number) => (file: Safetensors) =>
  void ((file.tensors[name]!.data as Float32Array)[at] = value);
const withoutTensor = (name: string) => (file: Safetensors) => void delete file.tensors[name];
const shaped =
  (name: string, shape: number[], dtype: 'F32' | 'F64' = 'F32') =>
  (file: Safetensors) => {
    const size = shape.reduce((a, b) => a * b);
    const data = dtype === 'F32' ? new Float32Array(size) : new Float64Array(size);
    file.tensors[name] = { dtype, shape, data } as never;
  };

test('a model and a checkpoint have the same weights, in the layouts of PyTorch', () => {
  const [first, second] = [model, checkpoint].map((bytes) => readSafetensors(bytes, 'file').tensors);
  expect(Object.keys(first!)).toEqual(['layer1.weight', 'layer3.weight', 'layer4.weight']);
  expect(Object.values(first!).map(({ shape }) => shape)).toEqual([
    [4, 1, 3, 3],
    [12, 64],
    [4, 12],
  ]);
  for (const name of Object.keys(first!)) expect(second![name]).toEqual(first![name]);
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
  const other = changed(bytes, withoutTensor('layer1.bias'));
  expect(() => decodeModel(other, 'file')).toThrow('"layer1.bias" expected a tensor F32 of 2, got nothing');
});

/** The file as version 0.1 wrote it: without a digest, and without the name of the data set. */
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
      expect(unnoticed(bytes, places, (damaged) => decodeModel(damaged, 'file'))).toEqual([]);
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

/** Sets the batch that a checkpoint within epoch 1 has reached. */
const begun = (batch: number) => (file: Safetensors) => {
  for (const change of [words('training.epoch', 1), words('training.batch', batch)]) change(file);
};

test.each<['model' | 'checkpoint', name: string, change: (file: Safetensors) => void, expected: string]>([
  ['model', 'no tensor of a layer', withoutTensor('layer3.weight'), '"layer3.weight" expected a tensor'],
  ['model', 'another shape', shaped('layer1.weight', [4, 1, 9, 1]), 'F32 of 4 × 1 × 3 × 3, got F32 of 4 × 1'],
  ['model', 'another type', shaped('layer4.weight', [4, 12], 'F64'), '"layer4.weight" expected a tensor F32'],
  ['model', 'a weight that is NaN', element('layer3.weight', 7, NaN), 'layer 3" expected finite numbers'],
  ['model', 'no metadata', (file) => Object.assign(file, { metadata: {} }), '"asf-bp"'],
  ['model', 'another version', raw('asf-bp', '3'), '"asf-bp" expected version 1 or 2 '],
  ['model', 'a digest of the version before', raw('asf-bp', '1'), '"metadata" expected only asf-bp, '],
  ['model', 'no network', raw('network'), '"network" expected an entry '],
  ['model', 'a broken network', raw('network', '{'), 'network: expected JSON'],
  ['model', 'another network', words('network.layers.3.units', 3), '"layer4.weight" expected'],
  ['model', 'a variant by name', words('variant', 'paper'), '"variant" expected an object, got paper'],
  ['model', 'a choice too few', words('variant.gate'), '"variant.gate" expected a choice, got nothing'],
  ['model', 'an unknown choice', words('variant.x', 1), '"variant" expected only '],
  ['model', 'a scale too few', words('scale', [1, 1, 1]), '"scale" expected a list of 4 numbers'],
  ['model', 'a scale below 0', words('scale.0', -1), '"scale" expected a finite number from 0'],
  ['model', 'a seed of -1', words('seed', -1), '"seed" expected a whole number from 0 to 4294967295, got -1'],
  ['model', 'an empty seed', raw('seed', ''), 'seed: expected JSON'],
  ['model', 'no epochs', words('epochs', null), '"epochs" expected a list, got null'],
  ['model', 'no accuracy', words('epochs.0.accuracy'), '"epochs.accuracy" expected a finite number'],
  ['model', 'no rates', words('epochs.0.spikeRates'), '"spikeRates"'],
  ['checkpoint', 'no settings', words('training.settings'), '"settings" expected an object, got nothing'],
  ['checkpoint', 'more epochs than it was to train', words('training.epoch', 3), '"state.epoch" expected '],
  ['checkpoint', 'a batch beyond its epoch', begun(3), '"state.batch" expected'],
  ['checkpoint', 'other totals', begun(1), '"state.totals.samples" expected '],
  ['checkpoint', 'an epoch that is not over', words('epochs.0.epoch', 9), '"epochs.epoch" expected '],
  ['checkpoint', 'no moments', withoutTensor('layer1.m'), '"layer1.m" expected '],
  ['checkpoint', 'a moment that is NaN', element('layer3.m', 5, NaN), '"moments m of layer 3" expected'],
  ['checkpoint', 'a mean of squares below 0', element('layer3.v', 5, -1), '"moments v" expected '],
  ['checkpoint', 'other powers', words('training.powers', { β1k: 2, β2k: 1 }), '"state.powers.β1k" expected'],
  ['checkpoint', 'no run', words('training.run'), '"run" expected an object, got nothing'],
])('a %s is refused that has %s', (kind, _, change, expected) => {
  const read = () => decodeModel(changed(kind === 'model' ? model : checkpoint, change), 'file');
  expect(read).toThrow(InputError);
  expect(read).toThrow(/^file: [^\n]*$/);
  expect(read).toThrow(expected);
});

test('info, evaluate and predict refuse a file in the same words, wherever it is cut', async () => {
  const files = [0, 0.001, 0.1, 0.5, 0.999].map((share) => model.subarray(0, share * model.length));
  for (const bytes of [...files, changed(model, element('layer3.weight', 7, NaN))]) {
    const path = fresh('model');
    writeFileSync(path, bytes);
    const [first, ...others] = await Promise.all(
      [
        ['info', path],
        ['evaluate', path, '--dataset', dataset],
        ['predict', path, small],
      ].map(async (args) => refusalOf(await asfbp(args))),
    );
    expect(first).toMatch(/model-\d+: .* expected .*, got/);
    expect(others).toEqual([first, first]);
  }
});

test('a checkpoint is read like a model', async () => {
  const [first, second] = ['model', 'checkpoint'].map((name) => join(out, `${name}.safetensors`));
  const [facts] = await json(['info', first!]);
  expect(await json(['info', second!])).toEqual([{ ...facts, kind: 'checkpoint' }]);
  const evaluate = (path: string) => json(['evaluate', path, '--dataset', dataset]);
  expect(await evaluate(second!)).toEqual(await evaluate(first!));
});

test('train --resume refuses a checkpoint that is damaged, and leaves it as it is', async () => {
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
