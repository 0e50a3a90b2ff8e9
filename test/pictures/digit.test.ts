/** `digitFromPng` turns any picture into a digit like those of MNIST, with intensities from 0 to 1. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digitFromPng } from '../../src/pictures/digit.ts';
import type { Picture } from '../../src/formats/png.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { law } from '../spec/support.ts';

const picture = (width: number, height: number, channels: number, data: readonly number[]): Picture => ({
  width,
  height,
  channels,
  depth: 8,
  data: Uint8Array.from(data),
});
const filled = (width: number, height: number, pixel: readonly number[]) =>
  picture(width, height, pixel.length, Array.from({ length: width * height }, () => pixel).flat());

/** The bytes of a 28 × 28 picture with a border of zeros. */
const darkBorder = fc
  .uint8Array({ minLength: 784, maxLength: 784 })
  .map((bytes) => bytes.map((v, i) => (i % 28 === 0 || i % 28 === 27 || i < 28 || i >= 756 ? 0 : v)));

/** The intensity of a digit made from one pixel. */
const onePixel = (r: number, g: number, b: number) => digitFromPng(picture(1, 1, 3, [r, g, b]), 1)[0];

const fifths = (digit: Float32Array): string => Array.from(digit, (v) => Math.round(v * 5)).join('');

describe('digitFromPng', () => {
  law('keeps a picture that MNIST could have: v / 255', darkBorder, 100, (data) => {
    expect(digitFromPng(picture(28, 28, 1, [...data]))).toEqual(Float32Array.from(data, (v) => v / 255));
  });

  law('sees the same digit in gray, RGB, RGBA and 16 bits', darkBorder, 100, (data) => {
    const gray = picture(28, 28, 1, [...data]);
    const coloured = (...alpha: number[]): Picture => {
      const pixels = [...data].flatMap((v) => [v, v, v, ...alpha]);
      return picture(28, 28, 3 + alpha.length, pixels);
    };
    const deep: Picture = { ...gray, depth: 16, data: Uint16Array.from(data, (v) => 257 * v) };
    for (const same of [coloured(), coloured(255), deep])
      expect(digitFromPng(same)).toEqual(digitFromPng(gray));
  });

  it('judges the ground by its border: light is above one half', () => {
    expect(digitFromPng(filled(3, 3, [127]), 3)[4]).toBe(Math.fround(127 / 255));
    expect(digitFromPng(filled(3, 3, [128]), 3)[4]).toBe(Math.fround(1 - 128 / 255));
  });

  it('shows white behind transparency, so black on nothing is a digit too', () => {
    const clear = Array.from({ length: 9 }, () => [0, 0]);
    clear[4] = [0, 255];
    expect([...digitFromPng(picture(3, 3, 2, clear.flat()), 3)]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
  });

  it('weighs the colours by Rec. 601', () => {
    expect(onePixel(255, 0, 0)).toBe(Math.fround(0.299));
    expect(onePixel(0, 0, 255)).toBe(Math.fround(0.114));
    expect(onePixel(0, 100, 0)).toBe(Math.fround(58.7 / 255));
  });

  it('averages areas: an exact mean when it shrinks, copies when it grows', () => {
    const four = picture(4, 4, 1, [0, 0, 0, 0, 0, 40, 80, 0, 0, 120, 160, 0, 0, 0, 0, 0]);
    expect([...digitFromPng(four, 2)].map((v) => Math.round(v * 1020))).toEqual([40, 80, 120, 160]);
    expect(fifths(digitFromPng(picture(2, 2, 1, [51, 102, 102, 51]), 4))).toBe('1122112222112211');
    const three = picture(3, 3, 1, [0, 0, 0, 0, 90, 0, 0, 0, 0]);
    for (const v of digitFromPng(three, 2)) expect(v * 255).toBeCloseTo(10, 4);
  });

  law(
    'keeps the light of a square picture whose middle is its centre: the mean is the mean of its pixels',
    fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.nat(120)),
    100,
    ([size, side, v]) => {
      const half = Array.from({ length: size * size }, (_, i) => (i * v) % 64);
      const data = half.map((value, i) => value + half[half.length - 1 - i]!);
      const mean = data.reduce((a, b) => a + b, 0) / data.length / 255;
      const digit = digitFromPng(picture(size, size, 1, data), side);
      expect(digit.reduce((a, b) => a + b, 0) / digit.length).toBeCloseTo(mean, 5);
    },
  );

  it('centres a picture that is not square on background', () => {
    expect(fifths(digitFromPng(filled(2, 4, [102]), 4))).toBe('0220022002200220');
    expect([...digitFromPng(filled(4, 2, [255, 255, 255]), 4)]).toEqual(Array(16).fill(0));
  });

  const dotAt = (size: number, x: number, y: number) =>
    picture(size, size, 1, [...new Uint8Array(size * size).fill(200, y * size + x, y * size + x + 1)]);
  const placeOf = (digit: Float32Array) => digit.indexOf(Math.max(...digit));
  law(
    'moves the centre of mass of a scaled digit to the middle; not one of the right size, nor what is far off',
    fc.tuple(fc.nat(12), fc.nat(12), fc.constantFrom(13, 39)),
    200,
    ([x, y, size]) => {
      const [scale, isFar] = [size / 13, (x - 6) ** 2 + (y - 6) ** 2 > (13 / 7) ** 2];
      const digit = digitFromPng(dotAt(size, scale * x + scale - 1, scale * y + scale - 1), 13);
      expect(placeOf(digit)).toBe(isFar || scale === 1 ? y * 13 + x : 6 * 13 + 6);
    },
  );

  it('loses no ink when it is moved, and has the ground around it, light or dark', () => {
    // A bar at the left edge, and a dot to its right.
    const shape = (x: number, y: number) =>
      (x < 6 && y > 6 && y < 33) || (x > 20 && x < 27 && y > 15 && y < 24);
    for (const [ink, ground] of [
      [255, 0],
      [0, 255],
      [20, 200],
    ] as const) {
      // prettier-ignore
      const inks = Array.from({ length: 39 * 39 }, (_, i) => shape(i % 39, Math.floor(i / 39)));
      const data = inks.map((isInk) => (isInk ? ink : ground));
      const digit = digitFromPng(picture(39, 39, 1, data), 13);
      const dark = Math.min(...digit);
      const inked = digit.reduce((sum, value) => sum + Math.max(0, value - dark), 0);
      const pixels = data.filter((value) => value === ink).length / 9;
      expect(inked).toBeCloseTo((pixels * Math.abs(ink - ground)) / 255, 3);
    }
  });

  it('takes the pixels of a canvas', () => {
    const data = Array.from({ length: 4 * 12 }, (_, i) => (i * 37) % 256);
    // A canvas inherits its properties from its class.
    const canvas = Object.create({ width: 4, height: 3, data: Uint8ClampedArray.from(data) }) as Picture;
    expect(digitFromPng(canvas)).toEqual(digitFromPng(picture(4, 3, 4, data)));
  });

  it('refuses the pixels of a canvas whose buffer was given away, and a side that is no size', () => {
    const data = new Uint8ClampedArray(4 * 28 * 28);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    expect(refusalOf(() => digitFromPng({ width: 28, height: 28, data }))).toContain('got 28');
    expect(refusalOf(() => digitFromPng(filled(1, 1, [0]), 0))).toBe(
      'digitOf: "side" expected a whole number from 1 to 4096, got 0',
    );
  });
});
