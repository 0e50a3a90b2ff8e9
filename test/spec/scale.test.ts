/** Stage `scale` gives Eq. (12), at the times and over the neurons of each variant, and refuses values out of range. */
import { describe, expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import type { Layer } from '../../spec/network.ts';
import {
  computeBatchSums,
  computeFlowSums,
  computeNeuronScale,
  computeRatio,
  computeScale,
  computeScaleOf,
  initialScale,
  isScaleUpdate,
} from '../../spec/scale.ts';
import { paper, type Variant } from '../../spec/variant.ts';
import { layerOf } from './support.ts';

const floored: Variant = { ...paper, scaleRange: 'aboveFloor' };

/** A layer of `width` neurons in a row. */
const mapOf = (width: number, threshold: number, precision = real): Layer =>
  layerOf({ kind: 'convolution', channels: 1, kernel: 1 }, { channels: 1, height: 1, width }, precision, {
    threshold,
  });

const unit = mapOf(1, 1);

describe('Eq. (12), worked by hand', () => {
  it('S = ΣFO / ΣFI over the layer and the batch', () => {
    // Sample 0: FO = 2+1+0 = 3, FI = 2½+1+½ = 4. Sample 1: FO = 0+0+1 = 1, FI = −1+0+2 = 1. S = 4/5.
    const layer = mapOf(3, 1);
    const samples = [
      computeFlowSums(Float64Array.of(2.5, 1, 0.5), Float64Array.of(2, 1, 0), layer, paper, real),
      computeFlowSums(Float64Array.of(-1, 0, 2), Float64Array.of(0, 0, 1), layer, paper, real),
    ];
    expect(samples).toEqual([
      { FI: 4, FO: 3 },
      { FI: 1, FO: 1 },
    ]);
    const sums = computeBatchSums(samples, real);
    expect(sums).toEqual({ FI: 5, FO: 4 });
    expect(computeRatio(sums, paper, real)).toBe(0.8);
    expect(computeScale(sums, 0.5, layer, paper, real)).toEqual({ S: 0.8, refused: false });
  });

  it('ΣFO is a whole number and exact where binary32 has none', () => {
    const of = (FO: number) => ({ FI: 1, FO });
    expect(computeBatchSums([of(2 ** 24), of(1), of(1)], binary32).FO).toBe(2 ** 24 + 2);
    const FO = Float32Array.of(2 ** 24, 1, 1);
    expect(computeFlowSums(FO, FO, mapOf(3, 1), paper, binary32).FO).toBe(2 ** 24 + 2);
  });

  it.each([
    ['ratio 1/Vth is allowed', { FI: 4, FO: 2 }, 2, 0.5, false],
    ['ratio above 1/Vth is refused', { FI: 4, FO: 3 }, 2, 0.3, true],
    ['no spikes are refused', { FI: 4, FO: 0 }, 2, 0.3, true],
    ['a negative ratio is refused', { FI: -4, FO: 1 }, 2, 0.3, true],
    ['0/0 is refused', { FI: 0, FO: 0 }, 2, 0.3, true],
    ['n/0 is refused', { FI: 0, FO: 1 }, 2, 0.3, true],
  ])('scaleRange = belowInverseThreshold: %s', (_, sums, Vth, S, refused) => {
    expect(computeScale(sums, 0.3, mapOf(1, Vth), paper, real)).toEqual({ S, refused });
    expect(computeScaleOf(sums.FO / sums.FI, 0.3, mapOf(1, Vth), paper, real)).toEqual({ S, refused });
  });

  it.each([
    ['any ratio ≥ 0 is used', { FI: 4, FO: 30 }, 7.5],
    ['0 too', { FI: 4, FO: 0 }, 0],
    ['ΣFI below 0.001 gives 1', { FI: 0.00099, FO: 1 }, 1],
    ['0.001 itself does not', { FI: 0.001, FO: 1 }, 1 / 0.001],
    ['a negative ΣFI gives 1', { FI: -4, FO: 1 }, 1],
    ['0/0 gives 1', { FI: 0, FO: 0 }, 1],
  ])('scaleRange = aboveFloor: %s', (_, sums, S) => {
    expect(computeScale(sums, 0.3, mapOf(1, 2), floored, real)).toEqual({ S, refused: false });
  });

  it('the floor is fl(0.001) in binary32', () => {
    const at = Math.fround(0.001);
    const below = at - 2 ** -34; // halfway from `at` to the binary32 number before; `Math.fround` rounds it down
    expect(computeScale({ FI: at, FO: 0 }, 0.3, unit, floored, binary32).S).toBe(0);
    expect(computeScale({ FI: Math.fround(below), FO: 0 }, 0.3, unit, floored, binary32).S).toBe(1);
  });

  it('S of one neuron: FO/FI; 1/Vth where that is outside (0, 1/Vth]', () => {
    const layer = mapOf(1, 2);
    expect(computeNeuronScale(4, 1, layer, real)).toBe(0.25);
    expect(computeNeuronScale(4, 2, layer, real)).toBe(0.5);
    for (const [FI, FO] of [
      [4, 3],
      [4, 0],
      [-4, 1],
      [0, 0],
      [0, 2],
    ]) {
      expect(computeNeuronScale(FI, FO, layer, real)).toBe(0.5);
    }
    expect(computeNeuronScale(3, 1, mapOf(1, 1, binary32), binary32)).toBe(Math.fround(1 / 3));
    expect(computeNeuronScale(1, 9, mapOf(1, 0.3, binary32), binary32)).toBe(
      Math.fround(1 / Math.fround(0.3)),
    );
  });

  it('before the first update S is 1/Vth or 1; static is 1/Vth', () => {
    const [layer, narrow] = [mapOf(1, 4), mapOf(1, 0.3, binary32)];
    const one: Variant = { ...paper, scaleStart: 'one' };
    expect(initialScale(layer, paper, real)).toBe(0.25);
    expect(initialScale(layer, one, real)).toBe(1);
    expect(initialScale(layer, { ...one, scale: 'static' }, real)).toBe(0.25);
    expect(initialScale(narrow, paper, binary32)).toBe(Math.fround(1 / Math.fround(0.3)));
  });

  it('every 5 epochs: epochs 0, 5, 10, …, from the first batch, or after every batch', () => {
    const everyBatch: Variant = { ...paper, scaleUpdate: 'everyBatch' };
    for (let epoch = 0; epoch <= 11; epoch++) {
      const turn = [0, 5, 10].includes(epoch);
      expect([0, 1, 2].map((batch) => isScaleUpdate(epoch, batch, 5, paper))).toEqual([turn, false, false]);
      for (const batch of [0, 1, 2]) expect(isScaleUpdate(epoch, batch, 5, everyBatch)).toBe(turn);
    }
    expect([0, 1, 2, 3].map((epoch) => isScaleUpdate(epoch, 0, 1, paper))).toEqual([true, true, true, true]);
  });
});
