/** Power: which plain wrong arrays bounds would have caught, and what little that is recorded supports. */
import { describe, expect, it } from 'vitest';
import { paper } from '../../spec/variant.ts';
import type { Values } from '../../src/oracle/interval.ts';
import { medianOf, powerOf, powerOfAll, talliesOf } from '../../src/oracle/power.ts';
import { drawWorld, judge } from './planted.ts';
import { made, worldOf } from './worlds.ts';

const power = (
  value: number[],
  radius: number[] | undefined,
  shape = [value.length],
  base?: number[],
): number =>
  powerOf(
    { value: Float64Array.from(value), radius: radius && Float64Array.from(radius) },
    shape,
    base && Float64Array.from(base),
  );

describe('the power of bounds', () => {
  it('is 1 of what is exact, and the smallest share outside of what is not', () => {
    expect(power([1, -2, 4, 3], undefined)).toBe(1);
    expect(power([1, -2, 4, 3], [0.01, 0.01, 0.01, 0.01])).toBe(1);
    expect(power([1, -2, 4, 3], [0.01, 0.01, 5, 5], [4], [0, 0, 0, 0])).toBe(0.5);
  });

  it('of one number is 0 where it may be off by more than a sixty-fourth', () => {
    expect(power([4], [0.06])).toBe(1);
    expect(power([4], [0.07])).toBe(0);
  });

  it('is that of what was recorded, where it came close: a wrong array would have had to come as near', () => {
    const value = Float64Array.of(1, -2, 4, 3);
    const wide = { value, radius: Float64Array.of(9, 9, 9, 9) };
    const near = (off: number) =>
      powerOf(
        wide,
        [4],
        undefined,
        value.map((v) => v + off),
      );
    expect(near(0)).toBe(1);
    expect(near(2 ** -10)).toBe(1);
    expect(near(2 ** -9)).toBe(0);
    // Of zeros that are expected nothing is learnt: they are the commonest wrong array.
    const silent = { value: Float64Array.of(0, 0), radius: Float64Array.of(9, 9) };
    expect(powerOf(silent, [2], undefined, Float64Array.of(0, 0))).toBe(0);
  });

  it('is 0 where more than one number in 64 is within its bounds without being near', () => {
    const value = Float64Array.from({ length: 128 }, (_, i) => i + 1);
    const interval = { value, radius: value.map(() => 0.1) };
    const of = (count: number, off: number, base?: Float64Array) =>
      powerOf(
        interval,
        [128],
        base,
        value.map((v, i) => (i < count ? v + off : v)),
      );
    // 2⁻¹² of the largest is 1/32.
    expect([of(2, 1 / 16), of(3, 1 / 32), of(3, 1 / 2)].every((each) => each > 0.5)).toBe(true);
    expect([of(3, 1 / 16), of(3, -1 / 16), of(128, 1 / 16)]).toEqual([0, 0, 0]);
    const edge = value.map((v, i) => v + (i === 0 ? 1 / 16 : i < 4 ? 1 / 32 : 0));
    expect(powerOf(interval, [128], undefined, edge)).toBeGreaterThan(0.5);
    expect(
      of(
        3,
        1 / 16,
        value.map(() => 0),
      ),
    ).toBeGreaterThan(0.5);
  });

  it('is 0 where more than one number in 64 may be off by a quarter of the largest', () => {
    const values = Array.from({ length: 128 }, (_, i) => i + 1);
    const vague = (count: number): number[] => values.map((_, i) => (i < count ? 33 : 0.001));
    expect(power(values, vague(2))).toBeGreaterThan(0.9);
    expect(power(values, vague(3))).toBe(0);
    expect(
      power(
        values,
        vague(3).map((radius) => Math.min(radius, 32)),
      ),
    ).toBeGreaterThan(0.5);
  });

  it.each([
    ['0', 1],
    ['a quarter more', 0.3],
    ['just a quarter more', 0.25],
    ['half', 0.6],
  ])('is 0 where a bound holds %s', (_, radius) => {
    expect(power([1, -1], [radius, radius], [2], [0, 0])).toBe(0);
  });

  it('is 0 where only the rolled array passes', () => {
    expect(power([1, 1.3], [0.2, 0.2], [2], [0, 0])).toBe(1);
    expect(power([1, 1.1], [0.2, 0.2], [2], [0, 0])).toBe(0);
  });

  it.each<[string, number[], number]>([
    ['of the first dimension', [1, 5, 9, 1.1, 5.1, 9.1], 0],
    ['of the last', [1, 1.1, 1.2, 5, 5.1, 5.2], 0],
    ['of none', [1, 5, 9, 3, 7, 11], 1],
  ])('is 0 where an array passes that is rolled along one of several dimensions: %s', (_, x, expected) => {
    expect(power(x, Array<number>(6).fill(0.22), [2, 3], Array<number>(6).fill(0))).toBe(expected);
  });

  it('does not ask for rolled arrays that are the same, or nearly', () => {
    expect(power([2, 2], [0.1, 0.1])).toBe(1);
    expect(power([100, 100.05], [20, 20])).toBe(1);
    expect(power([100, 100.1], [20, 20])).toBe(0);
    expect(power([1024, 1023], [200, 200])).toBe(1);
  });

  it('is the share of numbers that would have shown it, where zeros are tested against a typical number', () => {
    const none = [0, 0, 0, 0];
    expect(power([0, 0, 0, 4], [9, 9, 9, 0.1], [4], none)).toBe(0.25);
    expect(power([0, 0, 0, 1], [0, 0, 0, 9], [4], none)).toBe(0);
    // The rolled array is outside at the zero alone, and is caught there.
    expect(power([4, 4, 0], [9, 0.1, 0.1], [3], [0, 0, 0])).toBe(0.5);
    expect(power([1, -2, 4, 3], [0.1, 0.1, 0.1, 0.1])).toBe(1);
  });

  it('is asked of every number of a large array where those that are looked at first do not show it', () => {
    const ones = Array<number>(40_000).fill(1);
    const [none, count] = [ones.map(() => 0), ones.filter((_, i) => i % 3 !== 0).length];
    const some = (radius: (i: number) => number): number =>
      power(
        ones,
        ones.map((_, i) => radius(i)),
        [40_000],
        none,
      );
    expect(some(() => 0.1)).toBe(1);
    expect(some((i) => (i % 3 === 0 ? 9 : 0.1))).toBe(count / 40_000);
    // Of 40,000 these are every third.
    expect(some((i) => (i % 3 === 0 ? 0.1 : 9))).toBe(1);
    expect(some((i) => (i % 9 === 3 ? 0.1 : 9))).toBeCloseTo(1 / 3, 3);
  });

  it('of samples that were judged apart is that of all of them', () => {
    const piece = (value: number[], radius: number) =>
      talliesOf({ value: Float64Array.from(value), radius: Float64Array.from(value, () => radius) }, [
        value.length,
      ]);
    const [tight, loose, same] = [piece([1, 3], 0.1), piece([1, 1.1], 0.2), piece([2, 2], 0.1)];
    expect(powerOfAll([true, true])).toBe(1);
    expect(powerOfAll([true, false])).toBe(0);
    expect(powerOfAll([tight, loose])).toBe(0.5);
    expect(powerOfAll([same, loose])).toBe(0);
    expect(powerOfAll([same, same])).toBe(1);
    // A sample of one number has no other place to be rolled to.
    expect(powerOfAll([piece([4], 0.01), loose])).toBe(0);
  });

  it('asks for the next number, and for rolled arrays along dimensions of more than one place', () => {
    const tallies = talliesOf({ value: Float64Array.of(1, 3), radius: Float64Array.of(0.5, 0.5) }, [1, 2, 1]);
    expect(tallies).toMatchObject({ each: [expect.anything(), expect.anything()] });
  });

  it('of weights that took no step is 1: nothing is expected to be seen', () => {
    expect(power([1, 2], [9, 9], [2], [1, 2])).toBe(1);
  });

  it('of silence is 1 where the bounds hold nothing else', () => {
    expect(power([0, 0], [2 ** -100, 0])).toBe(1);
    expect(power([0, 0], [0.1, 0])).toBe(0);
    expect(power([0, 0], [2 ** -64, 0])).toBe(0);
    expect(power([0, 0], [2 ** -65, 0])).toBe(1);
    const spikes = (open: number[]): number =>
      powerOf({ value: new Float64Array(2), open: Uint8Array.from(open) }, [2]);
    expect(spikes([0, 0])).toBe(1);
    expect(spikes([1, 0])).toBe(0);
  });

  it('of an array whose only tight numbers are zeros is 0: no plain wrong array differs there', () => {
    expect(power([0, 0, 0, 1], [0, 0, 0, 9])).toBe(0);
  });

  it('of weights after a step is that of the step', () => {
    const [w, after] = [
      [1, 2],
      [1.001, 1.999],
    ];
    expect(power(after, [0.0015, 0.0015])).toBe(1);
    expect(power(after, [0.0015, 0.0015], [2], w)).toBe(0);
  });

  it('does not count spikes that are open, and is 0 where more than one in eight is, and more than four: these are expected as they were recorded', () => {
    const powerWhere = (count: number, length: number): number => {
      const spikes = Uint8Array.from({ length }, (_, i) => (i % 3 === 0 ? 0 : 1));
      const open = spikes.map((_, i) => (i < count ? 1 : 0));
      return powerOf({ value: spikes, open }, [length], undefined, spikes);
    };
    expect(powerWhere(4, 16)).toBeGreaterThan(0.5);
    expect(powerWhere(4, 16)).toBeLessThan(1);
    expect(powerWhere(5, 16)).toBe(0);
    expect(powerWhere(8, 64)).toBeGreaterThan(0.8);
    expect(powerWhere(9, 64)).toBe(0);
  });
});

