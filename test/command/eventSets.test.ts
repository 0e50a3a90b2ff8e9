/** The command opens event recordings by name, reads their parts and frames, and refuses damaged ones. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/data/dataset.ts';
import { encodeAedat, encodeEvents, type Event } from '../formats/encoders.ts';
import { refusalOf as refused } from '../fuzz/refusal.ts';
import { asfbp, checkpointOf, fresh, json, namesIn, refusalOf } from './command.ts';
import { copied, framesOf, gesture, netOf, nmnist, open, sum } from './sets.ts';
import { writeNetwork } from './world.ts';

/** Both parts of a set. */
const parts = (...args: Parameters<typeof open>): Dataset[] => {
  const set = open(...args);
  return [set.train(), set.test()];
};

const objects = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

describe('nmnist', () => {
  test('without a Test folder: the last tenth in the order of numbers is the test part', () => {
    const set = open('nmnist', nmnist, netOf(2, 34, 30));
    const [train, test_] = [set.train(), set.test()];
    expect([train.length, test_.length]).toEqual([9, 1]);
    // 43, 261, 419, 575, 605, 675, 755, 779, 901 and 923
    expect(Array.from({ length: 9 }, (_, i) => train.label(i))).toEqual([7, 0, 8, 3, 1, 2, 4, 5, 9]);
    expect(test_.label(0)).toBe(6);
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

  const wrong: readonly [string, (folder: string) => void, RegExp][] = [
    [
      'no class 3',
      (folder) => rmSync(join(folder, 'Train/3'), { recursive: true }),
      /got 0 recordings \(\.bin\) in Train\/3/,
    ],
    [
      'no Train folder',
      (folder) => rmSync(join(folder, 'Train'), { recursive: true }),
      /expected folders Train\/0 … .*, got 0 recordings .*; such data comes from https:\/\/www\.garrickorchard/,
    ],
    [
      'an empty recording',
      (folder) => writeFileSync(join(folder, 'Train/1/00605.bin'), ''),
      /^nmnist train\[4\]: .*00605\.bin: "events" expected at least one, from byte 0, got an empty file$/,
    ],
    [
      'a folder under the name of a recording',
      (folder) => {
        rmSync(join(folder, 'Train/1/00605.bin'));
        mkdirSync(join(folder, 'Train/1/00605.bin'));
      },
      /^nmnist train\[4\]: cannot read .*00605\.bin: it is a folder$/,
    ],
    [
      'a recording that has lost its first byte, and four at its end',
      (folder) => {
        const file = join(folder, 'Train/1/00605.bin');
        writeFileSync(
          file,
          encodeEvents([
            [3, 200, 1, 5],
            [3, 4, 1, 5],
          ]).subarray(1, 6),
        );
      },
      /00605\.bin: "events" expected pixels of 34 × 34, got column 200, row 128 at byte 0$/,
    ],
    [
      'an empty Test folder',
      (folder) => mkdirSync(join(folder, 'Test')),
      /got 0 recordings \(\.bin\) in Test\/0/,
    ],
  ];
  test.each(wrong)('is refused when it is opened with %s', (_, change, expected) => {
    const folder = copied(nmnist);
    change(folder);
    expect(refused(() => parts('nmnist', folder, netOf(2, 34, 30)))).toMatch(expected);
  });
});

describe('dvs-gesture', () => {
  test('has the classes of its table, from 0, and sums over cells where the map is smaller', () => {
    const set = open('dvs-gesture', gesture, netOf(2, 42, 29, 'authors', 11));
    const train = set.train();
    expect([train.length, set.test().length]).toEqual([2, 1]);
    expect([train.label(0), train.label(1), set.test().label(0)]).toEqual([0, 1, 7]);
    expect(train.shape).toEqual({ channels: 2, height: 42, width: 42 });
    expect(sum(framesOf(train, 0))).toBe(1990); // 10 of 2,000 events are in rows and columns 126 and 127
    expect(sum(framesOf(open('dvs-gesture', gesture, netOf(2, 128, 29, 'authors', 11)).train(), 0))).toBe(
      2000,
    );
  });

  test.each<[string, (folder: string) => void, RegExp]>([
    ['no table', (folder) => rmSync(join(folder, 'labels.csv')), /got no labels….csv; such data comes from/],
    [
      'a clip that is not there',
      (folder) => rmSync(join(folder, '1.bs2')),
      /^dvs-gesture train\[0\]: .*1\.bs2: .*no such file/,
    ],
    [
      'a clip for testing that is not there',
      (folder) => rmSync(join(folder, '8.bs2')),
      /^dvs-gesture test\[0\]: .*8\.bs2: .*no such file/,
    ],
    [
      'a clip that is cut short',
      (folder) => writeFileSync(join(folder, '1.bs2'), readFileSync(join(folder, '1.bs2')).subarray(0, -2)),
      /^dvs-gesture train\[0\]: .*1\.bs2: .*the event at byte 9995 is cut short$/,
    ],
    [
      'table and clip exchanged',
      (folder) => {
        renameSync(join(folder, 'labels.csv'), join(folder, 'x'));
        renameSync(join(folder, '1.bs2'), join(folder, 'labels.csv'));
        renameSync(join(folder, 'x'), join(folder, '1.bs2'));
      },
      /labels\.csv: "line 2" expected a file's name and its class, got /,
    ],
    [
      'a single clip',
      (folder) => writeFileSync(join(folder, 'labels.csv'), 'file,class\n1.bs2,1\n'),
      /got 0 recordings for training; such data comes from/,
    ],
    [
      'two tables',
      (folder) => cpSync(join(folder, 'labels.csv'), join(folder, 'labels-new.csv')),
      /expected one table labels….csv, got labels-new\.csv, labels\.csv; such data comes from/,
    ],
  ])('is refused with %s', (_, change, expected) => {
    const folder = copied(gesture);
    change(folder);
    expect(refused(() => parts('dvs-gesture', folder, netOf(2, 42, 29)))).toMatch(expected);
  });
});

/** Ten classes with `count` recordings each; recording k of class c has c + 1 events in each of its steps. */
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

  const places = (data: Dataset): number[] => Array.from({ length: data.length }, (_, i) => i);

  test('is in the order of numbers, so that a part of it has all classes', () => {
    const train = open('cifar10-dvs', folder, net).train();
    const numbers = places(train).map((i) => framesOf(train, i).join(''));
    expect(new Set(numbers.slice(0, 20)).size).toBe(20);
    expect(
      new Set(
        places(train)
          .slice(0, 14)
          .map((i) => train.label(i)),
      ).size,
    ).toBeGreaterThan(8);
  });

  test('is split 90 : 10 in each class by the seed, and every recording is in one part', () => {
    const filesOf = (seed: number): { train: Set<string>; test: Set<string> } => {
      const set = open('cifar10-dvs', folder, net, seed);
      const key = (data: Dataset): Set<string> =>
        new Set(
          Array.from({ length: data.length }, (_, i) => `${data.label(i)} ${framesOf(data, i).join('')}`),
        );
      const [train, test_] = [set.train(), set.test()];
      for (const [data, each] of [
        [train, 9],
        [test_, 2],
      ] as const)
        for (let label = 0; label < 10; label++)
          expect(
            Array.from({ length: data.length }, (_, i) => data.label(i)).filter((l) => l === label),
          ).toHaveLength(each);
      return { train: key(train), test: key(test_) };
    };
    const one = filesOf(1);
    expect([...one.test].filter((file) => one.train.has(file))).toEqual([]);
    expect(one.train.size + one.test.size).toBe(110);
    expect(filesOf(1)).toEqual(one);
    expect(filesOf(2).test).not.toEqual(one.test);
  });

  test('has steps of 12 ms, once for authors and three times for paper, where T counts all', () => {
    const label = 4;
    const [once, thrice] = ['authors', 'paper'].map((variant) => {
      const data = open('cifar10-dvs', folder, netOf(2, 42, 6, variant)).train();
      return framesOf(
        data,
        places(data).find((i) => data.label(i) === label)!,
      );
    });
    const size = 2 * 42 * 42;
    for (let k = 0; k < 6; k++) expect(sum(once!.slice(k * size, (k + 1) * size))).toBe(label + 1);
    expect(thrice).toHaveLength(6 * size);
    for (let n = 0; n < 3; n++)
      expect(thrice!.slice(2 * n * size, 2 * (n + 1) * size)).toEqual(once!.slice(0, 2 * size));
  });

  test('needs a window of three equal parts for paper', () => {
    expect(refused(() => open('cifar10-dvs', folder, netOf(2, 42, 7, 'paper')))).toBe(
      'train: "--window" expected a multiple of 3, as the variant injects cifar10-dvs 3 times, got 7; try 6',
    );
  });

  const few = writeCifar10Dvs(4);
  const some = 'cat/cifar10_cat_3.aedat';
  const long = Array.from(
    { length: 300 },
    (_, i) => `# preference ${i} of a camera, as long as a line of a header is`,
  );
  test('takes headers of any length', () => {
    const copy = copied(few);
    writeFileSync(join(copy, some), encodeAedat([[1, 2, 0, 3]], ['#!AER-DAT2.0', ...long]));
    expect(open('cifar10-dvs', copy, net).train().length).toBe(30);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['AEDAT 4', Buffer.from('#!AER-DAT4.0\r\n'), /got AEDAT 4$/],
    [
      'a DAVIS',
      encodeAedat([[1, 2, 0, 3]], ['#!AER-DAT2.0', ...long, '# AEChip: a.DAVIS346']),
      /got DAVIS in the header at byte \d+; /,
    ],
    ['half an event', encodeAedat([[1, 2, 0, 3]]).subarray(0, -4), /; the event at byte \d+ is cut short$/],
  ])('is refused when it is opened with %s under the name .aedat', (_, bytes, expected) => {
    const copy = copied(few);
    writeFileSync(join(copy, some), bytes);
    const set = open('cifar10-dvs', copy, net);
    const message = refused(() => (set.train(), set.test()));
    expect(message).toMatch(/^cifar10-dvs (train|test)\[\d+\]: .*cifar10_cat_3\.aedat: /);
    expect(message).toMatch(expected);
  });
});

