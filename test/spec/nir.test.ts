/** The one equation of NIR in hand-worked examples, which show each choice. All numbers are dyadic, so both precisions agree. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32, real, type Precision } from '../../spec/arithmetic.ts';
import {
  applyNirNeurons,
  computeInt8,
  computeDecay,
  computeNirConstants,
  exponential,
  neuronPrecision,
  startNir,
  type NirParameters,
} from '../../spec/nir.ts';
import {
  nirConventions,
  nirNetworkChoices,
  nirNeuronChoices,
  type NirKind,
  type NirNeuronConvention,
} from '../../spec/nirConventions.ts';
import { applyNirMap } from '../../spec/nirMaps.ts';
import { law } from './support.ts';

const plain = nirConventions.snntorch.neurons.LIF;
const euler: NirNeuronConvention = { ...plain, gain: 'euler' };

/** One neuron with τ = 2 steps, so λ = ½; r = 2, so g = 1; θ = 1. */
const neuron = (kind: NirKind = 'LIF', more: Partial<NirParameters> = {}): NirParameters => ({
  kind, τ: [2], r: [2], vLeak: [0], vThreshold: [1], vReset: [0], τSyn: [2], wIn: [2], ...more,
}); // prettier-ignore

/** The potentials and the sent spikes for each x. */
function run(
  x: readonly number[],
  convention: NirNeuronConvention,
  parameters = neuron(),
  precision: Precision = real,
  settled?: number[],
): { u: number[]; o: number[] } {
  const own = neuronPrecision(convention, precision);
  const constants = computeNirConstants(parameters, 1, convention, own, settled);
  const state = startNir(constants, own);
  const [u, o]: number[][] = [[], []];
  for (const value of x) {
    const arrived = precision.array(1);
    arrived[0] = value;
    applyNirNeurons(state, arrived, [precision.array(1), precision.array(1)], constants, convention);
    u.push(state.u[0]);
    o.push(state.o[0]);
  }
  return { u, o };
}

describe('the form of a difference, in the bits of binary32', () => {
  const f = Math.fround;
  const x = [0.37, -0.21, 0.53, 0.11, 0.29];
  const odd = neuron('LIF', { τ: [3], r: [2.7], vLeak: [0.3], vThreshold: [40] });
  const bits = (change: Partial<NirNeuronConvention>) => run(x, { ...euler, ...change }, odd, binary32).u;
  /** u + κ·((v_leak − u) + r·x), each operation rounded. */
  const byHand = (κ: number): number[] => {
    let u = 0;
    return x.map((value) => (u = f(u + f(f(κ) * f(f(f(0.3) - u) + f(f(2.7) * f(value)))))));
  };

  it('is of Euler, with dt/τ, and of a gain of (1 − λ)·r with any leak', () => {
    expect(bits({ form: 'difference' })).toEqual(byHand(1 / 3));
    // κ is dt/τ itself. 1 − λ would round twice.
    expect([...computeNirConstants(odd, 1, euler, real).κ]).toEqual([1 / 3]);
    expect(1 - (1 - 1 / 3)).not.toBe(1 / 3);
    expect(bits({ form: 'difference', gain: 'complement' })).toEqual(byHand(1 / 3));
    const kept = exponential(-1 / 3);
    expect(bits({ form: 'difference', gain: 'complement', step: 'exponential' })).toEqual(byHand(1 - kept));
  });

  it.each<Partial<NirNeuronConvention>>([
    { gain: 'one' },
    { gain: 'threshold' },
    { gain: 'one', step: 'exponential' },
    { gain: 'euler', step: 'exponential' },
    { numbers: 'loihi' },
    { numbers: 'loihi', gain: 'complement' },
  ])('is that of a product with %j', (change) => {
    const [difference, product] = [bits({ ...change, form: 'difference' }), bits(change)];
    expect(difference).toEqual(product);
    expect(product).not.toEqual(byHand(1 / 3));
  });

  it('has no part of a step for neurons that do not leak', () => {
    const { κ } = computeNirConstants(neuron('IF', { τ: [0] }), 1, euler, real);
    expect([...κ]).toEqual([1]);
  });
});

