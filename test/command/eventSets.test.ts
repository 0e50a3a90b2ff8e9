/** The command opens event recordings by name, reads their parts and frames, and refuses damaged recordings. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/data/dataset.ts';
import { encodeAedat, encodeEvents, type Event } from '../formats/encoders.ts';
import { refusalOf as refused } from '../fuzz/refusal.ts';
import { asfbp, checkpointOf, fresh, json, namesIn, refusalOf, refuses } from './command.ts';
import { copied, framesOf, gesture, netOf, nmnist, objects, open, sum } from './sets.ts';
import { writeNetwork } from './world.ts';

const labelsOf = (data: Dataset): number[] => Array.from({ length: data.length }, (_, i) => data.label(i));

describe('nmnist', () => {
  const recording = 'Train/1/00605.bin';

  test('without a Test folder: the last tenth in the order of numbers is the test part', () => {
    const set = open('nmnist', nmnist, netOf(2, 34, 30));
    const train = set.train();
    // The numbers of the recordings are 43, 261, 419, 575, 605, 675, 755, 779, 901 and 923.
    expect([labelsOf(train), labelsOf(set.test())]).toEqual([[7, 0, 8, 3, 1, 2, 4, 5, 9], [6]]);
    expect(train.shape).toEqual({ channels: 2, height: 34, width: 34 });
    expect(sum(framesOf(train, 1).slice(0, 10 * 2312))).toBe(959); // ten steps of 10 ms
  });

  test('with a Test folder: both as they are', () => {
    const folder = copied(nmnist);
    cpSync(join(folder, 'Train'), join(folder, 'Test'), { recursive: true });
    const set = open('nmnist', folder, netOf(2, 34, 30));
    expect([set.train().length, set.test().length]).toEqual([10, 10]);
  });

  test('fills any window with the three saccades: 7 steps of 43 ms', () => {
    const frames = framesOf(open('nmnist', nmnist, netOf(2, 34, 7)).train(), 1);
    expect(frames).toHaveLength(7 * 2312);
    expect(sum(frames)).toBe(2590); // all events before 301 ms, by NumPy
  });

  const isFolder = (file: string): void => (rmSync(file), mkdirSync(file));
  test.each<[string, change: (folder: string) => void, words: string]>([
    ['no class 3', (folder) => rmSync(join(folder, 'Train/3'), { recursive: true }), 'expected folders'],
    ['an empty recording', (folder) => writeFileSync(join(folder, recording), ''), 'nmnist train[4]: '],
    ['a folder as recording', (folder) => isFolder(join(folder, recording)), 'nmnist train[4]: cannot read '],
    ['an empty Test folder', (folder) => mkdirSync(join(folder, 'Test')), 'got 0 recordings (.bin) in'],
  ])('is refused with %s', (_, change, words) => {
    const folder = copied(nmnist);
    change(folder);
    const set = open('nmnist', folder, netOf(2, 34, 30));
    expect(refused(() => [set.train(), set.test()])).toContain(words);
  });
});

describe('dvs-gesture', () => {
  test('has the classes of its table, from 0, and sums over cells where the map is smaller', () => {
    const set = open('dvs-gesture', gesture, netOf(2, 42, 29, 'authors', 11));
    const train = set.train();
    expect([labelsOf(train), labelsOf(set.test())]).toEqual([[0, 1], [7]]);
    expect(train.shape).toEqual({ channels: 2, height: 42, width: 42 });
    expect(sum(framesOf(train, 0))).toBe(1990); // 10 of 2,000 events are in rows and columns 126 and 127
    const whole = open('dvs-gesture', gesture, netOf(2, 128, 29, 'authors', 11)).train();
    expect(sum(framesOf(whole, 0))).toBe(2000);
  });

  const table = 'labels.csv';
  test.each<[string, change: (at: (name: string) => string) => void, words: string]>([
    ['no table', (at) => rmSync(at(table)), 'got no labels….csv; such data comes from'],
    ['a clip that is not there', (at) => rmSync(at('1.bs2')), 'dvs-gesture train[0]: '],
    ['a clip for testing that is not there', (at) => rmSync(at('8.bs2')), 'dvs-gesture test[0]: '],
    ['table and clip exchanged', (at) => renameSync(at('1.bs2'), at(table)), `${table}: "line 2" expected`],
    [
      'a single clip',
      (at) => writeFileSync(at(table), 'file,class\n1.bs2,1\n'),
      'got 0 recordings for training; such data comes from',
    ],
    ['two tables', (at) => cpSync(at(table), at('labels-new.csv')), `got labels-new.csv, ${table}; such`],
  ])('is refused with %s', (_, change, words) => {
    const folder = copied(gesture);
    change((name) => join(folder, name));
    expect(
      refused(() => {
        const set = open('dvs-gesture', folder, netOf(2, 42, 29));
        return [set.train(), set.test()];
      }),
    ).toContain(words);
  });
});

/** Writes ten classes with `count` recordings each. A recording of class c has c + 1 events in each step. */
function writeCifar10Dvs(count: number): string {
  const folder = fresh('cifar10-dvs');
  for (const [label, name] of objects.entries()) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let k = 0; k < count; k++) {
      const events = Array.from({ length: 40 * (label + 1) }, (_, i): Event => {
        const step = Math.floor(i / (label + 1));
        return [(7 * i + k) % 126, (11 * i) % 126, i & 1, 2 ** 32 - 100_000 + 12_000 * step];
      });
      writeFileSync(join(folder, name, `cifar10_${name}_${k}.aedat`), encodeAedat(events));
    }
  }
  return folder;
}

