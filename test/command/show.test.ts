/** `asf-bp show` prints and draws the spikes of a sample. They equal those of an evaluation or a training. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { poissonSample, replayedSample } from '../../spec/algorithm1.ts';
import { neuronsOf, type Network } from '../../spec/network.ts';
import { openDataset } from '../../src/command/readers/datasets.ts';
import { readPng, writePng, type Picture } from '../../src/formats/png.ts';
import { lenetNmnist } from '../../src/network/models.ts';
import { network } from '../../src/network/network.ts';
import { encodeCifar10 } from '../formats/encoders.ts';
import { tensorOf } from '../fuzz/samples.ts';
import { asfbp, fresh, home, json, namesIn, Process, refuses } from './command.ts';
import { freshFolder, npzOf } from './place.ts';
import { folderOf, nmnist } from './sets.ts';
import { pictureOf, side, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('shown', 12, 9);
const small = writeNetwork('small', smallNetwork);
const args = [dataset, '5', '--model', small];
const { plan: smallPlan } = network(smallNetwork as any);

/** The input spikes by the spec: T maps (C,H,W). */
function spikesOf(plan: Network, where: string, data?: string, place = 0, part: Part = 'train', seed = 1) {
  const set = openDataset(where, 'test', { data, plan, seed })[part]();
  const input = set.input(place, { seed, stream: part, epoch: 0, sample: place });
  const size = neuronsOf(plan.input);
  const o = new Float32Array(plan.T * size);
  const sample =
    'frames' in input
      ? replayedSample(Float32Array.from(input.frames), 0, plan)
      : poissonSample(input.intensities, 0, input.draw, plan);
  for (let t = 0; t < plan.T; t++) sample.applyInput(o.subarray(t * size, (t + 1) * size), t);
  const sums = new Float64Array(size);
  o.forEach((value, at) => (sums[at % size] += value));
  return { o, sums, label: set.label(place) };
}
type Part = 'train' | 'test';

const total = (values: Float32Array): number => values.reduce((sum, value) => sum + Math.abs(value), 0);
const share = (values: Float32Array): number => values.filter((value) => value !== 0).length / values.length;

/** Red, green and blue in the middle of a cell. */
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
const [red, blue] = [
  [204, 32, 32],
  [32, 80, 208],
] as const;

/** The colour of ink on white. The strength of the ink, `amount`, is from 0 to 1. */
const inked = (ink: readonly number[], amount: number): number[] =>
  ink.map((value) => Math.round(255 - amount * (255 - value)));

/** Draws a sample. `sumAt` returns the colour of a cell of the spike sums; each cell is `scale` pixels wide and high. */
async function drawn(given: readonly string[], left: number, scale: number) {
  const out = `${fresh('drawn')}.png`;
  const [answer] = await json(['show', ...given, '--out', out]);
  expect(answer!['png']).toBe(out);
  const picture = readPng(readFileSync(out), out);
  const sumAt = (column: number, row: number) => colourAt(picture, left, scale, column, row);
  return { picture, sumAt };
}

describe('--json says what an evaluation sees', () => {
  test('in one object, without a file', async () => {
    const cwd = freshFolder('empty');
    const { o, label } = spikesOf(smallPlan, dataset, undefined, 5, 'test');
    const facts = { dataset, part: 'test', index: 5, label, T: 4, spikes: total(o), density: share(o) };
    expect(await json(['show', ...args], cwd)).toEqual([{ ...facts, png: null }]);
    expect(facts.label).toBe(pictureOf(12 + 5).label);
    expect(facts.spikes).toBeGreaterThan(20);
    expect(namesIn(cwd)).toEqual([]);
  });

  test('with --seed, --window, --variant and --part', async () => {
    const scaled = writeNetwork('scaled', { ...smallNetwork, input: { ...smallNetwork.input, scale: 0.5 } });
    for (const [flags, file, options, part, seed] of [
      [['--seed', '7', '--window', '9'], small, { timeWindow: 9 }, 'test', 7],
      [['--part', 'train'], small, {}, 'train', 1],
      [['--model', scaled, '--variant', 'paper'], scaled, { variant: 'paper' }, 'test', 1],
    ] as const) {
      const asked = network(JSON.parse(readFileSync(file, 'utf8')), options).plan;
      const { o, label } = spikesOf(asked, dataset, undefined, 5, part, seed);
      const [answer] = await json(['show', ...args, ...flags]);
      expect(answer).toMatchObject({ part, label, T: asked.T, spikes: total(o), density: share(o) });
    }
  });

  test('of a recording by its events', async () => {
    const { o, label } = spikesOf(network(lenetNmnist).plan, 'nmnist', nmnist);
    const [answer] = await json(['show', 'nmnist', '0', '--part', 'train', '--data', nmnist]);
    expect(answer).toMatchObject({ label, T: 30, spikes: total(o), density: share(o) });
    expect(total(o) / o.length).toBeGreaterThan(share(o));
  });
});