describe.each([real, binary32])('by hand, in $name', (precision) => {
  const of = (
    x: readonly number[],
    change: Partial<NirNeuronConvention> = {},
    kind?: NirKind,
    more?: Partial<NirParameters>,
  ) => run(x, { ...euler, ...change }, neuron(kind, more), precision);

  it('leaks by Euler, and fires above θ alone', () => {
    expect(of([0.5, 0.5, 0.25, 0.5, 0.75])).toEqual({ u: [0.5, 0.75, 0.625, 0.8125, 0], o: [0, 0, 0, 0, 1] });
    expect(of([1])).toEqual({ u: [1], o: [0] });
    expect(of([1], { fires: 'at' })).toEqual({ u: [0], o: [1] });
  });

  it('has the same potentials as differences', () => {
    expect(of([0.5, 0.5, 0.25, 0.5, 0.75], { form: 'difference' })).toEqual(of([0.5, 0.5, 0.25, 0.5, 0.75]));
  });

  it('takes the gain from r, from 1 − λ, as 1, or into the threshold', () => {
    const r = { r: [1] };
    expect(of([0.5], {}, 'LIF', r).u).toEqual([0.25]);
    expect(of([0.5], { resistance: 'ignored' }).u).toEqual([0.25]);
    expect(of([0.5], { gain: 'complement' }).u).toEqual([0.5]);
    expect(of([0.5], { gain: 'one' }, 'LIF', r).u).toEqual([0.5]);
    // θ is 1 ÷ ½ = 2.
    expect(of([1.5, 1.5], { gain: 'threshold' }, 'LIF', r)).toEqual({ u: [1.5, 0], o: [0, 1] });
  });

  it('is reset to 0, to v_reset, or by subtraction before or after the leak', () => {
    const half = { vReset: [0.5] };
    expect(of([2, 0], {}, 'LIF', half).u).toEqual([0, 0]);
    expect(of([2, 0], { reset: 'vReset' }, 'LIF', half)).toEqual({ u: [0.5, 0.25], o: [1, 0] });
    // u starts at the reset potential.
    expect(of([0, 0], { reset: 'vReset' }, 'LIF', half).u).toEqual([0.25, 0.125]);
    expect(of([1.5, 0], { reset: 'subtract' })).toEqual({ u: [0.5, 0.25], o: [1, 0] });
    expect(of([1.5, 0], { reset: 'subtract', resetWhen: 'beforeLeak' }).u).toEqual([1.5, 0.25]);
    expect(of([1.5, 0], { reset: 'subtract', resetWhen: 'afterLeak' }).u).toEqual([1.5, -0.25]);
  });

  it('takes θ from what overshot before the next comparison, and gives it back', () => {
    // 3 fires and leaves 2, which is above θ. With `beforeLeak`, ½·(2 − 1) + 1.5 = 2 then fires; its reset takes 1 and adds
    // the earlier 1 back.
    expect(of([3, 1.5], { reset: 'subtract', overshoot: 'beforeLeak' })).toEqual({ u: [2, 2], o: [1, 1] });
    expect(of([3, 1.5], { reset: 'subtract', overshoot: 'afterLeak' })).toEqual({ u: [2, 1.5], o: [1, 1] });
    expect(of([3, 1.5], { reset: 'subtract' })).toEqual({ u: [2, 1.5], o: [1, 1] });
    expect(of([3, 0], { reset: 'subtract', overshoot: 'afterLeak' })).toEqual({ u: [2, 1], o: [1, 0] });
    expect(of([3, 0.5], { reset: 'subtract' }).o).toEqual([1, 1]);
    expect(of([3, 0.5], { reset: 'subtract', overshoot: 'afterLeak' }).o).toEqual([1, 0]);
    // A remainder equal to θ is not above θ, so the next step does not subtract θ from it: ½·1 + 0.75 fires.
    expect(of([2, 0.75], { reset: 'subtract', overshoot: 'afterLeak' })).toEqual({ u: [1, 0.25], o: [1, 1] });
  });

  it('sends one spike, or as many as there are θ in u', () => {
    expect(of([3.5, 0], { reset: 'subtract', spikes: 'whole' })).toEqual({ u: [0.5, 0.25], o: [3, 0] });
    expect(of([1.75, 0], { reset: 'subtract', spikes: 'whole' }, 'LIF', { vThreshold: [0.5] })).toEqual({
      u: [0.25, 0.125],
      o: [3, 0],
    });
  });

  it('sends in the same step, or a step later', () => {
    expect(of([2, 0, 0], { sends: 'stepBefore' })).toEqual({ u: [0, 0, 0], o: [0, 1, 0] });
  });

  it('has a floor', () => {
    expect(of([-3], {}).u).toEqual([-3]);
    expect(of([-3], { floor: 'threshold' }).u).toEqual([-1]);
    expect(of([-3], { floor: 'zero' }).u).toEqual([0]);
  });

  it('does not leak as IF, but where λ is 0.9', () => {
    expect(of([0.5, 0.25], {}, 'IF').u).toEqual([0.5, 0.75]);
    expect(of([0.5, 0], { ifLeak: 'nineTenths' }, 'IF').u[1]).toBeCloseTo(0.45, 6);
  });

  it('leaks towards v_leak', () => {
    expect(of([0, 0], {}, 'LIF', { vLeak: [0.5] }).u).toEqual([0.25, 0.375]);
    expect(of([0, 0], { form: 'difference' }, 'LIF', { vLeak: [0.5] }).u).toEqual([0.25, 0.375]);
    expect(of([0], { vLeak: 'ignored' }, 'LIF', { vLeak: [0.5] }).u).toEqual([0]);
  });

  it('filters by a synapse: a of w_in, 1, or α', () => {
    // α = ½, so I is 0.5, then 0.25. u is 0.5, then ½·0.5 + 0.25.
    expect(of([0.5, 0], {}, 'CubaLIF').u).toEqual([0.5, 0.5]);
    expect(of([0.5, 0], { synapse: 'one' }, 'CubaLIF', { wIn: [9] }).u).toEqual([0.5, 0.5]);
    expect(of([0.5, 0], { synapse: 'leaked' }, 'CubaLIF', { wIn: [9] }).u).toEqual([0.25, 0.25]);
    expect(of([0.5, 0], { step: 'exponential', synapseStep: 'euler', gain: 'one' }, 'CubaLIF').u[0]).toBe(
      0.5,
    );
  });

  it('adds a bias past the synapse as large as it would become', () => {
    const convention: NirNeuronConvention = { ...euler, bias: 'settled' };
    // g·a·b / (1 − α) = ½ · 2 · 0.125 / ½ = ¼.
    const parameters = neuron('CubaLIF', { r: [1], wIn: [4] });
    expect(run([0], convention, parameters, precision, [0.125]).u).toEqual([0.25]);
  });

  it('cuts to 4096ths, or as Loihi does', () => {
    const least = 1 / 4096;
    expect(of([0.7 * least, -1.7 * least], { numbers: 'lavaDl', gain: 'one' }).u).toEqual([0, -least]);
    // λ = 1 − ⌊4095/2⌋/4096. g = ½ and θ = 1 are multiples of 1/256. u is in units of 1/16384.
    const loihi = of([0.5, 0], { numbers: 'loihi' }, 'LIF', { r: [1] });
    expect(loihi.u).toEqual([0.25, Math.trunc(0.25 * (2049 / 4096) * 16384) / 16384]);
    // θ = 0.7 becomes 179/256, which is below 0.6993.
    expect(of([0.6993], { numbers: 'loihi' }, 'LIF', { vThreshold: [0.7] }).o).toEqual([1]);
    expect(of([0.6992], { numbers: 'loihi' }, 'LIF', { vThreshold: [0.7] }).o).toEqual([0]);
  });
});

