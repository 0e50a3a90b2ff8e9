/** `readIdx` reads an IDX file, and refuses a damaged one. */
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readIdx } from '../../src/formats/idx.ts';
import { ascii, idxFile } from '../fuzz/samples.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { law } from '../spec/support.ts';

const six = Uint8Array.of(1, 2, 3, 4, 5, 6);

describe('readIdx', () => {
  law(
    'reads every shape of 1 to 4 dimensions, also inside a larger buffer',
    fc.tuple(fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }), fc.nat(9)),
    100,
    ([shape, before]) => {
      const data = new Uint8Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => i);
      const file = idxFile(shape, data);
      const buffer = new Uint8Array(before + file.length);
      buffer.set(file, before);
      expect(readIdx(buffer.subarray(before), 'f')).toEqual({ shape, data });
    },
  );

  const whole = idxFile([2, 3], six);
  it.each<[expected: string, file: Uint8Array]>([
    [
      '"IDX elements" expected 6 bytes for [2, 3] from byte 12, got 5; the file is cut short',
      whole.subarray(0, -1),
    ],
    ['"IDX elements" expected 5 bytes for [5] from byte 8, got 6; the file continues', idxFile([5], six)],
    ['"IDX file" expected 12 bytes of header, got 11; the file is cut short', whole.subarray(0, 11)],
    ['"IDX file" expected at least 8 bytes, got 7; the file is cut short', new Uint8Array(7)],
    ...['9 (signed byte)', '11 (short)', '12 (int)', '13 (float)', '14 (double)', '7 (unknown)'].map(
      (type): [string, Uint8Array] => [
        `"IDX type" expected 8 (unsigned byte) at byte 2, got ${type}`,
        idxFile([6], six, parseInt(type)),
      ],
    ),
    ['"IDX dimensions" expected 1 to 4 at byte 3, got 0', idxFile([], six)],
    ['"IDX dimensions" expected 1 to 4 at byte 3, got 5', idxFile([1, 1, 1, 1, 1], six)],
    ['"IDX file" expected two zero bytes at the start, got 80, 75; it is', ascii('PK\x03\x04\0\0\0\0')],
    ['"IDX file" expected two zero bytes at the start, got a gzip file; decompress it', gzipSync(whole)],
  ])('refuses what is not as %s', (expected, file) => {
    expect(refusalOf(() => readIdx(file, 'train.idx'))).toContain(`train.idx: ${expected}`);
  });
});
