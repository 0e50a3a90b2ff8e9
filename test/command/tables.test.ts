/**
 * Tables in their usual forms: words as labels, columns in any unit. A model keeps both, and the name of its
 * data.
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { findDataset, openDataset } from '../../src/command/data/datasets.ts';
import { network } from '../../src/network/network.ts';
import { asfbp, checkpointOf, fresh, json, refusalOf } from './command.ts';
import { draw } from './sets.ts';

/** Flowers: the class decides the second column, in thousands; the third is constant. */
const kinds = ['viola', 'rosa', 'tulipa'];
const rowOf = (k: number): string => [20 + (k % 7), 1000 * (k % 3) + 10 * (k % 11), 5, kinds[k % 3]].join();
const rows = Array.from({ length: 90 }, (_, k) => rowOf(k));

const folder = fresh('tables');
const raw = join(folder, 'raw.csv');
const out = fresh();
const alone = ['--threads', '1'];

function write(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
}

beforeAll(async () => {
  mkdirSync(folder);
  write('raw.csv', ['age,euro,same,species', ...rows]);
  await json(['train', '--dataset', raw, '--scale', 'columns', '--epochs', '60', '--out', out]);
});

describe('--scale columns', () => {
  test('is named where raw units are refused, and refused where there are no columns', async () => {
    const line = refusalOf(await asfbp(['train', '--dataset', raw, '--out', fresh()]));
    expect(line).toMatch(/expected a value from 0 to 255, .*; `train --scale columns` scales each column/);
    expect(refusalOf(await asfbp(['train', '--dataset', 'mnist', '--scale', 'columns']))).toBe(
      'train: "--scale" expected a .csv table in --dataset, got mnist',
    );
    expect(refusalOf(await asfbp(['train', '--data', raw]))).toBe(
      `train: "--data" expected a folder, got ${raw}, a file; use --dataset ${raw}`,
    );
  });

  test('scales by the training part, whose mean and range the model keeps; beyond it values are −1 or 1', () => {
    const { net } = checkpointOf(out);
    // The last three of each class are for testing.
    expect(net.trainedOn).toEqual({
      dataset: raw,
      names: ['age', 'euro', 'same'],
      columns: { low: [expect.closeTo(22.926, 3), expect.closeTo(1048.272, 3), 5], high: [26, 2100, 5] },
    });
    const far = write('far.csv', ['age,euro,same,species', '19,2100,5,rosa', '23,5000,6,viola']);
    const data = openDataset(far, 'test', net).whole!();
    const seen = [0, 1].map((i) => data.input(i, { ...draw, sample: i }));
    expect(seen.map((input) => 'intensities' in input && Array.from(input.intensities))).toEqual([
      [-1, 1, 0],
      [expect.closeTo(0.0241, 4), 1, 0],
    ]);
  });

  test('is used by evaluate, predict and resume, by the model alone', async () => {
    const [own] = await json(['evaluate', out, ...alone]);
    expect(own).toMatchObject({ samples: 9, accuracy: 1 });
    const model = `${fresh('copy')}.safetensors`;
    copyFileSync(join(out, 'model.safetensors'), model);
    expect(await json(['evaluate', model, ...alone])).toEqual([own]);
    const bare = write(
      'bare.csv',
      rows.slice(0, 6).map((row) => row.replace(/,\w+$/, '')),
    );
    const answers = await json(['predict', model, bare]);
    expect(answers.map((answer) => answer['class'])).toEqual([...kinds, ...kinds]);
    const more = await json(['train', '--out', out, '--resume', '--epochs', '61']);
    expect(more).toHaveLength(2);
    const named = ['train', '--dataset', raw, '--out', out, '--resume', '--epochs', '62'];
    expect(await json(named)).toHaveLength(2);
  });

  test('takes the range of train.csv for both files of a folder', () => {
    const both = fresh('both');
    mkdirSync(both);
    writeFileSync(join(both, 'train.csv'), 'a,b,kind\n0,10,x\n4,30,y\n');
    writeFileSync(join(both, 'test.csv'), 'a,b,kind\n2,20,y\n');
    const { plan } = network({
      input: { channels: 1, height: 1, width: 2 },
      timeWindow: 2,
      threshold: 1,
      layers: [{ kind: 'linear', units: 2 }],
    });
    const set = openDataset(both, 'test', { plan, seed: 1, scale: 'columns' });
    const held = set.test();
    expect([held.label(0), held.input(0, draw)]).toEqual([1, { intensities: Float64Array.of(0, 0), draw }]);
    expect(set.kept!()).toEqual({
      classes: ['x', 'y'],
      names: ['a', 'b'],
      columns: { low: [2, 20], high: [4, 30] },
    });
  });
});

test('--scale columns takes a column as wide as the numbers go', () => {
  const wide = write('wide.csv', ['a,b,kind', '-1e308,0,x', '1e308,1e-323,y', '0,5e-324,x']);
  const { plan } = checkpointOf(out).net;
  const data = openDataset(wide, 'test', { plan, seed: 1, scale: 'columns' }).whole!();
  const columns = [0, 1, 2].map((i) => data.input(i, { ...draw, sample: i }));
  expect(columns.map((input) => 'intensities' in input && Array.from(input.intensities))).toEqual([
    [-1, -1],
    [1, 1],
    [0, 0],
  ]);
});

