/**
 * Tests of verdicts. An array that is wrong by itself differs. An array that follows correctly from a wrong array agrees. An
 * array that may be anything is undecided.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { paper } from '../../spec/variant.ts';
import type { Values } from '../../src/engine/rounding.ts';
import { ballsOf, type Ball, type Stage } from '../../src/engine/stage.ts';
import { checkStep } from '../../src/oracle/asf/check.ts';
import { computationOf as stepOf } from '../../src/oracle/asf/steps.ts';
import { isOff, judge, type Finding, type Slot } from '../../src/oracle/judge.ts';
import { law } from '../spec/support.ts';
import { judge as judgeWorld } from './planted.ts';
import { computationOf } from './stages.ts';
import { anyWorld, made, modelIn, worldOf } from './worlds.ts';

const wrongOf = (findings: readonly Finding[]): string[] =>
  findings.filter(({ verdict }) => verdict === 'differs').map(({ key }) => key);

describe('of a step', () => {
  const flip = (values: Values): Values => {
    const most = Math.max(1, ...Array.from(values, Math.abs));
    return Float64Array.from(values, (each) => (each === 0 ? most : each + 2 * most));
  };

  law(
    'one wrong array differs, and no other: what is right of what is expected agrees',
    fc.tuple(anyWorld, fc.nat()),
    120,
    ([world, place]) => {
      const right = made(world);
      const all = judgeWorld(world, right, []).findings.map(({ key }) => key);
      const key = all[place % all.length];
      // After a division by 0, any number may be right.
      fc.pre(right.get(key)!.every(Number.isFinite));
      const isSpikes = key.endsWith('.spikes');
      const wrong = isSpikes ? right.get(key)!.map((each) => 1 - each) : flip(right.get(key)!);
      const manner = { mistakes: [], carried: new Map(), tell() {} };
      const { report, judged } = checkStep(modelIn(world), new Map([...right, [key, wrong]]), manner);
      // If a decision is open in the run with expected arrays, later arrays have no expected numbers.
      const unsure = judged.wrong.flatMap(({ keys, isUnsure }) => (isUnsure ? keys : []));
      expect(wrongOf(report.findings).filter((each) => each === key || !unsure.includes(each))).toEqual([
        key,
      ]);
    },
  );

  it('an output may be made of the recorded potentials or of right ones, if these differ and no end is recorded', () => {
    const world = worldOf(7, 3, paper, 0.9, false);
    const computation = stepOf(modelIn(world));
    const output = (values: Values): Float64Array => Float64Array.from(values, (u) => u + 1);
    const stages = computation.stages.map((stage) =>
      stage.id === 'neuron.4' ? { ...stage, output } : stage,
    );
    const arrays = made(world, binary32, { ...computation, stages });
    arrays.delete('layer4.potential.end');
    expect(wrongOf(judgeWorld(world, arrays, []).findings)).toEqual(['layer4.potential']);
    arrays.set('output', made(world).get('output')!); // `made` has all keys
    expect(wrongOf(judgeWorld(world, arrays, []).findings)).not.toContain('output');
  });

  it('a ratio has no bound where its divisor may be 0, and S may be any ratio that is accepted', () => {
    const { stages } = stepOf(modelIn(worldOf(7, 3, paper, 0.9, false)));
    const stageOf = (id: string): Stage => stages.find((stage) => stage.id === id)!;
    const near = (v: number, r: number): Ball => ({ v: Float64Array.of(v), r: Float64Array.of(r) });
    const exact = (v: number): Ball => ({ v: Float64Array.of(v) });
    // The bounds of each sample's sum exclude 0, but the bounds of their total include 0.
    const sums = { v: Float64Array.of(5, -5.000001), r: Float64Array.of(1e-5, 1e-5) };
    const [ratio] = ballsOf(stageOf('scale.1.ratio'), [sums, { v: Float64Array.of(40, 50) }]);
    expect(ratio.r![0]).toBeGreaterThan(1e20);
    const [S] = ballsOf(stageOf('scale.1'), [near(90, 180), exact(0.5), exact(1)]);
    expect([S.v[0], S.r![0] > 0.49]).toEqual([0.5, true]);
  });

  law(
    'what is made of a wrong array rightly agrees, whichever stage makes that',
    fc.tuple(anyWorld, fc.nat()),
    80,
    ([world, place]) => {
      const computation = stepOf(modelIn(world));
      const all = computation.stages.filter(({ by, kind }) => by === 'window' && kind !== 'neuron');
      const only = all[place % all.length];
      const output = (values: Float32Array | Float64Array): typeof values =>
        values.map((each) => each + 1) as typeof values; // `map` keeps the type
      const stages = computation.stages.map((stage) => (stage === only ? { ...stage, output } : stage));
      const arrays = made(world, binary32, { ...computation, stages });
      for (const { part, key, verdict } of judgeWorld(world, arrays, []).findings)
        if (verdict === 'differs') expect(part, key).toBe(only.id);
    },
  );
});

/** The finding on the array y of a computation that only copies x, which may have bounds. */
function verdictOn(
  x: Ball,
  got: ArrayLike<number>,
  { shape = [x.v.length], axes = ['output'], isSpikes = false }: Partial<Slot> = {},
): Finding {
  const stage: Stage = {
    id: 'copy.1',
    stage: 'copy',
    n: 1,
    kind: 'sum',
    reads: ['x'],
    writes: ['y'],
    roundings: 0,
    f: ([values]) => values.slice(),
  };
  const T = axes[0] === 'step' ? shape[0] : 1;
  const place = { key: 'y', n: 1, equation: '', shape, axes, isSpikes };
  const manner = { slotOf: () => place, computed: new Set(['y']) };
  const there = new Map<string, Ball>([
    ['x', x],
    ['y', { v: Float64Array.from(got) }],
  ]);
  return judge(computationOf([stage], T), there, manner).findings[0];
}

