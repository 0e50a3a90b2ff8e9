/**
 * Arrays that the frameworks themselves computed in binary64: each class of neurons on one input, each surrogate on a row of
 * potentials, each loss. The equations of `spec/` and the stages of a loss return the same numbers.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { real } from '../../../spec/arithmetic.ts';
import { neuronClasses, neuronOf, type NeuronArguments } from '../../../spec/frameworks.ts';
import type { NirState } from '../../../spec/nir.ts';
import { namedSurrogates, surrogateOf, type SurrogateTerms } from '../../../spec/surrogateForms.ts';
import {
  applyTrainedStep,
  computeCharged,
  computeDistances,
  computedx,
  computeFactors,
  computeSlopes,
  trainedConstants,
  type TrainedLayer,
} from '../../../spec/surrogateGradient.ts';
import { losses, type LossName } from '../../../spec/surrogateLoss.ts';
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
