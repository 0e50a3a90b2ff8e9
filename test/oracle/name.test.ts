/** Tests of naming. An explanation must predict the wrong numbers, and must not be mere chance. */
import { describe, expect, it } from 'vitest';
import { adam, applyAdam } from '../../spec/update.ts';
import { authors, paper } from '../../spec/variant.ts';
import type { Values } from '../../src/engine/rounding.ts';
import type { Ball, Stage, SumStage } from '../../src/engine/stage.ts';
import type { StepReport } from '../../src/oracle/asf/check.ts';
import { mistakes as catalogue } from '../../src/oracle/asf/mistakes/mistakes.ts';
import { judge, type JudgeManner } from '../../src/oracle/judge.ts';
import { once } from '../../src/oracle/memo.ts';
import { nameMistakes, pairOf, planted, type Case, type Mistake } from '../../src/oracle/name.ts';
import { asf } from '../../src/oracle/asf/steps.ts';
import { drawWorld, judge as judgeWorld, plantAll, stream } from './planted.ts';
import { computationOf, slotOf } from './stages.ts';
import { checkOf, made, modelIn, worldOf, type World } from './worlds.ts';

/** A model that multiplies `x1` by `factor` to get `y1`, `x2` to get `y2`, and so on. The right factor is 3. */
interface Model {
  readonly factor: number;
}
type Row = Mistake<Model>;

const stagesOf = ({ factor }: Model, layers: number): Stage[] =>
  Array.from({ length: layers }, (_, k): SumStage => ({
    id: `times.${k + 1}`,
    stage: 'times',
    n: k + 1,
    kind: 'sum',
    reads: [`x${k + 1}`],
    writes: [`y${k + 1}`],
    roundings: 1,
    f: ([x]) => x.map((each) => factor * each),
  }));

/** The mistakes that explain the arrays `y1`, `y2`, … Their inputs `x1`, `x2`, … may have bounds. */
function named(rows: readonly Row[], pairs: readonly (readonly [Ball, ArrayLike<number>])[]): string[][] {
  const of = once((model: Model) => computationOf(stagesOf(model, pairs.length)));
  const model = { factor: 3 };
  const there = new Map<string, Ball>();
  for (const [k, [x, y]] of pairs.entries())
    there.set(`x${k + 1}`, x).set(`y${k + 1}`, { v: Float64Array.from(y) });
  const manner: JudgeManner = {
    slotOf: (key) => slotOf(key, 'output', [pairs[Number(key[1]) - 1][1].length]),
    computed: new Set([...there.keys()].filter((key) => key.startsWith('y'))),
  };
  const judged = judge(of(model), there, manner);
  const given: Case<Model> = {
    kind: { computationOf: of, ofSamples: (same) => same },
    mistakes: rows,
    model,
    run: judged.run,
    manner,
  };
  const found = nameMistakes(given, judged.wrong);
  return [...found.values()].map((explanations) => explanations.map(({ id }) => id));
}

const row = (id: string, more: Partial<Row>): Row => ({ id, says: `${id}.`, stages: ['times'], ...more });
const next = stream(5);
const numbers = (length: number): Float64Array =>
  Float64Array.from({ length }, () => Math.fround((0.5 + next()) * (next() < 0.5 ? -1 : 1)));
const x = numbers(400);
const off = (share: number): Ball => ({ v: x, r: x.map((each) => Math.abs(share * each)) });
const plus: Row = row('plus-one', { output: (values) => values.map((each) => each + 1) });
const times = (factor: number, id = `times-${factor}`): Row => row(id, { change: () => ({ factor }) });

