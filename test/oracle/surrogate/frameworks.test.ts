/**
 * Arrays that the frameworks themselves computed in binary64: each class of neurons on one input, each surrogate on a row of
 * potentials, each loss. The equations of `spec/` and the stages of a loss return the same numbers. On a grid, they are exact.
 */
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { surrogateTables } from '../../../docs/surrogateTables.mjs';
import { real } from '../../../spec/arithmetic.ts';
import * as frameworks from '../../../spec/frameworks.ts';
import type { NeuronArguments, TrainedNeuron } from '../../../spec/frameworks.ts';
import type { NirState } from '../../../spec/nir.ts';
import * as forms from '../../../spec/surrogateForms.ts';
import type { SurrogateTerms } from '../../../spec/surrogateForms.ts';
import {
  applyTrainedStep,
  computeCharged,
  computeDistances,
  computedx,
  computeFactors,
  computeSlopes,
  resetOf,
  spikesOf,
  trainedConstants,
  type TrainedLayer,
} from '../../../spec/surrogateGradient.ts';
import * as lossForms from '../../../spec/surrogateLoss.ts';
import type { LossName } from '../../../spec/surrogateLoss.ts';
import { entriesOf, keysOf } from '../../../src/keysOf.ts';
import { Replay } from '../../../src/engine/run.ts';
import { lossStages } from '../../../src/oracle/surrogate/loss.ts';
import {
  keyOf,
  lateOf,
  type SurrogateLayer,
  type SurrogateModel,
} from '../../../src/oracle/surrogate/model.ts';
import { law } from '../../spec/support.ts';

const { defaultOf, neuronClasses, neuronOf, plainReadout, toldChoices } = frameworks;
const { namedSurrogates, surrogateOf, turnsOf } = forms;
const { losses } = lossForms;

/** The programs ran in binary64, but snnTorch's spikes and some constants of Sinabs are binary32. */
const slack = 2 ** -19;

interface Neurons {
  readonly neuron: string;
  readonly args: Partial<NeuronArguments>;
  readonly surrogate: Readonly<Record<string, number>> & { readonly name: string };
  /** Factor of the input x. */
  readonly gain: number;
  /** Empty if the class returns only a potential. */
  readonly spikes: readonly number[];
  readonly potential: readonly number[];
  /** ∂/∂x of Σ E·spikes + Σ M·potential. */
  readonly dx: readonly number[];
}

interface Surrogate {
  readonly name: string;
  readonly params: Readonly<Record<string, number>>;
  readonly θ: number;
  readonly slopes: readonly number[];
}

interface Loss {
  readonly name: LossName;
  readonly z: readonly number[];
  readonly gradient: readonly number[];
}

const {
  neurons,
  surrogates,
  losses: lossesOf,
  defaults,
} = JSON.parse(
  readFileSync(new URL('../../fixtures/surrogates/frameworks.json', import.meta.url), 'utf8'),
) as {
  readonly neurons: Readonly<Record<'x' | 'E' | 'M', number[]>> & { readonly cases: readonly Neurons[] };
  readonly surrogates: { readonly y: readonly number[]; readonly cases: readonly Surrogate[] };
  readonly losses: Readonly<Record<'T' | 'B' | 'C', number>> & {
    readonly label: number[];
    readonly cases: readonly Loss[];
  };
  /** The defaults in the signatures of the classes. */
  readonly defaults: Readonly<Record<string, Partial<NeuronArguments>>>;
};

const termsOf = (name: string, params: Readonly<Record<string, number>>, θ: number): SurrogateTerms =>
  namedSurrogates[name]!.terms({ ...namedSurrogates[name]!.defaults, ...params }, θ);

function near(got: ArrayLike<number>, expected: readonly number[]): void {
  expect(got).toHaveLength(expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs(got[i]! - value), `number ${i}`).toBeLessThan(slack * Math.max(1, Math.abs(value)));
}

/** Runs one layer forward, and returns its potentials, before and after the reset, its spikes, and its currents. */
function forward(layer: TrainedLayer, x: readonly number[]) {
  const constants = trainedConstants(layer, real);
  const array = (): Float64Array => new Float64Array(layer.size);
  const state: NirState = { u: Float64Array.from(constants.start.u), I: array(), e: array(), o: array() };
  const [u, v, e, I]: number[][] = [[], [], [], []];
  for (let from = 0; from < x.length; from += layer.size) {
    const now = Float64Array.from(x.slice(from, from + layer.size));
    applyTrainedStep(state, now, [array(), array()], layer, constants, (each, _, sends) => {
      u!.push(each);
      return sends;
    });
    v!.push(...state.u);
    e!.push(...state.o);
    I!.push(...state.I);
  }
  const [us, vs, es, Is] = [u, v, e, I].map((values) => Float64Array.from(values!));
  return { u: us!, v: vs!, e: es!, I: Is! };
}

