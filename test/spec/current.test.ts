/** Stage `current` computes the first line of Eq. (3). algorithm1.test.ts tests it on random networks. */
import { describe, expect, it } from 'vitest';
import { applyWeightedCurrent } from '../../spec/current.ts';
import { neuronsOf, type Layer, type Shape } from '../../spec/network.ts';
import { layerOf } from './support.ts';

function currentOf(layer: Layer, w: readonly number[], o: readonly number[]): number[] {
  const x = new Float64Array(neuronsOf(layer.output)).fill(7); // overwritten
  layer.kind.applyCurrent(x, Float64Array.from(w), Float64Array.from(o), layer);
  return [...x];
}

const rowOf = (channels: number, width: number): Shape => ({ channels, height: 1, width });
const map3 = { channels: 1, height: 3, width: 3 };

describe('current, worked by hand', () => {
  it('linear: x_i = Σ_j w_ij·o_j', () => {
    // ½·1 − ¼·1 + 4·0 = ¼;  1·1 + 2·1 + 8·0 = 3.
    const layer = layerOf({ kind: 'linear', units: 2 }, rowOf(3, 1));
    expect(currentOf(layer, [0.5, -0.25, 4, 1, 2, 8], [1, 1, 0])).toEqual([0.25, 3]);
    const x = new Float64Array(2);
    applyWeightedCurrent(x, Float64Array.of(0.5, -0.25, 4, 1, 2, 8), Float64Array.of(0, 0, 1), layer);
    expect([...x]).toEqual([4, 8]);
  });

  it('convolution: a window of 2 × 2 over 3 × 3, weights not turned round', () => {
    // o:  1 0 1    w:  1 2    x:  1·1+2·0+4·0+8·1 = 9   1·0+2·1+4·1+8·0 = 6
    //     0 1 0        4 8        1·0+2·1+4·1+8·1 = 14  1·1+2·0+4·1+8·0 = 5
    //     1 1 0
    const layer = layerOf({ kind: 'convolution', channels: 1, kernel: 2 }, map3);
    expect(currentOf(layer, [1, 2, 4, 8], [1, 0, 1, 0, 1, 0, 1, 1, 0])).toEqual([9, 6, 14, 5]);
  });
});