test('cifar10-dvs is refused with one recording a class, which leaves none for training', () => {
  const expected =
    /expected folders airplane … truck .*, got 0 recordings for training; such data comes from/;
  expect(refused(() => parts('cifar10-dvs', writeCifar10Dvs(1), netOf(2, 42, 6)))).toMatch(expected);
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
  const args = [
    'train',
    '--dataset',
    'nmnist',
    '--data',
    nmnist,
    '--model',
    small,
    '--batch',
    '4',
    '--epochs',
  ];

  test('trains on recordings with the same bits in both backends, stopped between epochs or not', async () => {
    const [wasm, reference, out] = [fresh(), fresh(), fresh()];
    const digestOf = (lines: Record<string, any>[]): string => lines.at(-1)!['digest'];
    const unbroken = digestOf(await json([...args, '2', '--lr-steps', '1', '--out', wasm]));
    expect(
      digestOf(await json([...args, '2', '--lr-steps', '1', '--backend', 'reference', '--out', reference])),
    ).toBe(unbroken);
    await json([...args, '1', '--lr-steps', '1', '--out', out]);
    expect(digestOf(await json(['train', '--out', out, '--resume', '--epochs', '2']))).toBe(unbroken);
    expect(checkpointOf(out).training!.run.dataset).toBe(`nmnist:${nmnist}`);
    const [answer] = await json([
      'evaluate',
      join(out, 'model.safetensors'),
      '--dataset',
      'nmnist',
      '--data',
      nmnist,
    ]);
    expect(answer).toMatchObject({ samples: 1 });
  });

  test.each<[string, readonly string[], RegExp]>([
    [
      'a set that has no place of its own',
      ['--dataset', 'nmnist'],
      /^train: "--data" expected the folder of nmnist, with folders Train\/0 … .*, got nothing; it comes from https/,
    ],
    [
      'a folder that is not there',
      ['--dataset', 'cifar10-dvs', '--data', '/no/such'],
      /^train: "--data" expected a folder, got \/no\/such; there is no such folder$/,
    ],
    [
      '--data without a name',
      ['--dataset', nmnist, '--data', nmnist],
      /"--data" expected a data set with a name, got .*; use --dataset /,
    ],
    [
      'a set that the network does not take',
      ['--dataset', 'nmnist', '--data', nmnist, '--model', 'lenet'],
      /expected samples of 1 × 28 × 28, as the network takes, got 2 × 34 × 34; describe a network in a file for --model: \{.*"channels":2,"height":34,"width":34,.*\}$/,
    ],
  ])('refuses %s in one line', async (_, more, expected) => {
    expect(refusalOf(await asfbp(['train', ...more, '--out', fresh()]))).toMatch(expected);
  });

  test('refuses a damaged recording before it trains, and leaves no folder', async () => {
    const [folder, out] = [copied(nmnist), fresh()];
    writeFileSync(join(folder, 'Train/1/00605.bin'), new Uint8Array(12));
    const own = args.map((each) => (each === nmnist ? folder : each));
    expect(refusalOf(await asfbp([...own, '1', '--out', out]))).toMatch(
      /^nmnist train\[4\]: .*00605\.bin: .*got 12 bytes; the event at byte 10 is cut short$/,
    );
    expect(namesIn(out)).toEqual([]);
  });

  test('says the sample, the file and the offset of a damaged recording when it comes to it', async () => {
    const folder = copied(nmnist);
    const file = join(folder, 'Train/1/00605.bin');
    writeFileSync(file, readFileSync(file).fill(200, 1000, 1001));
    const own = args.map((each) => (each === nmnist ? folder : each));
    const line = refusalOf(await asfbp([...own, '1', '--out', fresh(), '--json']));
    expect(line).toBe(
      `nmnist train[4]: ${file}: "events" expected pixels of 34 × 34, got column 200, row 0 at byte 1000`,
    );
  });
});