describe('cifar10-dvs', () => {
  const folder = writeCifar10Dvs(11);
  const net = netOf(2, 42, 6);

  test('is split 90 : 10 in each class by the seed; a part of it in order has all classes', () => {
    const filesOf = (seed: number): Set<string>[] => {
      const set = open('cifar10-dvs', folder, net, seed);
      return [set.train(), set.test()].map((data, place) => {
        const labels = labelsOf(data);
        for (let label = 0; label < 10; label++)
          expect(labels.filter((each) => each === label)).toHaveLength([9, 2][place]!);
        if (place === 0) expect(new Set(labels.slice(0, 14)).size).toBeGreaterThan(8);
        return new Set(labels.map((label, i) => `${label} ${framesOf(data, i).join('')}`));
      });
    };
    const [train, held] = filesOf(1);
    expect([...held!].filter((file) => train!.has(file))).toEqual([]);
    expect(train!.size + held!.size).toBe(110);
    expect(filesOf(1)).toEqual([train, held]);
    expect(filesOf(2)[1]).not.toEqual(held);
  });

  test('has steps of 12 ms, once for authors and three times for paper, where T counts all', () => {
    const label = 4;
    const [once, thrice] = ['authors', 'paper'].map((variant) => {
      const data = open('cifar10-dvs', folder, netOf(2, 42, 6, variant)).train();
      return framesOf(data, labelsOf(data).indexOf(label));
    });
    const size = 2 * 42 * 42;
    for (let k = 0; k < 6; k++) expect(sum(once!.slice(k * size, (k + 1) * size))).toBe(label + 1);
    expect(thrice).toHaveLength(6 * size);
    for (let n = 0; n < 3; n++)
      expect(thrice!.slice(2 * n * size, 2 * (n + 1) * size)).toEqual(once!.slice(0, 2 * size));
    const other = () => open('cifar10-dvs', folder, netOf(2, 42, 7, 'paper'));
    expect(refused(other)).toContain('"--window" expected a multiple of 3, as the variant injects');
  });

  const few = writeCifar10Dvs(4);
  const some = 'cat/cifar10_cat_3.aedat';
  test('takes a header of any length, and names a file that is none', () => {
    const copy = copied(few);
    const lines = Array.from(
      { length: 300 },
      (_, i) => `# preference ${i} of a camera, as long as a line is`,
    );
    writeFileSync(join(copy, some), encodeAedat([[1, 2, 0, 3]], ['#!AER-DAT2.0', ...lines]));
    expect(open('cifar10-dvs', copy, net).train().length).toBe(30);
    writeFileSync(join(copy, some), '#!AER-DAT4.0\r\n');
    const set = open('cifar10-dvs', copy, net);
    const message = refused(() => [set.train(), set.test()]);
    expect(message).toMatch(/^cifar10-dvs (train|test)\[\d+\]: .*cifar10_cat_3\.aedat: /);
  });

  test('is refused with one recording a class, which leaves none for training', () => {
    const set = () => open('cifar10-dvs', writeCifar10Dvs(1), net).train();
    expect(refused(set)).toContain('got 0 recordings for training; such data comes from');
  });
});

describe('the command', () => {
  const small = writeNetwork('events', {
    name: 'events',
    variant: 'authors',
    input: { channels: 2, height: 34, width: 34 },
    timeWindow: 6,
    threshold: 1,
    layers: [
      { kind: 'averagePool', size: 2 },
      { kind: 'linear', units: 16 },
      { kind: 'linear', units: 10 },
    ],
  });
  const dataOf = (folder: string): string[] => ['--dataset', 'nmnist', '--data', folder];
  const settings = ['--model', small, '--batch', '4', '--lr-steps', '1'];
  const train = (...[folder, ...more]: string[]) => ['train', ...dataOf(folder!), ...settings, ...more];

  test('trains on recordings with the same bits in both backends, stopped between epochs or not', async () => {
    const out = fresh();
    const last = async (...args: string[]): Promise<object> => (await json(args)).at(-1)!;
    const two = ['--epochs', '2', '--out', fresh()];
    const { digest } = (await last(...train(nmnist, ...two))) as { digest: string };
    const reference = [...train(nmnist, '--epochs', '2', '--out', fresh()), '--backend', 'reference'];
    expect(await last(...reference)).toMatchObject({ digest });
    await json(train(nmnist, '--epochs', '1', '--out', out));
    expect(await last('train', '--out', out, '--resume', '--epochs', '2')).toMatchObject({ digest });
    expect(checkpointOf(out).training!.run.dataset).toBe(`nmnist:${nmnist}`);
    expect(await json(['evaluate', out, ...dataOf(nmnist)])).toMatchObject([{ samples: 1 }]);
  });

  refuses(
    [
      [['nmnist'], '"--data" expected the folder of nmnist, with folders Train/0 … '],
      [['cifar10-dvs', '--data', '/no/such'], '"--data" expected a folder, got /no/such; there is no '],
      [[nmnist, '--data', nmnist], '"--data" expected a data set with a name, got '],
    ],
    'train',
    '--out',
    fresh(),
    '--dataset',
  );

  test('names the sample, the file and the offset of a damaged recording, before it trains or later', async () => {
    const folder = copied(nmnist);
    const file = join(folder, 'Train/1/00605.bin');
    writeFileSync(file, readFileSync(file).fill(200, 1000, 1001));
    const line = refusalOf(await asfbp(train(folder, '--epochs', '1', '--out', fresh(), '--json')));
    expect(line).toMatch(/^nmnist train\[4\]: \S*00605\.bin: "events" expected .* at byte 1000$/);
    writeFileSync(file, encodeEvents([[3, 4, 1, 5]]).subarray(1));
    const out = fresh();
    expect(refusalOf(await asfbp(train(folder, '--epochs', '1', '--out', out)))).toContain(
      'nmnist train[4]: ',
    );
    expect(namesIn(out)).toEqual([]);
  });
});