describe('what an explanation is worth', () => {
  const flipAt = (places: readonly number[]): Row =>
    row('flipped', { output: (values) => values.map((each, i) => (places.includes(i) ? -each : each)) });
  const signs = (places: readonly number[], y: Float64Array): Float64Array =>
    y.map((each, i) => 3 * (places.includes(i) ? -each : each));

  it('one sign of 400 numbers of one size is chance, a few are not; nor are signs of numbers that have a size', () => {
    const ones = x.map((each) => Math.sign(each));
    const of = (places: readonly number[], from: Float64Array): string[][] =>
      named([flipAt(places)], [[{ v: from }, signs(places, from)]]);
    expect(of([7], ones)).toEqual([[]]);
    expect(of([7, 90, 250], ones)).toEqual([['flipped']]);
    const [all, eight] = [ones, x].map((each) => each.slice(0, 8));
    expect(of([...all.keys()], all)).toEqual([[]]);
    expect(of([...eight.keys()], eight)).toEqual([['flipped']]);
  });

  it('one factor for all is one number, however many there are; other numbers tell each their own', () => {
    const of = (wide: number): string[][] => [
      ...named([times(4)], [[off(wide), x.map((each) => 4 * each)]]),
      ...named([plus], [[off(wide), x.map((each) => 3 * each + 1)]]),
    ];
    expect(of(2 ** -20)).toEqual([['times-4'], ['plus-one']]);
    expect(of(2 ** -6)).toEqual([[], ['plus-one']]);
  });

  it('a multiple of the right numbers, within their bounds, is no multiple of a row', () => {
    const near = row('near', {
      output: (values) => values.map((each, i) => each * (1 + 0.005 * Math.sin(i))),
    });
    const wrong = x.map((each, i) => -3 * each * (1 + 0.005 * Math.sin(i)));
    expect(named([near], [[off(0.01), wrong]])).toEqual([[]]);
    expect(named([near], [[off(0.001), wrong]])).toEqual([['near × -1']]);
  });

  it('nine tenths of what is wrong are predicted, and a thousandth of all may be what it does not make', () => {
    const of = (misses: number): string[][] =>
      named([plus], [[{ v: x }, x.map((each, i) => (i < misses ? 9 : 3 * each + 1))]]);
    expect([of(0), of(1), of(40)]).toEqual([[['plus-one']], [[]], [[]]]);
    const wide = (share: number): string[][] => {
      const magnitude = (): Float64Array => x.map((_, i) => (i < share * x.length ? 2 ** 40 : 1));
      const open = { ...plus, id: 'open', stage: (stage: Stage) => ({ ...(stage as SumStage), magnitude }) }; // all stages are sums
      return named([open], [[{ v: x }, x.map((each) => 3 * each + 1)]]);
    };
    expect([wide(0), wide(0.2)]).toEqual([[['open']], [[]]]);
  });

  it('what explains one stage is tried at the others, where it needs less', () => {
    const few = x.slice(0, 1);
    const vague = (from: Float64Array): Ball => ({
      v: from,
      r: from.map((each) => Math.abs(each) * 2 ** -6),
    });
    const wrong = (from: Float64Array): Float64Array => from.map((each) => 3 * each + 1);
    const [open, sure] = [[vague(few), wrong(few)] as const, [{ v: x }, wrong(x)] as const];
    expect(named([plus], [open])).toEqual([[]]);
    for (const pairs of [
      [sure, open],
      [open, sure],
    ])
      // prettier-ignore
      expect(named([plus], pairs)).toEqual([['plus-one'], ['plus-one']]);
  });
});

