/**
 * Linear nodes that are merged into a matrix keep the numbers of the equation. The cost of a merge is computed first, and a
 * merge that costs too much is refused.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neuronsOf, type Shape } from '../../spec/network.ts';
import { applyNirMap, kernelOf, type NirMap, type NirWindow } from '../../spec/nirMaps.ts';
import { composeMaps } from '../../src/nir/import/compose.ts';
import { importNIR } from '../../src/nir/import/open.ts';
import { drawing, expectBits } from '../support.ts';
import {
  affine,
  chainFile as line,
  chainIn,
  conv as convolution,
  ifNode as IF,
  linear,
  pool,
  type Node,
} from './graphs.ts';

const meanPool = (kernel: number, stride: number): Node => pool('AvgPool2d', kernel, stride);
const conv = (outputs: number, inputs: number, kernel: number, padding: number, bias = 0): Node =>
  convolution([outputs, inputs, kernel], padding, undefined, Array(outputs).fill(bias));
/** A convolution of one channel with equal weights. */
const square = (kernel: number, padding: number, weight: number): Node =>
  convolution([1, 1, kernel], padding, Array(kernel ** 2).fill(weight));
const signs = (n: number): number[] => Array.from({ length: n }, (_, k) => (k % 4 ? 1 : -1));
const scale = (n: number): Node => ({ type: 'Scale', scale: signs(n) });

const far = [1, 2 ** 60, -0.3, -(2 ** 60), 7, 2 ** 30, -1];

const size = fc.integer({ min: 1, max: 3 });
const [kernels, widths] = [9, 6].map((max) => fc.integer({ min: 1, max }));
const step = fc.tuple(fc.nat(4), kernels!, size, fc.nat(2), widths!, fc.boolean());

/** A chain of random maps without weights of 0. `sides` draws the size of the first map. */
const rows = (sides: fc.Arbitrary<number>): fc.Arbitrary<NirMap[]> =>
  fc
    .tuple(
      fc.record({ channels: size, height: sides, width: sides }),
      fc.array(step, { minLength: 1, maxLength: 4 }),
    )
    .map(([first, drawn]) => {
      let at: Shape = first;
      return drawn.map(([kind, k, stride, p, channels, mean]): NirMap => {
        const shape = kind === 0 ? { channels: neuronsOf(at), height: 1, width: 1 } : at;
        // The weights differ so much in size that another order of the sum changes the result.
        const weights = (n: number) => Float64Array.from({ length: n }, (_, i) => far[(5 * i) % 7]!);
        const kernel = [Math.min(k, shape.height), Math.min(k + 1, shape.width)] as const;
        const window: NirWindow = { size: kernel, stride: [stride, 1 + p], padding: [p, Math.floor(p / 2)] };
        const along = (d: 0 | 1, side: number) =>
          Math.floor((side + 2 * window.padding[d] - kernel[d]) / window.stride[d]) + 1;
        const moved = { height: along(0, shape.height), width: along(1, shape.width) };
        const map = { input: shape };
        if (kind === 0) at = { channels, height: 1, width: 1 };
        else if (kind < 3) at = { channels: kind === 1 ? channels : shape.channels, ...moved };
        if (kind === 0) return { ...map, kind: 'dense', output: at, w: weights(channels * shape.channels) };
        if (kind === 1)
          return { ...map, kind: 'convolution', output: at, kernel: window, w: weights(channels * shape.channels * kernel[0] * kernel[1]) }; // prettier-ignore
        if (kind === 2) return { ...map, kind: 'pool', mean, output: at, kernel: window };
        return { ...map, kind: 'scale', output: at, w: weights(neuronsOf(at)) };
      });
    });

/** Computes a map in plain loops: each input, in raster order, adds to each output whose window contains it. */
function inPlainLoops(o: Float64Array, map: NirMap): Float64Array {
  if (map.kind === 'scale') return o.map((value, i) => map.w[i]! * value);
  const { input: a, output: b } = map;
  const { size: kernel, stride, padding } = kernelOf(map);
  const y = new Float64Array(neuronsOf(b));
  for (let at = 0; at < o.length; at++) {
    const [spot, from] = [Math.floor(at / a.channels), at % a.channels];
    const [row, column] = [Math.floor(spot / a.width), spot % a.width];
    for (let i = 0; i < y.length; i++) {
      const to = Math.floor(i / (b.height * b.width));
      const kr = row + padding[0] - (Math.floor(i / b.width) % b.height) * stride[0];
      const kc = column + padding[1] - (i % b.width) * stride[1];
      if (kr < 0 || kc < 0 || kr >= kernel[0] || kc >= kernel[1]) continue;
      const k = ((to * a.channels + from) * kernel[0] + kr) * kernel[1] + kc;
      const w = map.kind === 'pool' ? Number(from === to) : map.w[k]!;
      y[i] = y[i]! + w * o[(from * a.height + row) * a.width + column]!;
    }
  }
  return map.kind === 'pool' && map.mean ? y.map((sum) => sum / (kernel[0] * kernel[1])) : y;
}