it('a typical number is the median of those that are not 0, and the largest where they are too few to be found', () => {
  const of = (...values: number[]): number => medianOf(Float64Array.from(values));
  expect([of(), of(0, 0), of(0, 0, 0, 5), of(9, -1, 5), of(100, 9, 20)]).toEqual([0, 0, 5, 5, 20]);
  const sparse = new Float64Array(8192);
  [sparse[1], sparse[3]] = [-7, 3];
  expect(medianOf(sparse)).toBe(7);
});

/** Some arrays of a world, one of them changed. */
function reportOn(
  world: ReturnType<typeof worldOf>,
  keys: RegExp,
  change: Readonly<Record<string, number>> = {},
) {
  const arrays = [...made(world)].filter(([key]) => world.given.has(key) || keys.test(key));
  const changed = arrays.map(([key, values]): [string, Values] => [
    key,
    key in change ? Float32Array.from(values, (v) => v * change[key]) : values,
  ]);
  return judge(world, new Map(changed));
}

it('spikes, dw and weights alone are decided, where each neuron has its own S', () => {
  const world = worldOf(7, 1, { ...paper, scale: 'neuron' }, 0.9, false);
  const kept = /\.(spikes|dw|weight\.after)$/;
  expect(reportOn(world, kept).verdict).toBe('agrees');
  for (const factor of [0, -1, 2]) {
    const { verdict, steps } = reportOn(world, kept, { 'layer1.dw': factor });
    expect([factor, verdict]).toEqual([factor, 'differs']);
    expect(steps[0].diagnoses.flatMap(({ explains }) => explains.map(({ id }) => id))).toEqual(
      factor === 0 ? ['gradient-detached'] : [],
    );
  }
});

it('16-bit sums and masks explain nothing that was not recorded', () => {
  const world = drawWorld(3);
  const { steps } = reportOn(world, /^layer1\.dw$/, { 'layer1.dw': -1 });
  const named = steps[0].diagnoses.flatMap(({ explains }) => explains.map(({ id }) => id));
  expect(named.filter((id) => !id.startsWith('gradient-negated'))).toEqual([]);
});

it('a part that is made of an undecided array is not blamed for it', () => {
  const world = worldOf(0, 1, paper, 0.9, false);
  const kept = /^layer1\.(dw|weight\.after)$/;
  const { steps } = reportOn(world, kept, { 'layer1.dw': -1 });
  const verdicts = new Map(steps[0].findings.map(({ key, verdict }) => [key, verdict]));
  expect(verdicts.get('layer1.dw')).toBe('undecided');
  expect(verdicts.get('layer1.weight.after')).toBe('differs');
  expect(steps[0].diagnoses).toMatchObject([{ part: 'update.1', explains: [], doubtful: ['layer1.dw'] }]);
});
