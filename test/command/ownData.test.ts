/**
 * CSV files, .npz files and folders of pictures as data sets: how they are divided, which networks fit, and which errors are
 * reported.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { splitClasses } from '../../src/command/readers/place.ts';
import { openDataset } from '../../src/command/readers/datasets.ts';
import { firstOf, type Dataset } from '../../src/data/dataset.ts';
import { writePng } from '../../src/formats/png.ts';
import { network } from '../../src/network/network.ts';
import { pngFile } from '../fuzz/samples.ts';
import { asfbp, fresh, json, namesIn, refusalOf } from './command.ts';
import { checkpointOf, freshFolder } from './place.ts';
import { draw, folderOf, netOf } from './sets.ts';
import { classes, pictureOf, side, smallNetwork, writeArrays, writeCsv, writeDataset } from './world.ts';
import { writeNetwork, writePictures, writeSpikes } from './world.ts';

const samples = Array.from({ length: 60 }, (_, k) => pictureOf(k));
/** One thread, because a pool starts slowly. */
const once = ['--epochs', '1', '--threads', '1'];

const csv = writeCsv(samples);
const pictures = writePictures(fresh('pictures'), samples);
const { plan } = network(smallNetwork as Parameters<typeof network>[0]);
const refusedBy = async (args: readonly string[]): Promise<string> =>
  refusalOf(await asfbp(['train', '--dataset', ...args, '--out', fresh()]));

