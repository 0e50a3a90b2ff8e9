/**
 * Data of the user's own: CSV files and folders of pictures are data sets, and get a network that fits and
 * settings that learn.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { splitClasses } from '../../src/command/readers/place.ts';
import { openDataset } from '../../src/command/readers/datasets.ts';
import { settingsFor } from '../../src/command/run/run.ts';
import { reportLine } from '../../src/command/run/folder.ts';
import { classesWarning } from '../../src/command/run/start.ts';
import { firstOf, images, type Dataset } from '../../src/data/dataset.ts';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import { network } from '../../src/network/network.ts';
import { defaults } from '../../src/train/settings.ts';
import { writeNpz } from '../../src/formats/npz.ts';
import { writePng } from '../../src/formats/png.ts';
import { pngFile } from '../fuzz/samples.ts';
import { asfbp, checkpointOf, fresh, json, namesIn, refusalOf } from './command.ts';
import { classes, pictureOf, side, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const samples = Array.from({ length: 60 }, (_, k) => pictureOf(k));
/** Starting a pool takes longer than the training. */
const alone = ['--threads', '1'];
const once = ['--epochs', '1', ...alone];

/** Writes a table of pictures and returns its path. */
function writeCsv(list: readonly { pixels: Uint8Array; label: number }[], name = 'a.csv'): string {
  const path = join(fresh('tables'), name);
  mkdirSync(dirname(path));
  writeFileSync(path, list.map(({ pixels, label }) => `${[label, ...pixels].join(',')}\n`).join(''));
  return path;
}

/** Writes `<class>/<number>.png` for each picture into a folder and returns it. */
function writePictures(folder: string, list: readonly { pixels: Uint8Array; label: number }[]): string {
  for (const [k, { pixels, label }] of list.entries()) {
    mkdirSync(join(folder, `class ${label}`), { recursive: true });
    writeFileSync(join(folder, `class ${label}`, `${k}.png`), writePng(side, side, pixels));
  }
  return folder;
}

/** Writes an .npz of pictures, without a test part, and returns its path. */
function writeArrays(list: readonly { pixels: Uint8Array; label: number }[]): string {
  const path = `${fresh('arrays')}.npz`;
  const data = Uint8Array.from(list.flatMap(({ pixels }) => [...pixels]));
  const labels = Uint8Array.from(list, ({ label }) => label);
  const arrays = {
    images: { dtype: 'U8', shape: [list.length, side, side], data },
    labels: { dtype: 'U8', shape: [list.length], data: labels },
  } as const;
  writeFileSync(path, writeNpz(Object.entries(arrays)));
  return path;
}

const csv = writeCsv(samples);
const pictures = writePictures(fresh('pictures'), samples);

const refusedBy = async (args: readonly string[]): Promise<string> =>
  refusalOf(await asfbp(['train', ...args, '--out', fresh()]));