/** Neurons per step. */
const size = 4;

/** Runs one layer forward and back. Its input arrives as late as spikes arrive. */
function run({ neuron: name, args, surrogate: { name: of, ...params }, gain }: Neurons) {
  const neuron = neuronOf(neuronClasses[name]!, args);
  const layer: TrainedLayer = { neuron, size, surrogate: termsOf(of, params, neuron.θ) };
  const late = size * lateOf({ layer } as SurrogateLayer); // it reads nothing else
  const made = forward(
    layer,
    neurons.x.map((_, i) => gain * (neurons.x[i - late] ?? 0)),
  );
  const { u, e, I } = made;
  const s = computeSlopes(layer, computeDistances(layer, u, e));
  const isSpikes = neuron.output === 'spikes';
  const dx = computedx(
    layer,
    {
      ...computeFactors(layer, [s, u, e, I], size, true),
      keeps: new Float64Array(size).fill(neuron.α),
      s,
      ...(isSpikes && { E: Float64Array.from(neurons.E) }),
      M: Float64Array.from(neurons.M),
    },
    size,
  );
  return { ...made, layer, isSpikes, dx: dx.map((_, i) => dx[i + late] ?? 0) };
}

it.each(neurons.cases)('$neuron $args', (recorded) => {
  expect(neuronClasses[recorded.neuron]!.takes).toEqual(expect.arrayContaining(Object.keys(recorded.args)));
  const { layer, isSpikes, u, v, e, I, dx } = run(recorded);
  expect([...e]).toEqual(isSpikes ? recorded.spikes : [...e].fill(0));
  expect(recorded.spikes).toHaveLength(isSpikes ? e.length : 0);
  for (const [choice, answers] of Object.entries(toldChoices))
    expect(answers).toContain(layer.neuron[choice as keyof TrainedNeuron]); // a choice is a field
  near(layer.neuron.recorded === 'between' ? v : u, recorded.potential);
  near(dx, recorded.dx);
  if (layer.neuron.recorded === 'between') near(computeCharged(layer, [v, e, I], size), [...u]);
});

it.each(surrogates.cases)('$name $params, θ $θ', ({ name, params, θ, slopes }) => {
  near(surrogates.y.map(surrogateOf(termsOf(name, params, θ))), slopes);
});

it.each(lossesOf.cases)('$name', ({ name, z, gradient }) => {
  const { T, B, C, label } = lossesOf;
  const loss = { form: losses[name], on: 'spikes', targets: [1, 0], factor: 1 };
  const model = { layers: [{ layer: { size: C } }], T, B, C, loss } as unknown as SurrogateModel; // what stages of a loss read
  const there = new Map([
    [keyOf(1, 'spikes'), { v: Float64Array.from(z) }],
    ['label', { v: Float64Array.from(label) }],
  ]);
  const computation = {
    T,
    B,
    stages: lossStages(model),
    ofSamples: () => computation,
    axesOf: () => 'TB' as const,
    atOnce: B,
  } as const;
  near(new Replay(computation, there).ball(keyOf(1, 'dspikes')).v, gradient);
});

// snnTorch's LSO cannot be called, Norse's Heaviside has no gradient, and SpyTorch is a notebook.
const others = {
  'snntorch.LSO': (y: number) => (y > 0 ? 1 : 0.1),
  'norse.heaviside': () => 0,
  'spytorch.super': (y: number) => 1 / (100 * Math.abs(y) + 1) ** 2,
};
it.each(entriesOf(others))('%s', (name, of) => {
  near(surrogates.y.map(surrogateOf(termsOf(name, {}, 1))), surrogates.y.map(of));
});

it('a term includes its end and not its start: α up to 0, then 1 up to 1, then 1/y', () => {
  const of = surrogateOf(termsOf('spikingjelly.LogTailedReLU', { alpha: 0.25 }, 1));
  expect([-1, 0, 0.5, 1, 2].map(of)).toEqual([0.25, 0.25, 1, 1, 0.5]);
});

it('every class, surrogate and loss is here', () => {
  expect(new Set(surrogates.cases.map(({ name }) => name).concat(keysOf(others)))).toEqual(
    new Set(Object.keys(namedSurrogates)),
  );
  const notebook = ['spytorch.hidden', 'spytorch.readout'];
  expect(new Set(keysOf(defaults).concat(notebook))).toEqual(new Set(Object.keys(neuronClasses)));
  expect(new Set(lossesOf.cases.map(({ name }) => name))).toEqual(new Set(Object.keys(losses)));
});

