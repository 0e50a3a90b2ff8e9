/** Evidence: how many of the numbers that were wrong an explanation must predict. */
import { describe, expect, it } from 'vitest';
import { predictedOf } from '../../src/oracle/evidence.ts';

const right = Array.from({ length: 40 }, (_, i) => i + 1);

/** Numbers that are all wrong, and what a mistake makes of them: what was got, but for so many whose bounds hold all. */
function predicted(got: number[], vague: number, count = 1, radius = 2 ** -20): number {
  const interval = (values: number[], radii: number[]) => ({
    value: Float64Array.from(values),
    radius: Float64Array.from(radii),
  });
  const exact = right.map(() => 0);
  const mistaken = interval(
    got,
    right.map((_, i) => (i < vague ? 1000 : radius)),
  );
  return predictedOf(
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
