/** Tests of the check of steps by surrogate gradients: programs on a tape, bounds of surrogates, and refused files. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namedSurrogates, surrogateOf, turnsOf } from '../../../spec/surrogateForms.ts';
import { ballsOf, type Ball } from '../../../src/engine/stage.ts';
import { InputError } from '../../../src/errors.ts';
import { checkSurrogate, expectedSurrogate, surrogateMistakes } from '../../../src/oracle.ts';
import type { AnyTensor, Tensor } from '../../../src/formats/tensor.ts';
import {
  computeCurrents,
  computedb,
  computeMaxima,
  computeUnpooled,
  computeWinners,
  placeOf,
  pointwise,
  type Pool,
} from '../../../src/oracle/surrogate/maps.ts';
import { drawing } from '../../support.ts';
import { total } from '../../../src/engine/rounding.ts';
import { Replay } from '../../../src/engine/run.ts';
import { isWithin } from '../../../src/oracle/judge.ts';
import { planted } from '../../../src/oracle/name.ts';
import { ballsOf as ballsOfArrays } from '../../../src/oracle/step.ts';
import { checkSurrogateStep, withParts } from '../../../src/oracle/surrogate/check.ts';
import { openStep } from '../../../src/oracle/surrogate/file.ts';
import { mistakesOf } from '../../../src/oracle/surrogate/mistakes/mistakes.ts';
import { bySurrogates } from '../../../src/oracle/surrogate/steps.ts';
import { runRight, runWrong } from './campaign.ts';
import { programOf } from './draws.ts';
import { recorded, slopes, type Program } from './program.ts';

/** Neurons of snnTorch as most users configure them. */
const leaky = { framework: 'snntorch', neuron: 'Leaky', args: { beta: 0.9 } };

const anySeed = fc.integer({ min: 0, max: 2 ** 30 });

describe('a program on a tape', () => {
  it('is not called wrong where it is right', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const run = runRight(seed);
        expect(run?.verdict, run?.note).not.toBe('differs');
      }),
      drawing(400),
    );
  });

  it('is not acquitted where it is wrong', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const run = runWrong(seed);
        expect(run?.verdict, run?.note).not.toBe('agrees');
      }),
      drawing(60),
    );
  });

  it('is judged a few samples at a time as at once', () => {
    const law = fc.property(anySeed, fc.option(fc.nat(), { nil: undefined }), (seed, wrong) => {
      const { arrays, words } = recorded(programOf(seed));
      const step = withParts(openStep(arrays, words, `seed ${seed}`));
      fc.pre(step.model.B > 1);
      const keys = [...step.arrays.keys()].filter((key) => /spikes|mem|current|dw|synapse/.test(key));
      const key = wrong === undefined ? undefined : keys[wrong % keys.length];
      const given = new Map(
        [...step.arrays].map(([name, values]) => [name, name === key ? values.map((v) => v / 2) : values]),
      );
      const judge = (atOnce: number) =>
        checkSurrogateStep({ ...step, arrays: given, model: { ...step.model, atOnce } }, undefined, false);
      const [parts, whole] = [judge(1), judge(2 ** 40)].map(({ findings, judged: { lacking } }) => [
        // Whether tiny numbers are decided depends on the other samples that are judged with them.
        findings.map(({ key: at, verdict, ...found }) => [
          at,
          verdict === 'differs',
          found.compared,
          found.first,
        ]),
        lacking,
      ]);
      expect(parts).toEqual(whole);
    });
    fc.assert(law, { ...drawing(60), examples: [[243092177, undefined]] });
  });

  it('makes in binary64 the gradients that the equation makes', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const program = {
          ...programOf(seed),
          isRecurrent: false,
          dropout: 0,
          isFused: false,
          round: Math.fround,
        };
        const { arrays, words } = recorded(program);
        const own = expectedSurrogate(arrays, words);
        const spikes = [...own.keys()].filter((key) => key.endsWith('.spikes'));
        // If rounding changes a spike, the rest of the window differs.
        const isSame = spikes.every((key) =>
          own.get(key)!.data.every((e, i) => e === numbersOf(arrays.get(key)!)[i]),
        ); // `arrays` has the key
        fc.pre(isSame);
        // If the loss is 0, its gradients are rounding errors.
        fc.pre(Number(arrays.get('loss')?.data[0] ?? 1) > 1e-4);
        for (const [key, { data }] of own) {
          if (!key.endsWith('.dw')) continue;
          const got = numbersOf(arrays.get(key)!); // each layer has dw
          fc.pre(got.every(Number.isFinite)); // a steep surrogate may let the gradients overflow
          const most = Math.max(...got.map(Math.abs), 1e-6);
          for (const [i, value] of got.entries())
            expect(Math.abs(Number(data[i]) - value) / most).toBeLessThan(0.01);
        }
      }),
      drawing(100),
    );
  });
});

