/** `readAedat` reads the events of a recording, and refuses a damaged file with its offset. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAedatHeader, readAedat } from '../../src/formats/aedat.ts';
import { readEvents } from '../../src/formats/events.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { ascii, concat } from '../fuzz/samples.ts';
import { drawing } from '../support.ts';
import { aedatHeader, encodeAedat, encodeAedatWords, type Event } from './encoders.ts';

const messageOf = (bytes: Uint8Array) => refusalOf(() => readAedat(bytes, 'r.aedat'));
const listOf = (bytes: Uint8Array): Event[] => {
  const { x, y, polarity, t } = readAedat(bytes, 'f');
  return Array.from(t, (time, i) => [x[i]!, y[i]!, polarity[i]!, time]);
};

describe('readAedat', () => {
  it('reads a file made by hand: bits 14 … 8 are the row, 7 … 1 the column, 0 the polarity', () => {
    const events = [0, 0, 0x7f, 0x03, 0, 0, 1, 0, 0, 0, 0x02, 0xfe, 0, 0, 1, 9];
    expect(listOf(concat(ascii('#!AER-DAT2.0\r\n# a line\r\n'), events))).toEqual([
      [1, 127, 1, 0],
      [127, 2, 0, 9],
    ]);
  });

  it('reads what an encoder wrote, across the overflow at 2^32 and out of order; times count from the least', () => {
    const event = fc.tuple(fc.nat(127), fc.nat(127), fc.nat(1), fc.integer({ min: -9, max: 2 ** 31 - 1 }));
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 40 }), fc.nat(2 ** 31), (drawn, first) => {
        let t = first + 400;
        const events = drawn.map(([x, y, polarity, d], i): Event => [x, y, polarity, (t += i === 0 ? 0 : d)]);
        const least = Math.min(...events.map((each) => each[3]));
        const moved = events.map(([x, y, polarity, time]) => [x, y, polarity, time - least]);
        expect(listOf(encodeAedat(events))).toEqual(moved);
      }),
      drawing(100),
    );
  });

  it('gives the events of a real clip of a DVS128, written as AEDAT', () => {
    const file = new URL('../fixtures/dvs-gesture/8.bs2', import.meta.url);
    const { x, y, polarity, t } = readEvents(readFileSync(file), { width: 128, height: 128 }, '8.bs2');
    const clip = Array.from(t, (time, i): Event => [x[i]!, y[i]!, polarity[i]!, time + 2 ** 32 - 9999]);
    const real = readAedat(encodeAedat(clip), 'f');
    expect(real).toEqual({ x, y, polarity, t: t.map((time) => time - t[0]!) });
  });

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

  it('refuses a DAVIS by its header, and by its addresses', () => {
    const davis = '# AEChip: eu.seebetter.ini.chips.davis.DAVIS240C';
    expect(messageOf(encodeAedat([[1, 2, 0, 3]], [...aedatHeader, davis]))).toMatch(
      /^r\.aedat: "camera" expected DVS128, got DAVIS in the header at byte \d+; its addresses are others$/,
    );
    const start = encodeAedatWords([]).length;
    expect(messageOf(encodeAedatWords([2, 1, (5 << 22) | (7 << 12), 2]))).toBe(
      `r.aedat: "address" expected one of a DVS128, 0 to 0xffff, got 0x1407000 at byte ${start + 8}; ` +
        'DAVIS and other cameras have other addresses',
    );
  });

  it('refuses a header that is longer than any, of one line and of many', () => {
    const long = /"header" expected at most 65536 bytes of lines that start with #/;
    const event = [1, 2, 0, 3] as const;
    expect(messageOf(encodeAedat([event], [...aedatHeader, `#${'a'.repeat(70_000)}`]))).toMatch(long);
    expect(messageOf(encodeAedat([event], [...aedatHeader, ...Array(30_000).fill('#')]))).toMatch(long);
    expect(listOf(encodeAedat([event], [...aedatHeader, `#${'a'.repeat(60_000)}`]))).toHaveLength(1);
  });

  it('refuses a file without an event, and one that is cut short, with the offset', () => {
    const whole = encodeAedat([[1, 2, 0, 3]]);
    const start = whole.length - 8;
    expect(messageOf(whole.subarray(0, start))).toBe(
      `r.aedat: "events" expected at least one, from byte ${start}, got the end of the file`,
    );
    expect(messageOf(whole.subarray(0, -3))).toBe(
      `r.aedat: "events" expected 8 bytes each from byte ${start}, got 5 bytes; the event at byte ${start} is cut short`,
    );
    expect(messageOf(whole.subarray(0, start - 5))).toMatch(
      /"header" expected the end of the line that begins at byte \d+, got the end of the file$/,
    );
    expect(messageOf(encodeAedatWords([0x8001, 1, 0x8000, 2]))).toBe(
      `r.aedat: "events" expected at least one of a pixel, from byte ${start}, got 2 from outside`,
    );
  });
});

describe('checkAedatHeader', () => {
  it('finds the first event in any piece of the file that holds the header, and else asks for more', () => {
    const file = encodeAedat([
      [1, 2, 0, 3],
      [4, 5, 1, 6],
    ]);
    const start = file.length - 16;
    for (let length = 14; length <= file.length; length++) {
      const found = checkAedatHeader(file.subarray(0, length), file.length, 'f');
      expect(found).toBe(length > start ? start : undefined);
    }
  });
});
