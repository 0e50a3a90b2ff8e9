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
    { count },
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
      return [evidenceOf(traces), evidenceOf(traces, { isAgain: true })].map((each) => each?.predicted);
    };
    expect(again(0, 2 ** -20)).toEqual([40, 40]);
    expect(again(10, 0.5)).toEqual([undefined, 30]);
    expect(again(11, 0.5)).toEqual([undefined, undefined]);
    expect(again(10, 1.5)).toEqual([undefined, undefined]);
  });

  it('of another part already predicts no fewer than it misses', () => {
    const value = Float64Array.from(right);
    const got = value.map((x) => 4 * x);
    const missing = (count: number) => {
      const mistaken = {
        value: got.map((x, i) => (i < count ? value[i] : x)),
        radius: value.map(() => 0.01),
      };
      return evidenceOf([{ got, right: { value }, mistaken, base: undefined }], { isAgain: true })?.predicted;
    };
    expect([missing(20), missing(21)]).toEqual([20, undefined]);
  });

  it('of weights may miss two steps, of which Adam takes a whole one for a rounding', () => {
    const after = (missed: number, ...bases: (Float64Array | undefined)[]) => {
      const value = Float64Array.from({ length: 5 }, (_, i) => i + 1);
      const got = Float64Array.of(1.5, 2.75, 3.5, 4.25, 5.125);
      const mistaken = {
        value: got.map((x, i) => (i < missed ? value[i] : x)),
        radius: value.map(() => 1e-6),
      };
      const traces = bases.map((base) => ({ got, right: { value }, mistaken, base }));
      return evidenceOf(traces)?.predicted;
    };
    const base = new Float64Array(5);
    expect([0, 1, 2, 3].map((missed) => after(missed, base))).toEqual([5, 4, 3, undefined]);
    expect([0, 1].map((missed) => after(missed, undefined))).toEqual([5, undefined]);
    // Two arrays of which one is of weights.
    expect(after(1, base, undefined)).toBe(8);
  });

  it('that is a format may miss half, and each number that it cannot hold is worth 12 bits', () => {
    const value = Float64Array.from(right);
    const got = value.map((x) => x + 1);
    const format = (missed: number, count: number) => {
      const excludes = Uint8Array.from(value, (_, i) => (i < missed ? 0 : 1));
      const off = value.map((x, i) => (i < count ? x + 1 : x));
      const mistaken = {
        value: off.map((x, i) => (i < missed ? value[i] : x)),
        radius: value.map(() => 0.4),
        excludes,
      };
      return evidenceOf([{ got: off, right: { value }, mistaken, base: undefined }])?.predicted;
    };
    expect(got).toHaveLength(40);
    expect([format(20, 40), format(21, 40)]).toEqual([20, undefined]);
    expect(format(0, 1)).toBe(1);
    const plain = { got, right: { value }, mistaken: { value: got }, base: undefined };
    const rounded = {
      ...plain,
      mistaken: { value, radius: value.map(() => 0.4), excludes: new Uint8Array(40) },
    };
    expect(evidenceOf([plain, rounded])?.predicted).toBe(40);
  });

  it('comes close only where nine tenths of all numbers do', () => {
    const value = Float64Array.from(right);
    const got = value.map((x) => 2 * x + 1);
    const near = (count: number) => {
      const mistaken = { value: got.map((x, i) => (i < count ? x : x + 0.9)), radius: value.map(() => 1) };
      return evidenceOf([{ got, right: { value }, mistaken, base: undefined }])?.isClose;
    };
    expect([near(36), near(35)]).toEqual([true, false]);
  });

  it('of zeros counts every number, though these are one factor of the right ones', () => {
    const value = Float64Array.from(right);
    const zeros = value.map(() => 0);
    const mistaken = { value: zeros, radius: value.map(() => 3.5) };
    expect(evidenceOf([{ got: zeros, right: { value }, mistaken, base: undefined }])?.predicted).toBe(37);
  });

  it('of what should be zero is not by one factor', () => {
    const value = Float64Array.from(right, (x, i) => (i < 8 ? 0 : x));
    const got = Float64Array.from(right, (x, i) => (i < 8 ? x : 1.5 * x));
    const mistaken = { value: got, radius: value.map(() => 2 ** -20) };
    const of = (values: Float64Array) =>
      evidenceOf([{ got, right: { value: values }, mistaken, base: undefined }], { count: 2 })?.predicted;
    expect(of(value)).toBe(40);
    expect(of(got.map((x) => x / 1.5))).toBe(undefined);
  });

  it('of weights is judged by the steps that they took', () => {
    const base = Float64Array.from(right, (x) => 100 * x + 7);
    const value = base.map((w, i) => w + (i + 1) / 64);
    const negated = base.map((w, i) => w - (i + 1) / 64);
    const squared = base.map((w, i) => w + 1 + ((i + 1) / 8) ** 2);
    const of = (got: Float64Array, radius: number | ((i: number) => number)) => {
      const radii = value.map((_, i) => (typeof radius === 'number' ? radius : radius(i)));
      const mistaken = { value: got, radius: radii };
      return evidenceOf([{ got, right: { value }, mistaken, base }])?.predicted;
    };
    // Of one factor all steps say what one does; 16 of a step of 40/64 are 4 bits.
    expect([of(negated, 1e-9), of(negated, 1 / 1024)]).toEqual([40, undefined]);
    expect(of(squared, 1 / 8)).toBe(40);
    // A radius that is small beside the weights, and as large as a step, leaves it open.
    expect(of(squared, 60)).toBeUndefined();
    const far = base.map((w) => w - 0.03);
    const near = (got: Float64Array): boolean =>
      areNear([{ got, right: { value }, mistaken: { value: base.map((w) => w + 0.01) }, base }]);
    expect([near(far), near(base.map((w) => w + 0.015))]).toEqual([false, true]);
  });

  it('of what is open predicts nothing', () => {
    const value = Float64Array.from(right);
    const got = value.map((x) => x * x + 2);
    const open = (count: number) => {
      const mistaken = { value: got, open: Uint8Array.from(got, (_, i) => (i < count ? 1 : 0)) };
      return evidenceOf([{ got, right: { value }, mistaken, base: undefined }], { isAgain: true })?.predicted;
    };
    expect([open(0), open(10), open(11)]).toEqual([40, 30, undefined]);
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

  it('takes fewer bits where fewer mistakes could be made', () => {
    const named = (radius: number, rivals: number) =>
      evidenceOf(
        [
          {
            got: Float64Array.of(17),
            right: { value: Float64Array.of(1) },
            mistaken: { value: Float64Array.of(17), radius: Float64Array.of(radius) },
            base: undefined,
          },
        ],
        { rivals },
      ) !== undefined;
    // 17 to 2⁻⁶ are ten bits.
    expect([20, 32, 40, 128].map((rivals) => named(17 / 2 ** 10, rivals))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([20, 128].map((rivals) => named(17 / 2 ** 12, rivals))).toEqual([true, true]);
  });

  it('comes close to the wrong numbers too, where these are few', () => {
    const value = Float64Array.from(right);
    const got = value.map((x, i) => (i < 3 ? x + 50 : x));
    const among = (off: number) => {
      const mistaken = { value: got.map((x, i) => (i < 3 ? x + off : x)), radius: value.map(() => 1) };
      return evidenceOf([{ got, right: { value }, mistaken, base: undefined }]);
    };
    expect(among(0)).toEqual({ predicted: 3, isClose: true });
    expect(among(0.5)).toEqual({ predicted: 3, isClose: false });
  });

  it.each([
    ['zeros, where a mistake makes numbers', () => 0, (x: number) => x, false],
    ['numbers of the other sign', (x: number) => -x, (x: number) => x, false],
    ['three times as large', (x: number) => 3 * x, (x: number) => x, false],
    ['twice as large', (x: number) => 2 * x, (x: number) => x, false],
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

  it('leaves open what may be off by as much as it is large', () => {
    const open = (share: number) => {
      const value = Float64Array.from(right, () => 8);
      const got = value.map((v, i) => (i < 20 ? v : 32 + i));
      const radius = value.map((v, i) => (i < 11 ? share * v : 2 ** -20));
      return evidenceOf([{ got, right: { value }, mistaken: { value: got, radius }, base: undefined }])
        ?.predicted;
    };
    // A typical number is 52.
    expect([open(52 / 8), open(51 / 8)]).toEqual([undefined, 20]);
  });

  it('leaves open of weights what may be off by more than a typical one, however large they are themselves', () => {
    const open = (count: number) => {
      const base = Float64Array.from(right, (_, i) => (i < count ? 100 : 1));
      const value = base.map((w, i) => w + (i + 1) / 64);
      const got = base.map((w, i) => w + ((i + 1) / 8) ** 2);
      const radius = base.map((_, i) => (i < count ? 60 : 2 ** -20));
      return evidenceOf([{ got, right: { value }, mistaken: { value: got, radius }, base }], {
        isAgain: true,
      })?.predicted;
    };
    expect([open(10), open(11)]).toEqual([30, undefined]);
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

describe('few numbers', () => {
  const of = (value: number[], got: number[], radius: number, count = 1, isAgain = false) => {
    const mistaken = { value: Float64Array.from(got), radius: Float64Array.from(got, () => radius) };
    const trace = {
      got: mistaken.value,
      right: { value: Float64Array.from(value) },
      mistaken,
      base: undefined,
    };
    return evidenceOf([trace], { count, isAgain })?.predicted;
  };

  it('say enough where they have 12 bits, and 2 where it explains another part already', () => {
    expect([of([1], [2], 2 ** -11), of([1], [2], 1.01 * 2 ** -11)]).toEqual([1, undefined]);
    expect([of([1], [2], 0.5, 1, true), of([1], [2], 0.51, 1, true)]).toEqual([1, undefined]);
  });

  it('have one factor where their quotients differ by 2⁻¹² at most', () => {
    // One number is worth 24 bits at most, and two mistakes at once need 36.
    expect(of([1024, 1024], [4096, 4095], 0, 2)).toBeUndefined();
    expect(of([1024, 1024], [4096, 4094], 0, 2)).toBe(2);
    expect(of([1024, 1024], [-4096, -4095.5], 0, 2)).toBeUndefined();
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
    expect(bits(1, 2 ** -10, 3)).toBeCloseTo(11);
    expect(bits(1, 2 ** -10, 1.25)).toBeCloseTo(10);
    expect(bits(1, 2 ** -10, 1 + 2 ** -10)).toBe(0);
    expect(bits(1, 0.5, 3)).toBe(0);
  });
});