it.each([
  ['one spike', 'spikingjelly', 'IFNode', { v_threshold: 0.7, v_reset: null }, 1],
  ['several spikes', 'sinabs', 'IAF', { spike_threshold: 0.7, min_v_mem: null }, 9],
])(
  'a potential after its threshold was subtracted is as uncertain as the threshold was rounded: %s',
  (_, framework, neuron, args, most) => {
    const surrogate = { name: framework === 'sinabs' ? 'sinabs.SingleExponential' : 'spikingjelly.ATan' };
    const ops = [
      { op: 'linear', layer: 1 },
      { op: 'neuron', layer: 1, neuron, args, surrogate },
    ];
    const θ = Math.fround(0.7);
    const column = (values: readonly number[]): AnyTensor => ({
      dtype: 'F32',
      shape: [values.length, 1, 1],
      data: Float32Array.from(values),
    });
    const steps = fc.array(fc.tuple(fc.nat(most), fc.float({ min: 0, max: 1, noNaN: true })), {
      minLength: 2,
      maxLength: 8,
    });
    fc.assert(
      fc.property(steps, (drawn) => {
        const x = drawn.map(([count, share]) => Math.fround(0.7 * count + share / 2 ** 16));
        let v = 0;
        const [spikes, mem]: number[][] = [[], []];
        for (const value of x) {
          const u = Math.fround(v + value);
          const sent = Math.min(most, Math.max(0, Math.floor(Math.fround(u / θ))));
          spikes.push(sent);
          v = Math.fround(u - Math.fround(sent * θ));
          mem.push(v);
        }
        const arrays = new Map([
          ['input', column(x)],
          ['layer1.weight', { dtype: 'F32', shape: [1, 1], data: Float32Array.of(1) } as const],
          ['layer1.spikes', column(spikes)],
          ['layer1.mem', column(mem)],
        ]);
        const { findings } = checkSurrogate(arrays, { framework, ops }).steps[0];
        // A potential exactly at the threshold is undecided.
        expect(findings.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
      }),
      drawing(200),
    );
  },
);

it.each<[string, Partial<Program>, (d: number, before: number, after: number) => number, RegExp]>([
  [
    'the leak squared, backwards alone',
    {},
    (d, before, after) => d - 0.9 * before + 0.81 * after,
    /^of the factor on ∂L\/∂u of the next step, it is (0\.81|λ of layer 3 \(= 0\.9\) × the expected)$/,
  ],
  [
    'each step doubled, of a loss of potentials',
    { loss: { name: 'ce_steps', on: 'mem' } },
    (d, before, after) => 2 * (d - 0.9 * before + 0.9 * after),
    /^of each step from the step after, it is 2 × the expected$/,
  ],
])('describes a factor from step to step that no row has: %s', (_, more, change, says) => {
  const { arrays, words } = recorded({
    ...programOf(11),
    ...leaky,
    each: [],
    dropout: 0,
    isRecurrent: false,
    surrogate: { name: 'snntorch.atan', alpha: 2 },
    records: ['mem', 'dcurrent', 'dspikes', 'dmem'],
    ...more,
  });
  const { shape, data } = arrays.get('layer3.dcurrent') as Tensor; // the program records dcurrent
  const map = data.length / shape[0];
  const d = Float64Array.from({ length: data.length }, (_each, i) => Number(data[i]));
  const wrong = d.slice();
  for (let i = d.length - 1; i >= 0; i--) wrong[i] = change(d[i], d[i + map] || 0, wrong[i + map] || 0);
  arrays.set('layer3.dcurrent', { dtype: 'F32', shape, data: Float32Array.from(wrong) });
  const { findings } = checkSurrogate(arrays, words).steps[0];
  const { description } = findings.find(({ key }) => key === 'layer3.dcurrent')!; // the array was judged
  expect(description).toMatch(says);
});

it.each<[string, readonly number[]]>([
  ['shared', [0.5, 0, 0.5, 0]],
  ['all', [1, 0, 1, 0]],
  ['last', [0, 0, 1, 0]],
])('the gradient of equal maxima of a pool: %s', (winners, shares) => {
  const [from, to] = [2, 1].map((side) => ({ channels: 1, height: side, width: side }));
  const pool = { kind: 'maxpool', size: 2, from, to, winners: winners as 'all' } as const; // `winners` is one of its values
  const o = Float64Array.of(1, 0, 1, 0);
  expect([...computeWinners(pool, { v: o }).v]).toEqual(shares);
});

it('the bounds of a maximum pool hold for all numbers within their errors', () => {
  const number = fc.record({
    value: fc.nat(3),
    error: fc.constantFrom(0, 0.5, 1),
    sign: fc.constantFrom(-1, 0, 1),
  });
  const property = fc.property(
    fc.constantFrom<Pool['winners']>(undefined, 'last', 'all', 'shared'),
    fc.array(number, { minLength: 16, maxLength: 16 }),
    (winners, numbers) => {
      const [from, to] = [4, 2].map((side) => ({ channels: 1, height: side, width: side }));
      const pool = { kind: 'maxpool', size: 2, from, to, winners } as const;
      const of = (each: (drawn: (typeof numbers)[number]) => number): Float64Array =>
        Float64Array.from(numbers, each);
      const v = of(({ value }) => value);
      const moved = { v: of(({ value, error, sign }) => value + sign * error) };
      const d = { v: Float64Array.of(1, -2, 3, 0) };
      const functions: ((o: Ball) => Ball)[] = [
        (o) => computeMaxima(pool, o),
        (o) => computeWinners(pool, o),
        (o) => computeUnpooled(pool, [d, computeWinners(pool, o)]),
      ];
      for (const f of functions) {
        expect(isWithin(f({ v, r: of(({ error }) => error) }), f(moved).v)).toBe(true);
        expect(total(f({ v, r: of(() => 0) }).r ?? [], Number)).toBe(total(f({ v }).r ?? [], Number));
      }
    },
  );
  fc.assert(property, drawing(400));
});

it('a bias arrives as late as the spikes of its layer', () => {
  const one = { channels: 1, height: 1, width: 1 };
  const synapse = { from: one, to: one, kernel: [1, 1], stride: [1, 1], padding: [0, 0] } as const;
  const [o, w, b] = [[1, 1, 1], [2], [5]].map((values) => Float64Array.from(values));
  expect([...computeCurrents(synapse, [o, w, b], { T: 3, B: 1, late: 1 })]).toEqual([0, 7, 7]);
  expect([...computedb(synapse, [Float64Array.of(1, 2, 4)], 1)]).toEqual([6]);
});

describe('what is judged in part leaves a step undecided:', () => {
  const made = recorded({
    ...programOf(11),
    ...leaky,
    isRecurrent: false,
    dropout: 0,
    loss: { name: 'ce_sum' },
  });
  const n = programOf(11).sizes.length - 1;

  it('weights that no gradient reaches', () => {
    const words = { ...made.words, unjudged: { 'fc1.weight': 'no gradient reaches it' } };
    const { verdict, steps } = checkSurrogate(made.arrays, words);
    const unjudged = { key: 'fc1.weight', why: 'no gradient reaches it', needs: [] };
    expect([verdict, steps[0].notChecked]).toEqual(['undecided', expect.arrayContaining([unjudged])]);
  });

  it('a loss of spikes that also reads potentials', () => {
    const { shape, data } = made.arrays.get(`layer${n}.spikes`) as Tensor; // the layer fires
    const dmem = { dtype: 'F32', shape, data: new Float32Array(data.length).fill(1e-9) } as const;
    const loss = { name: 'ce_sum', on: 'spikes' };
    const arrays = new Map([...made.arrays, [`layer${n}.dmem`, dmem]]);
    const { steps } = checkSurrogate(arrays, { ...made.words, loss });
    expect(steps[0].notChecked).toContainEqual(expect.objectContaining({ key: `layer${n}.dmem` }));
    expect(steps[0].findings.map(({ key }) => key)).not.toContain('loss');
  });
});

describe('what stands between two layers', () => {
  const right = { ...programOf(11), ...leaky, each: [] };
  const between = {
    ...right,
    isRecurrent: false,
    sizes: [6, 6, 6],
    surrogate: { name: 'snntorch.atan', alpha: 2 },
  };
  const changed = (
    dropout: number,
    change: (arrays: Map<string, AnyTensor>, ops: unknown[]) => void,
  ): ReturnType<typeof checkSurrogate> => {
    const { arrays, words } = recorded({ ...between, dropout });
    const ops = [...(words['ops'] as unknown[])]; // the file has a list of operations
    change(arrays, ops);
    return checkSurrogate(arrays, { ...words, ops });
  };

  it('is judged if it is a dropout, forward and back', () => {
    const answer = changed(0.5, () => {});
    expect(answer.verdict).toBe('agrees');
    expect(answer.notes).toContainEqual(expect.stringContaining('after a dropout'));
    const wrong = changed(0.5, (arrays) => {
      const { shape, data } = arrays.get('layer1.dspikes') as Tensor; // programs with a dropout record it
      arrays.set('layer1.dspikes', {
        dtype: 'F32',
        shape,
        data: Float32Array.from(data as Float32Array, (d) => d / 2),
      });
    });
    expect(wrong.verdict).toBe('differs');
    expect(wrong.steps[0].findings.find(({ verdict }) => verdict === 'differs')?.key).toBe('layer1.dspikes');
  });

  it('is said to send what it sends late', () => {
    const answer = changed(0, (arrays, ops) => {
      const { shape, data } = arrays.get('layer1.spikes') as Tensor; // the layer fires
      const size = data.length / shape[0];
      const late = Float32Array.from({ length: data.length }, (_, i) =>
        i < size ? 0 : Number(data[i - size]),
      );
      arrays.set('layer2.input', { dtype: 'F32', shape, data: late });
      ops.splice(2, 0, { op: 'unknown', name: 'roll' });
    });
    expect(JSON.stringify(answer.steps[0].notChecked)).toContain('the spikes of layer 1 moved by 1 step on');
  });

  it('leaves its gradient undecided if no equation covers it, and is not said to change what it does not', () => {
    const answer = changed(0, (arrays, ops) => {
      arrays.set('layer2.input', arrays.get('layer1.spikes')!); // the layer fires
      ops.splice(2, 0, { op: 'unknown', name: 'view_as' });
    });
    expect(answer.verdict).toBe('undecided');
    expect(answer.steps[0].notChecked).toContainEqual({
      key: 'layer1.dspikes',
      why: 'layer 2 hears layer2.input through view_as() as layer 1 sends it, and no equation here says what gradient returns from it',
      needs: [],
    });
  });
});

it.each(['spikes', 'mem'] as const)('says what an unsaid loss reads: %s', (what) => {
  const found = ([1, 2, 3, 4, 5, 6, 7, 8] as const).map(programOf).find(({ T }) => T > 4)!; // most programs have a larger T
  const program = {
    ...found,
    framework: 'spikingjelly',
    neuron: 'LIFNode',
    args: { tau: 2 },
    each: [],
    dropout: 0,
    surrogate: {
      name: 'spikingjelly.ATan',
      alpha: 2,
    },
    loss: {
      name: 'ce_sum',
      ...(what === 'mem' && { on: what }),
    },
  };
  const { arrays, words } = recorded(program);
  const n = program.sizes.length - 1;
  const { shape } = arrays.get(`layer${n}.spikes`) as Tensor; // the layer fires
  const size = shape.reduce((all, side) => all * side, 1);
  const gradient = { dtype: 'F32', shape, data: new Float32Array(size).fill(0.1) } as const;
  const ops = (words['ops'] as object[]).map((op) =>
    'neuron' in op ? { ...op, neuron: 'ParametricLIFNode' } : op,
  );
  const saidOf = (given: typeof arrays): readonly string[] =>
    checkSurrogate(given, { ...words, ops, loss: { name: 'ce_sum' } }).notes;
  const read = what === 'mem' ? 'potentials' : 'spikes';
  const shown = `the loss ce_sum reads the ${read} of the last layer, as the gradients show`;
  const notes = saidOf(new Map([...arrays, [`layer${n}.d${what}`, gradient]]));
  expect(notes).toContain(shown);
  expect(saidOf(arrays)).not.toContain(shown);
  expect(notes).toContain('layer 1 learns a constant of its neurons: its gradient is not judged');
});

const numbersOf = (tensor: AnyTensor): number[] =>
  tensor.dtype === 'STR' ? [] : Array.from(tensor.data, Number);

describe('surrogates', () => {
  it('are those that each framework computes', () => {
    for (const [name, of] of Object.entries(slopes)) {
      const { defaults, terms } = namedSurrogates[name];
      for (const θ of [1, 0.7]) {
        const own = surrogateOf(terms(defaults, θ));
        for (const y of [-2.3, -0.9, -0.31, -0.02, 0.013, 0.24, 0.77, 1.6, 3.1])
          expect(Math.abs(own(y) - of(y, defaults, θ)), `${name} at ${y}`).toBeLessThan(1e-9);
      }
    }
  });

  it('are within their bounds everywhere inside an interval, wherever they peak, turn or jump', () => {
    const names = Object.keys(namedSurrogates);
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 1.5, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (name, y, r, share) => {
          const terms = namedSurrogates[name].terms(namedSurrogates[name].defaults, 0.7);
          const of = surrogateOf(terms);
          const stage = {
            id: 's',
            stage: 's',
            n: 1,
            kind: 'point',
            reads: ['y'],
            writes: ['s'],
            wide: [0],
            turns: [turnsOf(terms)],
            f: ([values]: readonly ArrayLike<number>[]) => [Float64Array.from(values, of)],
          } as const;
          const [ball] = ballsOf(stage, [{ v: Float64Array.of(y), r: Float64Array.of(r) }]);
          const inside = of(y + share * r);
          expect(Math.abs(inside - ball.v[0])).toBeLessThanOrEqual((ball.r?.[0] ?? 0) + 1e-9);
        },
      ),
      drawing(4000),
    );
  });
});

