/** The bounds of S of a layer and of the ratio that it is made of. */
import { describe, expect, it } from 'vitest';
import { real } from '../../../spec/arithmetic.ts';
import { paper, type Variant } from '../../../spec/variant.ts';
import { isUnknown, unknown, ε, type Interval } from '../../../src/oracle/interval.ts';
import { scaleParts } from '../../../src/oracle/parts/scale.ts';
import { plainly, settingOf, situationOf } from '../../../src/oracle/stagePart.ts';
import { expectTight } from './tight.ts';

describe('S of a layer', () => {
  const variant: Variant = { ...paper, scaleRange: 'belowInverseThreshold', scaleMemory: 'replace' };
  const spot = ([value, radius]: readonly [number, number?]): Interval => ({
    value: Float64Array.of(value),
    ...(radius !== undefined && { radius: Float64Array.of(radius) }),
  });
  /** Vth = 0.5, so that a ratio above 2 is refused. */
  function scaleOf(
    ratio: readonly [number, number?],
    before: readonly [number, number?],
    changes: Partial<Variant> = {},
    update = 1,
  ): Interval {
    const input = { channels: 1, height: 1, width: 1 };
    const layers = [
      { kind: 'linear', units: 1 },
      { kind: 'linear', units: 1 },
    ] as const;
    const description = { input, timeWindow: 1, threshold: 0.5, layers };
    const setting = settingOf(situationOf(description, { ...variant, ...changes }, real, 1));
    const [, part] = scaleParts(setting, setting.network.layers[0]);
    const inputs = new Map([
      ['layer1.ratio', spot(ratio)],
      ['layer1.S.before', spot(before)],
      ['scale.update', spot([update])],
    ]);
    return part.run(inputs, { ...plainly, bounds: true }).get('layer1.S')!;
  }
  const radiusOf = (...given: Parameters<typeof scaleOf>): number => scaleOf(...given).radius![0];

  it('is the ratio, and off by what that is', () => {
    expect(scaleOf([1.5], [1])).toEqual(spot([1.5, 0]));
    expectTight(radiusOf([1.5, 0.25], [1]), 0.25);
    expectTight(radiusOf([1.5, 0.25], [1, 0.125]), 0.375);
    // Adding what is off to what is off is rounded, whichever is more.
    for (const [ratio, S] of [
      [0.25, 0.5],
      [0.5, 0.25],
    ])
      expect(radiusOf([1.25, ratio], [1, S])).toBeGreaterThan(0.75 * (1 + 2 * ε));
  });

  it('stays where it is not updated, and where the variant has no S of a layer', () => {
    for (const frozen of [scaleOf([1.5], [1, 0.5], {}, 0), scaleOf([1.5], [1, 0.5], { scale: 'static' })])
      expect(frozen).toEqual(spot([1, 0.5]));
  });

  it('stays where the ratio is refused; where that is open it may be either', () => {
    expect(scaleOf([3], [1])).toEqual(spot([1, 0]));
    expect(scaleOf([-1], [1])).toEqual(spot([1, 0]));
    expect(scaleOf([3, 0.5], [1])).toMatchObject({ value: Float64Array.of(1) });
    expectTight(radiusOf([1.75, 0.5], [0.5]), 1.75 - 0.5);
    expectTight(radiusOf([2], [0.5]), 1.5);
    expectTight(radiusOf([0.25, 0.5], [1]), 0.75);
    // Refused by a little: had it been taken, it would be 2.
    expectTight(radiusOf([2.125, 0.25], [1]), 1);
    // Refused at 0 for certain: nothing is summed, and S is what it was.
    expect(scaleOf([0], [1])).toEqual(spot([1, 0]));
    // Refused at 0: a little above it, it would have been taken.
    expectTight(radiusOf([-0.125, 0.25], [1]), 1);
  });

  it('of a ratio of which nothing is known lies in (0, 1/Vth], or stays', () => {
    expect(radiusOf([0.75, unknown], [1])).toBeGreaterThanOrEqual(1.25);
    expect(radiusOf([0.75, unknown], [1])).toBeLessThan(3);
    expect(isUnknown(radiusOf([0.75, unknown], [1], { scaleRange: 'aboveFloor' }))).toBe(true);
  });

  it('is any ratio where the variant has a floor', () => {
    expect(scaleOf([3], [1], { scaleRange: 'aboveFloor' })).toEqual(spot([3, 0]));
    expectTight(radiusOf([3, 1.5], [1], { scaleRange: 'aboveFloor' }), 1.5);
    expectTight(radiusOf([0.25, 0.5], [1], { scaleRange: 'aboveFloor' }), 0.5);
  });

  it('of a blend is off by three roundings of its terms', () => {
    const blend = { scaleMemory: 'blend' } as const;
    expect(scaleOf([1.5], [1], blend).value[0]).toBeCloseTo(1.3);
    expectTight(radiusOf([1.5], [1], blend), 3 * ε * 1.3);
    expectTight(radiusOf([1.5, 0.25], [1], blend), 0.6 * 0.25);
  });
});

