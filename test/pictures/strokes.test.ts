/**
 * `digitFromStrokes` turns a drawing into a digit like those of MNIST: 20 pixels high or wide, with its centre of mass in the
 * middle.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digitFromStrokes } from '../../src/pictures/strokes.ts';
import { conditions, styles, type Point } from '../examples/drawings.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { law } from '../spec/support.ts';
import { drawing } from '../support.ts';

const side = 28;

/** Drawings with whole-number coordinates, whose middles and extents are exact in binary64. */
const whole = fc.integer({ min: -500, max: 500 });
const onGrid = fc.array(fc.array(fc.tuple(whole, whole), { minLength: 1, maxLength: 6 }), {
  minLength: 1,
  maxLength: 4,
});
const pens = fc.integer({ min: 0, max: 60 });

const moved = (strokes: readonly Point[][], by: (point: Point) => Point): Point[][] =>
  strokes.map((stroke) => stroke.map(by));

/** Width and height of the box around all pixels with an intensity of at least `least`. */
function extents(digit: Uint8Array, least: number): number[] {
  const places = [...digit.keys()].filter((at) => digit[at]! >= least);
  return [(at: number) => at % side, (at: number) => Math.floor(at / side)].map((axis) => {
    const along = places.map(axis);
    return Math.max(...along) - Math.min(...along) + 1;
  });
}

/** The distance of the centre of mass from the middle, in pixels. */
function offCentre(digit: Uint8Array): number {
  const sum = digit.reduce((a, b) => a + b, 0);
  const [x, y] = [(at: number) => at % side, (at: number) => Math.floor(at / side)].map((axis) =>
    digit.reduce((so, value, at) => so + (value * (axis(at) + 0.5)) / sum, 0),
  );
  return Math.max(Math.abs(x! - side / 2), Math.abs(y! - side / 2));
}

const touchesBorder = (digit: Uint8Array): boolean =>
  digit.some((value, at) => value > 0 && [0, side - 1].some((end) => at % side === end || Math.floor(at / side) === end)); // prettier-ignore

