/** Tests of the check of steps by surrogate gradients: programs on a tape, bounds of surrogates, and refused files. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namedSurrogates, surrogateOf, turnsOf } from '../../../spec/surrogateForms.ts';
import { ballsOf, type Ball } from '../../../src/engine/stage.ts';
import { InputError } from '../../../src/errors.ts';
import {
  checkSurrogate,
  expectedSurrogate,
  surrogateMistakes,
  type CheckAnswer,
} from '../../../src/oracle.ts';
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
import { law } from '../../spec/support.ts';
import { drawing } from '../../support.ts';
import { total } from '../../../src/engine/rounding.ts';
import { isWithin } from '../../../src/oracle/judge.ts';
import { checkSurrogateStep, withParts } from '../../../src/oracle/surrogate/check.ts';
import { openStep } from '../../../src/oracle/surrogate/file.ts';
import { runRight, runWrong } from './campaign.ts';
import { programOf } from './draws.ts';
import { f32, numbersOf, recorded, type Program } from './program.ts';

/** Neurons of snnTorch as most users configure them. */
const leaky = { framework: 'snntorch', neuron: 'Leaky', args: { beta: 0.9 } };

type Made = ReturnType<typeof recorded>;
type Change = (v: number, i: number, all: readonly number[]) => number;

/** A step of a small program: 8 steps of one sample, without recurrent weights or dropout. */
const stepOf = (more: Partial<Program> = {}): Made => recorded({ ...programOf(11), ...more });

/** A step in which some arrays have other numbers. */
function altered({ arrays, words }: Made, changes: Readonly<Record<string, Change>>): Made {
  const others = Object.entries(changes).map(([key, change]) => {
    const right = arrays.get(key)!; // the step has the array
    return [key, f32(right.shape, numbersOf(right).map(change))] as const;
  });
  return { arrays: new Map([...arrays, ...others]), words };
}

const judged = ({ arrays, words }: Made): CheckAnswer => checkSurrogate(arrays, words, 'mine.npz');
const findingOn = (made: Made, key: string) =>
  judged(made).steps[0].findings.find((each) => each.key === key)!; // the array was judged

const anySeed = fc.integer({ min: 0, max: 2 ** 30 });

describe('a program on a tape', () => {
  law('is not called wrong where it is right', anySeed, 400, (seed) => {
    const run = runRight(seed);
    expect(run?.verdict, run?.note).not.toBe('differs');
  });

  law('is not acquitted where it is wrong', anySeed, 60, (seed) => {
    const run = runWrong(seed);
    expect(run?.verdict, run?.note).not.toBe('agrees');
  });

  it('is judged a few samples at a time as at once', () => {
    const property = fc.property(anySeed, fc.option(fc.nat(), { nil: undefined }), (seed, wrong) => {
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
        // Bounds, and whether tiny numbers are decided, depend on the other samples that are judged with them.
        findings.map(({ key: at, verdict, compared }) => [at, verdict === 'differs', compared]),
        lacking,
      ]);
      expect(parts).toEqual(whole);
    });
    fc.assert(property, {
      ...drawing(60),
      examples: [
        [243092177, undefined],
        [1073741820, 893358315],
      ],
    });
  });

  law('makes in binary64 the gradients that the equation makes', anySeed, 100, (seed) => {
    const program = { ...programOf(seed), isRecurrent: false, dropout: 0 };
    const { arrays, words } = recorded({ ...program, isFused: false, round: Math.fround });
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
    const column = (values: readonly number[]): Tensor => f32([values.length, 1, 1], values);
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
          ['layer1.weight', f32([1, 1], [1])],
          ['layer1.spikes', column(spikes)],
          ['layer1.mem', column(mem)],
        ]);
        const { findings } = judged({ arrays, words: { framework, ops } }).steps[0];
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
  const made = stepOf({
    ...leaky,
    surrogate: { name: 'snntorch.atan', alpha: 2 },
    records: ['mem', 'dcurrent', 'dspikes', 'dmem'],
    ...more,
  });
  const { shape, data } = made.arrays.get('layer3.dcurrent')!; // the program records dcurrent
  const map = data.length / shape[0];
  const wrong = numbersOf(made.arrays.get('layer3.dcurrent')!);
  const d = wrong.slice();
  for (let i = d.length - 1; i >= 0; i--) wrong[i] = change(d[i], d[i + map] || 0, wrong[i + map] || 0);
  const { description } = findingOn(
    altered(made, { 'layer3.dcurrent': (_v, i) => wrong[i] }),
    'layer3.dcurrent',
  );
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

