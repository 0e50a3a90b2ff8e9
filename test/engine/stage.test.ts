/** Tests that bounds hold for every correct program, in any order and precision, and for all arguments within their own bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32, real, type Floats, type Precision } from '../../spec/arithmetic.ts';
import { choices, paper, type Variant } from '../../spec/variant.ts';
import { isSingle, isUnknown, tiny, total, undefinedToo, unknown } from '../../src/engine/rounding.ts';
import {
  ballsOf,
  type Ball,
  type NeuronStage,
  type PointStage,
  type SumStage,
} from '../../src/engine/stage.ts';
import { modelOf } from '../../src/oracle/asf/model.ts';
import { computationOf } from '../../src/oracle/asf/steps.ts';
import { isOff, isWithin } from '../../src/oracle/judge.ts';
import { linears } from '../kinds.ts';
import { law } from '../spec/support.ts';
import { drawing } from '../support.ts';
import { dyadic, product, single, sums } from './sums.ts';

const head = { id: 'x', stage: 'x', n: 1, reads: ['a', 'b'], writes: ['c'] };
/** Numbers that are not binary32. */
const double = single.map((value) => value * (1 + 2 ** -26));
const precisions: readonly Precision[] = [binary32, real];
const arrayOf = (values: readonly number[], { array }: Precision): Floats => {
  const out = array(values.length);
  out.set(values);
  return out;
};

/** A ball, and numbers within it. Half of all drawn balls have no errors. */
const balls = (
  value: fc.Arbitrary<number>,
  length: number,
  shares = [0, 2 ** -20, 2 ** -6],
): fc.Arbitrary<{ ball: Ball; inside: number[] }> =>
  fc
    .tuple(
      fc.boolean(),
      fc.array(fc.tuple(value, fc.constantFrom(...shares), fc.double({ min: -1, max: 1, noNaN: true })), {
        minLength: length,
        maxLength: length,
      }),
    )
    .map(([isExact, drawn]) => {
      const v = Float64Array.from(drawn, ([each]) => each);
      if (isExact) return { ball: { v }, inside: [...v] };
      const r = Float64Array.from(drawn, ([each, share]) => share * Math.abs(each));
      const inside = drawn.map(([each, share, place]) => {
        const other = Math.fround(each + place * share * Math.abs(each));
        return Math.abs(other - each) <= share * Math.abs(each) ? other : each;
      });
      return { ball: { v, r }, inside };
    });

describe('a sum of products', () => {
  const stage = (length: number): SumStage => ({ ...head, kind: 'sum', f: product(), roundings: length });
  const drawn = (value: fc.Arbitrary<number>) =>
    fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 30 }))
      .chain(([rows, length]) => fc.tuple(balls(value, rows * length), balls(value, length)));

  law(
    'is within its ball in every order and precision, whatever its arguments are within theirs',
    drawn(fc.oneof(single, dyadic, double)),
    600,
    ([a, b]) => {
      const [ball] = ballsOf(stage(b.inside.length), [a.ball, b.ball]);
      for (const precision of precisions)
        for (const [name, sum] of Object.entries(sums)) {
          const args = [a, b].map(({ inside }) => arrayOf(inside, precision));
          expect(isWithin(ball, product(sum)(args, precision)), `${name} ${precision.name}`).toBe(true);
        }
    },
  );

  law('has bits where its ball says exact, and dyadic numbers are so', drawn(dyadic), 100, ([a, b]) => {
    const [{ v, r }] = ballsOf(stage(b.inside.length), [{ v: a.ball.v }, { v: b.ball.v }]);
    expect(r).toBeUndefined();
    for (const sum of Object.values(sums))
      expect(
        [...product(sum)([a.ball.v, b.ball.v], { ...binary32, array: real.array })].map((each) => each + 0),
      ).toEqual([...v].map((each) => each + 0));
  });

  law('is known to a few roundings of its magnitude', drawn(single), 100, ([a, b]) => {
    const args = [a.ball.v, b.ball.v];
    const [{ v, r = new Float64Array(v.length) }] = ballsOf(
      stage(b.inside.length),
      args.map((each) => ({ v: each })),
    );
    const magnitude = product()(
      args.map((each) => each.map(Math.abs)),
      real,
    );
    const most = b.inside.length * 2 ** -24 * 1.001;
    for (const [i, each] of r.entries()) expect(each).toBeLessThanOrEqual(most * magnitude[i] + 2 ** -110);
  });

  it('of a selection selects by the value, and reads what is no binary32 number also as one', () => {
    const f = ([a, s]: readonly Floats[], { array }: Precision): Floats => {
      const out = array(1);
      for (let i = 0; i < a.length; i++) if (s[i] > 0) out[0] += a[i];
      return out;
    };
    const made = (selects: readonly number[]): Ball =>
      ballsOf({ ...head, kind: 'sum', f, roundings: 1, selects }, [
        { v: Float64Array.of(0.1, 3), r: Float64Array.of(0.1, 3) },
        { v: Float64Array.of(1, -1) },
      ])[0];
    expect(made([1]).r![0]).toBeCloseTo(0.1, 5);
    expect(made([]).r![0]).toBeCloseTo(3.1, 5);
    const copied = { ...head, kind: 'sum', f: ([a]: readonly Floats[]) => a.slice(), roundings: 0 } as const;
    expect(isWithin(ballsOf(copied, [{ v: Float64Array.of(0.1) }])[0], Float32Array.of(0.1))).toBe(true);
  });
});