describe('which is named', () => {
  it('all that fit, for this data does not tell them apart', () => {
    expect(named([times(4), plus, times(4, 'also')], [[{ v: x }, x.map((each) => 4 * each)]])).toEqual([
      ['times-4', 'also'],
    ]);
  });

  const fitted = row('fitted', {
    fit: ({ got, right }) => [[(3 * got('y1')![0]) / right('y1').v[0]], [17]],
    change: (_, [factor = 1]) => ({ factor }),
    found: ([factor]) => `By ${factor}.`,
  });

  it('a number that is fitted, where nothing without one fits', () => {
    const y = x.map((each) => 2.5 * each);
    expect(named([fitted, times(2.5)], [[{ v: x }, y]])).toEqual([['times-2.5']]);
    expect(named([fitted, times(4)], [[{ v: x }, y]])).toEqual([['fitted']]);
    expect(named([fitted], [[{ v: x }, x.map((each) => 3 * each + 1)]])).toEqual([[]]);
  });

  it('a format of numbers, where nothing else explains them and they lie on its grid', () => {
    const format = row('in-bfloat16', { bits: 8 });
    const cut = (value: number): number => {
      const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 7);
      return Math.round(value / unit) * unit;
    };
    const y = x.map((each) => cut(3 * each));
    const same = row('same-cut', { output: (values) => values.map(cut) });
    expect(named([format], [[{ v: x }, y]])).toEqual([['in-bfloat16']]);
    expect(named([format, same], [[{ v: x }, y]])).toEqual([['same-cut']]);
    expect(
      named([format], [[{ v: x }, y.map((each, i) => (i % 2 === 0 ? each : each * (1 + 2 ** -10)))]]),
    ).toEqual([[]]);
    // Multiples of 1/64 have few bits, but all have the same unit. In a floating-point format, the unit depends on the
    // magnitude.
    const multiples = x.map((each) => Math.round(64 * 3 * each) / 64);
    expect(named([format], [[{ v: x }, multiples]])).toEqual([[]]);
    // Right numbers that already lie on the grid are no evidence.
    const dyadic = x.map((each) => Math.round(4 * each) / 4);
    expect(
      named([format], [[{ v: dyadic }, dyadic.map((each) => 3 * each + (each > 0 ? 0.25 : 0))]]),
    ).toEqual([[]]);
  });

  it('times a number is named, unless the right numbers times a number are the same', () => {
    const rows = [
      row('squared', { output: (values) => values.map((v) => v * v) }),
      row('halved', { output: (values) => values.map((v) => v / 2) }),
    ];
    expect(named(rows, [[{ v: x }, x.map((v) => 4 * (3 * v) ** 2)]])).toEqual([['squared × 4']]);
    const few = x.subarray(0, 7);
    expect(named(rows, [[{ v: few }, few.map((v) => 4 * (3 * v) ** 2)]])).toEqual([[]]);
    expect(named(rows, [[{ v: x }, x.map((v) => 2 * 3 * v)]])).toEqual([[]]);
    expect(named(rows, [[{ v: x }, x.map((v, i) => (i < 20 ? 4 : 5) * (3 * v) ** 2)]])).toEqual([[]]);
  });
});