/** test/nir/compose.test.ts tests the other maps. */
it('a linear node has a bias', () => {
  const y = new Float64Array(2);
  applyNirMap(y, Float64Array.of(1, 0, 2, 1), {
    kind: 'dense',
    input: { channels: 4, height: 1, width: 1 },
    output: { channels: 2, height: 1, width: 1 },
    w: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    b: Float64Array.of(0.5, 0),
  });
  expect([...y]).toEqual([1 + 6 + 4 + 0.5, 5 + 14 + 8]);
});

it('a convolution moves by its stride along both sides', () => {
  const y = new Float64Array(4);
  const window = { size: [1, 2], stride: [3, 2], padding: [0, 0] } as const;
  const [input, output] = [4, 2].map((side) => ({ channels: 1, height: side, width: side }));
  const o = Float64Array.from({ length: 16 }, (_, k) => k);
  const w = Float64Array.of(100, 1);
  applyNirMap(y, o, { kind: 'convolution', input: input!, output: output!, kernel: window, w });
  expect([...y]).toEqual([1, 203, 1213, 1415]);
});

describe('constants', () => {
  it('λ by Euler, by the exponential, and of Loihi', () => {
    const λ = (step: 'euler' | 'exponential', numbers: 'float' | 'loihi' = 'float') =>
      computeDecay(25, 1, { step, numbers });
    expect(λ('euler')).toBe(0.96);
    expect(λ('exponential')).toBeCloseTo(0.9607894391523232, 15);
    expect(λ('euler', 'loihi')).toBe(1 - 163 / 4096);
  });

  const negative = fc.double({ min: -30, max: 0, noNaN: true });
  law('the exponential is within 3 ulp of the engine’s', negative, 100, (x) => {
    expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(2 ** -47);
  });

  it('8 bits are cut towards 0', () => {
    expect(
      [...computeInt8([1, -1, 0.999, -0.999, 1 / 128], 1, real)].map((w) => Math.round(w * 127)),
    ).toEqual([127, -127, 126, -126, 0]);
    // In units of 2/127, 63.5 becomes 63.
    expect([...computeInt8([2, 1, -1], 2, real)]).toEqual([2, 126 / 127, -126 / 127]);
  });
});