describe('a function of each number', () => {
  type Function = (args: readonly Floats[], round: Precision['round']) => number;
  const stageOf = (f: Function, wide: readonly number[], isOneOperation = false): PointStage => ({
    ...head,
    kind: 'point',
    f: (args, { array, round }) => [array(1).fill(f(args, round))],
    wide,
    isOneOperation,
  });
  /** An Adam-like step: w − η·(β·m + (1 − β)·g)/(√v + ε), in three orders. */
  const steps: readonly Function[] = [
    ([[w], [m], [g], [v]], r) =>
      r(w - r(r(r(0.01) * r(r(r(0.9) * m) + r(r(0.1) * g))) / r(r(Math.sqrt(v)) + r(1e-8)))),
    ([[w], [m], [g], [v]], r) =>
      r(w - r(r(0.01) * r(r(r(r(0.1) * g) + r(0.9) * m) / r(r(Math.sqrt(v)) + r(1e-8))))),
    ([[w], [m], [g], [v]], r) =>
      r(w - r(r(r(m + r(r(0.1) * r(g - m))) * r(0.01)) * r(1 / r(r(Math.sqrt(v)) + r(1e-8))))),
  ];
  const forms: Readonly<Record<string, { stage: PointStage; others: readonly Function[] }>> = {
    quotient: {
      stage: stageOf(([[a], [b]], round) => round(a / b), [1, 1], true),
      others: [([[a], [b]], round) => round(a / b), ([[a], [b]], round) => a * round(1 / b)],
    },
    product: {
      stage: stageOf(([[a], [b], [c]]) => a * b * c, [1, 1]),
      others: [([[a], [b], [c]], r) => r(r(a * b) * c), ([[a], [b], [c]], r) => r(a * r(b * c))],
    },
    step: { stage: stageOf((args) => steps[0](args, (each) => each), [1, 9, 9, 4]), others: steps },
  };
  const normal = single.filter((value) => Math.abs(value) > 2 ** -20).map((value) => Math.abs(value));

  const four = fc.array(balls(normal, 1, [0, 2 ** -22]), { minLength: 4, maxLength: 4 });
  for (const [name, form] of Object.entries(forms))
    law(`a ${name} is within its ball, however its operations are ordered`, four, 400, (args) => {
      const [ball] = ballsOf(
        form.stage,
        args.map((each) => each.ball),
      );
      const isExact = args.every((each) => each.ball.r === undefined);
      for (const [at, other] of form.others.entries())
        for (const { round } of precisions) {
          // The bounds of a single operation do not allow other forms, such as a product with the inverse.
          if (form.stage.isOneOperation && at > 0 && isExact) continue;
          const got = other(
            args.map(({ inside }) => Float64Array.from(inside)),
            round,
          );
          expect(isOff(got, ball.v[0], ball.r?.[0] ?? 0)).toBe(false);
        }
      if (isExact)
        expect(ball.r?.[0] ?? 0).toBeLessThan(
          2 ** -19 * Math.max(Math.abs(ball.v[0]), ...args.map(({ inside }) => inside[0])),
        );
    });

  const made = (f: Function, wide: readonly number[], ...args: readonly Ball[]): Ball =>
    ballsOf(stageOf(f, wide, true), args)[0];
  const one = (v: number, r?: number): Ball => ({
    v: Float64Array.of(v),
    r: r === undefined ? r : Float64Array.of(r),
  });
  const quotient: Function = ([[a], [b]]) => a / b;

  it('is exact where binary32 has the number of binary64', () => {
    expect(made(quotient, [1, 1], one(3), one(4)).r).toBeUndefined();
    expect(made(quotient, [1, 1], one(1), one(3)).r![0]).toBeGreaterThan(2 ** -26);
  });

  it('of what is not known may be anything; of 0/0 also no number; of no number it is none', () => {
    const [endless, none, of] = [one(0), one(0), one(NaN)].map((a, k) =>
      made(quotient, [1, 1], k === 0 ? one(5) : a, k === 2 ? one(1) : one(0)),
    );
    expect([endless.v[0], none.v[0]]).toEqual([0, 0]);
    expect([endless.r![0] >= unknown, endless.r![0] >= undefinedToo]).toEqual([true, false]);
    expect(none.r![0]).toBeGreaterThanOrEqual(undefinedToo);
    expect([Infinity, 7, NaN].map((got) => isOff(got, 0, endless.r![0]))).toEqual([false, false, true]);
    expect([Infinity, 7, NaN].map((got) => isOff(got, 0, none.r![0]))).toEqual([false, false, false]);
    expect([of.v[0], isOff(7, of.v[0], 0), isOff(NaN, of.v[0], 0)]).toEqual([NaN, true, false]);
    expect(isOff(3, ...ends(made(quotient, [1, 1], one(1), one(0.5, 1))))).toBe(false);
  });

  it('reads a number that is none of binary32 also as it is there', () => {
    const S = 1 / 0.7;
    const read = made(([[a], [b]]) => a * b, [0, 0], one(S), one(1));
    for (const got of [S, Math.fround(S)]) expect(isOff(got, ...ends(read))).toBe(false);
    expect(isOff(S * (1 + 2 ** -20), ...ends(read))).toBe(true);
  });

  it('decides as its arguments say, where they are not wide', () => {
    const gate: Function = ([[a], [b]]) => (a >= b ? 1 : 0);
    expect(made(gate, [], one(0.25), one(0.25))).toEqual({ v: Float64Array.of(1) });
    const [wide] = ballsOf(stageOf(gate, [0, 1]), [one(0.25), one(0.25)]);
    expect(wide.r![0]).toBeGreaterThanOrEqual(1);
  });
});

