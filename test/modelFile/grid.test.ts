/** Weights on a dyadic grid are rounded to the nearest multiple, take eight bits, and are read exactly. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeOnGrid, gridOf, onGrid } from '../../src/modelFile/grid.ts';
import { decodeModel, loadModel } from '../../src/modelFile/model.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { partsWithDigest } from '../../src/modelFile/reader.ts';
import { digest } from '../../src/network/network.ts';
import { fresh, ready, refused } from '../train/small.ts';
import { law } from '../spec/support.ts';

const weight = fc.float({ min: -(2 ** 20), max: 2 ** 20, noNaN: true });

describe('gridOf', () => {
  it('rounds to multiples of 1/256, ties to even', () => {
    const { wholes, step } = gridOf(Float32Array.of(0, 1 / 512, 3 / 512, -1 / 256, 0.25, -0.2), 256);
    expect(step).toBe(1 / 256);
    expect([...wholes]).toEqual([0, 0, 2, -1, 64, -51]);
  });

  it('takes the finest grid on which the greatest weight fits eight bits', () => {
    expect(gridOf(Float32Array.of(0.498), 256).step).toBe(1 / 256);
    expect(gridOf(Float32Array.of(0.499), 256).step).toBe(1 / 128);
    expect(gridOf(Float32Array.of(-1), 256)).toEqual({ step: 1 / 64, wholes: Int8Array.of(-64) });
  });

  law(
    'is at most half a step away',
    fc.tuple(fc.array(weight, { minLength: 1, maxLength: 9 }), fc.nat(20)),
    300,
    ([values, power]) => {
      const w = Float32Array.from(values);
      const { wholes, step } = gridOf(w, 2 ** power);
      for (const [k, whole] of wholes.entries()) {
        expect(Math.abs(whole)).toBeLessThanOrEqual(127);
        expect(Math.abs(whole * step - w[k]!)).toBeLessThanOrEqual(step / 2);
      }
    },
  );
});

describe('a model on the grid', () => {
  it('is read as the network it was made of, a quarter as long', async () => {
    const net = ready();
    const bytes = encodeOnGrid(net, 256);
    const gridded = onGrid(net, 256).net;
    for (const read of [loadModel(bytes), decodeModel(bytes, 'model').net]) {
      expect(await digest(read.weights!)).toBe(await digest(gridded.weights!));
      expect({ ...read, weights: 0, plan: 0 }).toEqual({ ...net, weights: 0, plan: 0 });
    }
    const { tensors } = readSafetensors(bytes, 'model');
    expect(new Set(Object.values(tensors).map(({ dtype }) => dtype))).toEqual(new Set(['I8']));
    expect(Object.keys(tensors)).toContain('layer3.bias');
    expect(encodeOnGrid(loadModel(bytes), 256)).toEqual(bytes);
  });

  it('refuses what is none', async () => {
    const bytes = encodeOnGrid(ready(), 256);
    const { tensors, metadata } = readSafetensors(bytes, 'model');
    const withGrid = (grid: string | undefined): Uint8Array => {
      const { grid: _old, digest: _, ...rest } = metadata;
      return Buffer.concat(
        partsWithDigest({ tensors, metadata: grid === undefined ? rest : { ...rest, grid } }),
      );
    };
    await refused(() => loadModel(withGrid('[1,1]')), /^model: "grid" expected a list of 4 steps/);
    await refused(() => loadModel(withGrid('[1,1,1,3]')), /^model: "grid" expected powers of two, got 3$/);
    await refused(() => loadModel(withGrid('[1,1,1,0]')), /^model: "grid" expected a finite number from/);
    await refused(
      () => loadModel(withGrid(undefined)),
      /"layer1.weight" expected a tensor F32 of .*, got I8/,
    );
    await refused(() => encodeOnGrid(fresh('paper'), 256));
    await refused(() => encodeOnGrid(ready(), 3), /^onGrid: "grid" expected a power of two, got 3$/);
  });
});