const numbers = fc
  .tuple(
    fc.constantFrom([2, 3], [6, 2], [9, 1], [4, 4]),
    fc.infiniteStream(fc.integer({ min: -90, max: 90 })),
  )
  .map(([shape, stream]) => ({
    shape,
    x: Float64Array.from({ length: shape[0] * shape[1] }, () => stream.next().value / 32),
  }));
const plainly: Readonly<Record<string, (x: Float64Array, columns: number) => Float64Array>> = {
  zero: (x) => x.map(() => 0),
  negated: (x) => x.map((each) => -each),
  doubled: (x) => x.map((each) => 2 * each),
  halved: (x) => x.map((each) => each / 2),
  larger: (x) => x.map((each) => 1.25 * each),
  'rolled by rows': (x, columns) => x.map((_, i) => x[(i + x.length - columns) % x.length]),
  'rolled by columns': (x, columns) => x.map((_, i) => x[i % columns === 0 ? i + columns - 1 : i - 1]),
};
const axes = ['output', 'input'];

describe('with bounds', () => {
  const share = fc.constantFrom(0, 2 ** -20, 2 ** -5, 0.1, 0.24, 0.5, 1, 4);

  const arrays = fc.record({ drawn: numbers, wide: share, isEach: fc.boolean() });
  for (const [name, change] of Object.entries(plainly))
    law(
      `an array that is ${name} never agrees, however wide they are`,
      arrays,
      200,
      ({ drawn: { x, shape }, wide, isEach }) => {
        const got = change(x, shape[1]);
        const most = Math.max(...x.map(Math.abs));
        fc.pre(got.some((each, i) => Math.abs(each - x[i]) > most / 64));
        const r = x.map((each) => wide * (isEach ? Math.abs(each) : most));
        const { verdict } = verdictOn({ v: x, r }, got, { shape, axes });
        expect(verdict).not.toBe('agrees');
        if (wide === 0) expect(verdict).toBe('differs');
      },
    );

  law(
    'what is right agrees where they are narrow, and where they are wide if it comes close',
    fc.tuple(numbers, share),
    100,
    ([{ x, shape }, wide]) => {
      const most = Math.max(...x.map(Math.abs));
      fc.pre(most > 0);
      const r = x.map(() => wide * most);
      const verdict = (off: number): string =>
        verdictOn(
          { v: x, r },
          x.map((each) => each + off * most),
          { shape, axes },
        ).verdict;
      expect(verdict(2 ** -13 * Math.min(1, wide))).toBe('agrees');
      if (wide >= 1) expect(verdict(2 ** -9)).toBe('undecided');
      expect(verdict(1.01 * wide + 2 ** -30)).toBe('differs');
    },
  );

  it('zeros agree with zeros, but not where anything would', () => {
    const zeros = new Float64Array(4);
    expect(verdictOn({ v: zeros, r: zeros.map(() => 2 ** -100) }, zeros).verdict).toBe('agrees');
    expect(verdictOn({ v: zeros, r: zeros.map(() => 1) }, zeros).verdict).toBe('undecided');
  });
});

