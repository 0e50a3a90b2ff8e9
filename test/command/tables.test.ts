/**
 * Tables with words as labels and columns in any unit. The model stores the words, the ranges of the columns, and the data
 * set's name.
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { findDataset, openDataset } from '../../src/command/readers/datasets.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { rowOf } from '../../src/modelFile/row.ts';
import { asfbp, fresh, json, refusalOf } from './command.ts';
import { checkpointOf, freshFolder } from './place.ts';
import { draw, folderOf, netOf } from './sets.ts';
import { pictureOf, smallNetwork, writeArrays, writeNetwork, writePictures } from './world.ts';

/** Flowers: the class determines the second column, in thousands. The third column is constant. */
const kinds = ['viola', 'rosa', 'tulipa'];
const lineOf = (k: number): string => [20 + (k % 7), 1000 * (k % 3) + 10 * (k % 11), 5, kinds[k % 3]].join();
const rows = Array.from({ length: 90 }, (_, k) => lineOf(k));
const names = 'age,euro,same,species';
const bare = rows.slice(0, 6).map((row) => row.replace(/,\w+$/, ''));

const folder = fresh('tables');
const raw = join(folder, 'raw.csv');
const out = fresh();

function write(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
}
const shown = (data: Dataset, count: number): number[][] =>
  Array.from({ length: count }, (_, i) => {
    const input = data.input(i, { ...draw, sample: i });
    return 'intensities' in input ? Array.from(input.intensities) : [];
  });
const evaluated = (...args: string[]) => json(['evaluate', out, ...args]);
const refused = async (...args: string[]): Promise<string> => refusalOf(await asfbp(args));

beforeAll(async () => {
  mkdirSync(folder);
  write('raw.csv', names, ...rows);
  await json(['train', '--dataset', raw, '--epochs', '60', '--out', out]);
});

describe('--scale columns, the default of a narrow table', () => {
  test('is named where raw units are refused, and refused where there are no columns', async () => {
    const small = ['--model', writeNetwork('scaled', smallNetwork)];
    const line = await refused('train', '--dataset', raw, ...small, '--out', fresh());
    expect(line).toContain('; `train --scale columns` scales each column');
    const samples = Array.from({ length: 8 }, (_, k) => pictureOf(k));
    for (const data of ['mnist', writeArrays(samples), writePictures(fresh('pictures'), samples)])
      for (const model of [[], small])
        expect(await refused('train', '--dataset', data, '--scale', 'columns', ...model)).toBe(
          `train: "--scale" expected a .csv table in --dataset, got ${data}`,
        );
    expect(await refused('train', '--data', raw)).toContain(`a file; use --dataset ${raw}`);
  });

  test('scales by the training part, whose mean and range the model keeps; beyond it values are −1 or 1', () => {
    const { net } = checkpointOf(out);
    // The last three rows of each class are the test part.
    expect(net.trainedOn).toEqual({
      dataset: raw,
      names: ['age', 'euro', 'same'],
      columns: { low: [expect.closeTo(22.926, 3), expect.closeTo(1048.272, 3), 5], high: [26, 2100, 5] },
    });
    const far = write('far.csv', names, '19,2100,5,rosa', '23,5000,6,viola');
    expect(Array.from(rowOf([19, 2100, 5], net))).toEqual([-1, 1, 0]);
    expect(() => rowOf([19, 2100], net)).toThrow('rowOf: "row" expected 3 numbers');
    expect(() => rowOf([19, NaN, 5], net)).toThrow('expected finite numbers, got NaN at place 1');
    expect(shown(openDataset(far, 'test', net).whole!(), 2)).toEqual([
      [-1, 1, 0],
      [expect.closeTo(0.0241, 4), 1, 0],
    ]);
  });

  test('is used by show without a model, and by show, evaluate, predict and resume by the model alone', async () => {
    expect(await json(['show', raw, '0'])).toEqual(await json(['show', raw, '0', '--model', out]));
    const [own] = await evaluated();
    expect(own).toMatchObject({ samples: 9, accuracy: 1 });
    const model = `${fresh('copy')}.safetensors`;
    copyFileSync(join(out, 'model.safetensors'), model);
    expect(await json(['evaluate', model])).toEqual([own]);
    const answers = await json(['predict', model, write('bare.csv', ...bare)]);
    expect(answers.map((answer) => answer['class'])).toEqual([...kinds, ...kinds]);
    expect(await json(['train', '--out', out, '--resume', '--epochs', '61'])).toHaveLength(2);
  });

  test('takes the range of train.csv for both files of a folder', () => {
    const both = folderOf({ 'train.csv': 'a,b,kind\n0,10,x\n4,30,y\n', 'test.csv': 'a,b,kind\n2,20,y\n' });
    const { plan } = netOf(2, 1, 2, 'authors', 2);
    const set = openDataset(both, 'test', { plan, seed: 1, scale: 'columns' });
    const held = set.test();
    expect([held.label(0), ...shown(held, 1)]).toEqual([1, [0, 0]]);
    expect(set.metadata!()).toEqual({
      classes: ['x', 'y'],
      names: ['a', 'b'],
      columns: { low: [2, 20], high: [4, 30] },
    });
  });

  test('takes a column as wide as the numbers go', () => {
    const wide = write('wide.csv', 'a,b,kind', '-1e308,0,x', '1e308,1e-323,y', '0,5e-324,x');
    const { plan } = checkpointOf(out).net;
    const set = openDataset(wide, 'test', { plan, seed: 1, scale: 'columns' }).whole!();
    expect(shown(set, 3).flat()).toEqual([-1, -1, 1, 1, 0, 0]);
  });
});

