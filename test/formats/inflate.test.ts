/** `inflateExact` and `inflateTo` refuse a DEFLATE stream that does not have the stated size. */
import { deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../../src/formats/bytes.ts';
import { inflateExact, inflateTo } from '../../src/formats/inflate.ts';
import { collectGarbage, measureAllocation } from '../fuzz/measure.ts';
import { applyMutations, mutations } from '../fuzz/mutations.ts';
import { checkRefusal, refusalOf } from '../fuzz/refusal.ts';
import { noiseOf } from '../fuzz/samples.ts';
import { drawing } from '../support.ts';

const text = Uint8Array.from({ length: 3000 }, (_, k) => (k * k) >> 5);
const atOnce = (stream: Uint8Array, size: number): Uint8Array => inflateExact('z', stream, size);
const streamed = (stream: Uint8Array, size: number): Uint8Array => {
  const chunks: Uint8Array[] = [];
  inflateTo((chunk) => chunks.push(chunk), 'z', stream, size);
  return concat(chunks);
};

/** The bytes, or undefined if they are refused. */
function outcomeOf(read: () => Uint8Array): number[] | undefined {
  try {
    return [...read()];
  } catch (error) {
    checkRefusal(error);
    return undefined;
  }
}

describe('a stream', () => {
  it.each([0, 1, 6, 9])('gives its bytes at level %d', (level) => {
    for (const size of [0, 1, 784, text.length])
      expect(atOnce(deflateRawSync(text.subarray(0, size), { level }), size)).toEqual(text.subarray(0, size));
  });

  it.each([0, 6])('of level %d is refused with more bytes and with fewer', (level) => {
    const stream = new Uint8Array(deflateRawSync(text, { level }));
    expect(refusalOf(() => atOnce(stream, 2999))).toMatch(/more/);
    expect(refusalOf(() => atOnce(stream, 3001))).toMatch(/3001 bytes, as the file says, got 3000/);
  });

  // fflate accepts a few damaged streams, such as one with a stored block whose second length is wrong. The container's
  // checksum reveals them.
  it('whatever happened to it, has the bytes that fflate gives if Node takes it', () => {
    const levels = [0, 1, 6].map((level) => new Uint8Array(deflateRawSync(text.subarray(0, 300), { level })));
    const pick = fc.constantFrom(...levels);
    const property = fc.property(pick, pick, mutations, (one, other, list) => {
      const stream = applyMutations(one, other, list);
      const [ofNode, ofFflate] = [atOnce, streamed].map((read) => outcomeOf(() => read(stream, 300)));
      if (ofNode) expect(ofFflate).toEqual(ofNode);
    });
    fc.assert(property, drawing(2000));
  });

  it('takes time in proportion to what lies behind the end of a stream', () => {
    const stream = Buffer.concat([deflateRawSync(text), noiseOf(2 ** 25)]);
    const start = process.cpuUsage();
    expect(refusalOf(() => streamed(stream, 3001))).toMatch(/3001 bytes, as the file says, got 3000/);
    expect(process.cpuUsage(start).user).toBeLessThan(1e6);
  });

  it('has a buffer of its own, however small', () => {
    const [one, other] = [0, 1].map(() => atOnce(deflateRawSync(new Uint8Array(100)), 100));
    expect(one!.buffer).not.toBe(other!.buffer);
  });

  it('leaves no window behind', () => {
    const stream = new Uint8Array(deflateRawSync(new Uint8Array(784)));
    atOnce(stream, 784);
    collectGarbage();
    collectGarbage();
    const { total } = measureAllocation(() => {
      for (let k = 0; k < 100; k++) atOnce(stream, 784);
    });
    expect(total).toBeLessThan(100 * 2 ** 16);
  });
});
