/** Tests that `expected` has the bits of Algorithm 1 in `spec/`, and that each step starts from the results of the one before. */
import { describe, expect, it } from 'vitest';
import { replayedSample, trainingStep } from '../../spec/algorithm1.ts';
import { binary32, real, type Floats, type Precision } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { neuronsOf, weightsOf } from '../../spec/network.ts';
import { initialScale } from '../../spec/scale.ts';
import { adam, applyAdam, applySGD, computeAdamConstants } from '../../spec/update.ts';
import { authors, paper, type Variant } from '../../spec/variant.ts';
import { total, type Values } from '../../src/engine/rounding.ts';
import { mistakes as catalogue } from '../../src/oracle/asf/mistakes/mistakes.ts';
import { joined } from '../../src/oracle/asf/steps.ts';
import { weightKeys } from '../../src/oracle/keys.ts';
import { check, expected, type CheckOptions } from '../../src/oracle/oracle.ts';
import type { Report } from '../../src/oracle/report.ts';
import { anyWorld, checkOf, made, shaped, worldOf, type World } from './worlds.ts';
import { law } from '../spec/support.ts';

/** The arrays of a world by key, computed by `trainingStep`. */
function byAlgorithm1({ description, variant, given, B, optimiser }: World, precision: Precision) {
  const network = buildNetwork(description, variant, precision);
  const { layers, T, input } = network;
  const list = (values: ArrayLike<number>): Floats => {
    const out = precision.array(values.length);
    out.set(values);
    return out;
  };
  const join = (parts: readonly Floats[]): Floats => joined(parts, precision);
  const w = layers.map((layer) => join(weightKeys(layer).map((key) => list(given.get(key)!))));
  const size = neuronsOf(input);
  const trains = given.get('input.spikes')!;
  const samples = Array.from({ length: B }, (_, b) => {
    const maps = Array.from({ length: T }, (__, t) =>
      list(trains.subarray((t * B + b) * size, (t * B + b + 1) * size)),
    );
    return replayedSample(join(maps), given.get('label')![b], network);
  });
  const S = layers.map((layer) => initialScale(layer, variant, precision));
  const step = trainingStep(network, w, S, samples, { epoch: 0, batch: 0, every: 1 });
  const all = new Map<string, ArrayLike<number>>([
    ['loss', [step.L]],
    ['loss.sample', step.losses],
  ]);
  for (const { n, spikes, isOutput } of layers) {
    for (const what of ['FI', 'FO'] as const)
      if (what === 'FI' || !isOutput)
        all.set(`layer${n}.${what}`, join(step.states.map((state) => state[n][what])));
    if (spikes) all.set(`layer${n}.S`, [step.S[n - 1]]);
    if (!isOutput) all.set(`layer${n}.dFO`, join(step.dFO.map((maps) => maps[n])));
  }
  const η = given.get('learningRate')![0];
  for (const [at, layer] of layers.entries()) {
    const [weights, gradient] = [w[at].slice(), step.dw[at]];
    const [m, v] = [precision.array(weights.length), precision.array(weights.length)];
    // Biases do not decay.
    let from = 0;
    for (const [place, key] of weightKeys(layer).entries()) {
      const to = from + given.get(key)!.length;
      const [value, g] = [weights.subarray(from, to), gradient.subarray(from, to)];
      const decay = place === 0 ? adam.weightDecay : 0;
      const constants = computeAdamConstants({ β1k: 1, β2k: 1 }, η, adam).constants;
      if (optimiser === 'sgd') applySGD(value, g, η, decay);
      else
        applyAdam(value, g, m.subarray(from, to), v.subarray(from, to), constants, {
          ...adam,
          weightDecay: decay,
        });
      all.set(`layer${layer.n}.${place === 0 ? 'dw' : 'db'}`, g).set(`${key}.after`, value);
      if (optimiser === 'adam')
        all.set(`layer${layer.n}.${place === 0 ? '' : 'bias.'}v`, v.subarray(from, to));
      from = to;
    }
    expect(from).toBe(weightsOf(layer));
  }
  return all;
}

for (const precision of [binary32, real])
  law(`in ${precision.name}`, anyWorld, 80, (world) => {
    const { description, variant, optimiser } = world;
    const network = { ...description, variant };
    const arrays = expected({
      network,
      optimiser,
      arrays: shaped(world, world.given),
      precision: precision.name as 'real',
    });
    for (const [key, values] of byAlgorithm1(world, precision)) {
      const data = arrays.get(key)!.data as Floats; // `data` has this precision
      expect([key, ...data].map((each) => each || 0)).toEqual(
        [key, ...Array.from(values)].map((each) => each || 0),
      );
    }
  });

