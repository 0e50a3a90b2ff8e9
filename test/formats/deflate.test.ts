/** What zlib compresses, by every strategy and level, becomes the same bytes, in chunks and with a limit. */
import { constants, deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../../src/formats/concat.ts';
import { Inflater } from '../../src/formats/deflate.ts';

const fail = (got: string): never => {
  throw new Error(got);
};

function inflated(packed: Uint8Array, most: number): { data: Uint8Array; length: number | undefined } {
  const chunks: Uint8Array[] = [];
  const length = new Inflater(packed, most, (chunk) => chunks.push(chunk), fail).run();
  return { data: concat(chunks), length };
}

/** Bytes that repeat from near and from as far as a copy reaches, and some that do not. */
function draw(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let word = 1;
  for (let n = 0; n < length; n++) {
    word = (Math.imul(word, 1103515245) + 12345) >>> 0;
    const back = [1, 3, 300, 32767][word >>> 30]!;
    bytes[n] = n >= back && (word >>> 20) % 8 > 0 ? bytes[n - back]! : word >>> 24;
  }
  return bytes;
}

const bytes = draw(300_000);
const { Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_DEFAULT_STRATEGY } = constants;

describe.each([0, 1, 6, 9])('at level %i', (level) => {
  it.each([Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED])('and with strategy %i', (strategy) => {
    const packed = new Uint8Array(deflateRawSync(bytes, { level, strategy }));
    const { data, length } = inflated(packed, bytes.length);
    expect(Buffer.compare(data, bytes)).toBe(0);
    expect(length).toBe(packed.length);
  });
});

it('bytes of any number and of any kind', () => {
  const kinds = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.array(fc.constantFrom(0, 1, 255), { maxLength: 3000 }),
  );
  fc.assert(
    fc.property(kinds, (drawn) => {
      const data = Uint8Array.from(drawn);
      const packed = new Uint8Array(deflateRawSync(data));
      expect(inflated(packed, data.length)).toEqual({ data, length: packed.length });
    }),
  );
});

it.each([0, 1, 258, 32767, 65534, 65535, 65536, 100_000])('stops after more than %i bytes', (most) => {
  const { data, length } = inflated(new Uint8Array(deflateRawSync(bytes)), most);
  expect(length).toBeUndefined();
  expect(data.length).toBeGreaterThan(most);
  expect(data.length).toBeLessThanOrEqual(most + 65536);
  expect(Buffer.compare(data, bytes.subarray(0, data.length))).toBe(0);
});

it('by hand: a block of each kind that is refused', () => {
  const of =
    (...packed: number[]) =>
    () =>
      inflated(Uint8Array.from(packed), 100);
  expect(of(0b111)).toThrow(/^invalid block type$/);
  expect(of(0b001, 1, 0, 0, 0)).toThrow(/^a length and another$/);
  expect(of(0b001, 1, 0, 254, 255)).toThrow(/^no end$/);
  expect(of(0b011)).toThrow(/^no end$/);
  // Fixed codes: 257, 0000001, is a length of 3; its distance, 00000, is 1, and nothing is before it.
  expect(of(0b0000_0011, 0b0000_0010, 0, 0)).toThrow(/^an invalid distance$/);
  // 286, 11000110.
  expect(of(0b0001_1011, 0b0000_0011, 0)).toThrow(/^an invalid length$/);
});
