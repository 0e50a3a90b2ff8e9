/** Stage loss gives Eq. (4) and (6), and the class with the greatest potential. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import {
  computeBatchLoss,
  computeClass,
  computeError,
  computeLabelVector,
  computeLoss,
  computeSpikeError,
} from '../../spec/loss.ts';
import { paper, type Variant } from '../../spec/variant.ts';
import { expectSame, law } from './support.ts';

const whole: Variant = { ...paper, loss: 'whole' };
const summed: Variant = { ...paper, batch: 'sum' };

describe('loss, worked by hand', () => {
  it('the label vector is 1 at the class', () => {
    expect([...computeLabelVector(2, 4, real)]).toEqual([0, 0, 1, 0]);
    expect(computeLabelVector(0, 2, binary32)).toEqual(Float32Array.of(1, 0));
  });

  it('Eq. (6): T = 4, Vth = ½, u = (1, 3, −½), class 1', () => {
    // u/(T·Vth) = (½, 1½, −¼), less Y = (0, 1, 0): error (½, ½, −¼). ½·(¼ + ¼ + 1⁄16) = 9⁄32.
    const error = computeError(Float64Array.of(1, 3, -0.5), Float64Array.of(0, 1, 0), 4, 0.5);
    expect([...error]).toEqual([0.5, 0.5, -0.25]);
    expect(computeLoss(error, paper)).toBe(9 / 32);
    expect(computeLoss(error, whole)).toBe(9 / 16);
  });

  it('Eq. (4): T = 4, output spikes (1, 3), class 1', () => {
    // FO/T = (¼, ¾), less Y: (¼, −¼). ½·(1⁄16 + 1⁄16) = 1⁄16.
    const error = computeSpikeError(Float64Array.of(1, 3), Float64Array.of(0, 1), 4);
    expect([...error]).toEqual([0.25, -0.25]);
    expect(computeLoss(error, paper)).toBe(1 / 16);
  });

  it('over a batch: the mean, or the sum', () => {
    expect(computeBatchLoss(Float64Array.of(1, 2, 6), paper)).toBe(3);
    expect(computeBatchLoss(Float64Array.of(1, 2, 6), summed)).toBe(9);
  });

  it('in binary32 classes and samples are added ascending', () => {
    expect(computeLoss(Float32Array.of(1, 2 ** -12, 2 ** -12), whole)).toBe(1);
    expect(computeLoss(Float32Array.of(2 ** -12, 2 ** -12, 1), whole)).toBe(1 + 2 ** -23);
    expect(computeBatchLoss(Float32Array.of(1, 2 ** -24, 2 ** -24), summed)).toBe(1);
    expect(computeBatchLoss(Float32Array.of(2 ** -24, 2 ** -24, 1), summed)).toBe(1 + 2 ** -23);
    expect(computeBatchLoss(Float32Array.of(1, 0, 0), paper)).toBe(Math.fround(1 / 3));
  });

  it('the class is the greatest potential; of equal ones the lowest', () => {
    expect(computeClass(Float64Array.of(-1, 3, 2))).toBe(1);
    expect(computeClass(Float64Array.of(0, 3, 1, 3))).toBe(1);
    expect(computeClass(Float64Array.of(0, 0, 0))).toBe(0);
    expect(computeClass(Float64Array.of(-0, 0))).toBe(0);
    expect(computeClass(Float64Array.of(-3, -2, -2))).toBe(1);
  });
});

describe('loss, laws', () => {
  const potentials = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 1, maxLength: 6 });
  const cases = fc.record({
    u: potentials,
    T: fc.integer({ min: 1, max: 20 }),
    Vth: fc.float({ min: 0.125, max: 2, noNaN: true }),
  });

  law('in binary32 T·Vth is rounded once, then the quotient, then the difference', cases, 300, (drawn) => {
    const Y = computeLabelVector(0, drawn.u.length, binary32);
    const window = Math.fround(drawn.T * drawn.Vth);
    const error = computeError(Float32Array.from(drawn.u), Y, drawn.T, drawn.Vth);
    expectSame(
      error,
      drawn.u.map((u, i) => Math.fround(Math.fround(u / window) - Y[i])),
      'error',
    );
  });

  law('the class has the greatest potential, and none before it has', potentials, 200, (u) => {
    const best = computeClass(Float32Array.from(u));
    expect(u.every((value) => value <= u[best])).toBe(true);
    expect(u.slice(0, best).every((value) => value < u[best])).toBe(true);
  });
});