it.each(Object.entries(defaults))('the defaults of %s', (name, own) => {
  const known = neuronClasses[name]!;
  const all = known.takes.map((key) => [key, defaultOf(known, key)] as const);
  expect(Object.fromEntries(all)).toMatchObject(own);
  expect(all.map(([, value]) => value)).not.toContain(undefined);
});

it.each(Object.entries(surrogateTables({ ...frameworks, ...forms, ...lossForms })))(
  'docs/surrogates.md has the table of %s that spec/ has',
  (name, table) => {
    const page = readFileSync(new URL('../../../docs/surrogates.md', import.meta.url), 'utf8');
    const [, own] = page.match(new RegExp(`<!-- ${name} -->\n\n([^]*)\n\n<!-- /${name} -->`)) ?? [];
    expect(own, 'npm run docs surrogates rewrites it').toBe(table);
  },
);

it('a word that a framework does not have stands for the default', () => {
  for (const [name, args] of [
    ['snntorch.Leaky', { reset_mechanism: 'soft' }],
    ['norse.LIFBox', { reset_method: 'soft' }],
    ['sinabs.IAF', { spike_fn: 'MySpike', reset_fn: 'MyReset' }],
  ] as const)
    expect(neuronOf(neuronClasses[name]!, args)).toEqual(neuronOf(neuronClasses[name]!, {}));
});

it('a reset in the next step leaves the recorded potential as it was compared', () => {
  const told = { resetWhen: 'afterLeak', recorded: 'between' } as const;
  expect(neuronOf(neuronClasses['spikingjelly.IFNode']!, {}, told).recorded).toBe('compared');
});

it('a readout neither fires nor reads a slope', () => {
  expect(spikesOf(plainReadout, 9)).toBe(0);
  const [P, F, G, M] = [[0.5, 0.5], [], [2], [3, 5]].map((values) => Float64Array.from(values));
  const gradient = { P: P!, F: F!, G: G!, keeps: new Float64Array(1), s: P!.map(() => Infinity), M };
  expect([...computedx({ neuron: plainReadout, size: 1, surrogate: [] }, gradient, 1)]).toEqual([11, 10]);
});

it.each<[string, number[]]>([
  ['spikingjelly.Rect', [-0.5, 0, 0.5]],
  ['snntorch.spike_rate_escape', [1]],
  ['snntorch.SFS', [0, 1]],
  ['snntorch.LSO', [0]],
  ['sinabs.MultiGaussian', [0, 0.5, -0.5]],
  ['spikingjelly.FakeNumericalGradient', [-1 / 0.3, 1 / 0.3, 0]],
  ['norse.heaviside', []],
  ['spikingjelly.QPseudoSpike', [0]],
])('%s peaks, turns or jumps at %s', (name, turns) => {
  expect(turnsOf(termsOf(name, {}, 1))).toEqual(turns);
});

describe('the factors of a step are the derivatives of its forward equation, with a spike of slope s:', () => {
  const [λ, g, c, θ, vReset, added, h] = [0.75, 0.5, 0.125, 0.5, -0.25, 0.0625, 2 ** -12];
  const [I, u, e, s] = [0.375, 0.625, 1, 0.5];
  const shares = { flows: 1, half: 0.5, detached: 0 } as const;
  const cases = (['none', 'subtract', 'zero', 'vReset'] as const).flatMap((reset) =>
    (['sameStep', 'beforeLeak', 'afterLeak'] as const).flatMap((resetWhen) =>
      keysOf(shares).map((resetGradient) => ({ reset, resetWhen, resetGradient })),
    ),
  );
  it.each(cases)('$reset, $resetWhen, $resetGradient', (choices) => {
    const { reset, resetWhen, resetGradient } = choices;
    const own = { λ, g, c, θ, subtracts: θ, vReset, added };
    const neuron = { ...neuronOf({ takes: [], neuron: () => own }, {}, choices), added };
    const layer: TrainedLayer = { neuron, size: 1, surrogate: [] };
    const to = reset === 'vReset' ? vReset : 0;
    const R = (v: number, sent: number): number =>
      reset === 'none' ? v : added + (reset === 'subtract' ? v - θ * sent : v * (1 - sent) + to * sent);
    const charged = (v: number, x: number): number => λ * v + g * x + c;
    const isLate = resetWhen === 'afterLeak' && reset !== 'none';
    const next = (du: number, dI: number): number => {
      const sent = e + shares[resetGradient] * s * du;
      return isLate ? R(charged(u + du, I + dI), sent) : charged(R(u + du, sent), I + dI);
    };
    const slope = (of: (d: number) => number): number => (of(h) - of(-h)) / (2 * h);
    const twice = (value: number): Float64Array => Float64Array.of(value, value);
    const { P, F, G } = computeFactors(layer, [twice(s), twice(u), twice(e), twice(I)], 1, true);
    expect(resetOf(neuron, u, e).v).toBeCloseTo(R(u, e), 12);
    expect(P[0]).toBeCloseTo(
      slope((d) => next(d, 0)),
      12,
    );
    expect(G[1 % G.length]).toBeCloseTo(
      slope((d) => next(0, d)),
      12,
    );
    expect(F[0]).toBeCloseTo(
      slope((d) => R(u + d, e + shares[resetGradient] * s * d)),
      12,
    );
  });
});

