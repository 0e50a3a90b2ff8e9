/** A data set of recordings has a fixed order and fixed parts, and reads a recording only when needed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeFrames } from '../../src/data/frames.ts';
import { compareFiles, lastTenth, recordings } from '../../src/data/recordings.ts';
import { readEvents } from '../../src/formats/events.ts';
import { encodeEvents } from '../formats/encoders.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { law } from '../spec/support.ts';

const sensor = { width: 4, height: 4 };
const binning = { T: 2, ms: 1, injections: 1, shape: { channels: 2, height: 4, width: 4 }, pool: 1 };
const files: Record<string, Uint8Array> = {
  'a.bin': encodeEvents([[1, 2, 0, 0]]),
  'b.bin': encodeEvents([[3, 3, 1, 1500]]),
  'c.bin': encodeEvents([[4, 0, 0, 0]]),
};

function open(read: (file: string) => Uint8Array = (file) => files[file]!) {
  const list = ['a.bin', 'b.bin', 'c.bin'].map((file, label) => ({ file, label }));
  return recordings('r', list, { read, decode: (bytes, where) => readEvents(bytes, sensor, where), binning });
}

describe('recordings', () => {
  it('are counted as computeFrames does, whatever the draw', () => {
    const set = open();
    const draw = { seed: 1, stream: 'train', epoch: 0, sample: 1 } as const;
    const frames = computeFrames(readEvents(files['b.bin']!, sensor, 'b'), binning);
    expect(set.input(1, draw)).toEqual({ frames });
    expect(set.input(1, { ...draw, stream: 'test', epoch: 5 })).toEqual({ frames });
    expect([set.length, set.label(0), set.label(2), set.shape]).toEqual([3, 0, 2, binning.shape]);
  });

  it('are read when they are asked for, each time', () => {
    const asked: string[] = [];
    const set = open((file) => (asked.push(file), files[file]!));
    expect(asked).toEqual([]);
    const draw = { seed: 1, stream: 'test', epoch: 0, sample: 0 } as const;
    for (const i of [1, 0, 1]) set.input(i, draw);
    expect(asked).toEqual(['b.bin', 'a.bin', 'b.bin']);
  });

  it('name the sample and the file of what is wrong', () => {
    const draw = { seed: 1, stream: 'test', epoch: 0, sample: 2 } as const;
    expect(refusalOf(() => open().input(2, draw))).toBe(
      'r[2]: c.bin: "events" expected pixels of 4 × 4, got column 4, row 0 at byte 0',
    );
  });
});

describe('the order of files', () => {
  it('is that of their numbers, wherever they lie; then of their names', () => {
    const sorted = ['9/00002.bin', '0/00010.bin', '1/00010.bin', 'x/cat_100.aedat', 'noNumber.bin'];
    const shuffledOnce = [sorted[3]!, sorted[2]!, sorted[4]!, sorted[0]!, sorted[1]!];
    expect([...shuffledOnce].sort(compareFiles)).toEqual([sorted[4], ...sorted.slice(0, 4)]);
    expect(compareFiles('a\\2.bin', 'b/10.bin')).toBeLessThan(0);
  });

  const name = fc.stringMatching(/^[a-z0-9_./]{0,12}$/);
  law('is an order', fc.tuple(name, name, name), 300, ([a, b, c]) => {
    expect(Math.sign(compareFiles(a, b))).toBe(0 - Math.sign(compareFiles(b, a)));
    expect(compareFiles(a, b) === 0).toBe(a === b);
    if (compareFiles(a, b) <= 0 && compareFiles(b, c) <= 0) expect(compareFiles(a, c)).toBeLessThanOrEqual(0);
  });
});

it('lastTenth of 1,000 is the last 100, of 10 the last', () => {
  const list = Array.from({ length: 1000 }, (_, i) => i);
  expect(lastTenth(list).test).toEqual(list.slice(900));
  expect(lastTenth(list).train).toEqual(list.slice(0, 900));
  expect(lastTenth(list.slice(0, 10)).test).toEqual([9]);
  expect(lastTenth([7])).toEqual({ train: [], test: [7] });
  expect(lastTenth([])).toEqual({ train: [], test: [] });
});
