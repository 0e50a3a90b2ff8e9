/** `asf-bp show` prints and draws the spikes that an evaluation or a training draws of a sample. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { poissonSample, replayedSample } from '../../spec/algorithm1.ts';
import { neuronsOf, type Network } from '../../spec/network.ts';
import { openDataset } from '../../src/command/data/datasets.ts';
import { writeNpz } from '../../src/formats/npz.ts';
import { readPng, writePng, type Picture } from '../../src/formats/png.ts';
import { lenetNmnist } from '../../src/network/models.ts';
import { network } from '../../src/network/network.ts';
import { encodeCifar10 } from '../formats/encoders.ts';
import { asfbp, fresh, home, json, namesIn, Process, refusalOf } from './command.ts';
import { nmnist } from './sets.ts';
import { pictureOf, side, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('shown', 12, 9);
const small = writeNetwork('small', smallNetwork);
const args = [dataset, '5', '--model', small];

/** What the text of the paper says that goes into the network: T maps (C,H,W). */
function spikesOf(
  plan: Network,
  where: string,
  data: string | undefined,
  index: number,
  part: Part,
  seed: number,
) {
  const set = openDataset(where, 'test', { data, plan, seed })[part]();
  const input = set.input(index, { seed, stream: part, epoch: 0, sample: index });
  const size = neuronsOf(plan.input);
  const o = new Float32Array(plan.T * size);
  const sample =
    'frames' in input
      ? replayedSample(Float32Array.from(input.frames), 0, plan)
      : poissonSample(input.intensities, 0, input.draw, plan);
  for (let t = 0; t < plan.T; t++) sample.applyInput(o.subarray(t * size, (t + 1) * size), t);
  const sums = new Float64Array(size);
  o.forEach((value, at) => (sums[at % size] += value));
  return { o, sums, label: set.label(index) };
}
type Part = 'train' | 'test';

const total = (values: Float32Array): number => values.reduce((sum, value) => sum + Math.abs(value), 0);
const share = (values: Float32Array): number => values.filter((value) => value !== 0).length / values.length;

/** Red, green, blue in the middle of a cell. */
function colourAt(
  { data, width }: Picture,
  left: number,
  scale: number,
  column: number,
  row: number,
): number[] {
  const at = (place: number): number => margin + Math.floor((place + 0.5) * scale);
  const first = 3 * (at(row) * width + at(column) + left - margin);
  return Array.from(data.subarray(first, first + 3));
}
const margin = 16;

/** Ink on white: `amount` from 0 to 1. */
const inked = (ink: readonly number[], amount: number): number[] =>
  ink.map((value) => Math.round(255 - amount * (255 - value)));

describe('--json', () => {
  test('says what an evaluation sees: one object, no file', async () => {
    const cwd = fresh('empty');
    mkdirSync(cwd);
    const { plan } = network(smallNetwork as any);
    const { o, label } = spikesOf(plan, dataset, undefined, 5, 'test', 1);
    const answers = await json(['show', ...args], cwd);
    const facts = { dataset, part: 'test', index: 5, label, T: 4, spikes: total(o), density: share(o) };
    expect(answers).toEqual([{ ...facts, png: null }]);
    expect(facts.label).toBe(pictureOf(12 + 5).label);
    expect(facts.spikes).toBeGreaterThan(20);
    expect(namesIn(cwd)).toEqual([]);
  });

  test('follows --seed, --window, --variant and --part', async () => {
    const scaled = writeNetwork('scaled', { ...smallNetwork, input: { ...smallNetwork.input, scale: 0.5 } });
    for (const [flags, file, options, part, seed] of [
      [['--seed', '7', '--window', '9'], small, { timeWindow: 9 }, 'test', 7],
      [['--part', 'train'], small, {}, 'train', 1],
      [['--model', scaled], scaled, {}, 'test', 1],
      [['--model', scaled, '--variant', 'paper'], scaled, { variant: 'paper' }, 'test', 1],
    ] as const) {
      const { plan } = network(JSON.parse(readFileSync(file, 'utf8')), options);
      const { o, label } = spikesOf(plan, dataset, undefined, 5, part, seed);
      const [answer] = await json(['show', ...args, ...flags]);
      expect(answer).toMatchObject({ part, label, T: plan.T, spikes: total(o), density: share(o) });
    }
  });

  test('counts the events of a recording', async () => {
    const { o, label } = spikesOf(network(lenetNmnist).plan, 'nmnist', nmnist, 0, 'train', 1);
    const [answer] = await json(['show', 'nmnist', '0', '--part', 'train', '--data', nmnist]);
    expect(answer).toMatchObject({ label, T: 30, spikes: total(o), density: share(o) });
    expect(total(o) / o.length).toBeGreaterThan(share(o));
  });
});