test('a class with a name is shown by it', async () => {
  const blank = writePng(2, 2, new Uint8Array(4));
  const names = ['bars/0.png', 'bars/1.png', 'cross/0.png', 'cross/1.png'];
  const folder = folderOf(Object.fromEntries(names.map((name) => [name, blank])));
  const { out } = await asfbp(['show', folder, '1']);
  expect(out).toMatch(/ test sample 1: .*label 1, cross.* · T 20 · /);
});

describe('the PNG', () => {
  test('has image, sum and raster of one kind of spikes, in black', async () => {
    const { o, sums } = spikesOf(smallPlan, dataset, undefined, 5, 'test');
    const [wide, tall] = [70, Math.floor(800 / 64)];
    const { picture, sumAt } = await drawn(args, 2 * margin + 8 * wide, wide);
    expect(picture).toMatchObject({
      width: 4 * margin + 2 * 8 * wide + 4 * margin,
      height: 2 * margin + 64 * tall,
      channels: 3,
    });
    const { pixels } = pictureOf(12 + 5);
    for (let i = 0; i < side * side; i++) {
      const [column, row] = [i % side, Math.floor(i / side)];
      expect(colourAt(picture, margin, wide, column, row)).toEqual(Array(3).fill(pixels[i]));
      expect(sumAt(column, row)).toEqual(inked([0, 0, 0], sums[i]! / Math.max(...sums)));
      for (let t = 0; t < smallPlan.T; t++) {
        const [x, y] = [3 * margin + 16 * wide + 16 * t + 8, margin + i * tall + 5];
        expect(picture.data[3 * (y * picture.width + x)]).toBe(o[t * 64 + i] ? 0 : 255);
      }
    }
  });

  test('has signed spikes of three channels in red and blue, and the image in colours', async () => {
    const folder = freshFolder('cifar10');
    const bytes = Uint8Array.from({ length: 3072 }, (_, i) => (i * 37 + (i >> 5) * 11) & 255);
    for (const name of [1, 2, 3, 4, 5].map((k) => `data_batch_${k}`).concat('test_batch'))
      writeFileSync(join(folder, `${name}.bin`), encodeCifar10([3], [bytes]));
    const file = {
      ...smallNetwork,
      timeWindow: 40,
      input: { channels: 3, height: 32, width: 32, scale: 1 },
      layers: [{ kind: 'linear', units: 10 }],
    };
    const given = ['cifar10', '0', '--data', folder, '--model', writeNetwork('colour', file)];
    const { picture, sumAt } = await drawn(given, 2 * margin + 32 * 17, 8);
    const { sums } = spikesOf(network(file as any).plan, 'cifar10', folder, 0, 'test');
    const most = sums.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    for (let i = 0; i < 3072; i += 7)
      expect(sumAt(i % 32, Math.floor(i / 32))).toEqual(
        inked(sums[i]! < 0 ? blue : red, Math.abs(sums[i]!) / most),
      );
    // In the first channel, the brightest byte is redder than the darkest.
    const plane = [...bytes.subarray(0, 1024)];
    const redness = (byte: number): number => {
      const i = plane.indexOf(byte);
      return colourAt(picture, margin, 17, i % 32, Math.floor(i / 32))[0]!;
    };
    expect(redness(Math.max(...plane))).toBeGreaterThan(redness(Math.min(...plane)) + 200);
  });

  test('has OFF in blue above ON in red for a recording, and no image', async () => {
    const { picture, sumAt } = await drawn(['nmnist', '0', '--part', 'train', '--data', nmnist], margin, 11);
    const { sums } = spikesOf(network(lenetNmnist).plan, 'nmnist', nmnist);
    expect(picture).toMatchObject({ width: 3 * margin + 34 * 11 + 30 * 16, height: 2 * margin + 771 });
    sums.forEach((sum, i) => {
      const ink = inked(i < 34 * 34 ? blue : red, sum / Math.max(...sums));
      expect(sumAt(i % 34, Math.floor(i / 34))).toEqual(ink);
    });
  });
});