describe('a set without a test part', () => {
  test('gives the last tenth of each class, rounded up, and keeps a class of one sample for training', () => {
    const labels = [...Array(20).fill(0), ...Array(11).fill(1), 2, 0];
    const { train, test: held } = splitClasses(labels.length, (i) => labels[i]);
    expect([...held]).toEqual([18, 19, 29, 30, 32]);
    expect([...train, ...held].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
  });

  test('is refused where nothing is left for testing', async () => {
    const file = writeCsv([samples[0]!, { ...samples[1]!, label: 1 }]);
    expect(await refusedBy(['--dataset', file])).toMatch(
      /expected a class with at least two samples, got 2 in all$/,
    );
  });
});

test.each([
  ['an .npz file', () => writeArrays(samples)],
  ['a folder of pictures', () => pictures],
])('--scale columns is refused for %s', async (_, make) => {
  const own = make();
  for (const model of [[], ['--model', writeNetwork('scaled', smallNetwork)]])
    expect(await refusedBy(['--dataset', own, '--scale', 'columns', ...model, ...once])).toBe(
      `train: "--scale" expected a .csv table in --dataset, got ${own}`,
    );
});

describe('evaluate of a set without a test part', () => {
  test.each([
    ['a table', () => writeCsv(samples)],
    ['pictures', () => writePictures(fresh('pictures'), samples)],
    ['an .npz', () => writeArrays(samples)],
  ])('takes all samples of %s; of the one it was trained on, the tenth of each class', async (_, make) => {
    const [out, mine, other] = [fresh(), make(), make()];
    const [last] = (await json(['train', '--dataset', mine, ...once, '--out', out])).slice(-1);
    const [own] = await json(['evaluate', out, '--dataset', mine, ...alone]);
    expect(own).toMatchObject({ samples: 8, accuracy: last!['accuracy'] });
    expect(await json(['evaluate', out, ...alone])).toEqual([own]);
    expect((await json(['evaluate', out, '--dataset', other, ...alone]))[0]).toMatchObject({ samples: 60 });
    expect((await asfbp(['evaluate', out, '--dataset', other, ...alone])).out).toContain(
      `${other}: all samples\n`,
    );
    expect((await asfbp(['evaluate', out, ...alone])).out).toContain(
      `${mine}: the last tenth of each class, since the model was trained on data of this name\n`,
    );
    const file = `${out}.st`;
    expect((await json(['export', out, '--out', file, ...alone]))[0]).toMatchObject({ samples: 8 });
  });

  test('the first samples of an .npz are the same where no others are read', () => {
    const { plan } = network(smallNetwork as Parameters<typeof network>[0]);
    const at = { seed: 1, stream: 'test', epoch: 0, sample: 0 } as const;
    for (const list of [samples, [...samples].sort((a, b) => a.label - b.label)]) {
      const path = writeArrays(list);
      const whole = openDataset(path, 'train', { plan, seed: 1 });
      for (const limit of [1, 5, 50]) {
        const few = openDataset(path, 'train', { plan, seed: 1, limit });
        for (const part of ['train', 'test', 'whole'] as const) {
          const shown = ({ input, label }: Dataset, i: number) => [input(i, at), label(i)];
          const [a, b] = [firstOf(whole[part]!(), limit), firstOf(few[part]!(), limit)];
          expect(b.length).toBe(a.length);
          for (let i = 0; i < a.length; i++) expect(shown(b, i)).toEqual(shown(a, i));
        }
      }
    }
  });

  test('an .npz that is sorted by class is tested on every class', async () => {
    const sorted = [...samples].sort((a, b) => a.label - b.label);
    const { plan } = network(smallNetwork as Parameters<typeof network>[0]);
    const { test: part } = openDataset(writeArrays(sorted), 'train', { plan, seed: 1 });
    const held = part();
    const labels = Array.from({ length: held.length }, (_, i) => held.label(i));
    expect(new Set(labels).size).toBe(classes);
  });
});

describe('the end of a training on own data', () => {
  /** The output of a training in a separate folder, and the commands that it suggests. */
  async function ended(
    data: string,
    ...more: string[]
  ): Promise<{ text: string; err: string; typed: string[][]; cwd: string }> {
    const cwd = fresh('cwd');
    mkdirSync(cwd);
    const { out: text, err } = await asfbp(['train', '--dataset', data, ...more, '--out', 'runs/mine'], cwd);
    const typed = [...text.matchAll(/^(?:use|see) it {2}npx asf-bp (.*)$/gm)].map(([, line]) =>
      line!.split(' '),
    );
    return { text, err, typed, cwd };
  }

  test.each([
    ['a table', () => csv, 'FILE.csv'],
    ['arrays', () => writeArrays(samples), 'FILE.npz'],
    ['pictures', () => pictures, 'FILE.png'],
  ])('says how to use %s', async (_, make, file) => {
    const { typed } = await ended(make(), ...once);
    expect(typed[0]).toEqual(['predict', 'runs/mine', file]);
  });

  test('prints the line of a report that shows a sample, wherever the data are', async () => {
    const { typed, cwd } = await ended(csv, ...once);
    expect(typed[1]!.slice(0, 3)).toEqual(['report', 'runs', '--root']);
    expect((await asfbp(typed[1]!, cwd)).code).toBe(0);
    const page = readFileSync(join(cwd, 'runs', 'report.html'), 'utf8');
    expect(page).toContain('and a sample');
    expect(page).not.toContain('Not shown');
    // The data are in the working folder, and below the runs.
    writeFileSync(join(cwd, 'here.csv'), readFileSync(csv));
    const { out: here } = await asfbp(['train', '--dataset', 'here.csv', ...once, '--out', 'runs/b'], cwd);
    expect(here).toContain('see it  npx asf-bp report runs --root .\n');
    writeFileSync(join(cwd, 'runs', 'below.csv'), readFileSync(csv));
    const { out: below } = await asfbp(
      ['train', '--dataset', 'runs/below.csv', ...once, '--out', 'runs/c'],
      cwd,
    );
    expect(below).toContain('see it  npx asf-bp report runs\n');
    // If only / contains both, the folder of the data is enough.
    expect(reportLine(join(cwd, 'runs', 'c'), '/usr/bin/env')).toMatch(/report \S+ --root \/usr\/bin$/);
  });

  test('shows pictures of all classes, though those of a class follow one another', async () => {
    const many = Array.from({ length: 240 }, (_, k) => pictureOf(k));
    const { text } = await ended(writePictures(fresh('many'), many), ...once);
    const shown = [...text.matchAll(/says class (\d)(?:, is class (\d))?/g)].map(
      ([, says, is]) => is ?? says,
    );
    expect(shown).toEqual(['0', '1', '2', '3', '0', '1', '2', '3', '0', '1']);
  });

  test('names classes under the pictures, and counts few test samples', async () => {
    const { text } = await ended(pictures, ...once);
    expect(text).toMatch(/ test \d of 8 · /);
    expect(text).toMatch(/\ntest accuracy \d of 8\n$/);
    expect(text).toMatch(/says class \d/);
    expect(text).not.toMatch(/says \d|, is \d/);
  });

  test('draws no picture of a table of few columns, nor does predict', async () => {
    const rows = Array.from(
      { length: 40 },
      (_, i) => `${i % 2},${[1, 2, 3, 4].map((k) => (i * k * 37) % 256).join(',')}\n`,
    );
    const path = join(fresh('few'), 'few.csv');
    mkdirSync(dirname(path));
    writeFileSync(path, ['label,a,b,c,d\n', ...rows].join(''));
    const { text, err, cwd } = await ended(path, ...once);
    expect(text).toContain('digest');
    expect(err).toBe('');
    expect((await ended(csv, ...once)).err).toBe('');
    expect(text).not.toMatch(/says \d|[▀▄█]/);
    const { out } = await asfbp(['predict', 'runs/mine', path], cwd);
    expect(out).not.toMatch(/[▀▄█]/);
    expect(out.split('\n')[0]).toMatch(/^.*few\.csv\[0\]: /);
  });

  test('prints every tenth part of many epochs', async () => {
    const { text } = await ended(csv, '--epochs', '45', ...alone);
    const printed = [...text.matchAll(/^epoch (\d+)\/45 /gm)].map(([, epoch]) => Number(epoch));
    expect(printed).toEqual([1, 5, 10, 15, 20, 25, 30, 35, 40, 45]);
  });
});

describe('CSV, pictures and arrays of the same images', () => {
  test('train to the same bits from one file and from train.csv and test.csv', async () => {
    const held = splitClasses(samples.length, (i) => samples[i]!.label);
    const part = (places: Int32Array) => Array.from(places, (place) => samples[place]!);
    const folder = dirname(writeCsv(part(held.train), 'train.csv'));
    renameSync(writeCsv(part(held.test), 'test.csv'), join(folder, 'test.csv'));
    const [one, both] = [csv, folder].map((path) => ['train', '--dataset', path, ...once, '--out', fresh()]);
    expect((await json(both!)).at(-1)!['digest']).toBe((await json(one!)).at(-1)!['digest']);
  });

  test('train from pictures in folders train and test', async () => {
    const folder = fresh('both');
    writePictures(join(folder, 'train'), samples.slice(0, 40));
    writePictures(join(folder, 'test'), samples.slice(40));
    const { out, code } = await asfbp(['train', '--dataset', folder, ...once, '--out', fresh()]);
    expect(code).toBe(0);
    expect(out).toMatch(/: 40 training and 20 test images · linear-100, /);
    expect(out).toContain('\nclasses 0: class 0, 1: class 1, 2: class 2, 3: class 3\n');
  });

  test('are evaluated, shown and predicted as they were trained', async () => {
    const out = fresh();
    const [last] = (await json(['train', '--dataset', pictures, '--epochs', '20', '--out', out])).slice(-1);
    const [evaluated] = await json(['evaluate', out, ...alone]);
    expect(evaluated).toMatchObject({ accuracy: last!['accuracy'], samples: 8 });
    expect(await json(['evaluate', join(out, 'model.safetensors'), ...alone])).toEqual([evaluated]);
    const [shown] = await json(['show', pictures, '0']);
    expect(shown).toMatchObject({ label: 0, T: 20 });
    expect(await json(['show', pictures, '0', '--model', out])).toMatchObject([{ T: 20, png: null }]);

    const picture = join(pictures, 'class 2', namesIn(join(pictures, 'class 2'))[0]!);
    const { pixels } = samples[Number(/(\d+)\.png$/.exec(picture)![1])]!;
    const [row, bare] = [`${fresh('row')}.csv`, `${fresh('bare')}.csv`];
    writeFileSync(row, `label,${[...pixels.keys()].join(',')}\n2,${pixels.join(',')}\n`);
    writeFileSync(bare, `${pixels.join(',')}\n`);
    const npz = `${fresh('row')}.npz`;
    writeFileSync(npz, writeNpz([['images', { dtype: 'U8', shape: [1, side, side], data: pixels }]]));
    const answers = await json(['predict', out, picture, row, bare, npz]);
    expect(answers.map(({ label }) => label)).toEqual([2, 2, 2, 2]);
    for (const { potentials } of answers) expect(potentials).toEqual(answers[0]!['potentials']);
  });

  test('a light picture is not inverted for a network that learnt such pictures', async () => {
    const light = samples.map(({ pixels, label }) => ({ label, pixels: pixels.map((value) => 255 - value) }));
    const [folder, out] = [writePictures(fresh('light'), light), fresh()];
    await json(['train', '--dataset', folder, ...once, '--out', out]);
    const npz = `${fresh('light')}.npz`;
    writeFileSync(
      npz,
      writeNpz([['images', { dtype: 'U8', shape: [1, side, side], data: light[0]!.pixels }]]),
    );
    const path = join(folder, `class ${light[0]!.label}`, '0.png');
    const [seen, expected] = await json(['predict', out, path, npz]);
    expect(seen!['potentials']).toEqual(expected!['potentials']);
  });

  test('of other values take the same network: intensities 0 to 1', async () => {
    const file = `${fresh('unit')}.csv`;
    const line = ({ pixels, label }: (typeof samples)[0]) =>
      [...[...pixels].map((v) => v / 255), label].join();
    writeFileSync(file, samples.map(line).join('\n'));
    const { plan } = network(smallNetwork as Parameters<typeof network>[0]);
    const at = { seed: 1, stream: 'test', epoch: 0, sample: 0 } as const;
    const [one, other] = [csv, file].map((path) => openDataset(path, 'train', { plan, seed: 1 }).test());
    const [a, b] = [one!.input(0, at), other!.input(0, at)];
    if (!('intensities' in a && 'intensities' in b)) throw new Error('intensities expected');
    expect(Array.from(b.intensities)).toEqual(Array.from(a.intensities, Math.fround));
  });

  test('tell what they are: `--resume` and `info`', async () => {
    const out = fresh();
    await json(['train', '--dataset', csv, ...once, '--out', out]);
    const { out: text } = await asfbp(['train', '--out', out, '--resume']);
    expect(text).toContain(' · linear-100, variant authors, T 20 · ');
    expect(text).toContain(`\nresuming ${out} after 1 epoch\n`);
    expect((await asfbp(['info', out])).out).toContain(`\ntrained 1 epoch on ${csv}, seed 1, test accuracy`);
    const path = join(out, 'checkpoint.safetensors');
    expect((await json(['info', path]))[0]).toMatchObject({ dataset: csv });
    const { training, ...kept } = decodeModel(readFileSync(path), path);
    const run = { ...training!.run, testSamples: 1000 };
    writeFileSync(path, encodeModel({ ...kept, training: { ...training!, run } }));
    expect((await asfbp(['info', out])).out).toMatch(/, test accuracy [\d.]+ % of 1000 samples\n/);
  });
});

describe('colours', () => {
  /** Two classes that differ in colour only: red rows or blue rows. */
  function writeColours(): string {
    const folder = fresh('colours');
    for (let k = 0; k < 24; k++) {
      const data = Uint8Array.from({ length: 48 }, (_, i) => (i % 3 === (k % 2 ? 0 : 2) ? 250 - k : k));
      const name = k % 2 ? 'red' : 'blue';
      mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, name, `${k}.PNG`), encode({ width: 4, height: 4, channels: 3, data }));
    }
    return folder;
  }

  test('are three channels, unless the network takes one', async () => {
    const folder = writeColours();
    const input = (channels: number) => ({ channels, height: 4, width: 4 });
    const open = (channels: number) =>
      openDataset(folder, 'train', {
        plan: network({
          variant: 'paper',
          input: input(channels),
          timeWindow: 2,
          threshold: 1,
          layers: [{ kind: 'linear', units: 2 }],
        }).plan,
        seed: 1,
      }).test();
    expect(open(3).shape).toEqual(input(3));
    // The last picture of the class blue: red, green, blue.
    expect([...open(3).bytes!(0)].filter((_, i) => i % 16 === 0)).toEqual([20, 20, 230]);
    expect([...open(1).bytes!(0)]).toEqual(Array(16).fill(Math.round(0.299 * 20 + 0.587 * 20 + 0.114 * 230)));
    const out = fresh();
    const lines = await json(['train', '--dataset', folder, '--out', out, '--epochs', '30']);
    expect(lines.at(-1)).toMatchObject({ accuracy: 1 });
    const red = join(folder, 'red', '1.PNG');
    expect((await json(['predict', out, red]))[0]).toMatchObject({ label: 1 });
    expect((await asfbp(['predict', out, red])).out).toMatch(
      /^[^\n]*1\.PNG: red, ahead of blue by \d+\.\d\d in potential(; not sure)?\n$/,
    );
    expect((await json(['predict', out, red]))[0]).toMatchObject({ class: 'red' });
    expect((await json(['info', out]))[0]).toMatchObject({ classes: ['blue', 'red'] });
    await json(['export', out, '--grid', '256', '--out', `${out}.gridded`, ...alone]);
    expect((await json(['info', `${out}.gridded`]))[0]).toMatchObject({ classes: ['blue', 'red'] });
  });

  test('are seen over white where a picture is transparent', async () => {
    const folder = fresh('clear');
    mkdirSync(join(folder, 'a'), { recursive: true });
    mkdirSync(join(folder, 'b'));
    for (const [name, alpha] of [
      ['a', 0],
      ['b', 255],
    ] as const)
      for (const k of [0, 1])
        writeFileSync(
          join(folder, name, `${k}.png`),
          encode({ width: 1, height: 1, channels: 2, data: Uint8Array.of(0, alpha) }),
        );
    const { plan } = network({
      variant: 'paper',
      input: { channels: 1, height: 1, width: 1 },
      timeWindow: 2,
      threshold: 1,
      layers: [{ kind: 'linear', units: 2 }],
    });
    const data = openDataset(folder, 'train', { plan, seed: 1 }).test();
    expect([data.bytes!(0)[0], data.bytes!(1)[0]]).toEqual([255, 0]);
  });
});