describe('conventions', () => {
  it.each(Object.entries(nirConventions))(
    '%s answers each question with one of its choices',
    (_, { neurons, ...network }) => {
      const questions = { ...nirNeuronChoices, ...nirNetworkChoices };
      for (const own of [neurons.IF, neurons.LIF, neurons.CubaLIF])
        for (const [question, answers] of Object.entries(questions))
          expect(answers, question).toContain({ ...network, ...own }[question]);
    },
  );

  it('differ by the kind of neuron', () => {
    const u = (name: 'sinabs' | 'nengo', kind: NirKind) =>
      run([-3], nirConventions[name].neurons[kind], neuron(kind)).u[0];
    expect([u('sinabs', 'IF'), u('sinabs', 'LIF')]).toEqual([-1, -3]);
    expect(u('nengo', 'IF')).toBe(-3);
    expect(u('nengo', 'LIF')).toBe(0);
  });
});

it('is Eq. 3 where a convention is the paper’s: IF, at θ, to 0', () => {
  const convention: NirNeuronConvention = { ...euler, fires: 'at', resetWhen: 'beforeLeak' };
  expect(run([0.75, 0.25, 0.5], convention, neuron('IF'))).toEqual({ u: [0.75, 1, 0.5], o: [0, 1, 0] });
});
