/** Trains on a user's own data: the settings, the warnings, and the output at the end. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reportLine } from '../../src/command/run/folder.ts';
import { settingsFor } from '../../src/command/run/run.ts';
import { classesWarning } from '../../src/command/run/start.ts';
import { images } from '../../src/data/dataset.ts';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import { defaults } from '../../src/train/settings.ts';
import { asfbp, checkpointOf, fresh, freshFolder, json } from './command.ts';
import { folderOf } from './sets.ts';
import { pictureOf, writeArrays, writeCsv, writePictures } from './world.ts';

const samples = Array.from({ length: 60 }, (_, k) => pictureOf(k));
const once = ['--epochs', '1', '--threads', '1'];
const csv = writeCsv(samples);
const pictures = writePictures(fresh('pictures'), samples);

describe('the end', () => {
  /** Trains in a new folder. Returns the output, and the commands that it suggests. */
  async function ended(data: string, ...more: string[]) {
    const cwd = freshFolder('cwd');
    const { out: text, err } = await asfbp(['train', '--dataset', data, ...more, '--out', 'runs/mine'], cwd);
    const typed = [...text.matchAll(/^(?:use|see) it {2}npx asf-bp (.*)$/gm)].map(([, line]) => line!);
    return { text, err, typed, cwd };
  }

  test.each([
    ['a table', () => csv, 'FILE.csv'],
    ['arrays', () => writeArrays(samples), 'FILE.npz'],
    ['pictures', () => pictures, 'FILE.png'],
  ])('says how to use %s', async (_, make, file) => {
    expect((await ended(make(), ...once)).typed[0]).toBe(`predict runs/mine ${file}`);
  });

  test('has the line of a report that shows a sample, wherever the data are', async () => {
    const { typed, cwd } = await ended(csv, ...once);
    expect(typed[1]).toContain('report runs --root ');
    expect((await asfbp(typed[1]!.split(' '), cwd)).code).toBe(0);
    const page = readFileSync(join(cwd, 'runs', 'report.html'), 'utf8');
    expect(page).toContain('and a sample');
    expect(page).not.toContain('Not shown');
    // The data lie in the working folder, or in the folder of the runs.
    for (const [data, line] of [
      ['here.csv', 'report runs --root .\n'],
      ['runs/below.csv', 'report runs\n'],
    ] as const) {
      writeFileSync(join(cwd, data), readFileSync(csv));
      const { out } = await asfbp(['train', '--dataset', data, ...once, '--out', `runs/${line.length}`], cwd);
      expect(out).toContain(`see it  npx asf-bp ${line}`);
    }
    // If no folder below / contains both the run and the data, `--root` is the folder of the data.
    expect(reportLine(join(cwd, 'runs', 'c'), '/usr/bin/env')).toMatch(/report \S+ --root \/usr\/bin$/);
  });

  test('shows pictures of all classes by their names, and counts few test samples', async () => {
    // The pictures are in one folder per class, but those that are shown alternate between the classes.
    const many = Array.from({ length: 240 }, (_, k) => pictureOf(k));
    const { text } = await ended(writePictures(fresh('many'), many), ...once);
    const shown = [...text.matchAll(/says class (\d)(?:, is class (\d))?/g)].map(
      ([, says, is]) => is ?? says,
    );
    expect(shown).toEqual(['0', '1', '2', '3', '0', '1', '2', '3', '0', '1']);
    expect(text).not.toMatch(/says \d|, is \d/);
    expect(text).toMatch(/ test \d+ of 24 · [^]*\ntest accuracy \d+ of 24\n$/);
  });

  test('draws no picture of a table of few columns, nor does predict', async () => {
    const values = (i: number): number[] => [i % 2, ...[1, 2, 3, 4].map((k) => (i * k * 37) % 256)];
    const rows = Array.from({ length: 40 }, (_, i) => `${values(i).join(',')}\n`);
    const path = join(folderOf({ 'few.csv': `label,a,b,c,d\n${rows.join('')}` }), 'few.csv');
    const { text, err, cwd } = await ended(path, ...once);
    expect(text).toContain('digest');
    expect([err, (await ended(csv, ...once)).err]).toEqual(['', '']);
    expect(text).not.toMatch(/says \d|[▀▄█]/);
    const { out } = await asfbp(['predict', 'runs/mine', path], cwd);
    expect(out).not.toMatch(/[▀▄█]/);
    expect(out.split('\n')[0]).toMatch(/^.*few\.csv\[0\]: /);
  });

  test('comes after every tenth part of many epochs', async () => {
    const { text } = await ended(csv, '--epochs', '45', '--threads', '1');
    const printed = [...text.matchAll(/^epoch (\d+)\/45 /gm)].map(([, epoch]) => Number(epoch));
    expect(printed).toEqual([1, 5, 10, 15, 20, 25, 30, 35, 40, 45]);
  });

  test('is told by `--resume` and `info`', async () => {
    const out = fresh();
    await json(['train', '--dataset', csv, ...once, '--out', out]);
    const { out: text } = await asfbp(['train', '--out', out, '--resume']);
    expect(text).toContain(' · linear-100, variant authors, T 20 · ');
    expect(text).toContain(`\nresuming ${out} after 1 epoch\n`);
    expect((await asfbp(['info', out])).out).toContain(`\ntrained 1 epoch on ${csv}, seed 1, test accuracy`);
    const path = join(out, 'checkpoint.safetensors');
    expect(await json(['info', path])).toMatchObject([{ dataset: csv }]);
    const { training, ...kept } = decodeModel(readFileSync(path), path);
    const run = { ...training!.run, testSamples: 1000 };
    writeFileSync(path, encodeModel({ ...kept, training: { ...training!, run } }));
    expect((await asfbp(['info', out])).out).toMatch(/, test accuracy [\d.]+ % of 1000 samples\n/);
  });
});