test('a table is decoded once for its network and its samples', () => {
  const gone = write('gone.csv', ['age,euro,same,species', ...rows]);
  const found = findDataset(gone, 'test', { scale: 'columns' });
  expect(found.facts!()).toMatchObject({ classes: 3, isTable: true });
  rmSync(gone);
  const { plan } = checkpointOf(out).net;
  expect(found.read({ plan, seed: 1, scale: 'columns' }).train().length).toBe(81);
});

describe('columns of a model', () => {
  const turned = (names: string, lines: readonly string[]): string =>
    write(`${names}.csv`, [names, ...lines.map((row) => row.replace(/^(\d+),(\d+),/, '$2,$1,'))]);

  test('are found by their names in another order, with labels and without', async () => {
    const [own] = await json([
      'evaluate',
      out,
      '--dataset',
      write('same.csv', ['age,euro,same,species', ...rows]),
    ]);
    const other = turned('euro,age,same,species', rows);
    expect(await json(['evaluate', out, '--dataset', other])).toEqual([own]);
    const bare = rows.slice(0, 3).map((row) => row.replace(/,\w+$/, ''));
    const answers = await json(['predict', out, turned('euro,age,same', bare)]);
    expect(answers.map((answer) => answer['class'])).toEqual(kinds);
  });

  test('are refused under other names', async () => {
    const other = turned('euro,years,same,species', rows);
    expect(refusalOf(await asfbp(['evaluate', out, '--dataset', other]))).toBe(
      `evaluate: "${other}" expected columns named as the model's: age, euro, same, got euro, years, same`,
    );
  });
});

test('labels in numbers are refused for classes in words, and taken where they are names of classes', () => {
  const { net } = checkpointOf(out);
  const numbers = write('numbers.csv', ['20,0,5,0', '21,1000,5,1', '22,2000,5,2']);
  expect(() => openDataset(numbers, 'test', net).test()).toThrow(
    `test: "${numbers}" expected only the classes rosa, tulipa, viola, got 0`,
  );
  const named = openDataset(numbers, 'test', { ...net, classes: ['2', '1', '0'] }).whole!();
  expect([0, 1, 2].map((i) => named.label(i))).toEqual([2, 1, 0]);
});

describe('labels in words', () => {
  test('of a folder are numbered by train.csv, though test.csv is read first', () => {
    const both = fresh('both');
    mkdirSync(both);
    writeFileSync(join(both, 'train.csv'), '0,5,ant\n1,0,bee\n1,1,cow\n');
    writeFileSync(join(both, 'test.csv'), '1,1,cow\n1,0,bee\n');
    const { plan } = checkpointOf(out).net;
    const set = openDataset(both, 'test', { plan, seed: 1 });
    const held = set.test();
    expect([held.label(0), held.label(1)]).toEqual([2, 1]);
    expect(set.kept!().classes).toEqual(['ant', 'bee', 'cow']);
  });

  test('are classes of the model, and a table with fewer of them is read by their names', async () => {
    const two = write('two.csv', ['age,euro,same,species', ...rows.filter((row) => !row.endsWith('rosa'))]);
    expect((await json(['evaluate', out, '--dataset', two, ...alone]))[0]).toMatchObject({
      samples: 60,
      accuracy: 1,
    });
    const other = write('other.csv', ['age,euro,same,species', rows[0]!, '20,5,5,lilia']);
    expect(refusalOf(await asfbp(['evaluate', out, '--dataset', other]))).toBe(
      `evaluate: "${other}" expected only the classes rosa, tulipa, viola, got lilia`,
    );
  });
});

describe('evaluate without --dataset', () => {
  test('names the data that the model was trained on, where they are not', async () => {
    const [place, model] = [fresh('place'), `${fresh('lost')}.safetensors`];
    mkdirSync(place);
    const own = join(place, 'mine.csv');
    copyFileSync(raw, own);
    const run = fresh();
    const train = ['train', '--dataset', 'mine.csv', '--scale', 'columns', '--epochs', '1', '--out', run];
    await json(train, place);
    copyFileSync(join(run, 'model.safetensors'), model);
    expect((await json(['evaluate', model, ...alone], place))[0]).toMatchObject({ samples: 9 });
    expect(refusalOf(await asfbp(['evaluate', model]))).toMatch(
      /^evaluate: "--dataset" expected the data set that the model was trained on, mine\.csv, got nothing; .*mine\.csv does not exist$/,
    );
  });

  test('takes the data set of a network with its name, and blames a folder by its path', async () => {
    expect(refusalOf(await asfbp(['evaluate', 'models/nmnist-if']))).toMatch(
      /^evaluate: "--data" expected the folder of nmnist, /,
    );
    expect(refusalOf(await asfbp(['evaluate', 'models/nmnist-if', '--data', 'nope']))).toBe(
      'evaluate: "--data" expected a folder, got nope; there is no such folder',
    );
  });
});

test('a narrow table is learnt about as well as lines can tell it apart, in the default window', async () => {
  // Two columns near the middle; their sum decides the class.
  const line = (k: number): string => {
    const [a, b] = [(k * 37) % 101, (k * 53) % 97].map((value, place) => value / (place === 0 ? 100 : 96));
    return `${a},${b},${a! + b! > 1 ? 'above' : 'below'}`;
  };
  const table = write(
    'sum.csv',
    Array.from({ length: 600 }, (_, k) => line(k)),
  );
  const last = (await json(['train', '--dataset', table, '--epochs', '20', '--out', fresh()])).at(-1)!;
  // Random spikes at half the rate, without a bias, reach 0.66.
  expect(last['accuracy']).toBeGreaterThan(0.8);
}, 60_000);
