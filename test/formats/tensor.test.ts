/** `countElements` counts exactly or refuses, and halves are widened without loss. */
import { describe, expect, it } from 'vitest';
import { countElements, widenHalves } from '../../src/formats/tensor.ts';
import { refusalOf } from '../fuzz/refusal.ts';

describe('countElements', () => {
  it('counts: none is one, a zero is none whatever stands beside it', () => {
    expect(countElements('f', 'shape', [])).toBe(1);
    expect(countElements('f', 'shape', [2, 3, 4])).toBe(24);
    expect(countElements('f', 'shape', [2 ** 50, 2 ** 50, 0])).toBe(0);
  });

  it('counts exactly or not at all', () => {
    expect(countElements('f', 'shape', [2 ** 26, 2 ** 26])).toBe(2 ** 52);
    expect(refusalOf(() => countElements('f', 'shape', [2 ** 26, 2 ** 27]))).toBe(
      'f: "shape" expected fewer than 2^53 elements, got [67108864, 134217728]',
    );
    // The product would overflow to Infinity, and the full shape would make the message too long.
    expect(refusalOf(() => countElements('f', 'shape', Array(64).fill(2 ** 52)))).toMatch(/^.{50,140}$/);
    for (const bad of [-1, 0.5, NaN, Infinity, 2 ** 53])
      expect(refusalOf(() => countElements('f', 'shape', [bad]))).toMatch(/whole dimensions/);
    expect(refusalOf(() => countElements('f', 'shape', Array(65).fill(1)))).toBe(
      'f: "shape" expected at most 64 dimensions, got 65',
    );
  });
});

it('widenHalves keeps every number: 65504 is the largest, 2^-24 the step below 2^-14', () => {
  const all = widenHalves(Uint16Array.from({ length: 0x7c00 }, (_, i) => i));
  expect(all[0x7bff]).toBe(65504);
  const others = widenHalves(Uint16Array.of(0x8000, 0xbc00, 0x7c00, 0xfc00, 0x7e00));
  expect([...others]).toEqual([-0, -1, Infinity, -Infinity, NaN]);
  for (let i = 1; i < all.length; i++) {
    const exponent = Math.max(1, i >> 10);
    expect(all[i]! - all[i - 1]!).toBe(2 ** (((i - 1) >> 10 || exponent) > 1 ? ((i - 1) >> 10) - 25 : -24));
  }
});