test('a class with a name is shown by it', async () => {
  const folder = fresh('named');
  for (const name of ['bars', 'cross']) {
    mkdirSync(join(folder, name), { recursive: true });
    for (const k of [0, 1]) writeFileSync(join(folder, name, `${k}.png`), writePng(2, 2, new Uint8Array(4)));
  }
  const { out } = await asfbp(['show', folder, '1']);
  expect(out).toMatch(/ test sample 1: .*label 1, cross.* · T 20 · /);
});

describe('the PNG', () => {
  test('has image, sum and raster of one kind of spikes, in black', async () => {
    const out = `${fresh('small')}.png`;
    const { plan } = network(smallNetwork as any);
    const { o, sums } = spikesOf(plan, dataset, undefined, 5, 'test', 1);
    const [answer] = await json(['show', ...args, '--out', out]);
    expect(answer!['png']).toBe(out);
    const picture = readPng(readFileSync(out), out);
    const [wide, tall] = [70, Math.floor(800 / 64)];
    expect(picture).toMatchObject({
      width: 4 * margin + 2 * 8 * wide + 4 * margin,
      height: 3 * margin + 64 * tall + 20,
      channels: 3,
    });
    // Below it the label, in letters of 3 × 5 cells: an L begins it.
    const caption = (column: number, row: number): number =>
      colourAt(
        { ...picture, data: picture.data.subarray(3 * picture.width * (margin + 64 * tall)) },
        margin,
        4,
        column,
        row,
      )[0]!;
    const first = [0, 1, 2, 3, 4].map((row) => [0, 1, 2].map((column) => caption(column, row)));
    expect(first).toEqual([...[0, 1, 2, 3].map(() => [0, 255, 255]), [0, 0, 0]]);
    const { pixels } = pictureOf(12 + 5);
    const most = Math.max(...sums);
    for (let i = 0; i < side * side; i++) {
      const [column, row] = [i % side, Math.floor(i / side)];
      expect(colourAt(picture, margin, wide, column, row)).toEqual(Array(3).fill(pixels[i]));
      const sum = colourAt(picture, 2 * margin + 8 * wide, wide, column, row);
      expect(sum).toEqual(inked([0, 0, 0], sums[i]! / most));
      for (let t = 0; t < plan.T; t++) {
        const [x, y] = [3 * margin + 16 * wide + 16 * t + 8, margin + i * tall + 5];
        expect(picture.data[3 * (y * picture.width + x)]).toBe(o[t * 64 + i] ? 0 : 255);
      }
    }
  });

  test('has signed spikes of three channels below each other, in red and blue, and the image in colours', async () => {
    const folder = fresh('cifar10');
    mkdirSync(folder);
    const bytes = Uint8Array.from({ length: 3072 }, (_, i) => (i * 37 + (i >> 5) * 11) & 255);
    for (const name of [1, 2, 3, 4, 5].map((k) => `data_batch_${k}`).concat('test_batch'))
      writeFileSync(join(folder, `${name}.bin`), encodeCifar10([3], [bytes]));
    const model = writeNetwork('colour', {
      ...smallNetwork,
      input: { channels: 3, height: 32, width: 32, scale: 1 },
      layers: [{ kind: 'linear', units: 10 }],
    });
    const out = `${fresh('colour')}.png`;
    const flags = ['--data', folder, '--model', model, '--window', '40'];
    await json(['show', 'cifar10', '0', ...flags, '--out', out]);
    const { plan } = network(JSON.parse(readFileSync(model, 'utf8')), { timeWindow: 40 });
    const { o, sums } = spikesOf(plan, 'cifar10', folder, 0, 'test', 1);
    expect([Math.min(...o), Math.max(...o)]).toEqual([-1, 1]);
    const picture = readPng(readFileSync(out), out);
    const most = sums.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    for (let i = 0; i < 3072; i += 7) {
      const colour = colourAt(picture, 2 * margin + 32 * 17, 8, i % 32, Math.floor(i / 32));
      expect(colour).toEqual(inked(sums[i]! < 0 ? [32, 80, 208] : [204, 32, 32], Math.abs(sums[i]!) / most));
    }
    // The brightest byte of the first channel is redder than the darkest.
    const plane = [...bytes.subarray(0, 1024)];
    const red = (byte: number): number => {
      const i = plane.indexOf(byte);
      return colourAt(picture, margin, 17, i % 32, Math.floor(i / 32))[0]!;
    };
    expect(red(Math.max(...plane))).toBeGreaterThan(red(Math.min(...plane)) + 200);
  });

  test('has OFF in blue above ON in red for a recording, and no image', async () => {
    const out = `${fresh('events')}.png`;
    await json(['show', 'nmnist', '0', '--part', 'train', '--data', nmnist, '--out', out]);
    const { sums } = spikesOf(network(lenetNmnist).plan, 'nmnist', nmnist, 0, 'train', 1);
    const picture = readPng(readFileSync(out), out);
    expect(picture).toMatchObject({ width: 3 * margin + 34 * 11 + 30 * 16, height: 3 * margin + 771 + 20 });
    const most = Math.max(...sums);
    for (let i = 0; i < sums.length; i++) {
      const colour = colourAt(picture, margin, 11, i % 34, Math.floor(i / 34));
      expect(colour).toEqual(inked(i < 34 * 34 ? [32, 80, 208] : [204, 32, 32], sums[i]! / most));
    }
  });

  test('has the same bytes each time, and replaces what was there', async () => {
    const out = `${fresh('again')}.png`;
    writeFileSync(out, 'old');
    await json(['show', ...args, '--out', out]);
    const first = readFileSync(out);
    await json(['show', ...args, '--out', out]);
    expect(readFileSync(out).equals(first)).toBe(true);
    expect(namesIn(home).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('in a terminal', () => {
  test('image, sum and raster stand in at most 80 columns, also of many steps and wide maps', async () => {
    const shape = [2, 1, 3, 200];
    const images = Uint8Array.from({ length: 1200 }, (_, i) => (i % 200) + 20);
    const arrays = { images: { dtype: 'U8', shape, data: images } as const };
    const labels = { dtype: 'U8', shape: [2], data: Uint8Array.of(1, 1) } as const;
    writeFileSync(join(home, 'wide.npz'), writeNpz(Object.entries({ ...arrays, labels })));
    const model = writeNetwork('wide', {
      ...smallNetwork,
      input: { channels: 1, height: 3, width: 200 },
      layers: [{ kind: 'linear', units: 2 }],
    });
    for (const given of [args, ['wide.npz', '0', '--model', model, '--window', '1000']]) {
      const { code, out, err } = await asfbp(['show', ...given], home);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const [, ...lines] = out.split('\n');
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
      expect(out).toMatch(/█/);
      expect(lines.filter((line) => line.includes('│'))).toHaveLength(16);
    }
  });

  test.each([1, 2, 5, 8, 10, 11, 12])('%i columns wide has a raster all the same', async (columns) => {
    const io = new Process();
    Object.assign(io.stdout, { columns });
    expect((await asfbp(['show', ...args], home, io)).out.match(/│[ ░▒▓█]/g)).not.toBeNull();
  });

  test('the raster counts: the row and step of each spike', async () => {
    const spikes = new Uint8Array(2 * 4 * 64);
    // Sample 1 is the last tenth of its class; input 9 at step 2, and 63 at step 3 twice.
    spikes[4 * 64 + 2 * 64 + 9] = 1;
    spikes[4 * 64 + 3 * 64 + 63] = 2;
    const arrays = { spikes: { dtype: 'U8', shape: [2, 4, 1, 8, 8], data: spikes } as const };
    const labels = { dtype: 'U8', shape: [2], data: Uint8Array.of(3, 3) } as const;
    writeFileSync(join(home, 'few.npz'), writeNpz(Object.entries({ ...arrays, labels })));
    const { out } = await asfbp(['show', 'few.npz', '0', '--model', small], home);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toBe('few.npz test sample 0: label 3 · T 4 · 3 spikes, density 0.0078');
    const raster = lines.slice(-16);
    expect(raster[2]).toBe(' 8 │  ▒');
    expect(raster[15]).toBe('60 │   █');
    expect(raster.filter((line) => /[░▒▓█]/.test(line))).toHaveLength(2);
  });
});

describe('show refuses', () => {
  test.each<[string, string[], RegExp]>([
    [
      'a model that is not there',
      ['mnist', '0', '--model', 'none.safetensors'],
      /"--model" expected one of .*, or a JSON file, a model or a run, got none.safetensors: no such name or file$/,
    ],
    [
      'an index beyond the part',
      [dataset, '9', '--model', small],
      /^show: "INDEX" expected a whole number from 0 to 8, got 9$/,
    ],
    [
      'an index that is no number',
      [dataset, '1e0', '--model', small],
      /^show: "INDEX" expected .*, got '1e0'$/,
    ],
    ['a negative index', [dataset, '-1', '--model', small], /-1/],
    ['no index', [dataset], /missing required argument 'INDEX'/],
    [
      'an unknown data set',
      ['mnits', '1'],
      /^show: "DATASET" expected one of mnist, .*did you mean mnist\?$/,
    ],
    [
      'a part that is none',
      [dataset, '1', '--part', 'tests'],
      /"--part" expected one of train, test, got tests/,
    ],
    [
      'a network of other maps',
      [dataset, '1', '--model', 'lenet'],
      /expected samples of 1 × 28 × 28, .*, got 1 × 8 × 8/,
    ],
    [
      'a folder that is not there',
      ['nmnist', '1', '--data', '/no/such'],
      /"--data" expected a folder, got \/no\/such; there is no such folder$/,
    ],
    [
      'a file that is named as another kind',
      [dataset, '1', '--model', small, '--out', 'seven.jpg'],
      /^show: "--out" expected a file that ends in \.png, got seven\.jpg$/,
    ],
    [
      'a file that cannot be written',
      [dataset, '1', '--model', small, '--out', '/no/such/x.png'],
      /^cannot write \/no\/such\/x\.png: no such file or folder/,
    ],
  ])('%s', async (_, given, expected) => {
    expect(refusalOf(await asfbp(['show', ...given]))).toMatch(expected);
  });

  test('the folder of a run, and says what takes it', async () => {
    const run = fresh('run');
    mkdirSync(run);
    writeFileSync(join(run, 'model.safetensors'), '');
    expect(refusalOf(await asfbp(['show', run, '3']))).toMatch(
      /, got the folder of a run; `asf-bp info`, `evaluate`, `predict` and `report` take it, and `asf-bp show DATASET INDEX --model RUN`$/,
    );
  });
});
