/** Stage neuron gives Eq. (1), (2), (3): it integrates, leaks, fires and resets. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32, real, type Precision } from '../../spec/arithmetic.ts';
import type { Layer } from '../../spec/network.ts';
import { applyIntegration, applyNeuron, applyResetAndLeak, isFiring } from '../../spec/neuron.ts';
import { choices, paper, type Variant } from '../../spec/variant.ts';
import { expectSame, law, layerOf } from './support.ts';

const above: Variant = { ...paper, fires: 'aboveThreshold' };
const difference: Variant = { ...paper, leak: 'sumThenDifference' };

/** One neuron with its constants. */
const neuron = (threshold: number, leak: number, precision: Precision = real): Layer =>
  layerOf({ kind: 'linear', units: 1 }, { channels: 1, height: 1, width: 1 }, precision, { threshold, leak });

/** u and o after each step under the currents x. */
function run(xs: readonly number[], layer: Layer, variant: Variant, precision: Precision = real) {
  const [u, o, x] = [precision.array(1), precision.array(1), precision.array(1)];
  const shown: { u: number[]; o: number[] } = { u: [], o: [] };
  for (const value of xs) {
    x[0] = value;
    applyNeuron(u, o, x, layer, variant);
    shown.u.push(u[0]);
    shown.o.push(o[0]);
  }
  return shown;
}

describe('Eq. (1) and (2), worked by hand', () => {
  it('integration adds the current: u ← u + x', () => {
    const u = Float64Array.of(1, -0.5);
    applyIntegration(u, Float64Array.of(0.25, 2));
    expect([...u]).toEqual([1.25, 1.5]);
  });

  it.each([
    [0.75, false, false],
    [1, true, false], // the threshold itself
    [1.25, true, true],
    [-1, false, false],
  ])('u = %d, Vth = 1: u ≥ Vth is %s, u > Vth is %s', (u, atThreshold, aboveThreshold) => {
    expect(isFiring(u, 1, paper)).toBe(atThreshold);
    expect(isFiring(u, 1, above)).toBe(aboveThreshold);
  });

  it('the neighbours of the threshold in binary32 are told apart', () => {
    const [below, Vth, next] = [1 - 2 ** -24, 1, 1 + 2 ** -23];
    expect([below, Vth, next].map((u) => isFiring(u, Vth, paper))).toEqual([false, true, true]);
    expect([below, Vth, next].map((u) => isFiring(u, Vth, above))).toEqual([false, false, true]);
  });
});

describe('Eq. (3), worked by hand over five steps, Vth = 1', () => {
  const x = [0.5, 0.5, 0.25, 1, 0.5];

  it('IF: the reset comes with the next step, so u shows what fired', () => {
    // ½ · ½+½ = 1 fires · 0+¼ · ¼+1 = 1¼ fires · 0+½
    expect(run(x, neuron(1, 1), paper)).toEqual({ u: [0.5, 1, 0.25, 1.25, 0.5], o: [0, 1, 0, 1, 0] });
  });

  it('LIF, λ = ½: what did not fire leaks before the next current', () => {
    // ½ · ¼+½ = ¾ · ⅜+¼ = ⅝ · 5⁄16+1 = 21⁄16 fires · 0+½
    const layer = neuron(1, 0.5);
    expect(run(x, layer, paper)).toEqual({ u: [0.5, 0.75, 0.625, 1.3125, 0.5], o: [0, 0, 0, 1, 0] });
  });

  it('subtracts Vth from what fired, before the leak or after it, and may fire again without input', () => {
    const first: Variant = { ...paper, reset: 'subtractThenLeak' };
    const last: Variant = { ...paper, reset: 'leakThenSubtract' };
    // λ = 1: 2.5 fires, 1.5 fires, 0.5 stays.
    for (const variant of [first, last])
      expect(run([2.5, 0, 0, 0], neuron(1, 1), variant)).toEqual({
        u: [1.5, 0.5, 0.5, 0.5],
        o: [1, 1, 0, 0],
      });
    expect(run([1.5, 0], neuron(1, 0.5), first)).toEqual({ u: [0.25, 0.125], o: [1, 0] });
    expect(run([1.5, 0], neuron(1, 0.5), last)).toEqual({ u: [-0.25, -0.125], o: [1, 0] });
  });

  it('without a leak u is kept as it is: u + u would overflow', () => {
    const u = Float32Array.of(3e38);
    applyResetAndLeak(u, new Float32Array(1), { λ: 1, Vth: 1 }, difference);
    expect(u).toEqual(Float32Array.of(3e38));
  });

  it('a witness is asked once for each neuron', () => {
    const asked: unknown[] = [];
    const [u, o] = [Float64Array.of(0, 0), Float64Array.of(0, 0)];
    applyNeuron(u, o, Float64Array.of(0.5, 2), neuron(1, 1), paper, (...of) => asked.push(of) > 0);
    expect(asked).toEqual([
      [0.5, 0, false],
      [2, 1, true],
    ]);
    expect([...o]).toEqual([1, 1]); // its word is taken
  });
});

const potentials = fc.oneof(
  fc.float({ min: -4, max: 4, noNaN: true }),
  fc.integer({ min: -32, max: 32 }).map((n) => n / 8),
);
const cases = fc.record({
  x: fc.array(potentials, { minLength: 1, maxLength: 12 }),
  threshold: fc.oneof(
    fc.constantFrom(0.25, 0.5, 1),
    fc.float({ min: Math.fround(0.05), max: 2, noNaN: true }),
  ),
  leak: fc.oneof(fc.constantFrom(1, 0.5, 0.99), fc.float({ min: Math.fround(0.01), max: 1, noNaN: true })),
  fires: fc.constantFrom<Variant['fires']>('atThreshold', 'aboveThreshold'),
  leaks: fc.constantFrom<Variant['leak']>('product', 'sumThenDifference'),
  reset: fc.constantFrom(...choices.reset),
});

describe('neuron, laws', () => {
  law('a step is its text in every variant, each operation rounded', cases, 600, ({ reset, ...drawn }) => {
    const fl = Math.fround;
    const [λ, Vth] = [fl(drawn.leak), fl(drawn.threshold)];
    const leaked = (u: number): number => {
      if (λ === 1) return u;
      return drawn.leaks === 'product' ? fl(λ * u) : fl(fl(fl(λ * u) + u) - u);
    };
    const left = (u: number, o: number): number => {
      if (o === 0) return leaked(u);
      if (reset === 'subtractThenLeak') return leaked(fl(u - Vth));
      return reset === 'leakThenSubtract' ? fl(leaked(u) - Vth) : 0;
    };
    let [u, o] = [0, 0];
    const expected: { u: number[]; o: number[] } = { u: [], o: [] };
    for (const x of drawn.x) {
      u = fl((reset === 'nextStep' ? left(u, o) : u) + fl(x));
      o = (drawn.fires === 'atThreshold' ? u >= Vth : u > Vth) ? 1 : 0;
      if (reset !== 'nextStep') u = left(u, o);
      expected.u.push(u);
      expected.o.push(o);
    }
    const variant = { ...paper, fires: drawn.fires, leak: drawn.leaks, reset };
    const shown = run(drawn.x, neuron(drawn.threshold, drawn.leak, binary32), variant, binary32);
    expectSame(shown.u, expected.u, 'u');
    expectSame(shown.o, expected.o, 'o');
  });
});