describe('settings', () => {
  test('follow from the number of samples, unless they are given', () => {
    expect(settingsFor({}, 1800)).toMatchObject({
      epochs: 23,
      batch: 16,
      learningRate: 0.002,
      rateSteps: [15],
    });
    expect(settingsFor({}, 10)).toMatchObject({ epochs: 100 });
    expect(settingsFor({ epochs: 3, lr: 0.1, batch: 5 }, 1800)).toMatchObject({
      epochs: 3,
      learningRate: 0.1,
      batch: 5,
    });
    expect(settingsFor({ optimiser: 'sgd' }, 1800)).toMatchObject({
      epochs: 23,
      learningRate: defaults.learningRate,
    });
    expect(settingsFor({}, 19_999)).toMatchObject({ epochs: 3 });
    expect(settingsFor({}, 20_000)).toEqual({ ...defaults, rateSteps: [1] });
  });

  test('of a named set stay, with whatever limit, and so do those of a run that goes on', async () => {
    const [named, own] = [fresh(), fresh()];
    await json(['train', '--limit', '4', '--window', '2', '--out', named]);
    expect(checkpointOf(named).training!.state.settings).toMatchObject({ ...defaults, rateSteps: [1] });
    const begun = [
      'train',
      '--dataset',
      csv,
      '--epochs',
      '1',
      '--batch',
      '32',
      '--lr',
      '0.00085',
      '--out',
      own,
    ];
    await json(begun);
    await json(['train', '--out', own, '--resume', '--epochs', '2']);
    expect(checkpointOf(own).training!.state.settings).toMatchObject({
      batch: 32,
      learningRate: 0.00085,
      epochs: 2,
    });
  });

  test('are said in the first line, with how the test part was chosen', async () => {
    const { out } = await asfbp(['train', '--dataset', csv, '--batch', '8', ...once, '--out', fresh()]);
    expect(out.split('\n')[0]).toContain(
      ': 52 training and 8 test images (the last tenth of each class) · linear-100, variant authors, T 20 · 1 epoch, batch 8, learning rate 0.002 · wasm, ',
    );
  });

  test('learn a set of few samples without an option', { timeout: 60_000 }, async () => {
    const [last] = (await json(['train', '--dataset', csv, '--out', fresh()])).slice(-1);
    expect(last!['accuracy']).toBeGreaterThan(0.95);
  });
});

