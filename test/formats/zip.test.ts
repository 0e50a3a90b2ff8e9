/** `readZip` reads what `writeZip` writes, and refuses a damaged archive. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import type { ByteSource } from '../../src/formats/bytes.ts';
import { listZip, readZipEntry, readZipHead, type ZipEntry } from '../../src/formats/zip.ts';
import { writeZip } from '../../src/formats/zipWriter.ts';
import { countRefusals, refusalOf } from '../fuzz/refusal.ts';
import { ascii, concat, storedZip, u32le } from '../fuzz/samples.ts';
import { law } from '../spec/support.ts';

type Files = readonly (readonly [string, Uint8Array])[];

const text = ascii('spikes and silence, '.repeat(20));
const files: Files = [
  ['a', ascii('first')],
  ['b', text],
];
const archive = writeZip(files);
/** The offset of the local header of `b`. */
const localB = 36;
/** The offset of the packed bytes of `b`. */
const bytesB = localB + 31;
/** The offset of the central record of `b`. */
const central = archive.length - 22 - 47;
/** The offset of the end record. */
const end = archive.length - 22;

const readAll = (file: Uint8Array): Files =>
  listZip(file, 'z.zip').map((entry) => [entry.name, readZipEntry(file, entry, 'z.zip')]);
const messageOf = (file: Uint8Array) => refusalOf(() => readAll(file));

/** The archive with other bytes from offset `at` on. */
function patched(at: number, bytes: readonly number[] | Uint8Array, file = archive): Uint8Array {
  const copy = file.slice();
  copy.set(bytes, at);
  return copy;
}

describe('writeZip', () => {
  const some = fc.uniqueArray(fc.tuple(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 300 })), {
    selector: ([name]) => name,
  });
  law('writes what the reader reads, and it again', some, 100, (list) => {
    const file = writeZip(list);
    expect(readAll(file)).toEqual(list);
    expect(writeZip(list)).toEqual(file);
  });

  it('refuses more files than are read, and writes as many as are', () => {
    const many = (count: number): Files =>
      Array.from({ length: count }, (_, i) => [String(i), new Uint8Array(0)]);
    expect(listZip(writeZip(many(4096)), 'f')).toHaveLength(4096);
    expect(refusalOf(() => writeZip(many(4097)))).toBe('writeZip: "files" expected at most 4096, got 4097');
  });
});

describe('listZip', () => {
  it('reads an archive with a comment, and one without files', () => {
    expect(readAll(concat(archive.subarray(0, -2), [3, 0], ascii('PK!')))).toEqual(files);
    expect(readAll(writeZip([]))).toEqual([]);
  });

  it('reads an archive whose local headers leave the sizes open', () => {
    const streamed = patched(18, new Uint8Array(8), patched(6, [8, 0]));
    expect(readAll(streamed)).toEqual(files);
  });

  it('never gives other files: with one bit wrong it refuses, or the bit does not matter', () => {
    const refused = countRefusals(archive, (damaged) => expect(readAll(damaged)).toEqual(files));
    expect(refused).toBeGreaterThan(4 * archive.length);
  });

  // The bytes of `a` contain a second local header of `b`, to which a second record may point.
  const inner = storedZip({ b: ascii('in') }).subarray(0, 33);
  const outer = storedZip({ a: inner, b: ascii('in') });
  const zip64 = 'the classic format, got zip64, for over 4 GiB; save it in parts';
  const locator = concat(u32le(0x07064b50), new Uint8Array(16));
  const counting = (count: number): Uint8Array => patched(end + 8, [count, 0, count, 0]);
  const stored = storedZip(Object.fromEntries(files));

  it.each<[expected: string, file: Uint8Array]>([
    ['"zip file" expected an end record in its last bytes, got none', archive.subarray(0, end)],
    ['"b" expected no encryption, got an encrypted file', patched(central + 8, [1])],
    ['"b" expected method 0 (stored) or 8 (DEFLATE), got 12', patched(central + 10, [12])],
    [zip64, patched(central + 24, [255, 255, 255, 255])],
    [zip64, patched(end + 8, [255, 255, 255, 255])],
    [zip64, concat(archive.subarray(0, end), locator, archive.subarray(end))],
    ['at most 4096 files, got 4097; save it in parts', patched(end + 8, [1, 16, 1, 16])],
    ['one disk, got several; join the parts first', patched(end + 4, [1])],
    ['each name once, got a again', patched(central + 46, ascii('a'), patched(localB + 30, ascii('a')))],
    ['begin at byte 64 or later, got 31; files overlap', patched(outer.length - 27, u32le(31), outer)],
    ['one name and method per file, got another at byte 0;', patched(30, ascii('x'))],
    ['one name and method per file, got another at byte 0;', patched(8, [8])],
    ['a local header at byte 0, got none;', patched(0, [0])],
    ['a local header at byte 209, got none;', patched(central + 42, u32le(archive.length))],
    ['the header at byte 0 to end by byte', patched(28, [255, 255])],
    ['"size of b" expected at most 26 bytes from byte 67, got 65535', patched(central + 20, [255, 255])],
    ['"zip name" expected within byte', patched(central + 28, [255, 255])],
    ['"zip name" expected UTF-8 at byte', patched(central + 46, [0xff])],
    ['3 files, and file 3 at byte 187, got other bytes', counting(3)],
    ['"zip directory" expected its end at byte 140, got byte 187', counting(1)],
    ['"zip directory" expected to end at byte 187, got 0 + 94 bytes', patched(end + 16, [0, 0])],
    ['"size of b" expected 400 bytes as stored, got 1', patched(stored.length - 45, [1, 0], stored)],
    ['"CRC-32" expected 04030201, got', patched(central + 16, [1, 2, 3, 4])],
    ['1 bytes, as the file says, got more than 1', patched(central + 24, [1, 0])],
    ['at most 28600 for 26 bytes, got 16777616', patched(central + 24, [144, 1, 0, 1])],
    ['a DEFLATE stream of 26 bytes, got invalid block type', patched(bytesB, [7])],
    ['got nothing', patched(central + 20, [0, 0], patched(central + 24, [0, 0]))],
  ])('refuses what is not as %s', (expected, file) => expect(messageOf(file)).toContain(expected));
});

/** A source like a file, which copies only the requested bytes. */
const partly = (bytes: Uint8Array): ByteSource => ({
  length: bytes.length,
  subarray: (from, to) => {
    expect([from >= 0, to <= bytes.length]).toEqual([true, true]);
    return bytes.slice(from, Math.max(from, to));
  },
});

const at = fc.integer({ min: 0, max: archive.length - 1 });
const change = fc.tuple(at, fc.uint8Array({ minLength: 1, maxLength: 4 }));
law(
  'an archive that is read part by part gives what it gives as a whole, or the same refusal',
  fc.tuple(fc.array(change, { maxLength: 3 }), fc.nat(archive.length), fc.nat(40)),
  300,
  ([changes, cut, most]) => {
    const whole = archive.slice(0, cut % 3 === 0 ? cut : archive.length);
    for (const [place, bytes] of changes)
      whole.set(bytes.subarray(0, Math.max(0, whole.length - place)), Math.min(place, whole.length));
    const outcome = (source: ByteSource): unknown => {
      try {
        const contents = (entry: ZipEntry) => [readZipEntry(source, entry, 'z'), readZipHead(source, entry, 'z', most)]; // prettier-ignore
        return listZip(source, 'z').map((entry) => [entry, ...contents(entry)]);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        return (error as InputError).message;
      }
    };
    expect(outcome(partly(whole))).toEqual(outcome(whole));
  },
);
