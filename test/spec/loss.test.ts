/** Stage `loss` gives Eq. (4) and (6), and the class with the greatest potential. */
import { describe, expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import {
  computeClass,
  computeError,
  computeLabelVector,
  computeLoss,
  computeSpikeError,
} from '../../spec/loss.ts';
import { paper, type Variant } from '../../spec/variant.ts';

const whole: Variant = { ...paper, loss: 'whole' };

describe('loss, worked by hand', () => {
  it('the label vector is 1 at the class', () => {
    expect([...computeLabelVector(2, 4, real)]).toEqual([0, 0, 1, 0]);
    expect(computeLabelVector(0, 2, binary32)).toEqual(Float32Array.of(1, 0));
  });

  it('Eq. (6): T = 4, Vth = ½, u = (1, 3, −½), class 1', () => {
    // u/(T·Vth) = (½, 1½, −¼). Subtracting Y = (0, 1, 0) gives the error (½, ½, −¼). ½·(¼ + ¼ + 1⁄16) = 9⁄32.
    const error = computeError(Float64Array.of(1, 3, -0.5), Float64Array.of(0, 1, 0), 4, 0.5);
    expect([...error]).toEqual([0.5, 0.5, -0.25]);
    expect(computeLoss(error, paper)).toBe(9 / 32);
    expect(computeLoss(error, whole)).toBe(9 / 16);
  });

  it('Eq. (4): T = 4, output spikes (1, 3), class 1', () => {
    // FO/T = (¼, ¾). The error FO/T − Y is (¼, −¼). The loss is ½·(1⁄16 + 1⁄16) = 1⁄16.
    const error = computeSpikeError(Float64Array.of(1, 3), Float64Array.of(0, 1), 4);
    expect([...error]).toEqual([0.25, -0.25]);
    expect(computeLoss(error, paper)).toBe(1 / 16);
  });

  it('the class is the greatest potential; of equal ones the lowest', () => {
    expect(computeClass(Float64Array.of(-1, 3, 2))).toBe(1);
    expect(computeClass(Float64Array.of(0, 3, 1, 3))).toBe(1);
    expect(computeClass(Float64Array.of(0, 0, 0))).toBe(0);
    expect(computeClass(Float64Array.of(-0, 0))).toBe(0);
    expect(computeClass(Float64Array.of(-3, -2, -2))).toBe(1);
  });
});
