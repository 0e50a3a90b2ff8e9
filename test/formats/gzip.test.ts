/** `gunzip` unpacks the files of gzip, and refuses a damaged file. */
import { constants, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/formats/crc32.ts';
import { gunzip } from '../../src/formats/gzip.ts';
import { ascii, concat, u32le } from '../fuzz/samples.ts';
import { countRefusals, refusalOf } from '../fuzz/refusal.ts';
import { law } from '../spec/support.ts';

const text = ascii('spikes and silence, '.repeat(20));
const file = new Uint8Array(gzipSync(text));
const messageOf = (bytes: Uint8Array, limit?: number) => refusalOf(() => gunzip(bytes, 'a.gz', limit));
const next =
  '; the file is damaged, cut short, or continues after its end (several members are not supported)';

/** The file with other optional header fields: `flags` and the bytes of the fields. */
const withFields = (flags: number, fields: Uint8Array) =>
  concat(file.subarray(0, 3), [flags], file.subarray(4, 10), fields, file.subarray(10));

describe('gunzip', () => {
  const { Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_FIXED, Z_RLE } = constants;
  const strategies = fc.constantFrom(Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_FIXED, Z_RLE);
  const data = fc.oneof(
    fc.uint8Array({ maxLength: 500 }),
    fc.array(fc.nat(3), { maxLength: 3000 }).map((a) => Uint8Array.from(a)),
  );
  law(
    'undoes gzip at every level and strategy, whatever the data',
    fc.tuple(data, fc.integer({ min: 0, max: 9 }), strategies),
    100,
    ([bytes, level, strategy]) => {
      expect(gunzip(gzipSync(bytes, { level, strategy }), 'f')).toEqual(bytes);
    },
  );

  it('undoes gzip of files that take several pieces', () => {
    const long = Uint8Array.from(
      { length: 1_500_000 },
      (_, i) => (Math.imul(i, 0x9e3779b1) >>> 17) & (i >> 12),
    );
    expect(Buffer.compare(gunzip(gzipSync(long), 'f'), long)).toBe(0);
  });

  it('reads a file with the optional fields of its header', () => {
    const extra = Uint8Array.of(3, 0, 7, 0, 7);
    const names = ascii('name.idx\0comment\0');
    const head = withFields(2 | 4 | 8 | 16, concat(extra, names)).subarray(0, 10 + 5 + names.length);
    const crc = crc32(head) & 0xffff;
    const fields = concat(extra, names, [crc & 255, crc >> 8]);
    expect(gunzip(withFields(2 | 4 | 8 | 16, fields), 'f')).toEqual(text);
    fields[fields.length - 1]! ^= 1;
    expect(messageOf(withFields(2 | 4 | 8 | 16, fields))).toBe(
      `a.gz: "gzip header CRC" expected ${crc}, got ${crc ^ 256}${next}`,
    );
  });

  it('never gives other data: with one bit wrong it refuses, or the bit does not matter', () => {
    const refused = countRefusals(file, (damaged) => expect(gunzip(damaged, 'f')).toEqual(text));
    // Time, level and system, 6 bytes, do not matter, nor does the flag for text.
    expect(refused).toBeGreaterThan(8 * (file.length - 8));
  });

  const length = file.length - 18;
  const claiming = (size: number): Uint8Array => concat(file.subarray(0, -4), u32le(size));
  const noFile = concat(file.subarray(0, 3), [8], file.subarray(4, 10), new Uint8Array(20).fill(65));
  // A stored block of 65535 bytes, of which the file has three.
  const waiting = concat(file.subarray(0, 10), [1, 255, 255, 0, 0, 7, 8, 9], u32le(0, 3));

  it.each<[expected: string, file: Uint8Array]>([
    ['"gzip file" expected at least 18 bytes, got 17', file.subarray(0, 17)],
    ['a DEFLATE stream of 10 bytes, got unexpected EOF', concat(file.subarray(0, 20), u32le(0, 100))],
    ['a DEFLATE stream of 8 bytes, got unexpected EOF', waiting],
    [`a DEFLATE stream of ${2 * length + 18} bytes, got an end before it`, concat(file, file)],
    ['"gzip CRC-32" expected 04030201, got', concat(file.subarray(0, -8), u32le(0x04030201, 400))],
    ['"uncompressed size" expected 401 bytes, as the file says, got 400', claiming(401)],
    ['"uncompressed size" expected 399 bytes, as the file says, got more than 399', claiming(399)],
    [`at most ${1100 * length} for ${length} bytes, got 16777216`, claiming(2 ** 24)],
    ['"gzip file" expected more than 25 bytes, got 25', withFields(8, ascii('a name\0')).subarray(0, 25)],
    ['"gzip flags" expected the upper three bits of byte 3', withFields(32, new Uint8Array(0))],
    ['"gzip header" expected a text that ends with a zero, from byte 10', noFile],
    ['"gzip file" expected to start with the bytes 1f 8b, got other bytes', text],
    [
      '"gzip method" expected 8 (DEFLATE) at byte 2, got 7',
      concat(file.subarray(0, 2), [7], file.subarray(3)),
    ],
  ])('refuses what is not as %s', (expected, bytes) => {
    expect(messageOf(bytes)).toContain(expected);
  });

  it.each([1, 7, 8, 9, 17, 18, 40])('refuses %d bytes between the stream and the trailer', (count) => {
    const garbage = concat(file.subarray(0, -8), new Uint8Array(count), file.subarray(-8));
    expect(messageOf(garbage)).toContain('got an end before it');
  });

  it('keeps to the limit of its caller', () => {
    expect(gunzip(file, 'f', 400)).toEqual(text);
    expect(messageOf(file, 399)).toContain('"uncompressed size" expected at most 399 bytes, got 400');
  });
});
