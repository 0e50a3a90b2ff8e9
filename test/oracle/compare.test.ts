/** A comparison says which numbers are off, which first, and by how much: in units of the last place, and of the bound. */
import { describe, expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { paper } from '../../spec/variant.ts';
import { compare, compareAll, isWithin, placesOff, type Comparison } from '../../src/oracle/compare.ts';
import { unknown, type Interval } from '../../src/oracle/interval.ts';
import { placesOf } from '../../src/oracle/keys.ts';

const network = buildNetwork(
  {
    input: { channels: 1, height: 2, width: 2 },
    timeWindow: 2,
    threshold: 0.75,
    layers: [
      { kind: 'linear', units: 3 },
      { kind: 'linear', units: 2 },
    ],
  },
  paper,
  real,
);
const places = placesOf(network, 2);

const interval = (value: readonly number[], radius?: readonly number[]): Interval => ({
  value: Float64Array.from(value),
  radius: radius && Float64Array.from(radius),
});

const compared = (
  key: string,
  expected: Interval,
  got: readonly number[],
  made: Readonly<Record<string, Interval>> = {},
  from = 0,
): Comparison =>
  compare(places.get(key)!, expected, Float64Array.from(got), {
    made: new Map(Object.entries(made)),
    network,
    from,
  });

describe('a number', () => {
  const off = (one: Interval, got: number): boolean => {
    const found = placesOff(one, Float64Array.of(got));
    expect(isWithin(one, Float64Array.of(got))).toBe(found.length === 0);
    return found.length === 1;
  };

  it('is off that is farther than its bound, or not the same where there is none', () => {
    const exact = interval([1]);
    expect([1, 1 + 2 ** -52].map((got) => off(exact, got))).toEqual([false, true]);
    const near = interval([1], [0.5]);
    expect([0.5, 1.5, 0.49, 1.51].map((got) => off(near, got))).toEqual([false, false, true, true]);
    expect([1, NaN].map((got) => off(interval([NaN], [1]), got))).toEqual([true, false]);
    expect(off(interval([Infinity]), Infinity)).toBe(false);
  });

  it('is off that is none, however wide its bound is, unless it may be that', () => {
    const one = interval([1], [unknown]);
    expect([-1e30, NaN, Infinity, -Infinity].map((got) => off(one, got))).toEqual([false, true, true, true]);
    expect([NaN, Infinity].map((got) => off({ ...one, mayBeNaN: true }, got))).toEqual([false, true]);
    expect([NaN, Infinity].map((got) => off({ ...one, mayBeInfinite: true }, got))).toEqual([true, false]);
  });
});

it('arrays of two lengths are not within each other', () => {
  expect(isWithin(interval([1, 2]), Float64Array.of(1))).toBe(false);
  expect(isWithin(interval([1]), Float64Array.of(1, 2))).toBe(false);
});

it('the places that are off', () => {
  expect(placesOff(interval([1, 2, 3, 4], [0, 1, 0, 1]), Float64Array.of(1, 4, 2, 5))).toEqual([1, 2]);
});

it('counts what is compared and what differs, and how far, in units of the last place and of the bound', () => {
  const right = compared('layer1.dw', interval(Array<number>(12).fill(1)), Array<number>(12).fill(1));
  expect(right).toEqual({ class: 'exact', compared: 12, differing: 0, open: 0, ulp: 0, bounds: 0 });
  const [value, radius] = [
    [2, 1, 0, 4],
    [1, 0.5, 0, 2],
  ];
  const wrong = compared('layer1.dw', interval(value, radius), [2 + 2 ** -21, 1.25, 0, 8]);
  expect(wrong).toEqual({
    class: 'interval',
    compared: 4,
    differing: 1,
    open: 0,
    ulp: 4 * 2 ** 20,
    bounds: 2,
    first: { neuron: [0, 3], expected: 4, got: 8, bound: 2 },
  });
  // Units of the larger of the two; of subnormal numbers the smallest; and at most 2³² of them.
  expect(compared('layer1.dw', interval([1], [1]), [2 + 2 ** -22]).ulp).toBe((1 + 2 ** -22) * 2 ** 22);
  expect(compared('layer1.dw', interval([2], [1]), [1]).ulp).toBe(2 ** 22);
  expect(compared('layer1.dw', interval([0], [1]), [3 * 2 ** -149]).ulp).toBe(3);
  expect(compared('layer1.dw', interval([0], [1]), [-(2 ** -126)]).ulp).toBe(2 ** 23);
  expect(compared('layer1.dw', interval([1], [1]), [Infinity]).ulp).toBe(2 ** 32);
  expect(compared('layer1.dw', interval([1]), [2]).bounds).toBe(Infinity);
});

it('counts what is open: spikes, and numbers of which nothing is known, which are off only where they are none', () => {
  const open = Uint8Array.of(0, 1, 1, 0, 0, 0);
  const spikes = { value: new Float64Array(6), open };
  const judged = compared('layer1.spikes', spikes, [0, 0, 0, 0, 0, 0]);
  expect(judged).toMatchObject({ class: 'either', open: 2, differing: 0 });
  const free = interval([1, 2, 3], [unknown, 0.5, unknown]);
  expect(compared('layer1.dw', free, [99, 2, 3])).toMatchObject({ open: 2, differing: 0, ulp: 0, bounds: 0 });
  expect(compared('layer1.dw', free, [1, 2, NaN])).toMatchObject({ differing: 1, bounds: Infinity });
});

describe('the class', () => {
  const zeros = Array<number>(12).fill(0);
  const classOf = (key: string, one: Interval, made: Readonly<Record<string, Interval>> = {}) =>
    compared(key, one, zeros, made).class;

  it('of spikes is exact, by a margin where their potentials are rounded, and either where one is open', () => {
    const rounded = { 'layer1.compared': interval(zeros, zeros) };
    expect(classOf('layer1.spikes', interval(zeros), { 'layer1.compared': interval(zeros) })).toBe('exact');
    expect(classOf('layer1.spikes', interval(zeros), rounded)).toBe('margin');
    expect(classOf('layer1.spikes', { ...interval(zeros), open: new Uint8Array(12) }, rounded)).toBe(
      'either',
    );
  });

  it('of numbers is exact, or an interval where a bound is above 0', () => {
    const bounds = [...zeros.slice(1), 1];
    expect(classOf('layer1.current', interval(zeros))).toBe('exact');
    expect(classOf('layer1.current', interval(zeros, zeros))).toBe('exact');
    expect(classOf('layer1.current', interval(zeros, bounds))).toBe('interval');
    expect(classOf('layer1.current', interval(zeros), { 'layer1.compared': interval(zeros, zeros) })).toBe(
      'exact',
    );
  });
});

describe('the first that differs', () => {
  /** T 2, B 2, three neurons: which of the twelve numbers are 1 where 0 is expected. */
  const first = (key: string, ones: readonly number[], made = {}, from = 0) => {
    const size = places.get(key)!.shape.reduce((a, b) => a * b, 1);
    const got = Array.from({ length: size }, (_, i) => (ones.includes(i) ? 1 : 0));
    return compared(key, interval(Array<number>(size).fill(0)), got, made, from).first;
  };

  it('is that of the first sample, of it the first step, of it the first neuron', () => {
    expect(first('layer1.current', [3, 7, 8, 11])).toMatchObject({ sample: 0, t: 1, neuron: [1] });
    expect(first('layer1.current', [11, 5, 4])).toMatchObject({ sample: 1, t: 0, neuron: [1] });
    expect(first('layer1.FI', [5, 4])).toMatchObject({ sample: 1, neuron: [1] });
    expect(first('layer1.FI', [3, 1])).toMatchObject({ sample: 0, neuron: [1] });
    expect(first('layer1.FI', [5, 4])).not.toHaveProperty('t');
    expect(first('layer1.FI', [4], {}, 6)).toMatchObject({ sample: 7 });
    expect(first('layer1.dw', [7])).toStrictEqual({ neuron: [1, 3], expected: 0, got: 1, bound: 0 });
    expect(first('input.spikes', [15])).toMatchObject({ sample: 1, t: 1, neuron: [0, 1, 1] });
  });

  it('has of a spike the potential and the threshold, of a potential the threshold alone, of the input neither', () => {
    const made = { 'layer1.compared': interval(Array.from({ length: 12 }, (_, i) => i / 8)) };
    expect(first('layer1.spikes', [5], made)).toMatchObject({ u: 5 / 8, Vth: 0.75 });
    expect(first('layer1.spikes', [5])).not.toHaveProperty('u');
    expect(first('layer1.potential', [5], made)).toMatchObject({ Vth: 0.75 });
    expect(first('layer1.potential', [5], made)).not.toHaveProperty('u');
    expect(first('layer1.current', [5], made)).not.toHaveProperty('Vth');
    expect(first('input.spikes', [5], made)).not.toHaveProperty('Vth');
  });
});

it('samples that were compared apart are one array: the weakest class, the sums, the largest, the first', () => {
  const piece = (changes: Partial<Comparison>): Comparison => ({
    class: 'exact',
    compared: 4,
    differing: 0,
    open: 0,
    ulp: 0,
    bounds: 0,
    ...changes,
  });
  const first = { neuron: [1], expected: 0, got: 1, bound: 0 };
  const second = { ...first, neuron: [2] };
  expect(compareAll([piece({ open: 1 }), piece({ open: 2 })])).toEqual(piece({ compared: 8, open: 3 }));
  expect(
    compareAll([
      piece({ class: 'margin', ulp: 3, bounds: 1 }),
      piece({ class: 'interval', ulp: 2, bounds: 5, differing: 1, first }),
      piece({ differing: 2, first: second }),
    ]),
  ).toEqual(piece({ class: 'margin', compared: 12, differing: 3, ulp: 3, bounds: 5, first }));
  for (const [one, other, both] of [
    ['either', 'margin', 'either'],
    ['interval', 'exact', 'interval'],
    ['exact', 'margin', 'margin'],
  ] as const)
    expect(compareAll([piece({ class: one }), piece({ class: other })]).class).toBe(both);
});