type Made = ReturnType<typeof recorded>;

describe('mistakes', () => {
  const program = {
    ...programOf(11),
    sizes: [8, 6, 4],
    T: 8,
    B: 3,
    isRecurrent: false,
    dropout: 0,
    each: [],
  };
  const ofSnntorch = {
    ...program,
    framework: 'snntorch',
    neuron: 'Synaptic',
    args: { alpha: 0.8, beta: 0.9 },
    surrogate: { name: 'snntorch.fast_sigmoid', slope: 5 },
    records: ['mem', 'dcurrent'],
  };
  const ofSpikingjelly = {
    ...ofSnntorch,
    framework: 'spikingjelly',
    neuron: 'LIFNode',
    args: { tau: 2, v_reset: -0.2, v_threshold: 0.6 },
    surrogate: { name: 'spikingjelly.Sigmoid', alpha: 4 },
  };
  const ofSinabs = {
    ...ofSnntorch,
    framework: 'sinabs',
    neuron: 'LIF',
    args: { tau_mem: 6, spike_threshold: 0.3 },
    surrogate: { name: 'sinabs.SingleExponential', grad_width: 0.5 },
  };
  it.each<[mistake: string, number: number, own: Program, ...more: number[]]>([
    ['surrogate-steepness', 1.37, ofSnntorch],
    ['surrogate-height', 0.77, ofSnntorch],
    ['surrogate-width', 1.37, ofSpikingjelly],
    ['surrogate-steepness@2', 0.64, ofSnntorch],
    ['synapse-leak', 0.63, ofSnntorch],
    ['synapse-leak@1', 1, ofSnntorch],
    ['leak', 2 / 3, ofSpikingjelly],
    ['leak-alone', 0.62, ofSpikingjelly, 1],
    ['leak', 0.7, { ...ofSnntorch, each: ['beta'] }, 0, 0.7, 0.5, 0.9, 0.6, 0.8, 0.55, 0.75, 0.65],
    ['time-step', 1.3, ofSpikingjelly],
  ])('of a number are named with it, whatever it is: %s %d', (mistake, number, own, ...more) => {
    const { arrays, words } = recorded(own);
    const made = expectedSurrogate(arrays, words, { mistake, numbers: [number, ...more] });
    const { steps } = checkSurrogate(
      new Map([...arrays].map(([key, array]) => [key, made.get(key) ?? array])),
      words,
    );
    const found = steps[0].diagnoses.map(
      ({ explains }) => explains.find(({ id }) => id === mistake)?.numbers,
    );
    expect(found.length).toBeGreaterThan(0);
    const [at, first] = more.length > 1 ? [2, more[1]] : [0, number];
    for (const each of found) expect(each?.[at]).toBeCloseTo(first, 4);
  });

  /** Replaces some arrays of a program, and returns the names of the mistakes that the check finds. */
  const namesOf = (
    { arrays, words }: Made,
    change: (key: string, tensor: AnyTensor) => ArrayLike<number> | undefined,
  ): readonly string[] => {
    const given = [...arrays].map(([key, tensor]): [string, AnyTensor] => {
      const data = change(key, tensor);
      return [key, data ? { dtype: 'F32', shape: tensor.shape, data: Float32Array.from(data) } : tensor];
    });
    return checkSurrogate(new Map(given), words).explanations;
  };

  it('of neurons that run from the last step to the first', () => {
    const { T } = ofSpikingjelly;
    const turned = namesOf(recorded({ ...ofSpikingjelly, random: programOf(11).random }), (key, tensor) => {
      const values = numbersOf(tensor);
      const map = values.length / T;
      return tensor.shape[0] === T && !/\.d[wb]$|weight|bias/.test(key)
        ? values.map((_, i) => values[(T - 1 - Math.floor(i / map)) * map + (i % map)])
        : undefined;
    });
    expect(turned).toEqual(['time-reversed']);
  });

  it('of recurrent weights whose gradient takes the spikes of its step, in all steps', () => {
    const made = recorded({
      ...ofSnntorch,
      random: programOf(11).random,
      neuron: 'Leaky',
      args: { beta: 0.9 },
      isRecurrent: true,
    });
    const [d, e] = ['dcurrent', 'spikes'].map((what) => numbersOf(made.arrays.get(`layer1.${what}`)!)); // each is recorded
    const names = namesOf(made, (key, { shape: [n] }) =>
      key === 'layer1.drecurrent'
        ? Float64Array.from({ length: n * n }, (_, k) =>
            d.reduce(
              (sum, each, i) => (i % n === Math.floor(k / n) ? sum + each * e[i - (i % n) + (k % n)] : sum),
              0,
            ),
          )
        : undefined,
    );
    expect(names).toEqual(expect.arrayContaining([expect.stringContaining('recurrent-of-same-step')]));
  });

  it('of a recurrent current are told from a recorded current that does not include it', () => {
    const made = recorded({
      ...ofSnntorch,
      ...leaky,
      random: programOf(11).random,
      isRecurrent: true,
      hasBias: false,
    });
    const [o, W] = ['input', 'layer1.weight'].map((key) =>
      Float64Array.from(numbersOf(made.arrays.get(key)!)),
    ); // each is recorded
    const {
      T,
      B,
      sizes: [inputs, outputs],
    } = ofSnntorch;
    const put = (key: string, data: Float32Array): unknown =>
      made.arrays.set(`layer1.${key}`, { dtype: 'F32', shape: [T, B, outputs], data });
    const synapse = pointwise(placeOf(inputs), placeOf(outputs));
    const x = Float32Array.from(computeCurrents(synapse, [o, W], { T, B, late: 0 }));
    put('current', x);
    expect(checkSurrogate(made.arrays, made.words).verdict).toBe('agrees');
    // Without a recurrent current, the potentials do not follow.
    const [u, map] = [new Float32Array(x.length), x.length / T];
    for (const [i, each] of x.entries()) {
      const before = u[i - map] ?? 0;
      u[i] = 0.9 * before + each - Number(before > 1);
    }
    put('mem', u);
    put(
      'spikes',
      u.map((v) => Number(v > 1)),
    );
    expect(checkSurrogate(made.arrays, made.words).explanations).toEqual(['recurrent-missing']);
  });

  it('of a time step that makes powers of decays, as in Sinabs', () => {
    const of = (tau_mem: number, tau_syn: number): Made =>
      recorded({ ...ofSinabs, random: programOf(11).random, args: { tau_mem, tau_syn } });
    const { explanations, steps } = checkSurrogate(of(10, 4).arrays, of(13, 5.2).words);
    expect(explanations).toContain('time-step');
    const found = steps[0].diagnoses.flatMap(({ explains }) =>
      explains.filter(({ id }) => id === 'time-step'),
    );
    expect(found[0].numbers?.[0]).toBeCloseTo(1.3, 4);
  });

  it('of recurrent spikes are not described by the same spikes', () => {
    const made = recorded({ ...ofSnntorch, ...leaky, isRecurrent: true, random: programOf(11).random });
    const spikes = made.arrays.get('layer1.spikes')!; // the program records spikes
    const data = Float32Array.from(numbersOf(spikes), (e, i) => (i % 18 < 9 ? e : 0));
    const given = new Map([...made.arrays, ['layer1.spikes', { dtype: 'F32', shape: spikes.shape, data }]]);
    const { findings } = checkSurrogate(given as typeof made.arrays, made.words).steps[0];
    const said = findings.find(({ key }) => key === 'layer1.spikes')?.description;
    expect(said).toEqual(expect.not.stringContaining('come back'));
  });

  const uncut = { name: 'spikingjelly.PiecewiseQuadratic', alpha: 1 };
  /** The names of the mistakes that the check finds in a step that follows from its inputs with a mistake. */
  const namesIn = ({ arrays, words }: Made, mistake: string, numbers: number[] = []): readonly string[] => {
    const made = expectedSurrogate(arrays, words, { mistake, numbers });
    return checkSurrogate(new Map([...arrays, ...made]), words).explanations;
  };

  it.each([
    ['spikes-rounded', [], ofSinabs],
    ['state-starts', [0.4], ofSinabs],
    ['state-starts', [0], ofSpikingjelly],
    ['surrogate-not-cut', [], { ...ofSpikingjelly, surrogate: uncut }],
    ['loss-of-weighted-steps', [0, 0, 1, 1, 1, 1, 1, 1], { ...ofSnntorch, loss: { name: 'ce_steps' } }],
    ['loss-softmax-missing', [], { ...ofSnntorch, loss: { name: 'ce_steps' } }],
  ])('of all layers are named once: %s %j', (mistake, numbers, own) => {
    expect(namesIn(recorded({ ...own, random: programOf(11).random }), mistake, numbers)).toEqual([mistake]);
  });

  it.each([
    ['pool-takes-first', 'maxpool'],
    ['pool-sends-one', 'sumpool'],
    ['flattened-channels-last', 'maxpool'],
  ])('of what enters a layer are named, forward and back: %s of a %s', (mistake, kind) => {
    const { random } = programOf(11);
    const drawn = (length: number, ...shape: number[]): AnyTensor => ({
      dtype: 'F32',
      shape,
      data: Float32Array.from({ length }, () => random() - 0.3),
    });
    const arrays = new Map<string, AnyTensor>([
      ['input', drawn(1296, 6, 3, 2, 6, 6)],
      ['layer1.weight', drawn(54, 3, 2, 3, 3)],
      ['layer2.weight', drawn(108, 4, 27)],
      ['label', { dtype: 'I32', shape: [3], data: Int32Array.of(0, 1, 3) }],
    ]);
    const neuron = (layer: number) => ({
      op: 'neuron',
      layer,
      ...leaky,
      surrogate: { name: 'snntorch.atan' },
    });
    const pools = [{ op: kind, size: 2 }, { op: 'flatten' }];
    const conv = { op: 'conv', layer: 1, padding: 1 };
    const ops = [conv, neuron(1), ...pools, { op: 'linear', layer: 2 }, neuron(2)];
    expect(namesIn({ arrays, words: { ops, loss: { name: 'ce_sum' } } }, mistake)).toEqual([mistake]);
  });

  it('of a potential that the surrogate takes plus 1, and not plus θ', () => {
    const made = recorded({ ...ofSpikingjelly, args: { tau: 2, v_reset: null, v_threshold: 0.6 } });
    const { arrays, model } = openStep(made.arrays, made.words, 'mine.npz');
    const row = mistakesOf(model).find(({ id }) => id === 'surrogate-adds-one')!; // the catalogue has it
    const there = ballsOfArrays(new Map([...arrays].filter(([key]) => !key.endsWith('dcurrent'))));
    const run = new Replay(planted(bySurrogates, row, model)!, there); // it concerns the step
    const names = namesOf(made, (key) => (key.endsWith('dcurrent') ? run.find(key)?.v : undefined));
    expect(names).toContain('surrogate-adds-one');
  });

  it.each([
    ['recurrent-not-to-itself', { ...ofSnntorch, ...leaky, isRecurrent: true, lacksSelf: true }],
    ['states-exchanged', { ...ofSnntorch, isExchanged: true }],
    ['reset-passes-gradient', { ...ofSpikingjelly, args: { v_threshold: 0.15 }, passesReset: true }],
    ['synapse-leak-backward', { ...ofSnntorch, decaysByBeta: true }],
    ['gradient-kept', { ...ofSnntorch, isRecurrent: true, keepsGradient: true }],
  ])('of all that a program does are named alone: %s', (mistake, own) => {
    expect(namesOf(recorded({ ...own, random: programOf(11).random }), () => undefined)).toEqual([mistake]);
  });

  it.each([
    ['state-kept@1', ofSnntorch],
    ['state-kept@1', ofSpikingjelly],
    ['gradient-kept@1', ofSnntorch],
  ])('of what the step before left are named: %s', (mistake, own) => {
    const { arrays, words } = recorded(own);
    const map = arrays.get('layer1.mem')!.data.length / arrays.get('layer1.mem')!.shape[0]; // the program records mem
    const numbers = Array.from(
      { length: own === ofSpikingjelly ? map : 2 * map },
      (_, k) => 0.3 + 0.05 * (k % 7),
    );
    expect(namesIn({ arrays, words }, mistake, numbers)).toEqual([mistake]);
  });

  it('of labels are not named for a loss whose gradient they do not make', () => {
    const { arrays, words } = recorded({ ...ofSnntorch, loss: { name: 'ce_sum' } });
    const made = expectedSurrogate(arrays, words, { mistake: 'label-plus-one' });
    const namesWith = (gradient: (data: Float32Array) => Float32Array): unknown => {
      const { shape, data } = made.get('layer2.dspikes')!; // each step has dspikes
      const dspikes = { dtype: 'F32', shape, data: gradient(data as Float32Array) } as const; // the array is F32
      const given = new Map([
        ...arrays,
        ['loss', made.get('loss')!] as const,
        ['layer2.dspikes', dspikes] as const,
      ]); // each step has a loss
      return checkSurrogate(given, words).steps[0].findings.find(({ key }) => key === 'loss')?.explanations;
    };
    expect(namesWith((data) => data)).toContain('label-plus-one');
    expect(namesWith((data) => data.map((d, i) => d * (1 + (i % 3))))).toEqual([]);
  });

  it('of a loss are those that explain its gradient and its value', () => {
    const args = { alpha: 0.8, beta: 0.9, threshold: 50 };
    const { arrays, words } = recorded({ ...ofSnntorch, args, loss: { name: 'mse_mean' } });
    const made = expectedSurrogate(arrays, words, { mistake: 'loss-targets', numbers: [0.5, 0] });
    const given = ['loss', 'layer2.dspikes'].map((key) => [key, made.get(key)!] as const); // each step has them
    const { diagnoses } = checkSurrogate(new Map([...arrays, ...given]), words).steps[0];
    const named = diagnoses.slice(0, 2).map(({ explains }) => explains.map(({ id }) => id));
    expect(named).toEqual([['loss-targets'], ['loss-targets']]);
  });

  describe('are not named where other arrays contradict them', () => {
    const { arrays, words } = recorded({
      ...ofSnntorch,
      records: ['mem', 'dcurrent', 'dspikes'],
      loss: { name: 'ce_sum' },
    });
    const withChanged = (key: string, change: (v: number, i: number, all: Float64Array) => number) => {
      const { shape, data } = arrays.get(key) as Tensor; // the program records these arrays
      const all = Float64Array.from({ length: data.length }, (_, i) => Number(data[i]));
      const changed = {
        dtype: 'F32',
        shape,
        data: Float32Array.from(all, (v, i) => change(v, i, all)),
      } as const;
      const { explanations, steps } = checkSurrogate(new Map([...arrays, [key, changed]]), words);
      return { explanations, said: steps[0].findings.map(({ description = '' }) => description).join('; ') };
    };
    const map = 8 * 3;

    it('an input of the first step, which is no state left over', () => {
      const { explanations, said } = withChanged('input', (v, i) => (i < map ? v + 1 : v));
      expect(explanations).toEqual([]);
      expect(said).toContain('in step 0');
    });

    it('an input that is scaled before the neurons, and not the loss', () => {
      const { explanations } = withChanged('input', (v) => v / 1.7);
      expect(explanations).toEqual(['input-scaled@1']);
    });

    it('a loss whose gradients are right', () => {
      const { explanations, said } = withChanged('loss', (v) => 1.153 * v);
      expect([explanations, said]).toEqual([[], expect.stringContaining('1.153 × the expected')]);
    });

    it('an input of which the signs are taken', () => {
      const { said } = withChanged('input', (v, i) => (v > 0 ? 0.3 + 0.1 * (i % 5) : -0.2 * (i % 3)));
      expect(said).toContain('made of (input > 0)');
    });

    it('constants of neurons in a loss', () => {
      expect(withChanged('loss', (v) => 0.9 * v).said).toMatch(/, 0\.9 × the expected;/);
    });

    it('weights of which each input has a factor', () => {
      const { said } = withChanged('layer1.weight', (v, i) => v / (1 + (i % 8)));
      expect(said).toContain('with a factor of its own for each input of layer1.weight');
    });
  });

  it('a gradient of zeros is not one of few bits', () => {
    expect(runWrong(1000657)).toMatchObject({ planted: 'zero layer3.dw', verdict: 'differs', names: [] });
  });

  it.each([
    [9121507, 'surrogate=norse.super'],
    [9122571, 'surrogate=snntorch.fast_sigmoid'],
    [9122898, 'surrogate=snntorch.sigmoid@3'],
  ])('tiny gradients are no fitted row that gives 0: seed %i', (seed, only) => {
    expect(runWrong(seed, only)).toMatchObject({ planted: only, verdict: 'differs', untrue: [] });
  });

  it('have ids of their own, and a sentence each', () => {
    const { arrays, words } = recorded({ ...programOf(7), sizes: [4, 4, 4] });
    const all = surrogateMistakes(arrays, words);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { says } of all) expect(says).toMatch(/^[A-Z].*\.$/);
  });
});