describe('settings', () => {
  const { learningRate } = defaults;
  test.each([
    [{}, 1800, { epochs: 23, batch: 16, learningRate: 0.002, rateSteps: [15] }],
    [{}, 10, { epochs: 100 }],
    [{ epochs: 3, lr: 0.1, batch: 5 }, 1800, { epochs: 3, learningRate: 0.1, batch: 5 }],
    [{ optimiser: 'sgd' }, 1800, { epochs: 23, learningRate }],
    [{}, 19_999, { epochs: 3 }],
    [{}, 20_000, { ...defaults, rateSteps: [1] }],
  ] as const)('of %j and %i samples are %j', (options, count, expected) => {
    expect(settingsFor(options, count)).toMatchObject(expected);
  });

  test('of a named set stay, with whatever limit, and so do those of a run that goes on', async () => {
    const [named, own] = [fresh(), fresh()];
    await json(['train', '--limit', '4', '--window', '2', '--out', named]);
    expect(checkpointOf(named).training!.state.settings).toMatchObject({ ...defaults, rateSteps: [1] });
    const settings = ['--epochs', '1', '--batch', '32', '--lr', '0.00085'];
    await json(['train', '--dataset', csv, ...settings, '--out', own]);
    await json(['train', '--out', own, '--resume', '--epochs', '2']);
    const kept = { batch: 32, learningRate: 0.00085, epochs: 2 };
    expect(checkpointOf(own).training!.state.settings).toMatchObject(kept);
  });

  test('are said in the first line, with how the test part was chosen', async () => {
    const { out } = await asfbp(['train', '--dataset', csv, '--batch', '8', ...once, '--out', fresh()]);
    expect(out.split('\n')[0]).toContain(
      ': 52 training and 8 test images (the last tenth of each class) · linear-100, variant authors, T 20 · 1 epoch, batch 8, learning rate 0.002 · wasm, ',
    );
  });

  test('learn a set of few samples without an option', { timeout: 60_000 }, async () => {
    const last = (await json(['train', '--dataset', csv, '--out', fresh()])).at(-1)!;
    expect(last['accuracy']).toBeGreaterThan(0.95);
  });
});

describe('a warning', () => {
  const warned = async (data: string): Promise<string> => {
    const { code, err } = await asfbp(['train', '--dataset', data, ...once, '--out', fresh()]);
    expect(code, err).toBe(0);
    return err;
  };
  const table = (count: number, line: (k: number) => readonly number[]): string => {
    const head = line(0).map((_, column) => (column === 0 ? 'label' : `c${column}`));
    const lines = [head, ...Array.from({ length: count }, (_, k) => line(k))];
    return join(folderOf({ 'a.csv': lines.map((each) => `${each.join()}\n`).join('') }), 'a.csv');
  };

  test('is given of samples of one class', async () => {
    const alike = samples.filter(({ label }) => label === 1);
    expect(await warned(writePictures(fresh('one'), alike))).toMatch(
      /^all training samples of .*one.* are of class class 1: there is nothing to learn\n/,
    );
  });

  test.each([
    [1, 'is of class 0: labels count from 0\n'],
    [0, undefined],
  ])('is given of labels that count from 1, not from 0: %i', async (first, words) => {
    const err = await warned(
      table(60, (k) => [first + (k % 3), ...Array.from({ length: 16 }, (_, i) => 3 * ((k + i) % 83))]),
    );
    if (words) expect(err).toContain(words);
    else expect(err).not.toContain('class 0');
  });

  test('names classes without samples, empty folders too', async () => {
    const data = images('x', { channels: 1, height: 1, width: 1 }, new Uint8Array(4), [1, 2, 1, 2]);
    expect(classesWarning(data)).toBe('no training sample of x is of class 0: labels count from 0');
    expect(classesWarning(data, ['a', 'b', 'c'])).toBe('no training sample of x is of class a');
    expect(classesWarning(data, ['a', 'b', 'c', 'd'])).toBe('no training sample of x is of class a, d');
    const folder = writePictures(fresh('empty'), samples);
    mkdirSync(join(folder, 'none'));
    expect(await warned(folder)).toContain(`no training sample of ${folder} train is of class none\n`);
  });

  test('is given of values of which few inputs fire', async () => {
    expect(await warned(table(40, (k) => [k % 2, ...Array<number>(100).fill(k % 3)]))).toMatch(
      /^the input of .*\.csv train hardly fires \(spike rate 0\.00\d\d\): scale each of its columns or pictures to 0 … 1, or to 0 … 255\n/,
    );
    expect(await warned(csv)).not.toContain('hardly');
  });
});
