/** `readIdx` reads an IDX file, packed or not, and refuses a damaged one. */
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readIdx } from '../../src/formats/idx.ts';
import { readIdxMaybeGzip } from '../../src/formats/gzip.ts';
import { idxFile } from '../fuzz/samples.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { drawing } from '../support.ts';

const six = Uint8Array.of(1, 2, 3, 4, 5, 6);
const messageOf = (file: Uint8Array) => refusalOf(() => readIdx(file, 'train.idx'));

describe('readIdx', () => {
  it('reads a file made by hand', () => {
    const file = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);
    expect(readIdx(file, 'f')).toEqual({ shape: [2, 3], data: six });
  });

  it('reads every shape of 1 to 4 dimensions, also inside a larger buffer', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }), fc.nat(9), (shape, before) => {
        const data = new Uint8Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => i);
        const file = idxFile(shape, data);
        const buffer = new Uint8Array(before + file.length);
        buffer.set(file, before);
        expect(readIdx(buffer.subarray(before), 'f')).toEqual({ shape, data });
      }),
      drawing(100),
    );
  });

  it('refuses lengths that do not agree, at either side', () => {
    expect(messageOf(idxFile([2, 3], six.subarray(1)))).toBe(
      'train.idx: "IDX elements" expected 6 bytes for [2, 3] from byte 12, got 5; the file is cut short',
    );
    expect(messageOf(idxFile([5], six))).toBe(
      'train.idx: "IDX elements" expected 5 bytes for [5] from byte 8, got 6; the file continues after its elements',
    );
    expect(messageOf(idxFile([2, 3], six).subarray(0, 11))).toBe(
      'train.idx: "IDX file" expected 12 bytes of header, got 11; the file is cut short',
    );
    expect(messageOf(new Uint8Array(7))).toBe(
      'train.idx: "IDX file" expected at least 8 bytes, got 7; the file is cut short',
    );
  });

  it('refuses other element types by name', () => {
    const names = { 9: 'signed byte', 11: 'short', 12: 'int', 13: 'float', 14: 'double', 7: 'unknown' };
    for (const [type, name] of Object.entries(names)) {
      expect(messageOf(idxFile([6], six, Number(type)))).toBe(
        `train.idx: "IDX type" expected 8 (unsigned byte) at byte 2, got ${type} (${name})`,
      );
    }
  });

  it('refuses what is no IDX file', () => {
    expect(messageOf(idxFile([], Uint8Array.of(1, 1, 1, 1)))).toBe(
      'train.idx: "IDX dimensions" expected 1 to 4 at byte 3, got 0',
    );
    expect(messageOf(idxFile([1, 1, 1, 1, 1], six))).toBe(
      'train.idx: "IDX dimensions" expected 1 to 4 at byte 3, got 5',
    );
    expect(messageOf(Uint8Array.of(80, 75, 3, 4, 0, 0, 0, 0))).toBe(
      'train.idx: "IDX file" expected two zero bytes at the start, got 80, 75; it is not an IDX file',
    );
    expect(messageOf(gzipSync(idxFile([6], six)))).toBe(
      'train.idx: "IDX file" expected two zero bytes at the start, got a gzip file; decompress it first',
    );
  });
});

describe('readIdxMaybeGzip', () => {
  it('reads the same from the file and from its gzip', () => {
    const file = idxFile([3, 2], six);
    expect(readIdxMaybeGzip(file, 'f')).toEqual({ shape: [3, 2], data: six });
    expect(readIdxMaybeGzip(gzipSync(file), 'f')).toEqual({ shape: [3, 2], data: six });
  });

  it('inflates no more than the dimensions say', () => {
    const long = gzipSync(Uint8Array.of(...idxFile([3, 2], six), ...new Uint8Array(100)));
    expect(() => readIdxMaybeGzip(long, 'f')).toThrow(
      /^f: "uncompressed size" expected at most 18 bytes, got 118/,
    );
  });
});
