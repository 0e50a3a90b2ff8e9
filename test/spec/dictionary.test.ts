/** The dictionary turns the words of a description into layers with letters. */
import { describe, expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import { buildNetwork, sizesOf, type NetworkDescription } from '../../spec/dictionary.ts';
import { layerKinds } from '../../spec/layers/kinds.ts';
import { weightsOf, type LayerDescription } from '../../spec/network.ts';
import { authors, paper } from '../../spec/variant.ts';
import { expectSame } from './support.ts';

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
    expect(buildNetwork(description, paper, real).layers.map(weightsOf)).toEqual([0, 0, 0, 0, 2]);
  });

  const description: NetworkDescription = {
    input: { channels: 1, height: 1, width: 1 },
    timeWindow: 3,
    threshold: 0.1,
    leak: 0.9,
    layers: [
      { kind: 'averagePool', size: 1 },
      { kind: 'averagePool', size: 1, threshold: 0.2, leak: 0.3 },
      { kind: 'maxPool', size: 1 },
      { kind: 'sumPool', size: 1, threshold: 3 },
      { kind: 'linear', units: 2 },
    ],
  };

  it('constants are a layer’s own or the network’s, rounded once to the precision', () => {
    const [first, second] = buildNetwork(description, paper, binary32).layers;
    expectSame([first.Vth, first.λ, second.Vth, second.λ], [0.1, 0.9, 0.2, 0.3].map(Math.fround), 'binary32');
    const [exact] = buildNetwork(description, paper, real).layers;
    expect([exact.Vth, exact.λ]).toEqual([0.1, 0.9]);
    const { leak: _, ...withoutLeak } = description;
    expect(buildNetwork(withoutLeak, paper, real).layers[0].λ).toBe(1);
  });

  it('variant averagePool = threeQuarters: threshold 0.75 and no leak, whatever the words say', () => {
    const [first, second, , sum, last] = buildNetwork(description, authors, real).layers;
    expect([first.Vth, first.λ, second.Vth, second.λ]).toEqual([0.75, 1, 0.75, 1]);
    expect([sum.Vth, sum.λ]).toEqual([3, 0.9]);
    expect([last.Vth, last.λ]).toEqual([0.1, 0.9]);
  });

  it('the last layer is the output, it and maximum pools do not spike', () => {
    const { layers } = buildNetwork(description, paper, real);
    expect(layers.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
    expect(layers.map(({ isOutput }) => isOutput)).toEqual([false, false, false, false, true]);
    expect(layers.map(({ spikes }) => spikes)).toEqual([true, true, false, true, false]);
  });
});
