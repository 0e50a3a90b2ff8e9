/** Stage `encode` draws Poisson spikes at the rate of the image. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import { applyPoisson, isEvenSpike, isPoissonSpike } from '../../spec/encode.ts';
import { inputWord, type Draw } from '../../spec/random.ts';
import { law } from './support.ts';

const draw: Draw = { seed: 5, stream: 'train', epoch: 1, sample: 9 };
describe('isPoissonSpike, worked by hand', () => {
  it.each([
    [0.5, 2 ** 31], // ½·2³²
    [0.1, 429496729], // ⌊429496729.6⌋
    [2 ** -32, 1],
    [1 - 2 ** -53, 2 ** 32 - 1], // the greatest p below 1: only the last word does not fire
  ])('p = %d: the bound %d does not fire, one less does', (p, bound) => {
    expect(isPoissonSpike(bound, p)).toBe(false);
    expect(isPoissonSpike(bound - 1, p)).toBe(true);
  });

  it('p ≥ 1 fires for the greatest word, p = 0 and p < 2⁻³² not for the least', () => {
    expect([1, 1.5, 1e9].map((p) => isPoissonSpike(2 ** 32 - 1, p))).toEqual([true, true, true]);
    expect([0, -0, 2 ** -33, 5e-324].map((p) => isPoissonSpike(0, p))).toEqual([false, false, false, false]);
  });
});

it.each([
  [0, [0, 0, 0, 0, 0, 0, 0, 0]],
  [1 / 4, [0, 1, 0, 0, 0, 1, 0, 0]],
  [1 / 2, [1, 0, 1, 0, 1, 0, 1, 0]],
  [1, [1, 1, 1, 1, 1, 1, 1, 1]],
])('isEvenSpike, worked by hand: %d spikes a step', (p, spikes) => {
  expect(spikes.map((_, t) => Number(isEvenSpike(t, p)))).toEqual(spikes);
});

const maps = fc.record({
  shape: fc.record({
    channels: fc.integer({ min: 1, max: 4 }),
    height: fc.integer({ min: 1, max: 5 }),
    width: fc.integer({ min: 1, max: 5 }),
  }),
  values: fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 100, maxLength: 100 }),
  scale: fc.constantFrom(0.5, 1, 2),
  t: fc.integer({ min: 0, max: 9 }),
  precision: fc.constantFrom(real, binary32),
});
law(
  'applyPoisson o_i = sign(input_i) with probability |input_i|·scale, by the word of its raster place, whatever was there',
  maps,
  300,
  ({ shape, values, scale, t, precision }) => {
    const { channels, height, width } = shape;
    const o = precision.array(channels * height * width).fill(7);
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
  },
);