const node = () => chainIn(line([IF], [2], 2)).layers[0]!.node;
const compose = (maps: readonly NirMap[], spend: (work: number) => void) => {
  const nodes = maps.map((map) => ({ output: map.output, map }));
  return composeMaps(nodes, maps[0]!.input, { isOutput: true, flat: true }, node(), spend);
};

it('a matrix has the bits of each input on its own, for the work that was counted before, or is refused before it', () => {
  const most = 2 ** 19;
  let refused = 0;
  const sides = [6, 40].map((max) => rows(fc.integer({ min: 1, max })));
  const law = fc.property(fc.oneof(...sides), fc.constantFrom(1, -0.3), (maps, gain) => {
    const [inputs, units] = [neuronsOf(maps[0]!.input), neuronsOf(maps.at(-1)!.output)];
    let [reads, counted] = [0, 0];
    const get = (w: object, key: string | symbol): unknown => {
      if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
      return Reflect.get(w, key);
    };
    const seen = maps.map((map): NirMap =>
      map.kind === 'pool' ? map : { ...map, w: new Proxy<typeof map.w>(map.w, { get }) },
    );
    const spend = (work: number): void => {
      counted += work;
      if (counted > most) throw new RangeError();
    };
    let made: Float32Array | undefined;
    try {
      made = compose(seen, spend).makeWeights!(new Float64Array(units).fill(gain), 0, Number, () => {});
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      refused++;
    }
    // An input of only zeros passes through the maps twice: once to find silent neurons, and once to find the signs of zero
    // results.
    const values = maps.reduce((sum, { output: own }) => sum + neuronsOf(own), 0);
    expect(reads).toBeLessThanOrEqual(Math.min(counted, most) + 2 * values);
    for (let j = 0; made && inputs <= 108 && j < inputs; j++) {
      let o: Float64Array = new Float64Array(inputs).fill(1, j, j + 1);
      for (const map of maps) {
        const y = new Float64Array(neuronsOf(map.output));
        applyNirMap(y, o, map);
        o = inPlainLoops(o, map);
        expect(y).toEqual(o);
      }
      const column = Float32Array.from({ length: units }, (_, i) => made[i * inputs + j]!);
      expectBits(column, o.map((w) => w * gain), `column ${j}`); // prettier-ignore
    }
  });
  fc.assert(law, drawing(800));
  expect(refused).toBeGreaterThan(0);
});

describe('graphs that took minutes', () => {
  const as = { as: 'norse' } as const;

  it.each<[string, Uint8Array, weights: number, synapses: number]>([
    ['4096 × 1', line([meanPool(1, 1), IF], [1, 4096, 1], 4096), 2 ** 24, 4096],
    ['pools overlap', line([meanPool(3, 2), conv(8, 2, 3, 1), IF], [2, 64, 64], 7688), 8192 * 7688, 725_904],
    // If products with a factor 0 were stored too, no array could hold all products.
    ['products of 0', line([square(305, 304, 1), square(50, 0, 0), IF], [1, 1, 1], 2 ** 16), 2 ** 16, 0],
    ['1,000 scales', line([...Array<Node>(1000).fill(scale(256)), IF], [256], 256), 2 ** 16, 256],
  ])('%s', async (_, bytes, weights, synapses) => {
    const [w] = (await importNIR(bytes, as)).weights!;
    expect(w).toHaveLength(weights);
    expect(w!.reduce((count, value) => count + Number(value !== 0), 0)).toBe(synapses);
  });

  const large = conv(1, 1, 51, 25);
  const times = (factor: number): Node => ({ type: 'Scale', scale: factor });
  const endless = linear(1, 2, [1e30, 2e30]);
  it.each<[string, Uint8Array, RegExp]>([
    ['a matrix', line([large, large, IF], [1, 64, 64], 4096), /"n2" .* 400000000 multiplications .* \d+$/],
    ['biases', line([conv(1, 1, 1, 400, 1), large, IF], [1, 1, 1], 801 ** 2), /"n2" .* 400000000 multipl/],
    ['no end', line([meanPool(1, 1), IF], [1, 2 ** 20, 1], 2 ** 20), /node n1 .*; a matrix of 1099511627776/],
    ['memory', line([times(-1), IF, times(-1), IF], [1, 70, 70], 4900), /"n3" expected at most 150313600/],
    ['maps', line([...Array<Node>(5).fill(times(1)), IF], [1, 1024, 1024], 2 ** 20), /"n3" .* 4194304 val/],
    ['weights', line([scale(2), endless, times(1e10), IF], [2], 1), /"n3" .* binary32 holds, got -?Inf/],
    ['a bias', line([affine(1, 2, [1e300]), IF], [2], 1), /"n1" .* binary32 holds, got Inf/],
  ])('too much is refused by name: %s', async (_, bytes, message) => {
    await expect(importNIR(bytes, as, 'g')).rejects.toThrow(message);
  });
});
