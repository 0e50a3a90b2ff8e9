/** `crc32` gives the published values, also when called part by part. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex32 } from '../../src/hex.ts';
import { crc32 } from '../../src/formats/crc32.ts';
import { ascii } from '../fuzz/samples.ts';
import { law } from '../spec/support.ts';

describe('crc32', () => {
  it('gives the check value of its standard', () => {
    expect(hex32(crc32(ascii('123456789')))).toBe('cbf43926');
    expect(crc32(new Uint8Array(0))).toBe(0);
  });

  law('two parts give the sum of the whole', fc.tuple(fc.uint8Array(), fc.uint8Array()), 100, ([a, b]) => {
    expect(crc32(b, crc32(a))).toBe(crc32(Uint8Array.of(...a, ...b)));
  });
});
