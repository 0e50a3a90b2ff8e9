/** The dictionary translates descriptions into layers. */
import { describe, expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork, sizesOf } from '../../spec/dictionary.ts';
import { layerKinds } from '../../spec/layers/kinds.ts';
import type { LayerDescription } from '../../spec/network.ts';
import { paper } from '../../spec/variant.ts';

describe('layers in words', () => {
  it('a kind is registered under its own name', () => {
    for (const [name, kind] of Object.entries(layerKinds)) expect(kind.name).toBe(name);
  });

  it('defaults: a convolution moves by 1 without padding, a pool by its size', () => {
    const { convolution, averagePool, maxPool } = layerKinds;
    expect(sizesOf({ kind: 'convolution', channels: 4, kernel: 3 }, convolution)).toEqual({
      channels: 4,
      kernel: 3,
      stride: 1,
      padding: 0,
    });
    expect(sizesOf({ kind: 'averagePool', size: 3 }, averagePool)).toEqual({ size: 3, stride: 3 });
    expect(sizesOf({ kind: 'maxPool', size: 3, stride: 2 }, maxPool)).toEqual({ size: 3, stride: 2 });
  });

  it('weights are (out, in, row, column) and (out, in); pools have none', () => {
    const input = { channels: 3, height: 4, width: 5 };
    const one = { timeWindow: 1, threshold: 1 };
    const shapeOf = (words: LayerDescription) =>
      buildNetwork({ ...one, input, layers: [words, { kind: 'linear', units: 1 }] }, paper, real).layers[0]
        .weightShape;
    expect(shapeOf({ kind: 'convolution', channels: 7, kernel: 2 })).toEqual([7, 3, 2, 2]);
    expect(shapeOf({ kind: 'linear', units: 7 })).toEqual([7, 60]);
    expect(shapeOf({ kind: 'maxPool', size: 2 })).toEqual([]);
  });
});