describe('a step on a grid, where nothing rounds, has exactly the numbers of its equation:', () => {
  const constants = fc.record({
    λ: fc.constantFrom(0.5, 1),
    c: fc.constantFrom(0, 0.25),
    θ: fc.constantFrom(0.5, 1),
    vReset: fc.constantFrom(-0.25, 0.125),
    start: fc.constantFrom(0, 0.75),
    floor: fc.constantFrom(-Infinity, -0.25),
    most: fc.constantFrom(2, Infinity),
  });
  const eighths = fc.array(fc.integer({ min: -16, max: 16 }), { minLength: 12, maxLength: 12 });
  const cases = (['none', 'subtract', 'afterLeak', 'zero', 'vReset'] as const).flatMap((kind) =>
    (['above', 'at'] as const).flatMap((fires) =>
      (['one', 'whole'] as const).map((spikes) => [kind, fires, spikes] as const),
    ),
  );
  describe.each(cases)('%s, %s, %s', (kind, fires, spikes) => {
    law('two neurons', fc.tuple(constants, constants, eighths), 100, ([one, other, drawn]) => {
      const isLate = kind === 'afterLeak';
      const reset = isLate ? 'subtract' : kind;
      const added = kind === 'zero' ? 0.125 : 0;
      // No class has both an overshoot and a floor.
      const answers = {
        fires,
        spikes,
        reset,
        added,
        ...(isLate && { overshoot: kind, floor: -Infinity }),
      } as const;
      const neuron = (own: typeof one) => neuronOf({ takes: [], neuron: () => ({ ...own, ...answers }) }, {});
      const each = [one, other].map(neuron);
      const layer: TrainedLayer = { neuron: each[0]!, size: 2, each, surrogate: [] };
      const x = drawn.map((k) => k / 8);
      const { u, v, e } = forward(layer, x);
      const expected = x.map((input, i) => {
        const { λ, c, θ, vReset, start, floor, most } = each[i % 2]!;
        const before = i < 2 ? start : v[i - 2]!;
        const over = isLate && before > θ ? θ : 0;
        const at = λ * before + input + c - over;
        const isFiring = fires === 'at' ? at >= θ : at > θ;
        const sent = !isFiring ? 0 : spikes === 'one' ? 1 : Math.min(most, Math.floor(at / θ));
        const isHeld = sent === 0 || kind === 'none' || reset === 'subtract'; // no reset to a fixed potential
        const left =
          (isHeld ? at - (reset === 'subtract' ? θ * sent : 0) : kind === 'vReset' ? vReset : 0) + added;
        const isRead = left + over > floor && (sent === 0 ? over === 0 : kind === 'subtract');
        return {
          step: [at, sent, Math.max(floor, left + over)],
          distances: [at - θ, left - θ],
          factor: left > floor && isHeld ? 1 : 0,
          I: isRead ? NaN : input, // then u follows from the recorded potential alone
        };
      });
      expect(x.map((_, i) => [u[i], e[i], v[i]])).toEqual(expected.map(({ step }) => step));
      expect([...computeCharged(layer, [v, e, Float64Array.from(expected, ({ I }) => I)], 2)]).toEqual([
        ...u,
      ]);
      const after = { ...layer, neuron: { ...layer.neuron, surrogateAt: 'afterReset' } } as const;
      const [y, z] = [layer, after].map((its) => computeDistances(its, u, e));
      expect(x.map((_, i) => [y![i], z![i]])).toEqual(expected.map(({ distances }) => distances));
      const { F } = computeFactors(layer, [u.map(() => 0), u, e, u], 2, true);
      expect([...F]).toEqual(expected.map(({ factor }) => factor));
    });
  });
});
