/** Stage `neuron` gives Eq. (1), (2), (3): it integrates, leaks, fires and resets. */
import { describe, expect, it } from 'vitest';
import { real, type Precision } from '../../spec/arithmetic.ts';
import type { Layer } from '../../spec/network.ts';
import { applyIntegration, applyNeuron, applyResetAndLeak, isFiring } from '../../spec/neuron.ts';
import { paper, type Variant } from '../../spec/variant.ts';
import { layerOf } from './support.ts';

const above: Variant = { ...paper, fires: 'aboveThreshold' };
const difference: Variant = { ...paper, leak: 'sumThenDifference' };

/** One neuron with its constants. */
const neuron = (threshold: number, leak: number, precision: Precision = real): Layer =>
  layerOf({ kind: 'linear', units: 1 }, { channels: 1, height: 1, width: 1 }, precision, { threshold, leak });

/** u and o after each step with the currents xs. */
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
    [1, true, false], // equal to the threshold
    [1.25, true, true],
    [-1, false, false],
  ])('u = %d, Vth = 1: u ≥ Vth is %s, u > Vth is %s', (u, atThreshold, aboveThreshold) => {
    expect(isFiring(u, 1, paper)).toBe(atThreshold);
    expect(isFiring(u, 1, above)).toBe(aboveThreshold);
  });
});

describe('Eq. (3), worked by hand over five steps, Vth = 1', () => {
  const x = [0.5, 0.5, 0.25, 1, 0.5];

  it('IF: the reset comes with the next step, so u shows what fired', () => {
    // Potentials: ½; ½ + ½ = 1 fires; 0 + ¼; ¼ + 1 = 1¼ fires; 0 + ½.
    expect(run(x, neuron(1, 1), paper)).toEqual({ u: [0.5, 1, 0.25, 1.25, 0.5], o: [0, 1, 0, 1, 0] });
  });

  it('LIF, λ = ½: what did not fire leaks before the next current', () => {
    // Potentials: ½; ¼ + ½ = ¾; ⅜ + ¼ = ⅝; 5⁄16 + 1 = 21⁄16 fires; 0 + ½.
    const layer = neuron(1, 0.5);
    expect(run(x, layer, paper)).toEqual({ u: [0.5, 0.75, 0.625, 1.3125, 0.5], o: [0, 0, 0, 1, 0] });
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
    expect([...o]).toEqual([1, 1]); // its decision counts
  });
});
