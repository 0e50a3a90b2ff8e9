/** Stage current gives Eq. (3), first line, as plain loops do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32, real, type Precision } from '../../spec/arithmetic.ts';
import { applyWeightedCurrent } from '../../spec/current.ts';
import { neuronsOf, rasterOrder, weightsOf, type Layer, type Shape } from '../../spec/network.ts';
import { paper } from '../../spec/variant.ts';
import { tablesOf } from './naive.ts';
import { anyLayer } from './small.ts';
import { alone, expectSame, layerOf, law, numbers } from './support.ts';

function currentOf(
  layer: Layer,
  w: readonly number[],
  o: readonly number[],
  precision: Precision = real,
): number[] {
  const [x, weights, spikes] = [
    precision.array(neuronsOf(layer.output)),
    precision.array(w.length),
    precision.array(o.length),
  ];
  weights.set(w);
  spikes.set(o);
  x.fill(7); // overwritten
  layer.kind.applyCurrent(x, weights, spikes, layer);
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

describe('current, laws', () => {
  const cases = fc.record({ drawn: anyLayer, seed: fc.nat(), precision: fc.constantFrom(real, binary32) });
  law(
    'adds what a neuron hears in raster order, each product and each sum rounded',
    cases,
    500,
    ({ drawn: { words, input }, seed, precision }) => {
      const layer = layerOf(words, input, precision);
      const { round } = precision;
      const random = numbers(seed);
      const list = (length: number, value: () => number): number[] => Array.from({ length }, value);
      const w = list(weightsOf(layer), () => round((random() - 0.5) * 2 ** Math.floor(random() * 40)));
      const o = list(neuronsOf(input), () => Math.floor(random() * 5) - 1);
      const raster = [...rasterOrder(input)];
      const [{ windows, weight, divisor }] = tablesOf({ ...alone, input, layers: [words] }, paper);
      const expected = windows.map((window, i) => {
        if (words.kind === 'maxPool') return Math.max(...window.map((j) => o[j]));
        if (window.length > 0) return round(window.reduce((sum, j) => sum + o[j], 0) / divisor);
        const heard = raster.filter((j) => weight[i][j] >= 0);
        return heard.reduce((x, j) => round(x + round(w[weight[i][j]] * o[j])), 0);
      });
      expectSame(currentOf(layer, w, o, precision), expected, 'x');
    },
  );
});