describe('of each array', () => {
  it('its class says what it was judged by', () => {
    const one = { v: Float64Array.of(1, 0, 1, 0) };
    const of = (open: readonly number[], r = open): Ball => ({
      ...one,
      ...(r.some((each) => each > 0) && { r: Float64Array.from(r) }),
      ...(open.includes(1) && { open: Uint8Array.from(open) }),
    });
    expect(verdictOn(of([0, 0, 0, 0]), one.v).class).toBe('exact');
    expect(verdictOn(of([0], [0.1, 0, 0, 0]), one.v).class).toBe('interval');
    const world = worldOf(7, 3, paper, 0.9, false);
    const classes = new Map(
      judgeWorld(world, made(world), []).findings.map((each) => [each.key, each.class]),
    );
    expect(classes.get('layer1.spikes')).toBe('margin');
    expect(classes.get('layer1.current')).toBe('interval');
    expect(classes.get('input.FO')).toBe('exact');
  });

  it('the first difference is of the first sample, then step, then neuron; and all are counted', () => {
    const [T, B, size] = [3, 2, 2];
    const x = new Float64Array(T * B * size);
    const at = (t: number, b: number, i: number): number => (t * B + b) * size + i;
    const wrong = x.slice();
    for (const place of [at(0, 1, 0), at(2, 0, 1), at(1, 0, 1), at(2, 0, 0)]) wrong[place] = 1;
    const { first, differing, compared } = verdictOn({ v: x }, wrong, {
      shape: [T, B, size],
      axes: ['step', 'sample', 'channel'],
    });
    expect(first).toMatchObject({ sample: 0, t: 1, neuron: [1], expected: 0, got: 1, bound: 0 });
    expect([differing, compared]).toEqual([4, 12]);
  });

  it('no number is wrong where a number is expected, and right where none is', () => {
    const x = Float64Array.of(1, 2, 3);
    expect(verdictOn({ v: x }, [1, NaN, 3])).toMatchObject({ verdict: 'differs', differing: 1 });
    expect(verdictOn({ v: Float64Array.of(NaN) }, [NaN]).verdict).toBe('agrees');
    expect(isOff(3, NaN, 1)).toBe(true);
    expect([isOff(Infinity, 1, 5), isOff(Infinity, 0, 2 ** 300), isOff(NaN, 0, 2 ** 300)]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe('where rounding leaves decisions open', () => {
  const world = worldOf(7, 0, paper, 1, false);
  /** One neuron has a potential that differs from its threshold only by rounding. */
  const open = {
    ...world,
    B: 1,
    description: {
      input: { channels: 4, height: 1, width: 1 },
      timeWindow: 4,
      threshold: 1,
      layers: [
        { kind: 'linear', units: 4 },
        { kind: 'linear', units: 2 },
      ],
    } as const,
    given: new Map<string, Values>([
      ['input.spikes', Int8Array.of(1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1)],
      ['label', Int32Array.of(1)],
      [
        'layer1.weight',
        Float32Array.from({ length: 16 }, (_, i) => [0.3, 0.7, 0.1, 0.2][(i + (i >> 2)) % 4]),
      ],
      ['layer2.weight', Float32Array.of(0.5, 0.25, -0.5, 1, 0.3, 0.6, 0.2, 0.1)],
    ]),
  };
  const all = made(open);
  const find = (keys: readonly string[], arrays = all): Finding[] => [
    ...judgeWorld(open, new Map([...arrays].filter(([key]) => open.given.has(key) || keys.includes(key))), [])
      .findings,
  ];

  it('what needs them is undecided, and names the key to record', () => {
    for (const key of ['layer1.FO', 'layer2.dFI', 'layer2.dw'])
      expect(find([key])).toMatchObject([{ key, verdict: 'undecided', needs: 'layer1.spikes' }]);
    for (const key of ['layer1.FO', 'layer2.dw'])
      expect(find([key, 'layer1.spikes']).map(({ verdict }) => verdict)).not.toContain('differs');
  });

  it('either branch is right, and what comes after is judged by it', () => {
    const [spikes] = find(['layer1.spikes']);
    expect(spikes).toMatchObject({ class: 'either' });
    expect(spikes.open).toBeGreaterThan(0);
    const near = made({ ...open, description: { ...open.description, threshold: 1 + 2 ** -22 } });
    expect([...near.get('layer1.spikes')!]).not.toEqual([...all.get('layer1.spikes')!]);
    const keys = ['layer1.spikes', 'layer1.FO', 'layer2.FI', 'layer2.dw', 'layer1.dw'];
    for (const arrays of [all, near]) expect(wrongOf(find(keys, arrays))).toEqual([]);
  });
});
