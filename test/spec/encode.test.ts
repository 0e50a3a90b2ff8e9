/** Stage encode draws Poisson spikes with the rate of the image. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPoisson, isPoissonSpike } from '../../spec/encode.ts';
import { inputWord, type Draw } from '../../spec/random.ts';
import { expectSame, law } from './support.ts';

const draw: Draw = { seed: 5, stream: 'train', epoch: 1, sample: 9 };
const words = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(0, 2 ** 32 - 1));
const shapes = fc.record({
  channels: fc.integer({ min: 1, max: 4 }),
  height: fc.integer({ min: 1, max: 5 }),
  width: fc.integer({ min: 1, max: 5 }),
});

describe('isPoissonSpike, worked by hand', () => {
  it.each([
    [0.5, 2 ** 31], // ½·2³²
    [0.1, 429496729], // ⌊429496729.6⌋
    [2 ** -32, 1],
    [1 - 2 ** -53, 2 ** 32 - 1], // the greatest p below 1 misses one word
  ])('p = %d: the bound %d does not fire, one less does', (p, bound) => {
    expect(isPoissonSpike(bound, p)).toBe(false);
    expect(isPoissonSpike(bound - 1, p)).toBe(true);
  });

  it('p ≥ 1 fires for the greatest word, p = 0 and p < 2⁻³² not for the least', () => {
    expect([1, 1.5, 1e9].map((p) => isPoissonSpike(2 ** 32 - 1, p))).toEqual([true, true, true]);
    expect([0, -0, 2 ** -33, 5e-324].map((p) => isPoissonSpike(0, p))).toEqual([false, false, false, false]);
  });
});

describe('isPoissonSpike, laws', () => {
  law(
    'fires always for p ≥ 1, never for p = 0',
    fc.tuple(words, fc.double({ min: 1, noNaN: true })),
    200,
    ([word, p]) => {
      expect(isPoissonSpike(word, p)).toBe(true);
      expect(isPoissonSpike(word, 0)).toBe(false);
    },
  );

  const below1 = fc.double({ min: 2 ** -32, max: 1, maxExcluded: true, noNaN: true });
  law('the bound ⌊p·2³²⌋ itself does not fire, one less does', below1, 500, (p) => {
    const bound = Math.floor(p * 2 ** 32); // a product by a power of two is exact
    expect(isPoissonSpike(bound, p)).toBe(false);
    expect(isPoissonSpike(bound - 1, p)).toBe(true);
  });
});

describe('applyPoisson', () => {
  it('fires where the word of the neuron, by raster place, is below its bound', () => {
    // Two maps of one row of two: places (C,H,W) 0 1 | 2 3, raster places 0 2 | 1 3.
    const shape = { channels: 2, height: 1, width: 2 };
    const word = [0, 2, 1, 3].map((index) => inputWord(draw, 4, index));
    const border = word.map((value) => (value + 1) / 2 ** 32); // the least p that fires
    const o = new Float32Array(4);
    applyPoisson(o, border, shape, 4, 1, draw);
    expect([...o]).toEqual([1, 1, 1, 1]);
    applyPoisson(
      o,
      word.map((value) => value / 2 ** 32),
      shape,
      4,
      1,
      draw,
    );
    expect([...o]).toEqual([0, 0, 0, 0]);
  });

  it('overwrites, with the sign of the intensity', () => {
    const o = Float32Array.of(7, 7, 7, 7, 7);
    applyPoisson(o, [1, -1, 2, -3, 0], { channels: 1, height: 1, width: 5 }, 0, 1, draw);
    expect([...o]).toEqual([1, -1, 1, -1, 0]);
  });

  const maps = fc.record({
    shape: shapes,
    values: fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 100, maxLength: 100 }),
    scale: fc.constantFrom(0.5, 1, 2),
    t: fc.integer({ min: 0, max: 9 }),
  });
  law('o_i = sign(input_i) with probability |input_i|·scale', maps, 200, ({ shape, values, scale, t }) => {
    const { channels, height, width } = shape;
    const o = new Float64Array(channels * height * width);
    applyPoisson(o, values, shape, t, scale, draw);
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const i = (c * height + y) * width + x;
          const p = Math.abs(values[i]) * scale;
          const word = inputWord(draw, t, (y * width + x) * channels + c);
          expect(o[i]).toBe(p >= 1 || word < Math.floor(p * 2 ** 32) ? Math.sign(values[i]) : 0);
        }
      }
    }
  });

  law(
    'a spike depends on its own intensity alone, in both precisions',
    maps,
    100,
    ({ shape, values, scale, t }) => {
      const size = shape.channels * shape.height * shape.width;
      const [alone, all, narrow] = [new Float64Array(size), new Float64Array(size), new Float32Array(size)];
      const [first] = values;
      applyPoisson(all, values, shape, t, scale, draw);
      applyPoisson(narrow, values, shape, t, scale, draw);
      applyPoisson(
        alone,
        values.map((_, i) => (i === 0 ? first : 0)),
        shape,
        t,
        scale,
        draw,
      );
      expectSame(narrow, all, 'binary32');
      expect(alone[0]).toBe(all[0]);
      expect(alone.slice(1).every((o) => o === 0)).toBe(true);
    },
  );

  it('spikes at the rate of the intensity, within 5 sigma', () => {
    const [T, size] = [200, 50];
    const shape = { channels: 1, height: 5, width: 10 };
    for (const [intensity, scale] of [
      [0.1, 1],
      [0.4, 1],
      [-0.9, 1],
      [0.8, 0.5],
    ] as const) {
      let spikes = 0;
      const o = new Float32Array(size);
      for (let t = 0; t < T; t++) {
        applyPoisson(o, new Float64Array(size).fill(intensity), shape, t, scale, draw);
        spikes += o.reduce((a, b) => a + b);
      }
      const [n, p] = [T * size, Math.abs(intensity) * scale];
      expect(Math.abs(spikes - Math.sign(intensity) * n * p)).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)));
    }
  });
});
