/** Evidence: what a number is worth, and how many of those that were wrong an explanation must predict. */
import { describe, expect, it } from 'vitest';
import { areNear, bitsOf, evidenceOf } from '../../src/oracle/evidence.ts';

const right = Array.from({ length: 40 }, (_, i) => i + 1);

/** Numbers that are all wrong, and what a mistake makes of them: what was got, but for so many whose bounds hold all. */
const predicted = (...given: Parameters<typeof evidence>): number => evidence(...given)?.predicted ?? 0;

function evidence(got: number[], vague: number, count = 1, radius = 2 ** -20, off = 0) {
  const interval = (values: number[], radii: number[]) => ({
    value: Float64Array.from(values),
    radius: Float64Array.from(radii),
  });
  const exact = right.map(() => 0);
  const mistaken = interval(
    got.map((value) => value + off),
    right.map((_, i) => (i < vague ? 1000 : radius)),
  );
  return evidenceOf(
    [{ got: Float64Array.from(got), right: interval(right, exact), mistaken, base: undefined }],
    count,
  );
}

const squares = right.map((x) => 2 + x * x);

describe('an explanation', () => {
  it('predicts nine tenths of what is wrong', () => {
    expect(predicted(squares, 0)).toBe(40);
    expect(predicted(squares, 4)).toBe(36);
    expect(predicted(squares, 5)).toBe(0);
  });

  it('of another part already needs to predict half of what is wrong, and little of it', () => {
    const again = (vague: number, radius: number) => {
      const value = Float64Array.from(right);
      const got = Float64Array.from(right, (x) => 4 * x);
      const mistaken = {
        value: got,
        radius: Float64Array.from(right, (x, i) => (i < vague ? 1000 : radius * x)),
      };
      const traces = [{ got, right: { value }, mistaken, base: undefined }];
      return [evidenceOf(traces, 1), evidenceOf(traces, 1, true)].map((each) => each?.predicted);
    };
    expect(again(0, 2 ** -20)).toEqual([40, 40]);
    expect(again(10, 0.5)).toEqual([undefined, 30]);
    expect(again(11, 0.5)).toEqual([undefined, undefined]);
    expect(again(10, 1.5)).toEqual([undefined, undefined]);
  });

  it('comes close to what it is within 2⁻¹² of, however wide its bounds are', () => {
    const least = 2 ** -12 * Math.max(...squares);
    expect(evidence(squares, 0, 1, 1, 0.9 * least)).toEqual({ predicted: 40, isClose: true });
    expect(evidence(squares, 0, 1, 1, 1.1 * least)).toEqual({ predicted: 40, isClose: false });
    // Numbers that it holds, and that are not what it makes, tell against it though they may be right.
    const half = right.map((x, i) => (i < 20 ? x + 2 : 2 + x * x));
    expect(evidence(half, 0, 1, 1)).toMatchObject({ isClose: true });
    expect(evidence(half, 0, 1, 1, 1.1 * least)).toMatchObject({ isClose: false });
  });

  it('comes close to the wrong numbers too, where these are few', () => {
    const value = Float64Array.from(right);
    const got = value.map((x, i) => (i < 3 ? x + 50 : x));
    const among = (off: number) => {
      const mistaken = { value: got.map((x, i) => (i < 3 ? x + off : x)), radius: value.map(() => 1) };
      return evidenceOf([{ got, right: { value }, mistaken, base: undefined }], 1);
    };
    expect(among(0)).toEqual({ predicted: 3, isClose: true });
    expect(among(0.5)).toEqual({ predicted: 3, isClose: false });
  });

  it.each([
    ['zeros, where a mistake makes numbers', () => 0, (x: number) => x, false],
    ['numbers of the other sign', (x: number) => -x, (x: number) => x, false],
    ['three times as large', (x: number) => 3 * x, (x: number) => x, false],
    ['what is nearer than it is large', (x: number) => 1.9 * x, (x: number) => x + 0.01, true],
    ['what it makes, where that is infinite', () => Infinity, () => Infinity, true],
    ['small numbers, where it makes zeros alone', (x: number) => x / 4, () => 0, true],
    ['NaN', () => NaN, (x: number) => x, false],
    ['half of it near', (x: number) => (x > 20 ? x + 1 : -x), (x: number) => x + 0.01, true],
    ['less than half of it near', (x: number) => (x > 21 ? x + 1 : -x), (x: number) => x + 0.01, false],
  ])('is looked for only where it may be: %s', (_, got, made, expected) => {
    const [value, theirs] = [Float64Array.from(right), Float64Array.from(right, made)];
    const traces = [
      { got: Float64Array.from(right, got), right: { value }, mistaken: { value: theirs }, base: undefined },
    ];
    expect(areNear(traces)).toBe(expected);
  });

  it('leaves at most a quarter of the array open, of numbers that were right too', () => {
    const half = right.map((x, i) => (i < 20 ? x : 2 + x * x));
    expect(predicted(half, 10)).toBe(20);
    expect(predicted(half, 11)).toBe(0);
  });

  it('of a common factor counts as one number, of which 12 bits are asked, or 18 for each of several mistakes', () => {
    const doubled = right.map((x) => 2 * x);
    expect(predicted(doubled, 0)).toBe(40);
    // 40 numbers of 3 bits each are 120 bits, unless they say one thing.
    const radius = 0.25;
    expect(predicted(doubled, 0, 1, radius)).toBe(0);
    expect(predicted(squares, 0, 1, radius)).toBe(40);
    expect(predicted(doubled, 0, 2)).toBe(0);
    expect(predicted(squares, 0, 2)).toBe(40);
  });
});

describe('bits of an explanation', () => {
  const bits = (value: number, radius: number, other: number): number =>
    bitsOf({ value: Float64Array.of(value), radius: Float64Array.of(radius) }, 0, other, 1);

  it('are those of its precision, where it excludes what is expected', () => {
    expect(bits(1, 2 ** -10, 2)).toBeCloseTo(10);
    expect(bits(1, 0, 2)).toBe(24);
    expect(bits(1, 0.6, 2)).toBe(0);
    expect(bits(1, 0.1, 1.05)).toBe(0);
  });
});
