/** `readAedat` reads the events of a recording. It refuses a damaged file, and names the offset. */
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAedat } from '../../src/formats/aedat.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { ascii, concat } from '../fuzz/samples.ts';
import { law } from '../spec/support.ts';
import { aedatHeader, encodeAedat, encodeAedatWords, eventsOf, type Event } from './encoders.ts';

const messageOf = (bytes: Uint8Array) => refusalOf(() => readAedat(bytes, 'r.aedat'));
const listOf = (bytes: Uint8Array) => eventsOf(readAedat(bytes, 'f'));

describe('readAedat', () => {
  it('reads a file made by hand: bits 14 … 8 are the row, 7 … 1 the column, 0 the polarity', () => {
    const events = [0, 0, 0x7f, 0x03, 0, 0, 1, 0, 0, 0, 0x02, 0xfe, 0, 0, 1, 9];
    expect(listOf(concat(ascii('#!AER-DAT2.0\r\n# a line\r\n'), events))).toEqual([
      [1, 127, 1, 0],
      [127, 2, 0, 9],
    ]);
  });

  const sent = fc.tuple(fc.nat(127), fc.nat(127), fc.nat(1), fc.integer({ min: -9, max: 2 ** 31 - 1 }));
  law(
    'reads what an encoder wrote, across the overflow at 2^32 and out of order; times count from the least',
    fc.tuple(fc.array(sent, { minLength: 1, maxLength: 40 }), fc.nat(2 ** 31)),
    100,
    ([drawn, first]) => {
      let t = first + 400;
      const events = drawn.map(([x, y, polarity, d], i): Event => [x, y, polarity, (t += i === 0 ? 0 : d)]);
      const least = Math.min(...events.map((each) => each[3]));
      const moved = events.map(([x, y, polarity, time]) => [x, y, polarity, time - least]);
      expect(listOf(encodeAedat(events))).toEqual(moved);
    },
  );

  it('leaves events from outside out', () => {
    expect(listOf(encodeAedatWords([0x8000, 5, 2, 7, 0xffff, 8, 3, 9]))).toEqual([
      [1, 0, 0, 0],
      [1, 0, 1, 2],
    ]);
  });

  it.each<[string, Uint8Array, string]>([
    ['AEDAT 3', ascii('#!AER-DAT3.1\r\n#Format: RAW\r\n'), 'got AEDAT 3'],
    ['AEDAT 4', ascii('#!AER-DAT4.0\r\n\x10\x00'), 'got AEDAT 4'],
    ['AEDAT 1', ascii('#!AER-DAT1.0\r\n'), 'got AEDAT 1'],
    ['.mat', ascii('MATLAB 5.0 MAT-file, Platform: GLNXA64'), 'got a MATLAB file (.mat)'],
    ['.mat 7.3', ascii('MATLAB 7.3 MAT-file, Platform: GLNXA64'), 'got a MATLAB file (.mat)'],
    ['HDF5', ascii('\x89HDF\r\n\x1a\n\0\0'), 'got an HDF5 file'],
    ['EVT 2', ascii('% evt 2.0\n'), 'got a Prophesee EVT file (.raw)'],
    ['EVT 3', ascii('% camera_integrator_name Prophesee\n% evt 3.0\n'), 'got a Prophesee EVT file (.raw)'],
    ['.dat', ascii('% Data file containing CD events.\n'), 'got a Prophesee file (.dat)'],
    ['zip', ascii('PK\x03\x04abcd'), 'got a zip archive'],
    ['gzip', gzipSync('events'), 'got a gzip file'],
    ['nothing', new Uint8Array(0), 'got an empty file'],
    ['5-byte events', Uint8Array.of(1, 2, 3, 4, 5), 'got a file that starts with the bytes 1 2 3 4'],
  ])('refuses by what it is: %s', (_, bytes, expected) => {
    expect(messageOf(bytes)).toBe(`r.aedat: "file" expected AEDAT 2.0, first line #!AER-DAT2.0, ${expected}`);
  });

  const event: Event = [1, 2, 0, 3];
  const whole = encodeAedat([event]);
  const start = whole.length - 8;
  const davis = '# AEChip: eu.seebetter.ini.chips.davis.DAVIS240C';
  const longLine = `#${'a'.repeat(70_000)}`;
  const tooLong = '"header" expected at most 65536 bytes of lines that start with #';
  it.each<[string, Uint8Array]>([
    [
      '"camera" expected DVS128, got DAVIS in the header at byte ',
      encodeAedat([event], [...aedatHeader, davis]),
    ],
    [
      `"address" expected one of a DVS128, 0 to 0xffff, got 0x1407000 at byte ${start + 8}; DAVIS and other`,
      encodeAedatWords([2, 1, (5 << 22) | (7 << 12), 2]),
    ],
    [tooLong, encodeAedat([event], [...aedatHeader, longLine])],
    [tooLong, encodeAedat([event], [...aedatHeader, ...Array(30_000).fill('#')])],
    [`8 bytes each, one or more from byte ${start}, got 0 bytes`, whole.subarray(0, start)],
    [`5 bytes; the event at byte ${start} is cut short`, whole.subarray(0, -3)],
    ['"header" expected the end of the line that begins at byte ', whole.subarray(0, start - 5)],
    [
      `"events" expected at least one of a pixel, from byte ${start}, got 2 from outside`,
      encodeAedatWords([0x8001, 1, 0x8000, 2]),
    ],
  ])('refuses what is not as %s', (expected, bytes) => {
    expect(messageOf(bytes)).toContain('r.aedat: ');
    expect(messageOf(bytes)).toContain(expected);
  });

  it('takes a long header', () => {
    expect(listOf(encodeAedat([event], [...aedatHeader, longLine.slice(0, 60_000)]))).toHaveLength(1);
  });
});