describe('a network that is not given', () => {
  test('is lenet for what lenet takes', async () => {
    const file = writeCsv(
      Array.from({ length: 4 }, (_, k) => ({ label: k % 2, pixels: new Uint8Array(784).fill(99 * k) })),
    );
    const { out } = await asfbp(['train', '--dataset', file, ...once, '--window', '2', '--out', fresh()]);
    expect(out).toContain(' · lenet, variant authors, T 2 · ');
  });

  test('fits single rows, arrays and folders of images', async () => {
    const rows = writeCsv(samples.map(({ pixels, label }) => ({ label, pixels: pixels.slice(0, 5) })));
    const arrays = `${fresh('arrays')}.npz`;
    const pixels = Uint8Array.from(samples.flatMap((sample) => [...sample.pixels]));
    const labels = Uint8Array.from(samples, ({ label }) => label);
    writeFileSync(
      arrays,
      writeNpz([
        ['images', { dtype: 'U8', shape: [60, side, side], data: pixels }],
        ['labels', { dtype: 'U8', shape: [60], data: labels }],
      ]),
    );
    for (const [path, input, own = 'linear-100'] of [
      [rows, { channels: 1, height: 1, width: 5 }, 'table-100'],
      [arrays, { channels: 1, height: side, width: side }],
      [writeDataset('idx', 12, 6), { channels: 1, height: side, width: side }],
    ] as const) {
      const out = fresh();
      await json(['train', '--dataset', path, ...once, '--out', out]);
      const { name, layers, input: found } = checkpointOf(out).net.description;
      expect({ name, units: layers.at(-1), found }).toMatchObject({
        name: own,
        units: { units: classes },
        found: input,
      });
    }
  });
});