describe('of a layer that is covered in part, the rest is judged', () => {
  /** A step of one layer with two LIFNode neurons, their currents `heard` and potentials `mem`. */
  function leakyOf(heard: readonly (readonly number[])[], args: object, mem: readonly (readonly number[])[]) {
    const column = (rows: readonly (readonly number[])[]): AnyTensor => ({
      dtype: 'F32',
      shape: [rows.length, 1, rows[0].length],
      data: Float32Array.from(rows.flat()),
    });
    const weight = { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } as const;
    const arrays = new Map<string, AnyTensor>([
      ['input', column(heard.map(() => [1, 0, 1]))],
      ['layer1.weight', weight],
      ['layer1.current', column(heard)],
      ['layer1.mem', column(mem)],
    ]);
    const ops = [
      { op: 'linear', layer: 1 },
      { op: 'unknown', name: 'batch_norm' },
      { op: 'neuron', layer: 1, neuron: 'LIFNode', args, surrogate: { name: 'spikingjelly.ATan' } },
    ];
    return { arrays, words: { framework: 'spikingjelly', ops } };
  }
  const heard = [
    [1, 0.5],
    [0.5, 0.25],
  ];

  it('neurons that hear something else than the currents of their weights, whose gradient is not judged', () => {
    const right = leakyOf(heard, {}, [
      [0.5, 0.25],
      [0.5, 0.25],
    ]);
    const answer = checkSurrogate(right.arrays, right.words, 'mine.npz');
    expect(answer.verdict).toBe('undecided');
    expect(answer.steps[0].notChecked).toContainEqual(expect.objectContaining({ key: 'layer1.dw' }));
    const wrong = leakyOf(heard, {}, [
      [0.5, 0.25],
      [0.5, 0.3],
    ]);
    expect(checkSurrogate(wrong.arrays, wrong.words, 'mine.npz').verdict).toBe('differs');
  });

  it('neurons with an infinite threshold, which never fire', () => {
    const args = { v_threshold: 'Infinity', decay_input: false };
    const { arrays, words } = leakyOf(heard, args, [
      [1, 0.5],
      [1, 0.5],
    ]);
    const { steps, as } = checkSurrogate(arrays, words, 'mine.npz');
    expect(steps[0].findings.map(({ key, verdict }) => [key, verdict])).toEqual([['layer1.mem', 'agrees']]);
    expect(as).toContain('v_threshold Infinity');
  });

  it('one recurrent weight for all neurons, whose gradient is not judged', () => {
    const made = recorded({
      ...programOf(11),
      ...leaky,
      isRecurrent: false,
    });
    const one = { dtype: 'F32', shape: [], data: Float32Array.of(0) } as const;
    const arrays = new Map([...made.arrays, ['layer1.recurrent', one], ['layer1.drecurrent', one]]);
    const { verdict, steps } = checkSurrogate(arrays, made.words, 'mine.npz');
    expect(verdict).toBe('undecided');
    expect(steps[0]).toMatchObject({ misspelt: [], unknown: [] });
    expect(steps[0].notChecked).toContainEqual(expect.objectContaining({ key: 'layer1.drecurrent' }));
  });

  it('layers that are called in another order than they feed each other', () => {
    const { arrays, words } = recorded({ ...programOf(11), ...leaky, sizes: [6, 6, 4], isRecurrent: false });
    const { shape, data } = arrays.get('layer1.spikes') as Tensor; // the program records spikes
    const zeros = new Float32Array(data.length / shape[0]);
    const late = Float32Array.from([...zeros, ...Float32Array.from(data as Float32Array)]).slice(
      0,
      data.length,
    );
    arrays.set('input', { dtype: 'F32', shape, data: late });
    const other = [shape[0], shape[1], 10];
    arrays.set('layer2.input', {
      dtype: 'F32',
      shape: other,
      data: new Float32Array(10 * shape[0] * shape[1]),
    });
    arrays.set('layer2.weight', { dtype: 'F32', shape: [4, 10], data: new Float32Array(40) });
    arrays.delete('layer2.dw');
    const { notes } = checkSurrogate(arrays, words, 'mine.npz');
    expect(notes).toContain('layer 1 hears the spikes of layer 1 of the step before');
  });

  it('no more of them than an identity has room for', () => {
    const { arrays, words } = leakyOf(heard, {}, heard);
    arrays.set('layer1.current', { dtype: 'F32', shape: [1, 1, 5000], data: new Float32Array(5000) });
    expect(() => checkSurrogate(arrays, words, 'mine.npz')).toThrow(/layer1\.current: channels/);
  });
});

