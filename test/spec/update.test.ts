/** Stage `update` gives Eq. (11) by SGD and by Adam. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32, type Precision } from '../../spec/arithmetic.ts';
import {
  adam,
  applyAdam,
  applySGD,
  computeAdamConstants,
  smallestMoment,
  type Adam,
  type AdamConstants,
  type Powers,
} from '../../spec/update.ts';
import { expectSame, law } from './support.ts';

/** One weight with its moments, after one update. */
function step(
  values: { w: number; dw: number; m: number; v: number },
  at: AdamConstants,
  settings: Adam,
  { array }: Precision,
) {
  const list = (value: number) => array(1).fill(value);
  const [w, dw, m, v] = [list(values.w), list(values.dw), list(values.m), list(values.v)];
  applyAdam(w, dw, m, v, at, settings);
  return { w: w[0], m: m[0], v: v[0] };
}

describe('Adam, worked by hand', () => {
  it('the paper’s settings: lr is given, β = (0.9, 0.999), ε = 1e-8, the authors’ decay 5e-4', () => {
    expect(adam).toEqual({ kind: 'adam', weightDecay: 5e-4, β1: 0.9, β2: 0.999, ε: 1e-8 });
  });

  it('powers of β are running products', () => {
    let powers: Powers = { β1k: 1, β2k: 1 };
    let [β1k, β2k] = [1, 1];
    for (let k = 1; k <= 20; k++) {
      const next = computeAdamConstants(powers, 1e-3, adam);
      [β1k, β2k] = [β1k * 0.9, β2k * 0.999];
      expect(next.powers).toEqual({ β1k, β2k });
      expect(next.constants).toEqual({ size: 1e-3 / (1 - β1k), correction: Math.sqrt(1 - β2k) });
      powers = next.powers;
    }
    expect(Math.abs(powers.β1k / 0.9 ** 20 - 1)).toBeLessThan(1e-14);
  });

  it('a moment below 2⁻¹⁰⁰ becomes +0, 2⁻¹⁰⁰ itself stays', () => {
    expect(smallestMoment).toBe(2 ** -100);
    const half: Adam = { kind: 'adam', weightDecay: 0, β1: 0.5, β2: 0.5, ε: 1 };
    const at: AdamConstants = { size: 1, correction: 1 };
    const next = 1 - 2 ** -24; // 2⁻¹⁰⁰·next is the binary32 number before 2⁻¹⁰⁰
    const after = (m: number, v: number) => {
      const { m: first, v: second } = step({ w: 0, dw: 0, m, v }, at, half, binary32);
      return [first, second];
    };
    expect(after(2 ** -99, 2 ** -99)).toEqual([2 ** -100, 2 ** -100]);
    expect(after(-(2 ** -99), 0)).toEqual([-(2 ** -100), 0]);
    expect(after(2 ** -99 * next, 2 ** -99 * next)).toEqual([0, 0]);
    const [flushed] = after(-(2 ** -99) * next, 0);
    expect(Object.is(flushed, 0)).toBe(true); // +0, not −0
  });
});

describe('update, laws', () => {
  const value = fc.float({ min: -4, max: 4, noNaN: true }).filter((x) => x === 0 || Math.abs(x) > 1e-6);
  /** w, dw, m and √v. */
  const weights = fc.array(fc.tuple(value, value, value, value), { minLength: 1, maxLength: 6 });
  const cases = fc.record({
    weights,
    η: fc.constantFrom(8.5e-4, 5e-4, 0.1, 0.5),
    settings: fc.record({
      kind: fc.constant('adam' as const),
      weightDecay: fc.constantFrom(0, 5e-4, 0.1),
      β1: fc.constantFrom(0.9, 0.5, 0),
      β2: fc.constantFrom(0.999, 0.9),
      ε: fc.constantFrom(1e-8, 0.1),
    }),
  });

  law('SGD rounds after each operation', cases, 200, ({ weights: list, η, settings: { weightDecay } }) => {
    const fl = Math.fround;
    const [w, dw] = [0, 1].map((k) => Float32Array.from(list, (values) => values[k]));
    const expected = list.map(([first, second]) =>
      fl(first - fl(fl(η) * fl(second + fl(fl(weightDecay) * first)))),
    );
    applySGD(w, dw, η, weightDecay);
    expectSame(w, expected, 'w');
  });

  law('Adam rounds after each operation, constants once', cases, 200, ({ weights: list, η, settings }) => {
    const fl = Math.fround;
    const { weightDecay, β1, β2, ε } = settings;
    const at = computeAdamConstants({ β1k: 0.81, β2k: 0.998001 }, η, settings).constants;
    const flushed = (moment: number): number => (Math.abs(moment) < 2 ** -100 ? 0 : moment);
    const [w, dw, m, v] = [0, 1, 2, 3].map((k) => Float32Array.from(list, (values) => values[k]));
    v.set(v.map((root) => root * root));
    const gradient = dw.slice();
    const expected = list.map((_, k) => {
      const q = fl(dw[k] + fl(fl(weightDecay) * w[k]));
      const nextm = flushed(fl(fl(fl(β1) * m[k]) + fl(fl(1 - β1) * q)));
      const nextv = flushed(fl(fl(fl(β2) * v[k]) + fl(fl(1 - β2) * fl(q * q))));
      const below = fl(fl(fl(Math.sqrt(nextv)) / fl(at.correction)) + fl(ε));
      return [fl(w[k] - fl(fl(at.size) * fl(nextm / below))), nextm, nextv];
    });
    applyAdam(w, dw, m, v, at, settings);
    for (const [k, values] of expected.entries()) expectSame([w[k], m[k], v[k]], values, `weight ${k}`);
    expectSame(dw, gradient, 'dw');
  });
});
