/**
 * Arrays that the frameworks themselves computed in binary64: each class of neurons on one input, each surrogate on a row of
 * potentials, each loss. The equations of `spec/` and the stages of a loss return the same numbers.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { real } from '../../../spec/arithmetic.ts';
import { neuronClasses, neuronOf, type NeuronArguments } from '../../../spec/frameworks.ts';
import type { NirState } from '../../../spec/nir.ts';
import { namedSurrogates, surrogateOf, turnsOf, type SurrogateTerms } from '../../../spec/surrogateForms.ts';
import {
  applyTrainedStep,
  computeCharged,
  computeDistances,
  computedx,
  computeFactors,
  computeSlopes,
  resetOf,
  trainedConstants,
  type TrainedLayer,
} from '../../../spec/surrogateGradient.ts';
import { losses, type LossName } from '../../../spec/surrogateLoss.ts';
import { keysOf } from '../../../src/keysOf.ts';
import { Replay } from '../../../src/engine/run.ts';
import { lossStages } from '../../../src/oracle/surrogate/loss.ts';
import { keyOf, type SurrogateModel } from '../../../src/oracle/surrogate/model.ts';

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
} = JSON.parse(
  readFileSync(new URL('../../fixtures/surrogates/frameworks.json', import.meta.url), 'utf8'),
) as {
  readonly neurons: Readonly<Record<'x' | 'E' | 'M', number[]>> & { readonly cases: readonly Neurons[] };
  readonly surrogates: { readonly y: readonly number[]; readonly cases: readonly Surrogate[] };
  readonly losses: Readonly<Record<'T' | 'B' | 'C', number>> & {
    readonly label: number[];
    readonly cases: readonly Loss[];
  };
};

const termsOf = (name: string, params: Readonly<Record<string, number>>, θ: number): SurrogateTerms =>
  namedSurrogates[name]!.terms({ ...namedSurrogates[name]!.defaults, ...params }, θ);

function near(got: ArrayLike<number>, expected: readonly number[]): void {
  expect(got).toHaveLength(expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs(got[i]! - value), `number ${i}`).toBeLessThan(slack * Math.max(1, Math.abs(value)));
}

/** Neurons per step. */
const size = 4;

/** Runs one layer forward and back. */
function run({ neuron: name, args, surrogate: { name: of, ...params }, gain }: Neurons) {
  const neuron = neuronOf(neuronClasses[name]!, args);
  const layer: TrainedLayer = { neuron, size, surrogate: termsOf(of, params, neuron.θ) };
  const constants = trainedConstants(layer, real);
  const array = (): Float64Array => new Float64Array(size);
  const state: NirState = { u: Float64Array.from(constants.start.u), I: array(), e: array(), o: array() };
  const [u, v, e, I] = [0, 1, 2, 3].map(() => new Float64Array(neurons.x.length));
  for (let from = 0; from < neurons.x.length; from += size) {
    const x = Float64Array.from(neurons.x.slice(from, from + size), (each) => gain * each);
    applyTrainedStep(state, x, [array(), array()], layer, constants, (each, i, sends) => {
      u![from + i] = each;
      return sends;
    });
    for (const [to, its] of [
      [v!, state.u],
      [e!, state.e],
      [I!, state.I],
    ] as const)
      to.set(its, from);
  }
  const s = computeSlopes(layer, computeDistances(layer, u!, e!));
  const isSpikes = neuron.output === 'spikes';
  const dx = computedx(
    layer,
    {
      ...computeFactors(layer, [s, u!, e!, I!], size, true),
      keeps: array().fill(neuron.α),
      s,
      ...(isSpikes && { E: Float64Array.from(neurons.E) }),
      M: Float64Array.from(neurons.M),
    },
    size,
  );
  return { layer, isSpikes, u: u!, v: v!, e: e!, I: I!, dx };
}

it.each(neurons.cases)('$neuron $args', (recorded) => {
  expect(neuronClasses[recorded.neuron]!.takes).toEqual(expect.arrayContaining(Object.keys(recorded.args)));
  const { layer, isSpikes, u, v, e, I, dx } = run(recorded);
  if (isSpikes) expect([...e]).toEqual(recorded.spikes);
  else expect(recorded.spikes).toEqual([]);
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
it('every class, surrogate and loss is here', () => {
  const others = ['snntorch.LSO', 'norse.heaviside', 'spytorch.super'];
  expect(new Set(surrogates.cases.map(({ name }) => name).concat(others))).toEqual(
    new Set(Object.keys(namedSurrogates)),
  );
  expect(new Set(lossesOf.cases.map(({ name }) => name))).toEqual(new Set(Object.keys(losses)));
});

it.each<[string, number[]]>([
  ['spikingjelly.Rect', [-0.5, 0, 0.5]],
  ['snntorch.spike_rate_escape', [1]],
  ['snntorch.SFS', [0, 1]],
  ['snntorch.LSO', [0]],
  ['sinabs.MultiGaussian', [0, 0.5, -0.5]],
  ['spikingjelly.FakeNumericalGradient', [-1 / 0.3, 1 / 0.3, 0]],
  ['norse.heaviside', []],
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