/** Writes an .npz of two samples of class 1. */
function arraysOf(name: string, data: Uint8Array, shape: readonly number[], kind: string): string {
  npzOf({ [kind]: tensorOf('U8', shape, data), labels: tensorOf('U8', [2], 1) }, join(home, name));
  return name;
}

describe('in a terminal', () => {
  test('image, sum and raster stand in at most 80 columns, also of many steps and wide maps', async () => {
    const pixels = Uint8Array.from({ length: 1200 }, (_, i) => (i % 200) + 20);
    const arrays = arraysOf('wide.npz', pixels, [2, 1, 3, 200], 'images');
    const model = writeNetwork('wide', {
      ...smallNetwork,
      input: { channels: 1, height: 3, width: 200 },
      layers: [{ kind: 'linear', units: 2 }],
    });
    for (const given of [args, [arrays, '0', '--model', model, '--window', '1000']]) {
      const { code, out, err } = await asfbp(['show', ...given], home);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const [, ...lines] = out.split('\n');
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
      expect(out).toMatch(/█/);
      expect(lines.filter((line) => line.includes('│'))).toHaveLength(16);
    }
  });

  test.each([1, 8, 12])('%i columns wide has a raster all the same', async (columns) => {
    const io = new Process();
    Object.assign(io.stdout, { columns });
    expect((await asfbp(['show', ...args], home, io)).out.match(/│[ ░▒▓█]/g)).not.toBeNull();
  });

  test('the raster counts: the row and step of each spike', async () => {
    const spikes = new Uint8Array(2 * 4 * 64);
    // Sample 1 is the test part. Input 9 has a spike at step 2, and input 63 has two at step 3.
    spikes[4 * 64 + 2 * 64 + 9] = 1;
    spikes[4 * 64 + 3 * 64 + 63] = 2;
    const arrays = arraysOf('few.npz', spikes, [2, 4, 1, 8, 8], 'spikes');
    const { out } = await asfbp(['show', arrays, '0', '--model', small], home);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toBe('few.npz test sample 0: label 1 · T 4 · 3 spikes, density 0.0078');
    const raster = lines.slice(-16);
    expect(raster[2]).toBe(' 8 │  ▒');
    expect(raster[15]).toBe('60 │   █');
    expect(raster.filter((line) => /[░▒▓█]/.test(line))).toHaveLength(2);
  });
});

const run = freshFolder('run');
writeFileSync(join(run, 'model.safetensors'), '');
const index = 'show: "INDEX" expected a whole number from 0 to 8, got';
refuses([
  [['show', 'mnist', '0', '--model', 'x'], '"--model" expected one of '],
  [['show', dataset, '9', '--model', small], `${index} 9`],
  [['show', dataset, '1e0', '--model', small], `${index} '1e0'`],
  [['show', 'mnits', '1'], 'did you mean mnist?'],
  [['show', ...args, '--out', '/no/such/x.png'], 'cannot write /no/such/x.png: '],
  [['show', run, '3'], 'got the folder of a run; `asf-bp info`, `evaluate`, `predict` and `report` take it'],
]);