const number = fc.record({
  value: fc.nat(3),
  error: fc.constantFrom(0, 0.5, 1),
  sign: fc.constantFrom(-1, 0, 1),
});
const maxima = fc.tuple(
  fc.constantFrom<Pool['winners']>(undefined, 'last', 'all', 'shared'),
  fc.array(number, { minLength: 16, maxLength: 16 }),
);
law(
  'the bounds of a maximum pool hold for all numbers within their errors',
  maxima,
  400,
  ([winners, numbers]) => {
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

it('a bias arrives as late as the spikes of its layer', () => {
  const one = { channels: 1, height: 1, width: 1 };
  const synapse = { from: one, to: one, kernel: [1, 1], stride: [1, 1], padding: [0, 0] } as const;
  const [o, w, b] = [[1, 1, 1], [2], [5]].map((values) => Float64Array.from(values));
  expect([...computeCurrents(synapse, [o, w, b], { T: 3, B: 1, late: 1 })]).toEqual([0, 7, 7]);
  expect([...computedb(synapse, [Float64Array.of(1, 2, 4)], 1)]).toEqual([6]);
});

describe('what is judged in part leaves a step undecided:', () => {
  const made = stepOf({ ...leaky, loss: { name: 'ce_sum' } });

  it('weights that no gradient reaches', () => {
    const unjudged = { 'fc1.weight': 'no gradient reaches it' };
    const { verdict, steps } = judged({ ...made, words: { ...made.words, unjudged } });
    const told = { key: 'fc1.weight', why: 'no gradient reaches it', needs: [] };
    expect([verdict, steps[0].notChecked]).toEqual(['undecided', expect.arrayContaining([told])]);
  });

  it('a loss of spikes that also reads potentials', () => {
    const spikes = made.arrays.get('layer3.spikes')!; // the layer fires
    const arrays = new Map(made.arrays).set('layer3.dmem', f32(spikes.shape, numbersOf(spikes).fill(1e-9)));
    const { steps } = judged({ arrays, words: { ...made.words, loss: { name: 'ce_sum', on: 'spikes' } } });
    expect(steps[0].notChecked).toContainEqual(expect.objectContaining({ key: 'layer3.dmem' }));
    expect(steps[0].findings.map(({ key }) => key)).not.toContain('loss');
  });
});

describe('what stands between two layers', () => {
  const size = 6;
  const between = { ...leaky, sizes: [6, size, 6], B: 3, surrogate: { name: 'snntorch.atan', alpha: 2 } };

  /** A step in which an operation makes the input of layer 2 from the spikes of layer 1. */
  function through(name: string, change: Change): Made {
    const { arrays, words } = stepOf(between);
    const spikes = arrays.get('layer1.spikes')!; // the layer fires
    const ops = [...(words['ops'] as unknown[])]; // the file has a list of operations
    ops.splice(2, 0, { op: 'unknown', name });
    const heard = f32(spikes.shape, numbersOf(spikes).map(change));
    return { arrays: new Map(arrays).set('layer2.input', heard), words: { ...words, ops } };
  }

  it('is judged if it is a dropout, forward and back', () => {
    const made = stepOf({ ...between, dropout: 0.5 });
    const { verdict, notes } = judged(made);
    expect(verdict).toBe('agrees');
    expect(notes).toContainEqual(expect.stringContaining('after a dropout'));
    const wrong = judged(altered(made, { 'layer1.dspikes': (d) => d / 2 })); // programs with a dropout record it
    expect(wrong.verdict).toBe('differs');
    expect(wrong.steps[0].findings.find((each) => each.verdict === 'differs')?.key).toBe('layer1.dspikes');
  });

  it('is said to send what it sends late', () => {
    const answer = judged(through('roll', (_, i, all) => all[i - 3 * size] ?? 0));
    expect(JSON.stringify(answer.steps[0].notChecked)).toContain('the spikes of layer 1 moved by 1 step on');
  });

  it('leaves its gradient undecided if no equation covers it, and is not said to change what it does not', () => {
    const answer = judged(through('view_as', (e) => e));
    expect(answer.verdict).toBe('undecided');
    expect(answer.steps[0].notChecked).toContainEqual({
      key: 'layer1.dspikes',
      why: 'layer 2 hears layer2.input through view_as() as layer 1 sends it, and no equation here says what gradient returns from it',
      needs: [],
    });
  });
});

it.each(['spikes', 'mem'] as const)('says what an unsaid loss reads: %s', (what) => {
  const { arrays, words } = stepOf({
    framework: 'spikingjelly',
    neuron: 'LIFNode',
    args: { tau: 2 },
    surrogate: { name: 'spikingjelly.ATan', alpha: 2 },
    loss: { name: 'ce_sum', ...(what === 'mem' && { on: what }) },
  });
  const spikes = arrays.get('layer3.spikes')!; // the layer fires
  const gradient = f32(spikes.shape, numbersOf(spikes).fill(0.1));
  const ops = (words['ops'] as object[]).map((op) =>
    'neuron' in op ? { ...op, neuron: 'ParametricLIFNode' } : op,
  );
  const saidOf = (given: typeof arrays): readonly string[] =>
    judged({ arrays: given, words: { ...words, ops, loss: { name: 'ce_sum' } } }).notes;
  const read = what === 'mem' ? 'potentials' : 'spikes';
  const shown = `the loss ce_sum reads the ${read} of the last layer, as the gradients show`;
  const notes = saidOf(new Map(arrays).set(`layer3.d${what}`, gradient));
  expect(notes).toContain(shown);
  expect(saidOf(arrays)).not.toContain(shown);
  expect(notes).toContain('layer 1 learns a constant of its neurons: its gradient is not judged');
});

it('a description may answer choices in place of the class, as of the neuron of STBP', () => {
  const args = { beta: 0.5, threshold: 0.5, reset_mechanism: 'zero' };
  const made = stepOf({ ...leaky, args, passesReset: true });
  const saidAs = (said: object): CheckAnswer => {
    const ops = (made.words['ops'] as object[]).map((op) =>
      'neuron' in op ? { ...op, args: { ...args, ...said } } : op,
    );
    return judged({ ...made, words: { ...made.words, ops } });
  };
  expect(saidAs({}).explanations).toContain('resetGradient=flows');
  const { verdict, as } = saidAs({ resetGradient: 'flows' });
  expect([verdict, as]).toEqual(['agrees', expect.stringContaining('resetGradient flows')]);
  expect(() => saidAs({ resetGradient: 'flow' })).toThrow('expected one of flows, detached, half, got flow');
});

describe('surrogates', () => {
  const points = fc.record({
    name: fc.constantFrom(...Object.keys(namedSurrogates)),
    y: fc.double({ min: -3, max: 3, noNaN: true }),
    r: fc.double({ min: 0, max: 1.5, noNaN: true }),
    share: fc.double({ min: -1, max: 1, noNaN: true }),
  });
  law(
    'are within their bounds everywhere inside an interval, wherever they peak, turn or jump',
    points,
    4000,
    ({ name, y, r, share }) => {
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
      expect(Math.abs(of(y + share * r) - ball.v[0])).toBeLessThanOrEqual((ball.r?.[0] ?? 0) + 1e-9);
    },
  );
});

describe('mistakes', () => {
  const [T, B, n] = [8, 3, 6];
  const synaptic = {
    framework: 'snntorch',
    neuron: 'Synaptic',
    args: { alpha: 0.8, beta: 0.9 },
    sizes: [8, n, 4],
    B,
    surrogate: { name: 'snntorch.fast_sigmoid', slope: 5 },
    records: ['mem', 'dcurrent'],
  };
  const recurrent = { ...synaptic, ...leaky, isRecurrent: true };
  const lif = {
    ...synaptic,
    framework: 'spikingjelly',
    neuron: 'LIFNode',
    args: { tau: 2, v_reset: -0.2, v_threshold: 0.6 },
    surrogate: { name: 'spikingjelly.Sigmoid', alpha: 4 },
  };
  const ofSinabs = {
    ...synaptic,
    framework: 'sinabs',
    neuron: 'LIF',
    args: { tau_mem: 6, spike_threshold: 0.3 },
    surrogate: { name: 'sinabs.SingleExponential', grad_width: 0.5 },
  };
  const eachStep = { ...synaptic, loss: { name: 'ce_steps' } };

  /** A step whose arrays, or some of them, follow from its inputs with a mistake. */
  function planted(
    { arrays, words }: Made,
    mistake: string,
    numbers: readonly number[] = [],
    some = /./,
  ): Made {
    const wrong = expectedSurrogate(arrays, words, { mistake, numbers });
    return { arrays: new Map([...arrays, ...[...wrong].filter(([key]) => some.test(key))]), words };
  }
  const namesIn = (made: Made): readonly string[] => judged(made).explanations;

  it.each<[mistake: string, own: Partial<Program>, numbers: number[], place?: number]>([
    ['surrogate-steepness', synaptic, [1.37]],
    ['surrogate-height', synaptic, [0.77]],
    ['surrogate-width', lif, [1.37]],
    ['surrogate-steepness@2', synaptic, [0.64]],
    ['synapse-leak', synaptic, [0.63]],
    ['synapse-leak@1', synaptic, [1]],
    ['leak', lif, [2 / 3]],
    ['leak-alone', lif, [0.62, 1]],
    ['leak', { ...synaptic, each: ['beta'] }, [0.7, 0, 0.7, 0.5, 0.9, 0.6, 0.8, 0.55, 0.75, 0.65], 2],
    ['time-step', lif, [1.3]],
  ])('of a number are named with it, whatever it is: %s', (mistake, own, numbers, place = 0) => {
    const { diagnoses } = judged(planted(stepOf(own), mistake, numbers)).steps[0];
    expect(diagnoses.length).toBeGreaterThan(0);
    for (const { explains } of diagnoses)
      expect(explains.find(({ id }) => id === mistake)?.numbers?.[place]).toBeCloseTo(numbers[place], 4);
  });

  it('of neurons that run from the last step to the first', () => {
    const made = stepOf(lif);
    const windows = [...made.arrays].filter(([, { shape }]) => shape[0] === T);
    const turned: Change = (_, i, all) => {
      const map = all.length / T;
      return all[(T - 1 - Math.floor(i / map)) * map + (i % map)];
    };
    const others = Object.fromEntries(windows.map(([key]) => [key, turned]));
    expect(namesIn(altered(made, others))).toEqual(['time-reversed']);
  });

  it('of recurrent weights whose gradient takes the spikes of its step, in all steps', () => {
    const made = stepOf(recurrent);
    const [d, e] = ['dcurrent', 'spikes'].map((what) => numbersOf(made.arrays.get(`layer1.${what}`)!)); // each is recorded
    const sameStep: Change = (_, k) =>
      total(d, (each, i) => (i % n === Math.floor(k / n) ? each * e[i - (i % n) + (k % n)] : 0));
    const names = namesIn(altered(made, { 'layer1.drecurrent': sameStep }));
    expect(names).toEqual(expect.arrayContaining([expect.stringContaining('recurrent-of-same-step')]));
  });

  it('of a recurrent current are told from a recorded current that does not include it', () => {
    const made = stepOf(recurrent);
    const [o, W] = ['input', 'layer1.weight'].map((key) =>
      Float64Array.from(numbersOf(made.arrays.get(key)!)),
    ); // each is recorded
    const put = (what: string, data: ArrayLike<number>): unknown =>
      made.arrays.set(`layer1.${what}`, f32([T, B, n], data));
    const x = Float32Array.from(
      computeCurrents(pointwise(placeOf(8), placeOf(n)), [o, W], { T, B, late: 0 }),
    );
    put('current', x);
    expect(judged(made).verdict).toBe('agrees');
    // Without a recurrent current, the potentials do not follow.
    const u = new Float32Array(x.length);
    for (const [i, each] of x.entries()) {
      const before = u[i - B * n] ?? 0;
      u[i] = 0.9 * before + each - Number(before > 1);
    }
    put('mem', u);
    put(
      'spikes',
      u.map((v) => Number(v > 1)),
    );
    expect(namesIn(made)).toEqual(['recurrent-missing']);
  });

  it('of a time step that makes powers of decays, as in Sinabs', () => {
    const of = (tau_mem: number, tau_syn: number): Made =>
      stepOf({ ...ofSinabs, args: { tau_mem, tau_syn } });
    const { explanations, steps } = judged({ ...of(10, 4), words: of(13, 5.2).words });
    expect(explanations).toContain('time-step');
    const found = steps[0].diagnoses.flatMap(({ explains }) =>
      explains.filter(({ id }) => id === 'time-step'),
    );
    expect(found[0].numbers?.[0]).toBeCloseTo(1.3, 4);
  });

  it('of recurrent spikes are not described by the same spikes', () => {
    const wrong = altered(stepOf(recurrent), { 'layer1.spikes': (e, i) => (i % 18 < 9 ? e : 0) });
    const { description } = findingOn(wrong, 'layer1.spikes');
    expect(description).toEqual(expect.not.stringContaining('come back'));
  });

  /** A step of a convolution, a pool of this kind, and a linear layer. */
  function pooled(kind: string): Made {
    const { random } = programOf(11);
    const drawn = (length: number, ...shape: number[]): Tensor =>
      f32(
        shape,
        Array.from({ length }, () => random() - 0.3),
      );
    const arrays = new Map<string, AnyTensor>([
      ['input', drawn(1296, 6, 3, 2, 6, 6)],
      ['layer1.weight', drawn(54, 3, 2, 3, 3)],
      ['layer2.weight', drawn(108, 4, 27)],
      ['label', f32([3], [0, 1, 3])],
    ]);
    const surrogate = { name: 'snntorch.atan' };
    const neuron = (layer: number) => ({ op: 'neuron', layer, ...leaky, surrogate });
    const pools = [{ op: kind, size: 2 }, { op: 'flatten' }];
    const conv = { op: 'conv', layer: 1, padding: 1 };
    const ops = [conv, neuron(1), ...pools, { op: 'linear', layer: 2 }, neuron(2)];
    return { arrays, words: { ops, loss: { name: 'ce_sum' } } };
  }

  /** What the step before left in each neuron of layer 1. */
  const left = (length: number): number[] => Array.from({ length }, (_, k) => 0.3 + 0.05 * (k % 7));
  const uncut = { name: 'spikingjelly.PiecewiseQuadratic', alpha: 1 };
  const zeroed = { alpha: 0.8, beta: 0.9, reset_mechanism: 'zero' };

  it.each<[mistake: string, own: Made, numbers?: number[]]>([
    ['spikes-rounded', stepOf(ofSinabs)],
    ['synapse-reset', stepOf(synaptic), [1]],
    ['state-starts', stepOf(ofSinabs), [0.4]],
    ['state-starts', stepOf(lif), [0]],
    ['surrogate-not-cut', stepOf({ ...lif, surrogate: uncut })],
    ['loss-of-weighted-steps', stepOf(eachStep), [0, 0, 1, 1, 1, 1, 1, 1]],
    ['loss-softmax-missing', stepOf(eachStep)],
    ['state-dropped', stepOf(lif), [3]],
    ['state-dropped', stepOf(synaptic), [3, 1]],
    ['leaks-exchanged-backward', stepOf({ ...synaptic, args: zeroed })],
    ['pool-takes-first', pooled('maxpool')],
    ['pool-spread-out', pooled('avgpool')],
    ['pool-sends-one', pooled('sumpool')],
    ['padding-not-zero', pooled('maxpool'), [3]],
    ['state-kept@1', stepOf(synaptic), left(2 * B * n)],
    ['state-kept@1', stepOf(lif), left(B * n)],
    ['gradient-kept@1', stepOf(synaptic), left(2 * B * n)],
  ])('of all that follows are named alone: %s', (mistake, own, numbers) => {
    expect(namesIn(planted(own, mistake, numbers))).toEqual([mistake]);
  });

  it.each<[mistake: string, own: Partial<Program>]>([
    ['recurrent-not-to-itself', { ...recurrent, lacksSelf: true }],
    ['states-exchanged', { ...synaptic, isExchanged: true }],
    ['surrogate-adds-one', { ...lif, args: { v_reset: null, v_threshold: 0.6 }, addsOne: true }],
    ['reset-passes-gradient', { ...lif, args: { v_threshold: 0.15 }, passesReset: true }],
    ['synapse-leak-backward', { ...synaptic, decaysByBeta: true }],
    ['time-cut', { ...recurrent, isCut: true }],
    ['gradient-kept', { ...synaptic, isRecurrent: true, keepsGradient: true }],
  ])('of all that a program does are named alone: %s', (mistake, own) => {
    expect(namesIn(stepOf(own))).toEqual([mistake]);
  });

  it('of labels are not named for a loss whose gradient they do not make', () => {
    const made = stepOf({ ...synaptic, loss: { name: 'ce_sum' } });
    const wrong = planted(made, 'label-plus-one', [], /^loss$|layer2\.dspikes/);
    expect(findingOn(wrong, 'loss').explanations).toContain('label-plus-one');
    const other = altered(wrong, { 'layer2.dspikes': (d, i) => d * (1 + (i % 3)) });
    expect(findingOn(other, 'loss').explanations).toEqual([]);
  });

  it('of a loss are those that explain its gradient and its value', () => {
    const args = { alpha: 0.8, beta: 0.9, threshold: 50 };
    const made = stepOf({ ...synaptic, args, loss: { name: 'mse_mean' } });
    const { diagnoses } = judged(planted(made, 'loss-targets', [0.5, 0], /^loss$|layer2\.dspikes/)).steps[0];
    const named = diagnoses.slice(0, 2).map(({ explains }) => explains.map(({ id }) => id));
    expect(named).toEqual([['loss-targets'], ['loss-targets']]);
  });

  it.each<[key: string, says: string, Change, ...names: string[]]>([
    ['input', 'in step 0', (v, i) => (i < 8 * B ? v + 1 : v)],
    ['input', '', (v) => v / 1.7, 'input-scaled@1'],
    ['input', 'made of (input > 0)', (v, i) => (v > 0 ? 0.3 + 0.1 * (i % 5) : -0.2 * (i % 3))],
    ['loss', '1.153 × the expected', (v) => 1.153 * v],
    ['loss', ', 0.9 × the expected;', (v) => 0.9 * v],
    [
      'layer1.weight',
      'with a factor of its own for each input of layer1.weight',
      (v, i) => v / (1 + (i % 8)),
    ],
  ])('are not named where other arrays contradict them: %s, %s', (key, says, change, ...names) => {
    const loss = { name: 'ce_sum' };
    const made = stepOf({ ...synaptic, loss, records: ['mem', 'dcurrent', 'dspikes'] });
    const { explanations, steps } = judged(altered(made, { [key]: change }));
    expect(explanations).toEqual(names);
    expect(steps[0].findings.map(({ description = '' }) => description).join('; ')).toContain(says);
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
    const { arrays, words } = stepOf(synaptic);
    const all = surrogateMistakes(arrays, words);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { says } of all) expect(says).toMatch(/^[A-Z].*\.$/);
  });
});

it('a gain of several factors rounds, even where their product is 1', () => {
  const θ = 1 - 2 ** -24; // 41·(1/41) in binary32, which is not above it
  const args = { R: 41, C: 1, threshold: θ };
  const ops = [
    { op: 'linear', layer: 1 },
    { op: 'neuron', layer: 1, neuron: 'Lapicque', args, surrogate: { name: 'snntorch.atan' } },
  ];
  const one = f32([1, 1, 1], [1]);
  const arrays = new Map([
    ['input', one],
    ['layer1.weight', f32([1, 1], [1])],
    ['layer1.spikes', f32([1, 1, 1], [0])],
  ]);
  const { findings } = judged({ arrays, words: { framework: 'snntorch', ops } }).steps[0];
  expect(findings.map(({ key, verdict }) => [key, verdict])).toEqual([['layer1.spikes', 'undecided']]);
});

describe('of a layer that is covered in part, the rest is judged', () => {
  /** A step of one layer with two LIFNode neurons, their currents `heard` and potentials `mem`. */
  function leakyOf(heard: readonly number[], args: object, mem: readonly number[]): Made {
    const arrays = new Map<string, AnyTensor>([
      ['input', f32([2, 1, 3], [1, 0, 1, 1, 0, 1])],
      ['layer1.weight', f32([2, 3], [1, 2, 3, 4, 5, 6])],
      ['layer1.current', f32([2, 1, 2], heard)],
      ['layer1.mem', f32([2, 1, 2], mem)],
    ]);
    const ops = [
      { op: 'linear', layer: 1 },
      { op: 'unknown', name: 'batch_norm' },
      { op: 'neuron', layer: 1, neuron: 'LIFNode', args, surrogate: { name: 'spikingjelly.ATan' } },
    ];
    return { arrays, words: { framework: 'spikingjelly', ops } };
  }
  const heard = [1, 0.5, 0.5, 0.25];

  it('neurons that hear something else than the currents of their weights, whose gradient is not judged', () => {
    const { verdict, steps } = judged(leakyOf(heard, {}, [0.5, 0.25, 0.5, 0.25]));
    expect(verdict).toBe('undecided');
    expect(steps[0].notChecked).toContainEqual(expect.objectContaining({ key: 'layer1.dw' }));
    expect(judged(leakyOf(heard, {}, [0.5, 0.25, 0.5, 0.3])).verdict).toBe('differs');
  });

  it('neurons with an infinite threshold, which never fire', () => {
    const args = { v_threshold: 'Infinity', decay_input: false };
    const { steps, as } = judged(leakyOf(heard, args, [1, 0.5, 1, 0.5]));
    expect(steps[0].findings.map(({ key, verdict }) => [key, verdict])).toEqual([['layer1.mem', 'agrees']]);
    expect(as).toContain('v_threshold Infinity');
  });

  it('one recurrent weight for all neurons, whose gradient is not judged', () => {
    const { arrays, words } = stepOf(leaky);
    for (const key of ['recurrent', 'drecurrent']) arrays.set(`layer1.${key}`, f32([], [0]));
    const { verdict, steps } = judged({ arrays, words });
    expect(verdict).toBe('undecided');
    expect(steps[0]).toMatchObject({ misspelt: [], unknown: [] });
    expect(steps[0].notChecked).toContainEqual(expect.objectContaining({ key: 'layer1.drecurrent' }));
  });

  it('layers that are called in another order than they feed each other', () => {
    const { arrays, words } = stepOf({ ...leaky, sizes: [6, 6, 4] });
    const { shape } = arrays.get('layer1.spikes')!; // the program records spikes
    const spikes = numbersOf(arrays.get('layer1.spikes')!);
    arrays.set(
      'input',
      f32(
        shape,
        spikes.map((_, i) => spikes[i - 6] ?? 0),
      ),
    );
    const other = [shape[0], shape[1], 10];
    arrays.set('layer2.input', f32(other, new Float32Array(10 * shape[0] * shape[1])));
    arrays.set('layer2.weight', f32([4, 10], new Float32Array(40)));
    arrays.delete('layer2.dw');
    expect(judged({ arrays, words }).notes).toContain(
      'layer 1 hears the spikes of layer 1 of the step before',
    );
  });

  it('a loss is not judged by a layer that an earlier one hears', () => {
    const made = stepOf({ ...leaky, sizes: [6, 6, 6], loss: { name: 'ce_sum' } });
    const spikes = made.arrays.get('layer2.spikes')!; // the program records spikes
    const late = numbersOf(spikes).map((_, i, all) => all[i - 6 * spikes.shape[1]] ?? 0);
    made.arrays.set('input', f32(spikes.shape, late));
    const { notChecked } = judged(made).steps[0];
    expect(notChecked.find(({ key }) => key === 'loss')?.why).toContain(
      'layer 1 hears the spikes of layer 2 of the step before, so ce_sum may read another layer',
    );
  });

  it('no more of them than an identity has room for', () => {
    const made = leakyOf(heard, {}, heard);
    made.arrays.set('layer1.current', f32([1, 1, 5000], new Float32Array(5000)));
    expect(() => judged(made)).toThrow(/layer1\.current: channels/);
  });
});

it('labels for each step, and not for each sample, are refused with a hint', () => {
  const { arrays, words } = stepOf({ ...leaky, T: 5, B: 3 });
  arrays.set('label', f32([5], [0, 0, 0, 0, 0]));
  expect(() => judged({ arrays, words })).toThrow(/steps and samples may be exchanged/);
});

describe('files that describe what nobody can judge are refused in one line', () => {
  const step = stepOf(leaky);
  const neuron = { op: 'neuron', layer: 1, ...leaky, surrogate: { name: 'snntorch.atan' } };
  const linear = { op: 'linear', layer: 1 };
  const other = (change: object): unknown => [linear, { ...neuron, ...change }];
  const second = { op: 'unknown', name: 'a second forward pass' };

  it.each<[string, unknown, RegExp]>([
    ['a class', other({ neuron: 'Alpha' }), /"neuron" expected one of .*got snntorch\.Alpha/],
    ['an argument', other({ args: { beta: 0.9, treshold: 1 } }), /got treshold; did you mean threshold/],
    ['an argument of another type', other({ args: { beta: 'high' } }), /"beta" expected a number/],
    ['a missing argument', other({ args: {} }), /expected finite beta/],
    ['graded spikes', other({ args: { beta: 0.9, graded_spikes_factor: 2 } }), /it is not judged/],
    [
      'an inhibition',
      other({ args: { beta: 0.9, inhibition: true } }),
      /expected false, got true; it is not/,
    ],
    [
      'rounded states',
      other({ args: { beta: 0.9, state_quant: true } }),
      /expected false, got true; it is not/,
    ],
    ['an infinite leak', other({ args: { beta: 'Infinity' } }), /"beta" expected a number/],
    ['a surrogate', other({ surrogate: { name: 'snntorch.atn' } }), /did you mean snntorch\.atan/],
    ['an operation', [{ op: 'attention' }], /got attention/],
    ['a neuron without weights', [neuron], /a linear or conv before each neuron/],
    ['no operations', 'linear', /expected a list/],
    ['no neuron', [], /at least one neuron/],
    ['a second forward pass', [second, linear, neuron], /got a second forward pass; it is not judged/],
  ])('%s', (_, ops, said) => {
    expect(() => judged({ ...step, words: { ...step.words, ops } })).toThrow(said);
  });

  const junk = fc.oneof(fc.constantFrom(null, 0, -1, 1e9, '', 'x', [], {}, NaN, true), fc.string());
  const changes = fc.tuple(fc.constantFrom('framework', 'ops', 'loss'), fc.nat(6), fc.string(), junk);
  law(
    'whatever is changed, an error is one line of what was expected',
    changes,
    300,
    ([where, k, name, value]) => {
      const words = structuredClone(step.words);
      if (where === 'ops') {
        const ops = words['ops'] as Record<string, unknown>[]; // the file has a list of operations
        const op = ops[k % ops.length];
        const keys = Object.keys(op);
        op[keys[k % keys.length] ?? name] = value;
      } else words[where] = value;
      try {
        judged({ ...step, words });
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        expect(String(error)).not.toContain('\n');
      }
    },
  );
});
