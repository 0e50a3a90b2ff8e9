/** An average pool shares a derivative out, a sum pool gives all of it to each, and a maximum pool to one. current.test.ts has them forward. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Floats } from '../../../spec/arithmetic.ts';
import { applydFI } from '../../../spec/backward.ts';
import { divisorOf, type Layer, type LayerKindName } from '../../../spec/network.ts';
import { paper, type Variant } from '../../../spec/variant.ts';
import { poolNames, wordsFor } from '../../kinds.ts';
import { expectSame, law, layerOf, numbers } from '../support.ts';

const gated: Variant = { ...paper, gate: 'positiveInput' };
const real64 = (...values: number[]): Float64Array => Float64Array.from(values);

describe('pools', () => {
  const pool = (
    kind: LayerKindName,
    size: number,
    stride: number,
    input = { channels: 1, height: 2, width: 3 },
  ): Layer | undefined => {
    const words = wordsFor(kind, { units: 1, kernel: 1, size, stride, padding: 0 }, input);
    return words && layerOf(words, input);
  };
  const dFOof = (layer: Layer | undefined, dFI: Floats, FO: Floats): number[] => {
    const dFO = real64(9, 9, 9, 9, 9, 9);
    layer!.kind.applydFO(dFO, real64(), dFI, FO, layer!);
    return [...dFO];
  };

  it('average: each window gives a quarter to each of its inputs', () => {
    // Windows of 2 × 2 at columns 0 and 1: the middle column is in both.
    expect(dFOof(pool('averagePool', 2, 1), real64(1, 2), real64(0, 0, 0, 0, 0, 0))).toEqual([
      0.25, 0.75, 0.5, 0.25, 0.75, 0.5,
    ]);
  });

  it('sum: each window gives all to each of its inputs', () => {
    expect(dFOof(pool('sumPool', 2, 1), real64(1, 2), real64(0, 0, 0, 0, 0, 0))).toEqual([1, 3, 2, 1, 3, 2]);
  });

  it('maximum: all goes to the greatest FO, of equal ones to the first; who wins twice gets the sum', () => {
    expect(dFOof(pool('maxPool', 2, 1), real64(1, 2), real64(1, 5, 3, 5, 5, 0))).toEqual([0, 3, 0, 0, 0, 0]);
    // Left window: 2 3 | 3 1, the first 3 is at the top. Right window: 3 1 | 1 4.
    expect(dFOof(pool('maxPool', 2, 1), real64(1, 2), real64(2, 3, 1, 3, 1, 4))).toEqual([0, 1, 0, 0, 0, 2]);
    expect(dFOof(pool('maxPool', 2, 2), real64(7), real64(0, 0, 0, 0, 0, 0))).toEqual([7, 0, 0, 0, 0, 0]);
  });

  const windows = fc.record({
    size: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  });
  law(
    'in binary32 the shares of several windows are added by row, column; a mean divides last',
    windows,
    200,
    ({ size, stride, seed }) => {
      const input = { channels: 2, height: 5, width: 6 };
      const random = numbers(seed);
      const list = (length: number, value: () => number): Float32Array =>
        Float32Array.from({ length }, value);
      const FO = list(60, () => Math.floor(random() * 3));
      for (const kind of poolNames) {
        const layer = pool(kind, size, stride, input);
        if (layer === undefined) continue;
        const { channels, height, width } = layer.output;
        const dFI = list(channels * height * width, () => (random() - 0.5) * 2 ** (random() * 30));
        const shares: number[] = Array(60).fill(0);
        for (const [i, share] of dFI.entries()) {
          const heard = layer.synapses.into(i);
          const inputs = Array.from(heard.j.slice(0, heard.count));
          const winner = inputs.find((j) => FO[j] === Math.max(...inputs.map((other) => FO[other])))!;
          for (const j of kind === 'maxPool' ? [winner] : inputs) shares[j] = Math.fround(shares[j] + share);
        }
        const dFO = new Float32Array(60);
        layer.kind.applydFO(dFO, new Float32Array(0), dFI, FO, layer);
        const n = divisorOf(layer);
        expectSame(
          dFO,
          shares.map((share) => Math.fround(share / n)),
          kind,
        );
      }
    },
  );

  it('a maximum pool has no neuron: its factor is 1, whatever S and the gate', () => {
    const dFI = new Float64Array(2);
    applydFI(dFI, real64(3, -2), real64(-1, 0), real64(0, 0), 0.5, pool('maxPool', 2, 1)!, gated);
    expect([...dFI]).toEqual([3, -2]);
  });
});
