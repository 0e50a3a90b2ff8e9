/** Stage current gives Eq. (3), first line, as plain loops do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32, real, type Precision } from '../../spec/arithmetic.ts';
import { applyWeightedCurrent } from '../../spec/current.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import {
  divisorOf,
  neuronsOf,
  weightsOf,
  type Layer,
  type LayerDescription,
  type Shape,
} from '../../spec/network.ts';
import { paper } from '../../spec/variant.ts';
import { poolNames, wordsFor } from '../kinds.ts';
import { expectSame, law, numbers } from './support.ts';

function layerOf(words: LayerDescription, input: Shape, precision: Precision = real): Layer {
  const layers: LayerDescription[] = [words, { kind: 'linear', units: 1 }];
  const description = { input, timeWindow: 1, threshold: 1, layers };
  return buildNetwork(description, paper, precision).layers[0];
}

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

  it('convolution: padding is silence, stride 2 takes every second window', () => {
    // The same map with a ring of zeros; windows at rows and columns −1 and 1 of the map.
    // (−1,−1): 8·o₀₀ = 8   (−1,1): 4·o₀₁ + 8·o₀₂ = 8   (1,−1): 2·o₁₀ + 8·o₂₀ = 8   (1,1): as above 5
    const layer = layerOf({ kind: 'convolution', channels: 1, kernel: 2, stride: 2, padding: 1 }, map3);
    expect(currentOf(layer, [1, 2, 4, 8], [1, 0, 1, 0, 1, 0, 1, 1, 0])).toEqual([8, 8, 8, 5]);
  });

  it('average pool: count ÷ n, rounded once', () => {
    const layer = layerOf({ kind: 'averagePool', size: 3 }, map3, binary32);
    expect(currentOf(layer, [], [1, 0, 1, 0, 1, 0, 1, 1, 0], binary32)).toEqual([Math.fround(5 / 9)]);
    const quarters = layerOf({ kind: 'averagePool', size: 2, stride: 1 }, map3);
    expect(currentOf(quarters, [], [1, 0, 1, 0, 1, 0, 1, 1, 0])).toEqual([0.5, 0.5, 0.75, 0.5]);
  });

  it('sum pool: the count', () => {
    const layer = layerOf({ kind: 'sumPool', size: 2, stride: 1 }, map3);
    expect(currentOf(layer, [], [1, 0, 1, 0, 1, 0, 1, 1, 0])).toEqual([2, 2, 3, 2]);
  });

  it('maximum pool: the greatest spike of the window', () => {
    const layer = layerOf({ kind: 'maxPool', size: 2, stride: 1 }, map3);
    expect(currentOf(layer, [], [0, 0, 1, 0, 0, 0, -1, -1, 0])).toEqual([0, 1, 0, 0]);
    expect(currentOf(layer, [], [-1, -1, -1, -1, -2, 3, -1, -1, 0])).toEqual([-1, 3, -1, 3]);
  });

  it('in binary32, linear layers add in raster order of the map before, channels last', () => {
    // Places (C,H,W) of two channels by two columns: 1 1 | −1 1. In raster order: 1, −1, 1, 1.
    // w = 1, e, 1, e (e = 2⁻²⁴): 1 − 1 + e + e = 2e. In stored order 1 + e − 1 + e would be e.
    const e = 2 ** -24;
    const layer = layerOf({ kind: 'linear', units: 1 }, rowOf(2, 2), binary32);
    expect(currentOf(layer, [1, e, 1, e], [1, 1, -1, 1], binary32)).toEqual([2 * e]);
  });
});

const geometry = fc.record({
  input: fc.record({
    channels: fc.integer({ min: 1, max: 4 }),
    height: fc.integer({ min: 1, max: 7 }),
    width: fc.integer({ min: 1, max: 7 }),
  }),
  units: fc.integer({ min: 1, max: 5 }),
  kernel: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  padding: fc.integer({ min: 0, max: 2 }),
  seed: fc.nat(),
});
type Geometry = typeof geometry extends fc.Arbitrary<infer G> ? G : never;

/** Plain loops over a padded map, weights and inputs read through functions. Order: kernel row, column, channel. */
function loops(
  { input, output, window: { size, stride, padding } }: Layer,
  each: (to: number, place: number, from: number, row: number, column: number, y: number, x: number) => void,
): void {
  for (let to = 0; to < output.channels; to++) {
    for (let place = 0; place < output.height * output.width; place++) {
      const top = Math.floor(place / output.width) * stride - padding;
      const left = (place % output.width) * stride - padding;
      for (let row = 0; row < size; row++) {
        for (let column = 0; column < size; column++) {
          for (let from = 0; from < input.channels; from++)
            each(to, place, from, row, column, top + row, left + column);
        }
      }
    }
  }
}

