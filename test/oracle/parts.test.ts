/** The parts of a step: the same numbers with bounds and without, and bounds that hold what they are of and little more. */
import { describe, expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import type { Layer } from '../../spec/network.ts';
import { authors, paper, type Variant } from '../../spec/variant.ts';
import { exactly } from '../../src/oracle/chain.ts';
import { isUnknown, tiny, unknown, ε, type Interval } from '../../src/oracle/interval.ts';
import {
  decayedRadius,
  firstMomentRadius,
  secondMomentRadius,
  weightRadius,
} from '../../src/oracle/parts/adamRadius.ts';
import { buildParts } from '../../src/oracle/parts/parts.ts';
import { comparedRadius, isOpen, shownRadius } from '../../src/oracle/parts/potentialRadius.ts';
import { scaleParts } from '../../src/oracle/parts/scale.ts';
import { plainly, settingOf, situationOf } from '../../src/oracle/stagePart.ts';
import { withDefaults } from '../../src/oracle/stepInputs.ts';
import { drawWorld } from './planted.ts';
import { made, worldOf, type World } from './worlds.ts';

const worlds: readonly World[] = [
  worldOf(2, 1, paper, 1, true),
  worldOf(5, 2, { ...authors, maxPoolFlow: 'accumulated' }, 0.9, false),
  worldOf(6, 3, authors, 0.5, false, 'sgd'),
  drawWorld(1),
];

it.each(worlds.map((world) => [world]))(
  'without bounds each part makes the same numbers, and no bounds',
  (world) => {
    const { description, variant, B, optimiser } = world;
    const setting = settingOf(situationOf(description, variant, binary32, B, optimiser));
    const there = withDefaults(exactly(made(world)), setting);
    for (const part of buildParts(setting)) {
      if (!part.inputs.every((key) => there.has(key))) continue;
      const bounded = part.run(there, { ...plainly, bounds: true });
      for (const [key, { value, radius, open }] of part.run(there, plainly)) {
        expect([key, radius, open]).toEqual([key, undefined, undefined]);
        expect([key, ...value]).toEqual([key, ...bounded.get(key)!.value]);
      }
    }
  },
);

/** Between 1 and a little more: what is claimed holds what is attained, and is no wider than that. */
function expectTight(claimed: number, attained: number, more = 1e-5): void {
  expect(claimed).toBeGreaterThanOrEqual(attained * (1 - 1e-12));
  expect(claimed).toBeLessThanOrEqual(attained * (1 + more));
}

describe('Adam, of numbers that are known within a radius', () => {
  const constants = { β1: 0.9, β2: 0.999, ε: 1e-8, weightDecay: 0.0005, kind: 'adam' } as const;
  const spot = (value: number, radius = 0) => ({ value, radius });

  it('q = g + decay·w moves by what g does; and of exact numbers by three roundings of its terms', () => {
    expectTight(decayedRadius(spot(3, 0.5), 2, 0.1), 0.5);
    expect(decayedRadius(spot(3), 2, 0.1)).toBeGreaterThanOrEqual(3.2 * 3 * ε);
    expectTight(decayedRadius(spot(-3), -2, 0.1), 3.2 * 3 * ε);
    expect(decayedRadius(spot(0), 0, 0.1)).toBe(tiny);
  });

  it('m moves by β1 of what m does and 1 − β1 of what q does', () => {
    expectTight(firstMomentRadius(spot(3, 0.5), { size: 2, radius: 0.25 }, constants), 0.45 + 0.025);
    const terms = 0.9 * 3 + 0.1 * 2;
    expectTight(firstMomentRadius(spot(-3), { size: 2, radius: 0 }, constants), 5 * ε * terms);
    expect(firstMomentRadius(spot(0), { size: 0, radius: 0 }, constants)).toBe(2 ** -100);
  });

  it('v moves by β2 of what v does and 1 − β2 of what q² does', () => {
    const spread = 0.001 * (2.25 ** 2 - 2 ** 2);
    expectTight(secondMomentRadius(spot(3, 0.5), { size: 2, radius: 0.25 }, constants), 0.999 * 0.5 + spread);
    const terms = 0.999 * 3 + 0.001 * 4;
    expectTight(secondMomentRadius(spot(3), { size: 2, radius: 0 }, constants), 6 * ε * terms);
    expect(secondMomentRadius(spot(0), { size: 0, radius: 0 }, constants)).toBe(2 ** -100);
  });

  it('w moves by the farthest of the steps that m and v allow', () => {
    const step = { size: 0.01, correction: 0.5 };
    const after = (m: number, v: number): number => (0.01 * m) / (Math.sqrt(Math.max(0, v)) / 0.5 + 1e-8);
    for (const [m, v] of [
      [spot(0.5, 0.1), spot(0.25, 0.05)],
      [spot(-0.5, 0.1), spot(0.25, 0.05)],
      [spot(0.5, 0.1), spot(0.25)],
      [spot(0.5), spot(0.25, 0.05)],
      [spot(0.01, 0.5), spot(0.25, 0.3)],
    ]) {
      const ends = [-1, 1].flatMap((a) =>
        [-1, 1].map((b) =>
          Math.abs(after(m.value + a * m.radius, v.value + b * v.radius) - after(m.value, v.value)),
        ),
      );
      expectTight(weightRadius(0, m, v, step, constants), Math.max(...ends), 1e-4);
    }
    // Exact moments: ten roundings of the step, and one of the weight.
    expectTight(weightRadius(8, spot(0.5), spot(0.25), step, constants), 8 * ε + 10 * ε * after(0.5, 0.25));
    expectTight(weightRadius(0, spot(0.5), spot(0.25), step, constants), 10 * ε * after(0.5, 0.25));
  });
});

const layerOf = (threshold: number, leak: number, variant: Variant): Layer =>
  buildNetwork(
    {
      input: { channels: 1, height: 1, width: 1 },
      timeWindow: 1,
      threshold,
      leak,
      layers: [
        { kind: 'linear', units: 1 },
        { kind: 'linear', units: 1 },
      ],
    },
    variant,
    real,
  ).layers[0];

describe('a potential', () => {
  const later: Variant = { ...paper, reset: 'nextStep', leak: 'product' };
  const same: Variant = { ...paper, reset: 'sameStep', leak: 'product' };
  const subtracting: Variant = { ...paper, reset: 'subtractThenLeak', leak: 'product' };
  const third = Math.fround(1 / 3);

  const compared = (
    at: { shown: number; radius?: number; o?: number; x: number; xRadius?: number },
    seen: number,
    leak: number,
    variant: Variant,
  ): number =>
    comparedRadius(
      {
        shown: Float64Array.of(at.shown),
        radius: Float64Array.of(at.radius ?? 0),
        o: Float64Array.of(at.o ?? 0),
        x: Float64Array.of(at.x),
        xRadius: at.xRadius === undefined ? undefined : Float64Array.of(at.xRadius),
      },
      0,
      seen,
      layerOf(0.5, leak, variant),
      variant,
    );

  it('as it is compared is off by what it brought along, what its current brings, and one rounding', () => {
    for (const variant of [same, later]) {
      expect(compared({ shown: 0.25, x: 0.5 }, 0.75, 1, variant)).toBe(0);
      expectTight(compared({ shown: 1, x: third }, 1 + third, 1, variant), ε * (1 + third));
      expectTight(compared({ shown: 1, radius: 0.1, x: 0.5, xRadius: 0.2 }, 1.5, 1, variant), 0.3);
      expectTight(compared({ shown: 1, x: 0.5, xRadius: 0.2 }, 1.5, 1, variant), 0.2);
    }
    expect(compared({ shown: 0.25, x: 0.5, xRadius: 0 }, 0.75, 1, same)).toBe(0);
  });

  it('leaks before it is compared where the reset waits for the next step, and then alone', () => {
    expectTight(compared({ shown: 1, radius: 0.1, x: 0.5 }, 1, 0.5, later), 0.05);
    expectTight(compared({ shown: 1, radius: 0.1, x: 0.5 }, 1.5, 0.5, same), 0.1);
    // What leaks is rounded: λ·u, and the sum.
    expectTight(
      compared({ shown: third, x: 1 }, 0.75 * third + 1, 0.75, later),
      ε * (0.75 * third + 0.75 * third + 1),
      0.5,
    );
  });

  it('of a neuron that fired is its current alone, unless it is open whether it did', () => {
    expect(compared({ shown: 0.75, radius: 0.1, o: 1, x: 0.5 }, 0.5, 1, later)).toBe(0);
    expectTight(compared({ shown: 0.75, radius: 0.8, o: 1, x: 0.5 }, 0.5, 1, later), 0.8);
    expectTight(compared({ shown: 0.75, radius: 0.1, o: 1, x: 0.5 }, 0.75, 1, later), 0.1);
    expect(compared({ shown: 0.75, o: 1, x: third }, third + 0.25, 1, later)).toBeGreaterThan(0);
  });

  const shown = (
    radius: number,
    u: number,
    after: number | undefined,
    leak: number,
    variant: Variant,
    Vth = 0.5,
  ) => shownRadius(radius, u, after, layerOf(Vth, leak, variant), variant);

  it('as it is shown is exact after a reset to 0, and off by what leaks of it', () => {
    expect(shown(0.1, 0.75, 0, 0.5, same)).toBe(0);
    expectTight(shown(0.1, 0.75, 0.25, 1, same), 0.1);
    expectTight(shown(0, 0.75, 0.25, 1, same), ε * 0.25);
    expect(shown(0.1, 0.75, undefined, 1, same)).toBe(0.1);
    expectTight(shown(0.1, 0.75, undefined, 0.5, same), 0.05);
    expect(shown(0, 0.75, undefined, 0.5, same)).toBe(0);
    expectTight(shown(0, third, undefined, 0.75, same), ε * 0.75 * third);
    // As a sum and a difference λ·u + u, − u: three roundings more.
    const twice = { ...same, leak: 'sumThenDifference' } as const;
    expect(shown(0, 0.75, undefined, 0.5, twice)).toBe(0);
    expectTight(shown(0, third, undefined, 0.75, twice), ε * 3.25 * third);
    expectTight(shown(0.1, third, undefined, 0.75, same), 0.075);
    // λ that is no binary32 number is rounded too.
    expectTight(shown(0, third, undefined, 0.7, same), 2 * ε * 0.7 * third);
    expect(shown(0.1, 0.75, 0, 0.5, later)).toBe(0.1);
  });

  it('after a subtraction is off by that, by a threshold that is rounded, and by what leaks', () => {
    expect(shown(0, 0.75, 0.25, 1, subtracting)).toBe(0);
    expectTight(shown(0.1, 0.75, 0.25, 1, subtracting), 0.1);
    expectTight(shown(0.1, 0.75, 0.125, 0.5, subtracting), 0.05);
    expectTight(shown(0, 0.9, 0.2, 1, subtracting, 0.7), ε * 0.7 + ε * 1.6);
    expect(shown(0, third, third - 0.25, 1, subtracting, 0.25)).toBe(0);
    expectTight(shown(0, 0.75, 0.125, 0.5, subtracting), ε * 1.25);
  });

  it('decides nothing where the threshold lies within its bounds', () => {
    const open = (u: number, radius: number, fires: Variant['fires'], Vth = 0.5): boolean =>
      isOpen(u, radius, layerOf(Vth, 1, paper), { ...paper, fires });
    expect([0.5, 0.4, 0.6].map((u) => open(u, 0, 'aboveThreshold'))).toEqual([false, false, false]);
    expect([0.375, 0.4, 0.6, 0.625].map((u) => open(u, 0.125, 'aboveThreshold'))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect([0.375, 0.4, 0.6, 0.625].map((u) => open(u, 0.125, 'atThreshold'))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    for (const fires of ['aboveThreshold', 'atThreshold'] as const)
      expect([0.3, 0.7].map((u) => open(u, 0.125, fires))).toEqual([false, false]);
    // A threshold that is no binary32 number is one of two.
    expect([0.7, 0.7 + 2 ** -23].map((u) => open(u, 0, 'aboveThreshold', 0.7))).toEqual([true, false]);
  });
});

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

it('the gradient of a maximum pool may go to each input of a window that may have fired most', () => {
  const layers = [
    { kind: 'convolution', channels: 1, kernel: 1 },
    { kind: 'maxPool', size: 2 },
    { kind: 'linear', units: 1 },
  ] as const;
  const description = { input: { channels: 1, height: 2, width: 4 }, timeWindow: 4, threshold: 1, layers };
  const setting = settingOf(situationOf(description, paper, real, 2));
  const part = buildParts(setting).find(({ id }) => id === 'backward.1.dFO')!;
  const of = (value: number[], radius: number[]): Interval => ({
    value: Float64Array.from(value),
    radius: Float64Array.from(radius),
  });
  // Two windows of each of two samples: of the first sample's first, and the second's second, it is open which won.
  const FO = of(
    [3, 1, 0, 2, 1, 0, 0, 1, 3, 1, 0, 2, 1, 0, 0, 1],
    [0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1.5, 0, 0, 0, 0],
  );
  const inputs = new Map([
    ['layer2.dFI', of([-4, 2, 1, 3], [0.5, 0, 0, 0.25])],
    ['layer1.FO', FO],
  ]);
  const { value, radius } = part.run(inputs, { ...plainly, bounds: true }).get('layer1.dFO')!;
  expect([...value]).toEqual([-4, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 3, 0, 0, 0, 0]);
  const expected = [5, 4.5, 0, 0, 0, 0, 0, 0, 0, 0, 3.25, 3.5, 0, 0, 0, 3.25];
  for (const [i, most] of expected.entries()) expectTight(radius![i], most);
});

/** A part of a step of one linear layer of one neuron, run on numbers, or on a number and its radius. */
function runPart(
  id: string,
  inputs: Readonly<Record<string, number | readonly [number, number]>>,
  {
    timeWindow = 1,
    threshold = 1,
    optimiser = 'adam' as 'adam' | 'sgd',
  }: { timeWindow?: number; threshold?: number; optimiser?: 'adam' | 'sgd' } = {},
): Map<string, Interval> {
  const input = { channels: 1, height: 1, width: 1 };
  const description = { input, timeWindow, threshold, layers: [{ kind: 'linear', units: 1 }] } as const;
  const setting = settingOf(situationOf(description, paper, real, 1, optimiser));
  const part = buildParts(setting).find((each) => each.id === id)!;
  const given = Object.entries(inputs).map(([key, number]): [string, Interval] => {
    const [value, radius] = typeof number === 'number' ? [number] : number;
    return [
      key,
      { value: Float64Array.of(value), ...(radius !== undefined && { radius: Float64Array.of(radius) }) },
    ];
  });
  return part.run(new Map(given), { ...plainly, bounds: true });
}

describe('the output, u ÷ (T·Vth)', () => {
  const radiusOf = (u: number, timeWindow: number, threshold: number): number =>
    runPart('loss.0.output', { 'layer1.potential.end': u }, { timeWindow, threshold }).get('output')!
      .radius?.[0] ?? 0;

  it('is exact where T and T·Vth are powers of two, down to the smallest normal number', () => {
    expect(radiusOf(3, 4, 0.5)).toBe(0);
    expect(radiusOf(0, 4, 0.5)).toBe(0);
    expect([radiusOf(4 * tiny, 4, 1), radiusOf(2 * tiny, 4, 1)]).toEqual([0, expect.any(Number)]);
    expect(radiusOf(2 * tiny, 4, 1)).toBeGreaterThanOrEqual(tiny);
    // Of what is divided by less than 1, the dividend is the smaller one.
    expect(radiusOf(tiny, 2, 0.25)).toBe(0);
    expect(radiusOf(tiny / 2, 2, 0.25)).toBeGreaterThanOrEqual(tiny);
  });

  it('is else rounded four times at most', () => {
    expectTight(radiusOf(3, 3, 1), 4 * ε);
    expectTight(radiusOf(1.2, 4, 0.3), 4 * ε);
    expectTight(radiusOf(3, 6, 1 / 6), 4 * ε * 3);
    expect(radiusOf(1 + ε, 4, 1)).toBeGreaterThan(0);
  });
});

it('Adam’s bounds of a part follow its own q, the gradient with its decay, whatever the moments were', () => {
  const [g, w, decay] = [2, 3, 0.5];
  const at = { 'layer1.weight': w, 'layer1.dw': g, 'layer1.m.before': 8, 'layer1.v.before': 0 };
  const results = runPart('update.1', { ...at, learningRate: 0.001, weightDecay: decay, step: 1 });
  const q = { size: g + decay * w, radius: decayedRadius({ value: g, radius: 0 }, w, decay) };
  const constants = { β1: 0.9, β2: 0.999, ε: 1e-8, weightDecay: decay, kind: 'adam' } as const;
  expectTight(
    results.get('layer1.v')!.radius![0],
    secondMomentRadius({ value: 0, radius: 0 }, q, constants),
    1e-2,
  );
  expectTight(results.get('layer1.m')!.radius![0], firstMomentRadius({ value: 8, radius: 0 }, q, constants));
});

it('a weight after Adam’s step is off by what it was off before, and by what its step is', () => {
  const rates = { learningRate: 0.001, weightDecay: 0, step: 1 };
  const after = (
    weight: number | readonly [number, number],
    dw: number | readonly [number, number],
  ): number =>
    runPart('update.1', {
      'layer1.weight': weight,
      'layer1.dw': dw,
      'layer1.m.before': 0,
      'layer1.v.before': 0,
      ...rates,
    }).get('layer1.weight.after')!.radius![0];
  expectTight(after([3, 0.25], 2), 0.25 + after(3, 2));
  expect(after(3, [2, 0.5])).toBeGreaterThan(100 * after(3, 2));
});

describe('a weight after a step of SGD, w − η·(g + decay·w)', () => {
  const after = (weight: number, dw: number | readonly [number, number], weightDecay: number): number => {
    const inputs = { 'layer1.weight': weight, 'layer1.dw': dw, learningRate: 0.125, weightDecay };
    return runPart('update.1', inputs, { optimiser: 'sgd' }).get('layer1.weight.after')!.radius![0];
  };

  it('is off by η times what the gradient is off', () => {
    expectTight(after(3, [2, 0.5], 0.5), 0.125 * 0.5);
  });

  it('of exact numbers is rounded five times in its step, and once', () => {
    // 3 − 0.125 · (2 + 0.5 · 3) = 2.5625
    expectTight(after(3, 2, 0.5), 5 * ε * 0.125 * 3.5 + ε * 2.5625);
    expectTight(after(3, -2, 0.5), 5 * ε * 0.125 * 3.5 + ε * 3.0625);
    expect(after(0, 0, 0)).toBe(tiny);
  });
});