test('a table is decoded once for its network and its samples', () => {
  const gone = write('gone.csv', names, ...rows);
  const found = findDataset(gone, 'test', { scale: 'columns' });
  expect(found.network()).toMatchObject({ name: 'table-100', layers: [{}, { units: 3 }] });
  rmSync(gone);
  const { plan } = checkpointOf(out).net;
  expect(found.read({ plan, seed: 1 }).train().length).toBe(81);
});

test('columns are found by their names in another order, with labels and without; others are refused', async () => {
  const turned = (head: string, lines: readonly string[]): string =>
    write(`${head}.csv`, head, ...lines.map((row) => row.replace(/^(\d+),(\d+),/, '$2,$1,')));
  const [own] = await evaluated('--dataset', write('same.csv', names, ...rows));
  expect(await evaluated('--dataset', turned('euro,age,same,species', rows))).toEqual([own]);
  const answers = await json(['predict', out, turned('euro,age,same', bare)]);
  expect(answers.map((answer) => answer['class'])).toEqual([...kinds, ...kinds]);
  expect(await refused('evaluate', out, '--dataset', turned('euro,years,same,species', rows))).toContain(
    `expected columns named as the model's: age, euro, same, got euro, years, same`,
  );
});

describe('labels', () => {
  test('in numbers are refused for classes in words, and taken where they are names of classes', () => {
    const { net } = checkpointOf(out);
    const numbers = write('numbers.csv', '20,0,5,0', '21,1000,5,1', '22,2000,5,2');
    expect(() => openDataset(numbers, 'test', net).test()).toThrow('classes rosa, tulipa, viola, got 0');
    const named = openDataset(numbers, 'test', { ...net, classes: ['2', '1', '0'] }).whole!();
    expect([0, 1, 2].map((i) => named.label(i))).toEqual([2, 1, 0]);
  });

  test('in words of a folder are numbered by train.csv, though test.csv is read first', () => {
    const both = folderOf({ 'train.csv': '0,5,ant\n1,0,bee\n1,1,cow\n', 'test.csv': '1,1,cow\n1,0,bee\n' });
    const set = openDataset(both, 'test', { plan: checkpointOf(out).net.plan, seed: 1 });
    const held = set.test();
    expect([held.label(0), held.label(1)]).toEqual([2, 1]);
    expect(set.metadata!().classes).toEqual(['ant', 'bee', 'cow']);
  });

  test('in words are classes of the model, and a table with fewer of them is read by their names', async () => {
    const two = write('two.csv', names, ...rows.filter((row) => !row.endsWith('rosa')));
    expect(await evaluated('--dataset', two)).toMatchObject([{ samples: 60, accuracy: 1 }]);
    const other = write('other.csv', names, rows[0]!, '20,5,5,lilia');
    expect(await refused('evaluate', out, '--dataset', other)).toContain('got lilia');
  });
});

test('evaluate without --dataset names the data that the model was trained on, where they are not', async () => {
  const [place, run, model] = [freshFolder('place'), fresh(), `${fresh('lost')}.safetensors`];
  copyFileSync(raw, join(place, 'mine.csv'));
  const train = ['train', '--dataset', 'mine.csv', '--epochs', '1', '--out', run];
  await json(train, place);
  copyFileSync(join(run, 'model.safetensors'), model);
  expect(await json(['evaluate', model], place)).toMatchObject([{ samples: 9 }]);
  expect(await refused('evaluate', model)).toMatch(
    /"--dataset" expected the data set that the model was trained on, mine\.csv, got nothing; .*mine\.csv does not exist$/,
  );
});

test('a narrow table is learnt about as well as lines can tell it apart, in the default window', async () => {
  // Two columns of numbers from 0 to 1. Their sum determines the class.
  const rates = Array.from(
    { length: 600 },
    (_, k) => [((k * 37) % 101) / 100, ((k * 53) % 97) / 96] as const,
  );
  const table = write('sum.csv', ...rates.map(([a, b]) => `${a},${b},${a + b > 1 ? 'above' : 'below'}`));
  const last = (await json(['train', '--dataset', table, '--epochs', '20', '--out', fresh()])).at(-1)!;
  // With random spikes at half the rate, and without biases, the accuracy would be 0.66.
  expect(last['accuracy']).toBeGreaterThan(0.8);
}, 60_000);
