/** The readers of 5-byte events and of label tables read valid files. They refuse damaged files, and name the offset or the line. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEvents, readLabels, unwrap } from '../../src/formats/events.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { ascii } from '../fuzz/samples.ts';
import { law } from '../spec/support.ts';
import { encodeEvents, eventsOf, type Event } from './encoders.ts';

const sensor = { width: 34, height: 30 };

describe('readEvents', () => {
  const step = fc.integer({ min: -(2 ** 22) + 1, max: 2 ** 22 - 1 });
  const event = fc.tuple(fc.nat(33), fc.nat(29), fc.nat(1), step);
  law(
    'reads what an encoder wrote: events out of order by less than half the range, and past the overflow',
    fc.tuple(fc.array(event, { minLength: 1, maxLength: 60 }), fc.nat(2 ** 23 - 1)),
    100,
    ([drawn, first]) => {
      let t = first + 60 * 2 ** 23;
      const events = drawn.map(([x, y, polarity, d], i): Event => [x, y, polarity, (t += i === 0 ? 0 : d)]);
      const moved = events.map(([x, y, polarity, time]) => [x, y, polarity, time - 60 * 2 ** 23]);
      expect(eventsOf(readEvents(encodeEvents(events), sensor, 'f'))).toEqual(moved);
    },
  );

  // Computed with NumPy: the count, the first and the last event, the number of ON events, and the sum of column × row.
  it('reads a recording of N-MNIST', () => {
    const file = new URL('../fixtures/nmnist/Train/0/00261.bin', import.meta.url);
    const events = eventsOf(readEvents(readFileSync(file), { width: 34, height: 34 }, 'f'));
    expect([events.length, events[0], events.at(-1)]).toEqual([2601, [11, 21, 1, 110], [7, 9, 1, 308098]]);
    expect(events.reduce((sum, [, , polarity]) => sum + polarity, 0)).toBe(1330);
    expect(events.reduce((sum, [x, y]) => sum + x * y, 0)).toBe(735471);
  });

  const [one, outside] = [[1, 2, 0, 3] as const, [34, 2, 0, 4] as const];
  it.each<[string, Uint8Array]>([
    ['"events" expected 5 bytes each, one or more from byte 0, got 0 bytes', new Uint8Array(0)],
    [
      '"events" expected 5 bytes each, one or more from byte 0, got 7 bytes; the event at byte 5 is cut short',
      Uint8Array.of(...encodeEvents([one]), 1, 2),
    ],
    ['"events" expected pixels of 34 × 30, got column 34, row 2 at byte 5', encodeEvents([one, outside])],
    ['"events" expected pixels of 34 × 30, got column 33, row 30 at byte 0', encodeEvents([[33, 30, 0, 3]])],
  ])('refuses what is not as %s', (expected, bytes) => {
    expect(refusalOf(() => readEvents(bytes, sensor, 'r.bin'))).toBe(`r.bin: ${expected}`);
  });
});

it.each([
  ['an event out of order before the overflow', [1, 7, 2], [1, -1, 2]],
  ['half the range down, which is out of order', [4, 0], [4, 0]],
  ['half the range up, which is down', [0, 4], [0, -4]],
  ['an overflow twice', [6, 1, 6, 0, 2], [6, 9, 6, 8, 10]],
])('unwrap with a clock of 8 ticks: %s', (_, stamps, whole) => {
  const t = Float64Array.from(stamps);
  unwrap(t, 8);
  expect([...t]).toEqual(whole);
});

describe('readLabels', () => {
  const readTable = (text: string) => readLabels(ascii(text), 1, 11, 'l.csv');
  const messageOf = (text: string) => refusalOf(() => readTable(text));

  it('reads file and class, and nothing else', () => {
    expect(readTable('file,class,name\r\n1.bs2,1,hand_clapping\r\n\r\n b-2.bs2 , 11 \n')).toEqual([
      { file: '1.bs2', label: 1 },
      { file: 'b-2.bs2', label: 11 },
    ]);
  });

  const others = ['0', '12', '', '1.5', '-1', '1e1', 'x'].map((label) => `1.bs2,${label}`);
  it.each([
    ...['../1.bs2,1', '/etc/passwd,1', '..,1'].map((line) => [
      line,
      `a file's name and its class, got ${line}`,
    ]),
    ...others.map((line) => [line, `a class from 1 to 11 after the file's name, got ${line.slice(6)}`]),
  ])('refuses the line %s', (line, expected) => {
    expect(messageOf(`file,class\n${line}`)).toBe(`l.csv: "line 2" expected ${expected}`);
  });

  it('refuses a name that comes twice, and no lines', () => {
    const twice = 'l.csv: "line 3" expected each file once, got 1.bs2 again';
    expect(messageOf('file,class\n1.bs2,1\n1.bs2,2')).toBe(twice);
    expect(messageOf('file,class\n')).toContain('"lines" expected one with the names of the columns');
  });

  it('refuses more lines than it would keep in memory, before it keeps any', () => {
    expect(messageOf('\n'.repeat(2 ** 14))).toBe('l.csv: "lines" expected at most 16384, got 16385');
  });
});