describe('in steps', () => {
  const find = (id: string): Mistake<ReturnType<typeof modelIn>> => catalogue.find((each) => each.id === id)!;
  const partsOf = ({ diagnoses }: StepReport): Record<string, string[]> =>
    Object.fromEntries(diagnoses.map(({ part, explains }) => [part, explains.map(({ id }) => id)]));

  it('in one layer it is named there, and nowhere else', () => {
    const world = drawWorld(2, paper);
    const only = { ...find('reset-missing'), concerns: ({ n }: { n: number }) => n === 1 };
    expect(partsOf(judgeWorld(world, plantAll(world, only)))).toEqual({ 'neuron.1': ['reset-missing'] });
  });

  it('two mistakes are named each at its own stage, and two choices together', () => {
    const world = drawWorld(0, paper);
    const model = modelIn(world);
    const [one, other] = ['reset-missing', 'flow-averaged'].map((id) => planted(asf, find(id), model)!);
    const stages = one.stages.map((stage, k) => (other.stages[k].stage === 'flow' ? other.stages[k] : stage));
    for (const [part, ids] of Object.entries(
      partsOf(judgeWorld(world, made(world, undefined, { ...one, stages }))),
    ))
      expect(ids, part).toEqual([part.startsWith('neuron') ? 'reset-missing' : 'flow-averaged']);
    const variant = { ...paper, fires: 'aboveThreshold', reset: 'sameStep' } as const;
    expect(partsOf(judgeWorld(world, made({ ...world, variant })))['neuron.1']).toContain(
      'fires=aboveThreshold + reset=sameStep',
    );
  });

  it('a choice of one layer alone is no variant to suggest, and of two, one that is contradicted is not named', () => {
    const world = worldOf(1, 0, authors, 0.5, false);
    const pair = pairOf(find('reset=nextStep'), find('output=leaks'));
    const arrays = made(world, undefined, planted(asf, pair, modelIn(world), [], 'neuron.2'));
    const [{ explains }] = judgeWorld(world, arrays).diagnoses;
    expect(explains.map(({ id, choices }) => [id, choices])).toEqual([['output=leaks', undefined]]);
  });

  it('a choice that other arrays contradict is said to be of this stage alone', () => {
    const world = drawWorld(1, paper);
    const double = (values: Values): Values => Float32Array.from(values, (v) => 2 * v);
    const right = made(world);
    const arrays = right.set('layer5.dFI', double(right.get('layer5.dFI')!)); // the last layer has it
    const [{ explains }] = judgeWorld(world, arrays).diagnoses;
    const whole = explains.find(({ id }) => id === 'loss=whole');
    expect(whole?.says).toMatch(/this stage alone is so\.$/);
    expect(whole?.choices).toBeUndefined();
  });

  it('a factor is told as 1/B', () => {
    const world = drawWorld(1, paper);
    const model = modelIn(world);
    const other = planted(asf, find('gradient-scaled'), model, [1 / model.B]);
    const { diagnoses } = judgeWorld(world, made(world, undefined, other));
    expect(diagnoses[0].explains[0].says).toMatch(/ It is 1\/B = 0\.25\.$/);
  });

  it('weights that stayed, and NaN, are told also where the moments differ', () => {
    const world = worldOf(1, 0, paper, 0.9, false);
    const right = made(world);
    const zeros = Float32Array.from(right.get('layer1.m')!, () => 0); // the layer has weights
    const told = (after: Values): string | undefined => {
      const arrays = new Map(right).set('layer1.m', zeros).set('layer1.weight.after', after);
      return judgeWorld(world, arrays).findings.find(({ key }) => key === 'layer1.weight.after')?.description;
    };
    const before = world.given.get('layer1.weight')!; // so here
    expect(told(before)).toMatch(/it is the array before the step$/);
    expect(told(Float32Array.from(before, (v, i) => (i === 3 ? NaN : v)))).toBe('number 3 is NaN');
  });

  it('a threshold is also that of the layers that have it', () => {
    const world = worldOf(1, 1, authors, 0.5, false);
    const other = planted(asf, find('other-threshold'), modelIn(world), [0.75], 'neuron.1');
    const [{ explains }] = judgeWorld(world, made(world, undefined, other)).diagnoses;
    expect(explains[0].says).toMatch(/^The neurons do not .* lies between .*, as that of layer 2\.$/);
  });

  it('a moment lacks β1 × the one before, though a leak has the same value', () => {
    const world = worldOf(1, 0, paper, 0.9, false);
    const before = numbers(world.given.get('layer1.weight')!.length); // the layer has weights
    const { findings } = judgeWorld(world, made(world).set('layer1.m.before', Float32Array.from(before)));
    const said = findings.find(({ key }) => key === 'layer1.m')?.description;
    expect(said).toBe('it is the expected − β1 (= 0.9) × layer1.m.before');
  });

  it('a spike at the threshold is right for a wrong potential', () => {
    const world = worldOf(1, 0, paper, 0.5, false);
    const arrays = made(world);
    const [spikes, compared] = ['spikes', 'compared'].map((key) => arrays.get(`layer1.${key}`)!); // `made` has all keys
    const at = spikes.indexOf(0);
    [spikes[at], compared[at]] = [1, world.description.threshold];
    const found = judgeWorld(world, arrays).findings.find(({ key }) => key === 'layer1.spikes');
    expect(found?.description).toBe('it is what it should be for layer1.compared');
  });

  const [convolutions, plain] = [drawWorld(0, paper), drawWorld(2, paper)];
  const before = [...made(convolutions)]
    .filter(([key]) => /\.[mv]$/.test(key))
    .map(([key, values]) => [`${key}.before`, values.map((each, i) => each / (1 + (i % 2)))] as const);
  const later = {
    ...convolutions,
    given: new Map([...convolutions.given, ...before, ['step', Float64Array.of(3)]]),
  };

  it.each<[string, World, id: string, named?: string, left?: string]>([
    ['the fitted rate is not', convolutions, 'adam-step-late'],
    ['with Adam, another rate is not', convolutions, 'update-repeated'],
    ['at first, another rate is', convolutions, 'adam-nesterov', 'adam-nesterov,other-learning-rate'],
    ['with SGD, it is', plain, 'update-repeated', 'update-repeated,other-learning-rate'],
    ['one that fits some layers is not', drawWorld(26, paper), 'scale-over-positive-inputs'],
    [
      'one that fits all layers is',
      drawWorld(4, paper),
      'scale-over-positive-inputs',
      'scale-over-positive,scale-over-positive-inputs',
    ],
    ['its share is not', plain, 'max-pool-gradient-to-all'],
    ['its forward pass is right', convolutions, 'pool-gradient-not-divided'],
    ['in all directions', convolutions, 'kernel-dilated'],
    ['the end is', plain, 'output-without-last-step'],
    [
      'of the last potential alone, a delay is too, and a first step with the same current',
      plain,
      'output-without-last-step',
      'output-without-last-step,neuron-one-step-late,first-step-dropped',
      'layer5.potential',
    ],
    ['S of each neuron is not, as the gradient has none', plain, 'scale-frozen', 'scale=static,scale-frozen'],
  ])('where it is planted, %s', (_, world, id, expected = id, left = '') => {
    const arrays = plantAll(world, find(id));
    arrays.delete(left);
    const all = Object.values(partsOf(judgeWorld(world, arrays)));
    expect([...new Set(all.map((ids) => ids.join()))]).toEqual([expected]);
  });

  it.each<[string, number[]]>([
    ['scale-mean-of-neurons', []],
    ['scale-mean-of-neurons', [1]],
    ['scale-over-fired', []],
    ['scale-over-fired', [1]],
  ])('S of other neurons, also of those that the variant selects, is named in each layer: %s %j', (id, k) => {
    const world = drawWorld(2, authors);
    const arrays = made(world, undefined, planted(asf, find(id), modelIn(world), k));
    const found = judgeWorld(world, arrays).diagnoses.map(({ explains }) =>
      explains.map((each) => [each.id, each.numbers ?? []]),
    );
    expect(found.length).toBeGreaterThan(1);
    expect(found).toEqual(found.map(() => [[id, k]]));
  });

  it.each([2, 3])('a pool that leaves out the last place of its windows, of size %i', (size) => {
    const world = worldOf(4, size, paper, 1, true); // the stack of this number has a pool of this size
    const k = [-(size ** 2)];
    const arrays = made(world, undefined, planted(asf, find('pool-of-another-value'), modelIn(world), k));
    const [{ explains }] = judgeWorld(world, arrays).diagnoses;
    expect(explains).toMatchObject([{ id: 'pool-of-another-value', numbers: k }]);
  });

  it('a counter that began anew is named in every layer, where a fitted rate is near, and noted where it is recorded', () => {
    const world = { ...later, given: new Map([...later.given, ['step', Float64Array.of(1)]]) };
    const found = judgeWorld(later, plantAll(later, find('adam-step-restarted'))).diagnoses;
    expect(found.length).toBeGreaterThan(1);
    for (const { explains } of found) expect(explains.map(({ id }) => id)).toEqual(['adam-step-restarted']);
    const note =
      'step is 1, but layer1.m.before is not 0: the counter began anew, or step is wrong or missing';
    expect([world, later].map((each) => checkOf(each, made(each)).notes)).toEqual([[note], []]);
  });

  it('an update by momentum, or of weights that were changed in place, is noted', () => {
    const sgd = { ...later, optimiser: 'sgd' } as const;
    const notesOf = (of: (w: Values, i: number) => number): readonly string[] => {
      const arrays = made(sgd);
      for (const [key, after] of [...arrays].filter(([name]) => name.endsWith('.weight.after')))
        arrays.set(
          key,
          Float32Array.from(after, (_, i) => of(arrays.get(key.slice(0, -'.after'.length))!, i)),
        );
      return checkOf(sgd, arrays).notes;
    };
    const momentum = 'only SGD without momentum is judged: record the first step of a program with momentum';
    const inPlace =
      'the same before and after the step; if the program updates weights in place, record copies';
    expect(notesOf((w, i) => w[i] + Math.sin(i))).toEqual([momentum]);
    expect(notesOf((w, i) => w[i])).toContainEqual(expect.stringContaining(`layer5.weight: ${inPlace}`));
    expect(checkOf(sgd, made(sgd)).notes).toEqual([]);
  });

  it('the step of torch.optim.NAdam is named, also later', () => {
    const arrays = made(later);
    const [w, m, v, m0] = ['weight', 'm', 'v', 'm.before'].map((key) => arrays.get(`layer1.${key}`)!); // `made` has all keys
    const [{ β1, β2, ε }, [η]] = [adam, arrays.get('learningRate')!]; // `made` has all keys
    const μ = [1, 2, 3, 4].map((k) => β1 * (1 - 0.5 * 0.96 ** (k * 0.004)));
    const product = μ[0] * μ[1] * μ[2];
    const after = Float32Array.from(w, (each, i) => {
      const g = (((m[i] - β1 * m0[i]) / (1 - β1)) * (1 - μ[2])) / (1 - product);
      const more = (m[i] * μ[3]) / (1 - product * μ[3]);
      return each - (η * (g + more)) / (Math.sqrt(v[i] / (1 - β2 ** 3)) + ε);
    });
    const [{ explains }] = judgeWorld(later, arrays.set('layer1.weight.after', after)).diagnoses;
    expect(explains).toMatchObject([{ id: 'adam-nesterov', numbers: [2] }]);
  });

  it('a second update reads what the first wrote, one step later', () => {
    const arrays = plantAll(convolutions, find('update-repeated'));
    const get = (key: string): Float64Array => Float64Array.from(arrays.get(key)!); // `made` has all keys
    const [k] = get('step');
    const [w, g, m, v] = ['weight', 'dw', 'm.before', 'v.before'].map((key) => get(`layer1.${key}`));
    for (const step of [k, k + 1]) {
      const size = get('learningRate')[0] / (1 - adam.β1 ** step);
      const correction = Math.sqrt(1 - adam.β2 ** step);
      applyAdam(w, g, m, v, { size, correction }, { ...adam, weightDecay: get('weightDecay')[0] });
    }
    get('layer1.weight.after').forEach((each, i) => expect(each).toBeCloseTo(w[i], 6));
  });

  it('a dilated kernel is a larger one with zeros between its weights', () => {
    const { description, given } = convolutions;
    const layers = description.layers.map((layer) =>
      layer.kind === 'convolution' ? { ...layer, kernel: 5, padding: 2 } : layer,
    );
    const isKernel = (key: string): boolean => /^layer[12]\.(weight|dw|m|v)/.test(key);
    const placeOf = (k: number): number =>
      Math.floor(k / 9) * 25 + 10 * (Math.floor(k / 3) % 3) + 2 * (k % 3);
    const spread = (values: Values): Values => {
      const out = new Float32Array((values.length * 25) / 9);
      values.forEach((each, k) => (out[placeOf(k)] = each));
      return out;
    };
    const kernels = [...given].filter(([key]) => isKernel(key)).map(([key, w]) => [key, spread(w)] as const);
    const wide = made({
      ...convolutions,
      description: { ...description, layers },
      given: new Map([...given, ...kernels]),
    });
    for (const [key, values] of plantAll(convolutions, find('kernel-dilated'))) {
      const other = wide.get(key)!;
      expect(values, key).toEqual(isKernel(key) ? values.map((_, k) => other[placeOf(k)]) : other);
    }
  });

  const right = made(drawWorld(2, authors));
  /** The mistakes that are named if gradients of some layers are changed. */
  const ofGradients = (
    keys: readonly string[],
    other: (d: number, all: Float32Array) => number,
  ): string[][] => {
    const arrays = new Map([...right].filter(([key]) => !/\.(m|v|after)$/.test(key)));
    for (const key of keys) {
      const all = Float32Array.from(right.get(key)!);
      arrays.set(
        key,
        all.map((d) => other(d, all)),
      );
    }
    return Object.values(partsOf(judgeWorld(drawWorld(2, authors), arrays)));
  };

  it('limits of gradients are found: of all norms together, and of each number', () => {
    // PyTorch's norm of all gradients has those of biases, too.
    for (const isOf of [/\.dw$/, /\.d[wb]$/]) {
      const keys = [...right.keys()].filter((key) => isOf.test(key));
      const norm = Math.hypot(...keys.flatMap((key) => [...right.get(key)!]));
      const byNorm = ofGradients(keys, (d) => (5 / norm) * d);
      expect(byNorm).toHaveLength(keys.length);
      for (const ids of byNorm) expect(ids).toContain('gradient-clipped-by-global-norm');
    }
    const cut = ofGradients(['layer1.dw'], (d, all) => {
      const most = Math.max(...all.map(Math.abs)) / 4;
      return Math.max(-most, Math.min(most, d));
    });
    expect(cut).toEqual([['gradient-clipped-by-value']]);
  });
});