describe('digitFromStrokes', () => {
  it('inks a point by its distance from the centres of pixels, and nothing where nothing is drawn', () => {
    // Up to a distance of 0.4 pixels, ink is full. From 2.2 pixels on, there is none. The distances are √0.5, √2.5 and √4.5.
    const [outer, inner] = [[11, 88, 88, 11], [88, 211, 211, 88]]; // prettier-ignore
    const square = [outer, inner, inner, outer] as number[][];
    const expected = new Uint8Array(side * side);
    for (const [y, row] of square.entries()) expected.set(row, (12 + y) * side + 12);
    expect(digitFromStrokes([[[3, 4]]])).toEqual(expected);
    expect(digitFromStrokes([[[3, 4]]], 16)).toEqual(expected);
    for (const nothing of [[], [[]], [[], []]])
      expect(digitFromStrokes(nothing, 16)).toEqual(new Uint8Array(side * side));
  });

  // With whole numbers, each difference from the middle is exact, so the bytes stay the same.
  law(
    'draws the same digit wherever it is drawn, to the byte',
    fc.tuple(onGrid, pens, whole, whole),
    200,
    ([strokes, pen, dx, dy]) => {
      const there = moved(strokes, ([x, y]) => [x + dx, y + dy]);
      expect(digitFromStrokes(there, pen)).toEqual(digitFromStrokes(strokes, pen));
    },
  );

  // Only powers of two, because they scale numbers without rounding.
  law(
    'draws the same digit in whatever unit, to the byte, with its pen in that unit',
    fc.tuple(onGrid, pens, fc.integer({ min: -60, max: 60 })),
    200,
    ([strokes, pen, k]) => {
      const scaled = moved(strokes, ([x, y]) => [x * 2 ** k, y * 2 ** k]);
      expect(digitFromStrokes(scaled, pen * 2 ** k)).toEqual(digitFromStrokes(strokes, pen));
    },
  );

  law('does not ask which stroke was first', onGrid, 100, (strokes) => {
    expect(digitFromStrokes([...strokes].reverse())).toEqual(digitFromStrokes(strokes));
  });

  it.each(Object.entries(conditions))('makes drawn digits 20 pixels high or wide: %s', (_, draw) => {
    for (const [place, style] of styles.entries()) {
      const digit = digitFromStrokes(draw(style, place), 16);
      // The edge of the pen has half the ink. A round end may miss the centres of the outermost pixels.
      const longer = Math.max(...extents(digit, 128));
      expect(longer, style.name).toBeGreaterThanOrEqual(19);
      expect(longer, style.name).toBeLessThanOrEqual(21);
    }
  });

  it('has its centre of mass in the middle, as near as whole pixels can be', () => {
    fc.assert(
      fc.property(onGrid, pens, (strokes, pen) => {
        // Parts outside the picture are cut off, and their mass is lost. Of one stroke, what is left then touches the border.
        const digit = digitFromStrokes([strokes.flat()], pen);
        fc.pre(!touchesBorder(digit));
        // Half a pixel, and the rounding of intensities.
        expect(offCentre(digit)).toBeLessThan(0.5 + 0.02);
      }),
      drawing(200),
    );
    const digits = Object.values(conditions).flatMap((draw) => styles.map((style, k) => draw(style, k)));
    for (const strokes of digits) expect(offCentre(digitFromStrokes(strokes, 16))).toBeLessThan(1);
  });

  it('leaves a dot a dot: what is not larger than two pens', () => {
    const dots: Point[][] = [[[180, 290], [181, 290]], [[10, 10], [14, 13]]]; // prettier-ignore
    for (const dot of dots)
      for (const size of extents(digitFromStrokes([dot], 16), 1)) {
        expect(size).toBeGreaterThan(1);
        expect(size).toBeLessThan(8);
      }
    for (const dot of dots) expect(Math.max(...extents(digitFromStrokes([dot]), 128))).toBeGreaterThan(18);
  });

  const any = fc.double({ noNaN: true, noDefaultInfinity: true });
  const drawings = fc.array(fc.array(fc.tuple(any, any), { minLength: 1 }), { minLength: 1 });
  law(
    'inks whatever numbers are finite',
    fc.tuple(drawings, fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 })),
    200,
    ([strokes, pen]) => {
      // Every point is at most half a diagonal from the centre of its pixel.
      expect(Math.max(...digitFromStrokes(strokes, pen))).toBeGreaterThanOrEqual(211);
    },
  );

  it('draws the same digit of numbers whose sums overflow', () => {
    const [huge, one] = [2 ** 1023, 1].map((unit) =>
      [-unit, unit].map((x) => digitFromStrokes([[[x, 0], [unit, unit]]]))); // prettier-ignore
    expect(huge).toEqual(one);
  });

  const aPoint = 'expected a point [x, y] of finite numbers, got';
  const tooMany = [Array.from({ length: 1e5 }, () => [1, 2]), [[1, 2]], [[3]]];
  it.each<[string, readonly unknown[]]>([
    ['"strokes" expected lists of points [x, y], got nothing', []],
    ['"strokes" expected lists of points [x, y], got 7', [7]],
    ['"strokes[1]" expected a list of points [x, y], got {}', [[[], {}]]],
    [`"strokes[0][0]" ${aPoint} 3`, [[[3, 4]]]],
    [`"strokes[0][0]" ${aPoint} [1,2,3]`, [[[[1, 2, 3]]]]],
    [`"strokes[0][0]" ${aPoint} [1,null]`, [[[[1, NaN]]]]],
    [`"strokes[0][0]" ${aPoint} {"x":1,"y":2}`, [[[{ x: 1, y: 2 }]]]],
    ['"strokes" expected at most 100000 points, got 100001 or more', [tooMany]],
    ['"pen" expected a finite number from 0, got -1', [[], -1]],
  ])('refuses: %s', (message, given) => {
    const call = digitFromStrokes as (...args: readonly unknown[]) => Uint8Array;
    expect(refusalOf(() => call(...given))).toBe(`digitFromStrokes: ${message}`);
  });

  it('takes 100,000 points', () => {
    const stroke = Array.from({ length: 100_000 }, (_, k): Point => [Math.cos(k / 500), Math.sin(k / 300)]);
    expect(Math.max(...digitFromStrokes([stroke]))).toBe(255);
  });
});