describe('a set without a test part', () => {
  test('gives the last tenth of each class, rounded up, and keeps a class of one sample for training', () => {
    const labels = [...Array(20).fill(0), ...Array(11).fill(1), 2, 0];
    const { train, test: held } = splitClasses(labels.length, (i) => labels[i]);
    expect([...held]).toEqual([18, 19, 29, 30, 32]);
    expect([...train, ...held].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
  });

  test.each([
    ['a table', () => writeCsv(samples)],
    ['pictures', () => writePictures(fresh('pictures'), samples)],
    ['an .npz', () => writeArrays(samples)],
  ])('is evaluated whole; if it was trained on, by the tenth of each class: %s', async (_, make) => {
    const [out, mine, other] = [fresh(), make(), make()];
    const last = (await json(['train', '--dataset', mine, ...once, '--out', out])).at(-1)!;
    const [own] = await json(['evaluate', out, '--dataset', mine]);
    expect(own).toMatchObject({ samples: 8, accuracy: last['accuracy'] });
    expect(await json(['evaluate', out])).toEqual([own]);
    expect(await json(['evaluate', out, '--dataset', other])).toMatchObject([{ samples: 60 }]);
    const said = async (...more: string[]) => (await asfbp(['evaluate', out, ...more])).out;
    expect(await said('--dataset', other)).toContain(`${other}: all samples\n`);
    expect(await said()).toContain(`${mine}: the last tenth of each class, since the model was trained on`);
    expect(await json(['export', out, '--out', `${out}.st`])).toMatchObject([{ samples: 8 }]);
  });

  test('has the same first samples, in an .npz, where no others are read', () => {
    for (const list of [samples, [...samples].sort((a, b) => a.label - b.label)]) {
      const path = writeArrays(list);
      const whole = openDataset(path, 'train', { plan, seed: 1 });
      for (const limit of [1, 5, 50]) {
        const few = openDataset(path, 'train', { plan, seed: 1, limit });
        for (const part of ['train', 'test', 'whole'] as const) {
          const shown = (of: Dataset): unknown[] =>
            Array.from({ length: of.length }, (_, i) => [of.input(i, draw), of.label(i)]);
          expect(shown(firstOf(few[part]!(), limit))).toEqual(shown(firstOf(whole[part]!(), limit)));
        }
      }
    }
  });
});

describe('CSV, pictures and arrays of the same images', () => {
  test('train to the same bits from one file and from train.csv and test.csv', async () => {
    const held = splitClasses(samples.length, (i) => samples[i]!.label);
    const part = (places: Int32Array) => Array.from(places, (place) => samples[place]!);
    const folder = dirname(writeCsv(part(held.train), 'train.csv'));
    renameSync(writeCsv(part(held.test), 'test.csv'), join(folder, 'test.csv'));
    const [one, both] = await Promise.all(
      [csv, folder].map((path) => json(['train', '--dataset', path, ...once, '--out', fresh()])),
    );
    expect(both!.at(-1)!['digest']).toBe(one!.at(-1)!['digest']);
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
    const last = (await json(['train', '--dataset', pictures, '--epochs', '20', '--out', out])).at(-1)!;
    const { accuracy } = last;
    expect(await json(['evaluate', out])).toMatchObject([{ accuracy, samples: 8 }]);
    expect(await json(['show', pictures, '0'])).toMatchObject([{ label: 0, T: 20 }]);
    expect(await json(['show', pictures, '0', '--model', out])).toMatchObject([{ T: 20, png: null }]);

    const picture = join(pictures, 'class 2', namesIn(join(pictures, 'class 2'))[0]!);
    const { pixels } = samples[Number(/(\d+)\.png$/.exec(picture)![1])]!;
    const row = `${[...pixels.keys()].join(',')},label\n${pixels.join(',')},2\n`;
    const folder = folderOf({ 'row.csv': row, 'bare.csv': `${pixels.join(',')}\n` });
    const tables = ['row.csv', 'bare.csv'].map((name) => join(folder, name));
    const npz = writeArrays([{ pixels, label: 2 }]);
    const answers = await json(['predict', out, picture, ...tables, npz]);
    expect(answers.map(({ label }) => label)).toEqual([2, 2, 2, 2]);
    for (const { potentials } of answers) expect(potentials).toEqual(answers[0]!['potentials']);
  });

  test('a light picture is not inverted for a network that learnt such pictures', async () => {
    const light = samples.map(({ pixels, label }) => ({ label, pixels: pixels.map((value) => 255 - value) }));
    const [folder, out] = [writePictures(fresh('light'), light), fresh()];
    await json(['train', '--dataset', folder, ...once, '--out', out]);
    const path = join(folder, `class ${light[0]!.label}`, '0.png');
    const [seen, expected] = await json(['predict', out, path, writeArrays([light[0]!])]);
    expect(seen!['potentials']).toEqual(expected!['potentials']);
  });

  test('of other values take the same network: intensities 0 to 1', () => {
    const line = ({ pixels, label }: (typeof samples)[0]) =>
      [...[...pixels].map((v) => v / 255), label].join();
    const folder = folderOf({ 'unit.csv': samples.map(line).join('\n') });
    const [one, other] = [csv, join(folder, 'unit.csv')].map((path) => {
      const input = openDataset(path, 'train', { plan, seed: 1 }).test().input(0, draw);
      return 'intensities' in input ? Array.from(input.intensities, Math.fround) : [];
    });
    expect(other).toEqual(one);
  });
});

const png = (width: number, channels: 2 | 3, data: Uint8Array) =>
  encode({ width, height: width, channels, data });

describe('colours', () => {
  /** Two classes that differ only in colour: red or blue. */
  const coloured = folderOf(
    Object.fromEntries(
      Array.from({ length: 24 }, (_, k) => {
        const data = Uint8Array.from({ length: 48 }, (__, i) => (i % 3 === (k % 2 ? 0 : 2) ? 250 - k : k));
        return [`${k % 2 ? 'red' : 'blue'}/${k}.PNG`, png(4, 3, data)];
      }),
    ),
  );

  test('are three channels, unless the network takes one', async () => {
    const open = (channels: number) =>
      openDataset(coloured, 'train', { plan: netOf(channels, 4, 2, 'paper', 2).plan, seed: 1 }).test();
    expect(open(3).shape).toEqual({ channels: 3, height: 4, width: 4 });
    // Red, green and blue of the last picture of class blue.
    expect([...open(3).bytes!(0)].filter((_, i) => i % 16 === 0)).toEqual([20, 20, 230]);
    expect([...open(1).bytes!(0)]).toEqual(Array(16).fill(Math.round(0.299 * 20 + 0.587 * 20 + 0.114 * 230)));
    const out = fresh();
    const lines = await json(['train', '--dataset', coloured, '--out', out, '--epochs', '30']);
    expect(lines.at(-1)).toMatchObject({ accuracy: 1 });
    const red = join(coloured, 'red', '1.PNG');
    expect(await json(['predict', out, red])).toMatchObject([{ label: 1, class: 'red' }]);
    expect((await asfbp(['predict', out, red])).out).toMatch(
      /^[^\n]*1\.PNG: red, ahead of blue by \d+\.\d\d in potential(; not sure)?\n$/,
    );
    await json(['export', out, '--grid', '256', '--out', `${out}.gridded`]);
    for (const model of [out, `${out}.gridded`])
      expect(await json(['info', model])).toMatchObject([{ classes: ['blue', 'red'] }]);
  });

  test('are seen over white where a picture is transparent', () => {
    const [clear, ink] = [0, 255].map((alpha) => png(1, 2, Uint8Array.of(0, alpha)));
    const folder = folderOf({ 'a/0.png': clear!, 'a/1.png': clear!, 'b/0.png': ink!, 'b/1.png': ink! });
    const data = openDataset(folder, 'train', { plan: netOf(1, 1, 2, 'paper', 2).plan, seed: 1 }).test();
    expect([data.bytes!(0)[0], data.bytes!(1)[0]]).toEqual([255, 0]);
  });
});

test.each([
  ['single rows', () => writeCsv(samples.map((s) => ({ ...s, pixels: s.pixels.slice(0, 5) }))), 'table-100'],
  ['arrays', () => writeArrays(samples), 'linear-100'],
  ['spikes of seven steps', () => writeSpikes(12, 7), 'linear-100', 7],
  ['a folder of images', () => writeDataset('idx', 12, 6), 'linear-100'],
])('a network is made that takes %s', async (_, make, name, timeWindow = 20) => {
  const out = fresh();
  await json(['train', '--dataset', make(), ...once, '--out', out]);
  const { description } = checkpointOf(out).net;
  const input = name === 'table-100' ? { height: 1, width: 5 } : { height: side, width: side };
  expect(description).toMatchObject({ name, timeWindow, input: { channels: 1, ...input } });
  expect(description.layers.at(-1)).toMatchObject({ units: classes });
});

test('the network is lenet for what lenet takes', async () => {
  const list = Array.from({ length: 4 }, (_, k) => ({
    label: k % 2,
    pixels: new Uint8Array(784).fill(99 * k),
  }));
  const args = ['--dataset', writeCsv(list), ...once, '--window', '2'];
  const { out } = await asfbp(['train', ...args, '--out', fresh()]);
  expect(out).toContain(' · lenet, variant authors, T 2 · ');
});

describe('refused in one line is', () => {
  const small = writePng(7, 8, new Uint8Array(56));
  const huge = pngFile({ width: 4096, height: 4096, depth: 8, colour: 0, raw: [0] });
  test.each<[string, file: string, Uint8Array, words: string]>([
    ['a picture of another size', 'class 1/99.png', small, '99.png" expected 8 × 8 pixels, as '],
    ['a picture that no network takes, unread', 'class 1/99.png', huge, 'expected 1 to 131072 pixels'],
    ['another kind of picture', 'class 1/a.jpeg', small, 'class 1" expected pictures in PNG, got a.jpeg'],
  ])('%s', async (_, file, bytes, words) => {
    const folder = writePictures(fresh('wrong'), samples);
    writeFileSync(join(folder, file), bytes);
    expect(await refusedBy([folder])).toContain(words);
  });

  test('a sample that --model does not take, with a description that does', async () => {
    const file = writeCsv(samples.map(({ pixels, label }) => ({ label, pixels: pixels.slice(0, 49) })));
    expect(await refusedBy([file, '--model', writeNetwork('small', smallNetwork)])).toMatch(
      /expected samples of 1 × 8 × 8, as the network takes, got 1 × 7 × 7; describe a network in a file for --model: \{.*"height":7,"width":7,.*"units":4\}\]\}$/,
    );
  });

  test('a class that the model does not know, where others would take its number', async () => {
    const ofNames = (...names: string[]): string => {
      const file = writePng(8, 8, samples[0]!.pixels);
      return folderOf(
        Object.fromEntries(names.flatMap((name) => [0, 1].map((k) => [`${name}/${k}.png`, file]))),
      );
    };
    const out = fresh();
    await json(['train', '--dataset', ofNames('cat', 'dog'), ...once, '--out', out]);
    for (const other of ['cat', 'bee'])
      expect(refusalOf(await asfbp(['evaluate', out, '--dataset', ofNames('ape', other)]))).toContain(
        'expected only the classes cat, dog, got ape',
      );
    // In a folder with one class, the name of the class determines the label of the pictures.
    expect(openDataset(ofNames('dog'), 'test', checkpointOf(out).net).whole!().label(0)).toBe(1);
  });

  test('a class that the training part has not', async () => {
    const folder = fresh('both');
    const three = samples.filter(({ label }) => label < 3);
    writePictures(join(folder, 'train'), three);
    writePictures(join(folder, 'test'), samples);
    expect(await refusedBy([folder])).toContain('got class 3; each part has the same folders');
  });

  test('a folder that is no data set, and a file that is not there', async () => {
    const line = await refusedBy([freshFolder('empty')]);
    for (const form of ['train.csv and test.csv', 'folders of PNG', '.bin ', '.aedat ', 'the four IDX files'])
      expect(line).toContain(form);
    expect(await refusedBy(['no.csv'])).toContain('"--dataset" expected an existing file, got no.csv; no');
  });

  test('a folder without train.csv for train; evaluate needs test.csv alone', async () => {
    const [out, folder] = [fresh(), dirname(writeCsv(samples, 'test.csv'))];
    await json(['train', '--dataset', csv, ...once, '--out', out]);
    expect(await refusedBy([folder])).toContain('expected train.csv and test.csv, got no train.csv');
    expect(await json(['evaluate', out, '--dataset', folder])).toMatchObject([{ samples: 60 }]);
  });

  test('a table to predict of other samples, and a picture of another size', async () => {
    const out = fresh();
    await json(['train', '--dataset', csv, ...once, '--out', out]);
    const nine = { label: 0, pixels: new Uint8Array(9) };
    const predicted = async (path: string) => refusalOf(await asfbp(['predict', out, path]));
    expect(await predicted(writeCsv([nine, { ...nine, label: 1 }]))).toMatch(/expected 64 /);
    const picture = join(folderOf({ 'a.png': writePng(5, 6, new Uint8Array(30)) }), 'a.png');
    expect(await predicted(picture)).toContain('got a picture of 6 × 5 pixels; resize it');
  });
});