it('labels for each step, and not for each sample, are refused with a hint', () => {
  const { arrays, words } = recorded({ ...programOf(11), ...leaky, T: 5, B: 3 });
  arrays.set('label', { dtype: 'I32', shape: [5], data: Int32Array.of(0, 0, 0, 0, 0) });
  expect(() => checkSurrogate(arrays, words, 'mine.npz')).toThrow(/steps and samples may be exchanged/);
});

describe('files that describe what nobody can judge are refused in one line', () => {
  const step = recorded({
    ...programOf(11),
    ...leaky,
    isRecurrent: false,
  });
  const neuron = {
    op: 'neuron',
    layer: 1,
    neuron: 'Leaky',
    args: { beta: 0.9 },
    surrogate: { name: 'snntorch.atan' },
  };
  const linear = { op: 'linear', layer: 1 };

  it.each<[string, unknown, RegExp]>([
    ['a class', [linear, { ...neuron, neuron: 'Alpha' }], /"neuron" expected one of .*got snntorch\.Alpha/],
    [
      'an argument',
      [linear, { ...neuron, args: { beta: 0.9, treshold: 1 } }],
      /got treshold; did you mean threshold/,
    ],
    [
      'an argument of another type',
      [linear, { ...neuron, args: { beta: 'high' } }],
      /"beta" expected a number/,
    ],
    ['a missing argument', [linear, { ...neuron, args: {} }], /expected finite beta/],
    [
      'graded spikes',
      [linear, { ...neuron, args: { beta: 0.9, graded_spikes_factor: 2 } }],
      /it is not judged/,
    ],
    [
      'a surrogate',
      [linear, { ...neuron, surrogate: { name: 'snntorch.atn' } }],
      /did you mean snntorch\.atan/,
    ],
    ['an operation', [{ op: 'attention' }], /got attention/],
    ['a neuron without weights', [neuron], /a linear or conv before each neuron/],
    ['no operations', 'linear', /expected a list/],
    ['no neuron', [], /at least one neuron/],
    [
      'a second forward pass',
      [{ op: 'unknown', name: 'a second forward pass' }, linear, neuron],
      /got a second forward pass; it is not judged/,
    ],
    ['an infinite leak', [linear, { ...neuron, args: { beta: 'Infinity' } }], /"beta" expected a number/],
  ])('%s', (_, ops, said) => {
    expect(() => checkSurrogate(step.arrays, { ...step.words, ops }, 'mine.npz')).toThrow(said);
  });

  it('whatever is changed, an error is one line of what was expected', () => {
    const junk = fc.oneof(fc.constantFrom(null, 0, -1, 1e9, '', 'x', [], {}, NaN, true), fc.string());
    fc.assert(
      fc.property(
        fc.constantFrom('framework', 'ops', 'loss'),
        fc.nat(6),
        fc.string(),
        junk,
        (where, k, name, value) => {
          const words = structuredClone(step.words) as Record<string, unknown>;
          const ops = words['ops'] as Record<string, unknown>[]; // the file has a list of operations
          if (where === 'ops') {
            const op = ops[k % ops.length];
            const keys = Object.keys(op);
            op[keys[k % keys.length] ?? name] = value;
          } else words[where] = value;
          try {
            checkSurrogate(step.arrays, words, 'mine.npz');
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
            expect(String(error)).not.toContain('\n');
          }
        },
      ),
      drawing(300),
    );
  });
});