describe('refused in one line is', () => {
  const model = writeNetwork('small', smallNetwork);

  test('a sample that --model does not take, with a description that does', async () => {
    const file = writeCsv(samples.map(({ pixels, label }) => ({ label, pixels: pixels.slice(0, 49) })));
    expect(await refusedBy(['--dataset', file, '--model', model])).toMatch(
      /expected samples of 1 × 8 × 8, as the network takes, got 1 × 7 × 7; describe a network in a file for --model: \{.*"height":7,"width":7,.*"units":4\}\]\}$/,
    );
  });

  const wrong: readonly [string, (folder: string) => void, RegExp][] = [
    [
      'a picture of another size',
      (folder) => writeFileSync(join(folder, 'class 1', '99.png'), writePng(7, 8, new Uint8Array(56))),
      /"[^"]*99\.png" expected 8 × 8 pixels, as [^ ]*class 0\/\d+\.png has, got 8 × 7; all pictures of a set have one size$/,
    ],
    [
      'the first picture, where all others have one size',
      (folder) => writeFileSync(join(folder, 'class 0', '00.png'), writePng(7, 8, new Uint8Array(56))),
      /"[^"]*class 0\/00\.png" expected 8 × 8 pixels, as [^ ]*class \d\/\d+\.png has, got 8 × 7; all pictures of a set have one size$/,
    ],
    [
      'a picture that no network takes, before it is inflated',
      (folder) =>
        writeFileSync(
          join(folder, 'class 1', '99.png'),
          pngFile({ width: 4096, height: 4096, depth: 8, colour: 0, raw: [0] }),
        ),
      /99\.png: "picture" expected 1 to 131072 pixels, got 4096 x 4096; make it smaller$/,
    ],
    [
      'another kind of picture',
      (folder) => writeFileSync(join(folder, 'class 1', 'a.jpeg'), ''),
      /class 1" expected pictures in PNG, got a\.jpeg; convert it to PNG$/,
    ],
  ];
  test.each(wrong)('%s', async (_, change, expected) => {
    const folder = writePictures(fresh('wrong'), samples);
    change(folder);
    expect(await refusedBy(['--dataset', folder])).toMatch(expected);
  });

  test('nothing, but told, are samples of one class', async () => {
    const alike = samples.filter(({ label }) => label === 1);
    const { code, err } = await asfbp([
      'train',
      '--dataset',
      writePictures(fresh('one'), alike),
      ...once,
      '--out',
      fresh(),
    ]);
    expect(code).toBe(0);
    expect(err).toMatch(/^all training samples of .*one.* are of class class 1: there is nothing to learn\n/);
  });

  test('nothing, but told, are labels that count from 1', async () => {
    const lines = (first: number): string => {
      const path = `${fresh('counted')}.csv`;
      const line = (k: number): string =>
        [first + (k % 3), ...Array.from({ length: 16 }, (_, i) => 3 * ((k + i) % 83))].join();
      const names = ['label', ...Array.from({ length: 16 }, (_, i) => `c${i}`)].join();
      writeFileSync(path, [names, ...Array.from({ length: 60 }, (_, k) => line(k))].join('\n'));
      return path;
    };
    const warned = async (first: number) =>
      (await asfbp(['train', '--dataset', lines(first), ...once, '--out', fresh()])).err;
    expect(await warned(1)).toMatch(
      /^no training sample of .*counted.*\.csv train is of class 0: labels count from 0\n/,
    );
    expect(await warned(0)).not.toContain('class 0');
  });

  test('nothing, but told by name, are classes without samples', () => {
    const data = images('x', { channels: 1, height: 1, width: 1 }, new Uint8Array(4), [1, 2, 1, 2]);
    expect(classesWarning(data)).toBe('no training sample of x is of class 0: labels count from 0');
    expect(classesWarning(data, ['a', 'b', 'c'])).toBe('no training sample of x is of class a');
    expect(classesWarning(data, ['a', 'b', 'c', 'd'])).toBe('no training sample of x is of class a, d');
  });

  test('nothing, but told, is an empty folder of a class', async () => {
    const folder = writePictures(fresh('empty'), samples);
    mkdirSync(join(folder, 'none'));
    const { code, err } = await asfbp(['train', '--dataset', folder, ...once, '--out', fresh()]);
    expect(code).toBe(0);
    expect(err).toContain(`no training sample of ${folder} train is of class none\n`);
  });

  test('nothing, but told, are values of which few inputs fire', async () => {
    const faint = `${fresh('faint')}.csv`;
    const line = (k: number): string => [k % 2, k % 2, 1, 2, 3].join();
    writeFileSync(faint, Array.from({ length: 40 }, (_, k) => line(k)).join('\n'));
    const { code, err } = await asfbp(['train', '--dataset', faint, ...once, '--out', fresh()]);
    expect(code).toBe(0);
    expect(err).toMatch(
      /^the input of .*faint.*\.csv train hardly fires \(spike rate 0\.00\d\d\): scale each of its columns or pictures to 0 … 1, or to 0 … 255\n/,
    );
    expect((await asfbp(['train', '--dataset', csv, ...once, '--out', fresh()])).err).not.toContain('hardly');
  });

  test('a class that the model does not know, where others would take its number', async () => {
    const folder = (names: readonly string[]): string => {
      const path = fresh('animals');
      for (const name of names) {
        mkdirSync(join(path, name), { recursive: true });
        for (const k of [0, 1])
          writeFileSync(join(path, name, `${k}.png`), writePng(8, 8, samples[k]!.pixels));
      }
      return path;
    };
    const out = fresh();
    await json(['train', '--dataset', folder(['cat', 'dog']), ...once, '--out', out]);
    for (const names of [
      ['ape', 'cat'],
      ['ape', 'bee'],
    ])
      expect(refusalOf(await asfbp(['evaluate', out, '--dataset', folder(names)]))).toMatch(
        /^evaluate: ".*" expected only the classes cat, dog, got ape$/,
      );
    // A folder with only one class is read by that class's name.
    const dogs = openDataset(folder(['dog']), 'test', checkpointOf(out).net).whole!();
    expect(dogs.label(0)).toBe(1);
  });

  test('a class that the training part has not', async () => {
    const folder = fresh('both');
    writePictures(
      join(folder, 'train'),
      samples.filter(({ label }) => label < 3),
    );
    writePictures(join(folder, 'test'), samples);
    expect(await refusedBy(['--dataset', folder])).toMatch(
      /test" expected only the classes class 0, class 1, class 2, got class 3; each part has the same folders$/,
    );
  });

  test('a folder that is no data set, and a file that is not there', async () => {
    const folder = fresh('empty');
    mkdirSync(folder);
    expect(await refusedBy(['--dataset', folder])).toMatch(
      /expected train\.csv and test\.csv, or folders of PNG pictures, one per class, or folders of \.bin .*, or folders of \.aedat .*, or the four IDX files, .*, got none of them$/,
    );
    expect(await refusedBy(['--dataset', 'no.csv'])).toBe(
      'train: "--dataset" expected an existing file, got no.csv; no such file',
    );
  });

  test('a folder without train.csv for train; evaluate needs test.csv alone', async () => {
    const [out, folder] = [fresh(), dirname(writeCsv(samples, 'test.csv'))];
    await json(['train', '--dataset', csv, ...once, '--out', out]);
    expect(await refusedBy(['--dataset', folder])).toMatch(
      /expected train\.csv and test\.csv, got no train\.csv$/,
    );
    expect((await json(['evaluate', out, '--dataset', folder, ...alone]))[0]).toMatchObject({ samples: 60 });
  });

  test('a table to predict of other samples, and a picture of another size', async () => {
    const out = fresh();
    await json(['train', '--dataset', csv, ...once, '--out', out]);
    const file = writeCsv([
      { label: 0, pixels: new Uint8Array(9) },
      { label: 1, pixels: new Uint8Array(9) },
    ]);
    expect(refusalOf(await asfbp(['predict', out, file]))).toMatch(
      /expected 64 values per line, as the network takes, with or without a label, got 10 columns$/,
    );
    const picture = `${fresh('picture')}.png`;
    writeFileSync(picture, writePng(5, 6, new Uint8Array(30)));
    expect(refusalOf(await asfbp(['predict', out, picture]))).toMatch(
      /expected a sample of 1 × 8 × 8, as the network takes, got a picture of 6 × 5 pixels; resize it$/,
    );
  });
});

test('spikes that do not fit the network of the option are refused with the options that change it', async () => {
  const path = `${fresh('events')}.npz`;
  const spikes = { dtype: 'U8', shape: [3, 10, 2, 6, 6], data: new Uint8Array(3 * 10 * 72) } as const;
  const labels = { dtype: 'U8', shape: [3], data: Uint8Array.of(0, 1, 2) } as const;
  writeFileSync(path, writeNpz(Object.entries({ spikes, labels })));
  expect(await refusedBy(['--dataset', path])).toMatch(
    /got \(3, 10, 2, 6, 6\); --model FILE\.json describes a network for other maps, --window sets the number of steps$/m,
  );
});