/** Two steps of one world in one file. The second starts from the results of the first. */
describe('steps in a row', () => {
  const world = worldOf(11, 0, { ...authors, batch: 'mean' }, 0.5, false);
  const first = made(world);
  const carried = new Map<string, Values>([['step', Float64Array.of(2)]]);
  for (const [key, values] of first)
    if (key.endsWith('.after')) carried.set(key.slice(0, -'.after'.length), values);
    else if (/\.(m|v|S)$/.test(key)) carried.set(`${key}.before`, values);
  const second = made({ ...world, given: new Map([...world.given, ...carried]) });
  const own = (step: number, arrays: ReadonlyMap<string, Values>) =>
    Object.entries(shaped(world, arrays)).map(([key, value]) => [`${key}_step${step}`, value] as const);
  const report = (one: ReadonlyMap<string, Values>, two: ReadonlyMap<string, Values>): Report => {
    const isNew = (key: string): boolean => !carried.has(key) && key !== 'learningRate';
    const left = new Map([...two].filter(([key]) => isNew(key)));
    const arrays = Object.fromEntries([...own(1, one), ...own(2, left)]);
    return checkOf(world, one, { mistakes: [], arrays });
  };

  it('carry weights, moments, S, the rate and the number of the step', () => {
    const { verdict, steps } = report(first, second);
    expect([verdict, ...steps.map(({ step }) => step)]).toEqual(['agrees', 1, 2]);
    expect(steps[1].findings.find(({ key }) => key === 'layer1.m')?.verdict).toBe('agrees');
    const again = new Map(second);
    for (const [key, values] of first) if (/\.(m|v|after)$/.test(key)) again.set(key, values);
    const wrong = report(first, again).steps[1].findings.filter((each) => each.verdict === 'differs');
    expect(wrong.map(({ key }) => key)).toEqual(expect.arrayContaining(['layer1.m', 'layer1.weight.after']));
  });

  it('carry what can be made of the first, where it was not recorded', () => {
    const some = new Map([...first].filter(([key]) => !/\.(m|v|after|S)$/.test(key)));
    const { findings } = report(some, second).steps[1];
    expect(findings.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
    expect(findings.map(({ key }) => key)).toContain('layer1.dw');
  });

  it('of a later step alone the moments are asked for', () => {
    const alone = new Map([...second].filter(([key]) => !/\.([mv]\.before|[mv])$/.test(key)));
    const { verdict, needs } = checkOf(world, alone, { mistakes: [] });
    expect(verdict).toBe('undecided');
    expect(needs.map((each) => each.replace(/.*(?=m\.before$)/, ''))).toEqual(Array(3).fill('m.before'));
  });
});

describe('a misspelt key', () => {
  const world = worldOf(4, 0, paper, 1, true);
  const all = made(world);
  const renamed = (from: string, to: string): Report => {
    const { [from]: array, ...others } = shaped(world, all);
    return checkOf(world, all, { mistakes: [], arrays: { ...others, [to]: array } });
  };

  it.each([
    ['layer1.dw', 'layer1.dW', 'layer1.dw'],
    ['layer1.dw', 'layer1.grad', 'layer1.dw'],
    ['layer1.spikes', 'layer1.spike', 'layer1.spikes'],
    ['layer2.dw', 'layer2_dw', 'layer2.dw'],
  ])('%s as %s is undecided, and meant %s', (from, to, meant) => {
    const { verdict, steps } = renamed(from, to);
    expect([verdict, steps[0].misspelt]).toEqual(['undecided', [{ name: to, meant }]]);
  });

  it('is no other name, nor one that other layers have', () => {
    const { verdict, steps } = renamed('layer1.dw', 'notes');
    expect([verdict, steps[0]]).toMatchObject(['agrees', { unknown: ['notes'], misspelt: [] }]);
    const [{ misspelt }] = renamed('layer2.dw', 'layer2.spikes').steps;
    expect(misspelt).toMatchObject([{ name: 'layer2.spikes' }]);
  });
});

describe('other answers', () => {
  const of = (theirs: Partial<typeof paper>, own = paper, tell?: CheckOptions['tell']): Report => {
    const world = worldOf(6, 3, own, 0.5, true);
    const all = made({ ...world, variant: { ...own, ...theirs } });
    return checkOf(world, new Map([...all].filter(([key]) => !/\.[mv]$/.test(key))), { tell });
  };

  it('are tried without a word: the progress does not begin anew', () => {
    const done: number[] = [];
    of({ loss: 'whole' }, paper, (doing, _, many) => void (doing === 'checked' && done.push(many)));
    expect(done).toEqual(done.map((_, k) => k));
  });

  it('one choice, a preset, and a few choices with which all agrees are said', () => {
    expect(of({ loss: 'whole' }).otherChoices).toEqual({ loss: 'whole' });
    expect(of(authors, { ...paper, output: 'integrates' }).otherVariant).toBe('authors');
    const few = { loss: 'whole', gate: 'positiveInput', batch: 'sum' } as const;
    expect(of(few).otherChoices).toEqual(few);
    expect(of({})).toMatchObject({ verdict: 'agrees', explanations: [] });
  });

  it('what a step does not tell is listed where it agrees, and a step that tells it takes it off', () => {
    const ids = (report: Report): string[] => report.untold.map(({ id }) => id);
    expect(ids(of({}))).toContain('adam-betas-exchanged');
    expect(ids(of({}))).not.toContain('gate=positiveInput');
    expect(ids(of({ loss: 'whole' }))).toEqual([]);
  });

  it('the first difference is described, and numbers that are none are counted', () => {
    const world = worldOf(6, 0, paper, 1, true);
    const all = made(world);
    const judged = (key: string, change: (v: number, i: number) => number): Report => {
      const wrong = Float64Array.from(all.get(key)!, change);
      return checkOf(world, new Map(all).set(key, wrong), { mistakes: [] });
    };
    expect(judged('layer1.dw', (d) => 1.7 * d).verdict).toBe('differs');
    const { findings } = judged('layer1.FI', (v, i) => (i === 3 ? NaN : v)).steps[0];
    const found = findings.find(({ key }) => key === 'layer1.FI');
    expect(found).toMatchObject({ verdict: 'differs', differing: 1, first: { got: NaN } });
  });
});

describe('of three equal layers are recognised', () => {
  const [T, B, size] = [12, 4, 8];
  const layer = { kind: 'linear', units: size } as const;
  const network = {
    input: { channels: size, height: 1, width: 1 },
    timeWindow: T,
    threshold: 0.75,
    layers: [layer, layer, layer],
  };
  const weight = (seed: number) => ({
    shape: [size, size],
    data: Float32Array.from({ length: size * size }, (_, i) => Math.fround(Math.sin(seed + i * i))),
  });
  const options = {
    network,
    arrays: {
      'input.spikes': {
        shape: [T, B, size, 1, 1],
        data: Float32Array.from({ length: T * B * size }, (_, i) => Number(Math.sin(i * i) > 0)),
      },
      label: { shape: [B], data: Float32Array.of(0, 1, 2, 3) },
      'layer1.weight': weight(1),
      'layer2.weight': weight(2),
      'layer3.weight': weight(3),
    },
  };
  const right = expected(options);
  /** The description of `layer2.${what}`, if `leftOf` computes what is left of u after a step, or `before` what a step begins with. */
  function saidOf(
    what: string,
    leftOf: (u: number, i: number, fired: number) => number,
    rise = 0,
    variant: Variant = paper,
    before = (_i: number): number | undefined => undefined,
  ): string | undefined {
    const { data: x, shape } = right.get('layer2.current')!;
    const map = x.length / T;
    const [u, after, spikes, fired] = [0, 1, 2, 3].map(() => new Float64Array(x.length));
    for (let i = 0; i < x.length; i++) {
      u[i] = Math.fround((before(i) ?? after[i - map] ?? 0) + Number(x[i]));
      spikes[i] = Number(u[i] >= 0.75 + rise * (fired[i - map] ?? 0));
      fired[i] = (fired[i - map] ?? 0) + spikes[i];
      after[i] = rise > 0 && spikes[i] ? 0 : leftOf(u[i], i, fired[i]);
    }
    const wrong = {
      'layer2.compared': { shape, data: u },
      ...(rise > 0 && { 'layer2.potential': { shape, data: after } }),
      'layer2.spikes': { shape, data: spikes },
    };
    const arrays = [...right].filter(([key]) => /^(input|layer1|layer2\.(weight|current))/.test(key));
    const { steps } = check({ network, variant, arrays: { ...Object.fromEntries(arrays), ...wrong } });
    return steps[0].findings.find(({ key }) => key === `layer2.${what}`)?.description;
  }

  it('spikes of the layer below that reset, its state, a gate of the spikes so far, a remainder and a rising threshold', () => {
    const below = right.get('layer1.spikes')!.data;
    const next = (i: number): number => Number(below[i + B * size]);
    expect(saidOf('compared', (u, i) => (next(i) ? 0 : u))).toBe(
      'of the potential before each step, it is made of layer1.spikes of the same step in place of the spikes before',
    );
    const shared = (i: number): number => (below[i] ? 0 : Number(right.get('layer1.compared')!.data[i]));
    expect(saidOf('compared', () => 0, 0, paper, shared)).toBe(
      'of the potential before each step, it is made of the state of layer 1 of the same step in place of the state before',
    );
    expect(saidOf('compared', (u, _, fired) => u * (1 - fired))).toBe(
      'of the potential before each step, it is made of the spikes before summed over the steps so far',
    );
    expect(saidOf('compared', (u) => (u < 0.75 ? u : u % 0.75))).toContain(
      'it is the expected + the remainder of layer2.compared of the step before ÷ Vth',
    );
    expect(saidOf('spikes', (u) => u, 0.25, { ...paper, reset: 'sameStep' })).toMatch(
      /^it is 1 where layer2\.compared is at least 1\.0\d* \(after spike 1\), 1\.\d* \(after spike 2\), .*, …$/,
    );
  });

  it('a flow without the first step, and ratios of half of the batch', () => {
    const of = (key: string): Floats => right.get(key)!.data as Floats; // `right` has numbers alone
    const halfOf = (key: string): number => total(of(key).slice(0, (B / 2) * size), (each) => each);
    const [x, d] = [of('input.spikes'), of('layer1.dFI')];
    const dw = of('layer1.dw').map((_: number, k: number) => {
      let all = 0;
      for (let at = B; at < T * B; at++)
        all += d[(at % B) * size + Math.floor(k / size)] * x[at * size + (k % size)];
      return all / (paper.batch === 'mean' ? B : 1);
    });
    const ratioOf = (n: number) => Float32Array.of(halfOf(`layer${n}.FO`) / halfOf(`layer${n}.FI`));
    const wrong = {
      'layer1.dw': { shape: [size, size], data: dw },
      'layer1.ratio': { shape: [], data: ratioOf(1) },
      'layer2.ratio': { shape: [], data: ratioOf(2) },
    };
    const { steps } = check({ network, arrays: { ...Object.fromEntries(right), ...wrong } });
    const said = steps[0].findings.flatMap(({ key, description = '' }) =>
      key in wrong ? [description] : [],
    );
    const ratio = 'in the layers together, it is what samples 0 to 1 alone make';
    const gradient = 'it is made of the sum of input.spikes without the first step in place of input.FO';
    expect(said).toEqual([ratio, ratio, gradient]);
  });

  it('S that is one number, though that of another layer is NaN', () => {
    const four = { ...network, layers: [layer, layer, layer, layer] };
    const arrays = expected({ network: four, arrays: { ...options.arrays, 'layer4.weight': weight(4) } });
    const wrong = [0.001, 0.001, NaN].map(
      (S, k) => [`layer${k + 1}.S`, { shape: [], data: Float32Array.of(S) }] as const,
    );
    const { steps } = check({ network: four, arrays: Object.fromEntries([...arrays, ...wrong]) });
    const said = wrong.map(([name]) => steps[0].findings.find(({ key }) => key === name)?.description);
    const one = 'in the layers together, it is 1/1000 (= 0.001)';
    expect(said).toEqual([one, one, 'every number is NaN']);
  });

  it('S of the layer below that is the slope', () => {
    const [{ shape, data }, S, other] = ['layer2.dFI', 'layer2.S', 'layer1.S'].map((key) => right.get(key)!);
    const factor = Number(other.data[0]) / Number(S.data[0]);
    const dFI = { shape, data: Float32Array.from(data as Float32Array, (d) => d * factor) }; // `expected` gives binary32
    const says = check({
      network,
      arrays: { ...Object.fromEntries(right), 'layer2.dFI': dFI },
    }).steps[0].diagnoses[0].explains.map((each) => each.says);
    expect(says.join()).toContain(', the same as S of layer 1.');
  });

  it('a choice that explains one layer alone, if all agrees with it', () => {
    const all = expected({ ...options, variant: { ...paper, reset: 'subtractThenLeak' } });
    const arrays = new Map([...all].filter(([key]) => !/layer\d\.(compared|potential)/.test(key)));
    const mistakes = catalogue
      .filter(({ id }) => id === 'reset-by-subtraction')
      .map((row) => ({ ...row, concerns: ({ n }: { readonly n: number }) => n === 1 }));
    const { steps, otherChoices } = check({ network, arrays, mistakes });
    expect(steps[0].diagnoses.map(({ explains }) => explains.length)).toEqual([1, 0]);
    expect(otherChoices).toEqual({ reset: 'subtractThenLeak' });
  });
});