const ends = ({ v, r }: Ball): [number, number] => [v[0], r?.[0] ?? 0];

describe('neurons over a window', () => {
  const [T, size] = [9, 3];
  const stageFor = (variant: Variant, threshold: number, leak: number): NeuronStage => {
    const input = { channels: 1, height: 1, width: 1 };
    const layers = linears(size, 2);
    const model = modelOf({ input, timeWindow: T, threshold, leak, layers }, variant, 2);
    return computationOf(model).stages.find(({ id }) => id === 'neuron.1') as NeuronStage; // layer 1 has neurons that fire
  };

  /** Potentials and spikes as another program computes them: fused, with the current first, or with a late reset. */
  function run(
    x: ArrayLike<number>,
    { reset, leak: leaks, fires }: Variant,
    [threshold, leak]: readonly number[],
    manner: { readonly round: Precision['round']; readonly isFused: boolean; readonly isLate: boolean },
  ) {
    const { round, isFused, isLate } = manner;
    const [θ, λ] = [round(threshold), round(leak)];
    const out = [0, 0, 0].map(() => new Float64Array(x.length));
    const maps = x.length / T;
    const decay = (u: number): number =>
      leaks === 'product' || λ === 1 ? round(λ * u) : round(round(round(λ * u) + u) - u);
    for (let j = 0; j < maps; j++) {
      let [u, fired] = [0, false];
      const left = (): number => {
        if (!fired) return decay(u);
        if (reset === 'subtractThenLeak') return decay(round(u - θ));
        return reset === 'leakThenSubtract' ? round(decay(u) - θ) : 0;
      };
      for (let k = j; k < x.length; k += maps) {
        const isPlain = leaks === 'product' && !fired;
        if (isFused && isPlain && reset === 'nextStep') u = round(λ * u + x[k]);
        else u = round((reset === 'nextStep' || isLate ? left() : u) + x[k]);
        fired = fires === 'atThreshold' ? u >= θ : u > θ;
        out[0][k] = u;
        out[2][k] = fired ? 1 : 0;
        // A program may store the compared u, and reset u in the next step.
        if (reset !== 'nextStep' && !isLate) u = left();
        out[1][k] = reset === 'nextStep' ? u : isLate ? left() : u;
      }
    }
    return { compared: out[0], potential: out[1], spikes: out[2] };
  }

  /** Some sums of these numbers differ from 0.7 or 1 only by rounding. */
  const tenths = fc.constantFrom(0.1, 0.2, 0.3, 0.4, 0.7).map(Math.fround);
  const isFused = fc.boolean();
  const cases = fc.record({
    variant: fc.record({
      ...Object.fromEntries(Object.entries(paper).map(([key, value]) => [key, fc.constant(value)])),
      reset: fc.constantFrom(...choices.reset),
      leak: fc.constantFrom(...choices.leak),
      fires: fc.constantFrom(...choices.fires),
    }) as fc.Arbitrary<Variant>, // the variant has all questions
    constants: fc.tuple(fc.constantFrom(0.5, 0.7, 1), fc.constantFrom(1, 0.9, 0.5)),
    x: fc.oneof(
      ...[dyadic, single.map((v) => Math.abs(v) % 1), tenths].map((value) => balls(value, 2 * T * size)),
    ),
    manner: fc.record({ round: fc.constantFrom(Math.fround, real.round), isFused, isLate: fc.boolean() }),
    followed: fc.constantFrom('spikes', 'compared', 'potential'),
  });

  it('are within their balls in every right program, and their spikes are equal but where they are open', () => {
    let [decided, open] = [0, 0];
    const property = fc.property(cases, ({ variant, constants, x, manner, followed }) => {
      const stage = stageFor(variant, ...constants);
      const theirs = run(x.inside, variant, constants, manner);
      // A potential that equals the rounded threshold may have been compared with the rounded or with the exact one.
      const isTie = (u: number): boolean => !isSingle(constants[0]) && Math.abs(u - constants[0]) < 2 ** -24;
      fc.pre(followed === 'spikes' || !theirs.compared.some(isTie));
      const made = ballsOf(stage, [x.ball], { [followed]: theirs[followed as 'spikes'] });
      const at = (key: string): Ball => made[stage.writes.indexOf(key)];
      const of = JSON.stringify([variant.reset, variant.leak, constants, followed]);
      if (followed === 'spikes' || x.ball.r === undefined) {
        expect(isWithin(at('layer1.compared'), theirs.compared), `compared ${of}`).toBe(true);
        expect(isWithin(at('layer1.potential'), theirs.potential), `shown ${of}`).toBe(true);
        const spikes = at('layer1.spikes');
        expect(isWithin(spikes, theirs.spikes), `spikes ${of}`).toBe(true);
        for (let i = 0; i < spikes.v.length; i++)
          if (spikes.open?.[i] === 1) open++;
          else {
            decided++;
            expect(theirs.spikes[i]).toBe(spikes.v[i]);
          }
      }
    });
    fc.assert(property, drawing(800));
    expect(open).toBeLessThan(decided / 4);
  });

  it.each(['spikes', 'compared', 'potential'] as const)(
    'go on with decisions that rounding turned, from %s',
    (followed) => {
      const x = new Float64Array(2 * T * size).fill(Math.fround(0.1));
      const variant = { ...paper, fires: 'aboveThreshold' } as const;
      const stage = stageFor(variant, 0.5, 1);
      const theirs = run(x, variant, [0.5, 1], { round: Math.fround, isFused: false, isLate: false });
      const at = (made: readonly Ball[], key: string): Ball => made[stage.writes.indexOf(`layer1.${key}`)];
      // After an open decision that was not recorded, the state of a neuron is unknown.
      expect(at(ballsOf(stage, [{ v: x }]), 'compared').r!.some(isUnknown)).toBe(true);
      const made = ballsOf(stage, [{ v: x }], { [followed]: theirs[followed] });
      expect(isWithin(at(made, 'compared'), theirs.compared)).toBe(true);
      expect(at(made, 'spikes').open).toContain(1);
    },
  );

  it('follow no recorded potential where a decision is certain', () => {
    const x = new Float64Array(2 * T * size).fill(0.25);
    const manner = { round: Math.fround, isFused: false, isLate: false };
    const isFollowed = (fires: Variant['fires']): boolean => {
      const { potential } = run(x, { ...paper, reset: 'subtractThenLeak', fires }, [0.5, 1], manner);
      const stage = stageFor({ ...paper, reset: 'subtractThenLeak', fires: 'aboveThreshold' }, 0.5, 1);
      const made = ballsOf(stage, [{ v: x }], { potential });
      return isWithin(made[stage.writes.indexOf('layer1.potential')], potential);
    };
    expect([isFollowed('aboveThreshold'), isFollowed('atThreshold')]).toEqual([true, false]);
  });

  it('are not exact by chance, where a constant is no number of binary32', () => {
    const x = new Float64Array(2 * T * size);
    [x[0], x[2 * size]] = [-0.625, 0.375];
    const theirs = run(x, paper, [0.5, 0.9], { round: Math.fround, isFused: true, isLate: false });
    const made = ballsOf(stageFor(paper, 0.5, 0.9), [{ v: x }], { spikes: theirs.spikes });
    expect(isWithin(made[0], theirs.compared)).toBe(true);
  });

  law(
    'are exact where no step rounds, and never known worse than a few roundings of what they add',
    cases,
    200,
    ({ variant, constants, x: { ball } }) => {
      const stage = stageFor(variant, ...constants);
      const { v } = ball;
      const [compared] = ballsOf(stage, [{ v }]);
      const most = total(v, Math.abs) + constants[0] * T;
      for (const each of compared.r?.filter((r) => !isUnknown(r)) ?? [])
        expect(each).toBeLessThan(8 * T * 2 ** -24 * most + T * tiny * 4);
      const isExact = variant.leak === 'product' && constants[0] !== 0.7 && constants[1] === 1;
      if (isExact && v.every((each) => Number.isInteger(8 * each))) expect(compared.r).toBeUndefined();
    },
  );
});