function naiveConvolution(
  layer: Layer,
  w: readonly number[],
  o: readonly number[],
  round = (v: number) => v,
): number[] {
  const { input, output, window } = layer;
  const x: number[] = Array(neuronsOf(output)).fill(0);
  loops(layer, (to, place, from, row, column, y, xx) => {
    if (y < 0 || xx < 0 || y >= input.height || xx >= input.width) return;
    const weight = w[((to * input.channels + from) * window.size + row) * window.size + column];
    const i = to * output.height * output.width + place;
    x[i] = round(x[i] + round(weight * o[(from * input.height + y) * input.width + xx]));
  });
  return x;
}

function naiveLinear(
  layer: Layer,
  w: readonly number[],
  o: readonly number[],
  round = (v: number) => v,
): number[] {
  const { channels, height, width } = layer.input;
  return Array.from({ length: neuronsOf(layer.output) }, (_, i) => {
    let x = 0;
    for (let y = 0; y < height; y++) {
      for (let column = 0; column < width; column++) {
        for (let channel = 0; channel < channels; channel++) {
          const j = (channel * height + y) * width + column;
          x = round(x + round(w[i * channels * height * width + j] * o[j]));
        }
      }
    }
    return x;
  });
}

describe.each([
  ['linear', naiveLinear],
  ['convolution', naiveConvolution],
] as const)('%s, laws', (kind, naive) => {
  const drawn = (words: Geometry, precision: Precision) => {
    const { input, units, stride, padding, seed } = words;
    const kernel = Math.min(words.kernel, Math.min(input.height, input.width) + 2 * padding);
    const layer = layerOf({ kind, units, channels: units, kernel, stride, padding }, input, precision);
    const random = numbers(seed);
    const list = (length: number, value: () => number): number[] => Array.from({ length }, value);
    return { layer, random, list };
  };

  law('equals plain loops exactly on dyadic weights, in both precisions', geometry, 200, (words) => {
    for (const precision of [real, binary32]) {
      const { layer, random, list } = drawn(words, precision);
      const w = list(weightsOf(layer), () => Math.floor(random() * 17 - 8) / 8);
      const o = list(neuronsOf(layer.input), () => Math.floor(random() * 11) - 1);
      expectSame(currentOf(layer, w, o, precision), naive(layer, w, o), precision.name);
    }
  });

  law('adds in the order of the text, each product and each sum rounded', geometry, 200, (words) => {
    const { layer, random, list } = drawn(words, binary32);
    const w = list(weightsOf(layer), () => Math.fround((random() - 0.5) * 2 ** Math.floor(random() * 40)));
    const o = list(neuronsOf(layer.input), () => Math.floor(random() * 4) - 1);
    expectSame(currentOf(layer, w, o, binary32), naive(layer, w, o, Math.fround), 'x');
  });
});

describe.each(poolNames)('%s, laws', (kind) => {
  law('equals plain loops over its own channel', geometry, 200, ({ input, kernel, stride, seed }) => {
    const size = Math.min(kernel, input.height, input.width);
    const words = wordsFor(kind, { units: 1, kernel, size, stride, padding: 0 }, input);
    fc.pre(words !== undefined);
    const layer = layerOf(words, input, binary32);
    const random = numbers(seed);
    const o = Array.from({ length: neuronsOf(input) }, () => Math.floor(random() * 5) - 1);
    const windows: number[][] = Array.from({ length: neuronsOf(layer.output) }, () => []);
    loops(layer, (to, place, from, _row, _column, y, x) => {
      if (to !== from) return;
      windows[to * layer.output.height * layer.output.width + place].push(
        o[(from * input.height + y) * input.width + x],
      );
    });
    const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
    const expected = windows.map((values) =>
      kind === 'maxPool' ? Math.max(...values) : Math.fround(sum(values) / divisorOf(layer)),
    );
    expectSame(currentOf(layer, [], o, binary32), expected, 'x');
  });
});