describe('the ratio of the flows', () => {
  const spot = (value: readonly number[], radius?: readonly number[]): Interval => ({
    value: Float64Array.from(value),
    radius: radius && Float64Array.from(radius),
  });

  function ratioOf(FI: Interval, FO: Interval, changes: Partial<Variant> = {}): Interval {
    const variant = { ...paper, ...changes };
    const description = {
      input: { channels: 1, height: 1, width: 2 },
      timeWindow: 4,
      threshold: 1,
      layers: [
        { kind: 'linear', units: 2 },
        { kind: 'linear', units: 1 },
      ],
    } as const;
    const setting = settingOf(situationOf(description, variant, real, 1));
    const [part] = scaleParts(setting, setting.network.layers[0]);
    const inputs = new Map([
      ['layer1.FI', FI],
      ['layer1.FO', FO],
    ]);
    return part.run(inputs, { ...plainly, bounds: true }).get('layer1.ratio')!;
  }
  const radiusOf = (...given: Parameters<typeof ratioOf>): number => ratioOf(...given).radius![0];
  const whole: Partial<Variant> = { scaleOver: 'all', scaleRange: 'belowInverseThreshold' };

  it('is exact where the flows and their quotient are, and else off by what they are', () => {
    expect(ratioOf(spot([6, 2]), spot([3, 1]), whole).value[0]).toBe(0.5);
    expect(radiusOf(spot([6, 2]), spot([3, 1]), whole)).toBe(0);
    expectTight(radiusOf(spot([2, 1]), spot([1, 1]), whole), (ε * 2) / 3);
    // (4 + 0.5) / (8 − 0.25) is farthest from 0.5.
    const wide = radiusOf(spot([6, 2], [0.25, 0]), spot([3, 1], [0.5, 0]), whole);
    expect(wide).toBeGreaterThanOrEqual(4.5 / 7.75 - 0.5);
    expectTight(wide, (0.5 + 0.5 * 0.25) / 7.75, 1e-3);
    // A sum of numbers that are off is rounded, on whatever grid they seem to lie.
    const rounded = 0.25 + 2 * ε * 8.25;
    expect(radiusOf(spot([6, 2], [0.25, 0]), spot([3, 1]), whole)).toBeGreaterThan(
      (0.5 * rounded) / (8 - 0.25),
    );
  });

  it('may be anything where ΣFI may be 0, and then what a machine makes of that', () => {
    const none = ratioOf(spot([1, -1], [0.5, 0]), spot([1, 1]), whole);
    expect([isUnknown(none.radius![0]), none.mayBeNaN, none.mayBeInfinite]).toEqual([true, false, true]);
    const spread = ratioOf(spot([1, -1]), spot([1, 0], [0, 2]), whole);
    expect([spread.mayBeNaN, spread.mayBeInfinite]).toEqual([true, true]);
    expect(isUnknown(ratioOf(spot([0.5, 0], [0.5, 0]), spot([1, 0]), whole).radius![0])).toBe(true);
    const silent = ratioOf(spot([0, 0]), spot([0, 0]), whole);
    expect([silent.mayBeNaN, silent.mayBeInfinite]).toEqual([true, false]);
    const some = ratioOf(spot([1, 0]), spot([1, 0]), whole);
    expect([some.mayBeNaN, some.mayBeInfinite]).toEqual([false, false]);
  });

  it('has a floor under ΣFI where the variant says so: below it is exact, at it open', () => {
    const floored = { ...whole, scaleRange: 'aboveFloor' } as const;
    const of = (FI: number, radius = 0) => ratioOf(spot([FI, 0], [radius, 0]), spot([1, 0]), floored);
    expect(of(-1).radius![0]).toBe(0);
    expect(isUnknown(of(-1, 2).radius![0])).toBe(true);
    expect(isUnknown(of(1).radius![0])).toBe(false);
    expect(isUnknown(of(1, 0.9995).radius![0])).toBe(true);
    expect(isUnknown(of(0.001 * (1 + 2 ** -24)).radius![0])).toBe(true);
    expect(isUnknown(of(0.001 * (1 - 2 ** -25)).radius![0])).toBe(true);
    expect(isUnknown(of(Math.fround(0.001) * (1 - 2 ** -23)).radius![0])).toBe(true);
    expect(of(0.001 * (1 - 2 ** -20)).radius![0]).toBe(0);
    expect(isUnknown(of(0.001 * (1 + 2 ** -20)).radius![0])).toBe(false);
    expect([of(-1, 2).mayBeNaN, of(-1, 2).mayBeInfinite]).toEqual([false, false]);
  });

  it('over neurons that put in at least what they put out: those of which that is open may count or not', () => {
    const select = { ...whole, scaleOver: 'inputAtLeastOutput' } as const;
    const [FI, FO] = [spot([6, 1], [0, 0.5]), spot([3, 1])];
    const certain = ratioOf(spot([6, 1], [0, 0.5]), spot([3, 3]), select);
    expect(certain.value[0]).toBe(0.5);
    const open = radiusOf(FI, FO, select);
    expect(open).toBeGreaterThanOrEqual(Math.abs(4 / 7 - 0.5));
    expect(certain.radius![0]).toBeLessThan(open);
    // What is put out may be off, too.
    const [near, far] = [0.25, 0].map((radius) =>
      radiusOf(spot([6, 1], [0, 0.25]), spot([3, 1.375], [0, radius]), select),
    );
    expect(near).toBeGreaterThan(Math.abs((3 + 1.375) / 7 - 0.5));
    expect(far).toBeLessThan(0.03);
  });
});
