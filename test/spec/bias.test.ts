/** A bias is a weight from a neuron that always fires, in Eq. (3), (7), (8) and (11). It has no weight decay. */
import { describe, expect, it } from 'vitest';
import { algorithm1, replayedSample } from '../../spec/algorithm1.ts';
import { real } from '../../spec/arithmetic.ts';
import { accumulatedb } from '../../spec/backward.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { computeEquivalentInput } from '../../spec/flow.ts';
import { biasesOf, type LayerDescription } from '../../spec/network.ts';
import { updateRanges } from '../../spec/update.ts';
import { paper } from '../../spec/variant.ts';
import { withoutBias } from '../kinds.ts';

describe('worked by hand', () => {
  const layers: LayerDescription[] = [
    { kind: 'convolution', channels: 2, kernel: 1, bias: true },
    { kind: 'linear', units: 1, bias: true },
  ];
  const description = { input: { channels: 1, height: 1, width: 2 }, timeWindow: 2, threshold: 1, layers };
  const network = buildNetwork(description, paper, real);
  const [first] = network.layers;

  it('Eq. (8): FI_i = Σ_j w_ij·FO_j + T·b_i', () => {
    const FI = computeEquivalentInput(Float64Array.of(0.5, -1, 0.25, 2), Float64Array.of(2, 1), first, 2);
    expect([...FI]).toEqual([1.5, 1, 2, 3]);
  });

  it('Eq. (11): ∂L/∂b_c = Σ_i ∂L/∂FI_i·T, added to what is there', () => {
    const db = Float64Array.of(1, 0);
    accumulatedb(db, Float64Array.of(0.5, 0.25, -1, 0.125), 2, first);
    expect([...db]).toEqual([2.5, -1.75]);
  });

  it('starts at 0, and the weights before it are those of a layer without', () => {
    const sample = replayedSample(Float64Array.of(1, 0, 0, 1), 0, network);
    const drawn = algorithm1(network, [sample], 0, 3).w;
    const plain = buildNetwork({ ...description, layers: layers.map(withoutBias) }, paper, real);
    const without = algorithm1(plain, [sample], 0, 3).w;
    for (const [place, w] of drawn.entries())
      expect([...w]).toEqual([...without[place], ...Array<number>(biasesOf(network.layers[place])).fill(0)]);
  });

  it('has no weight decay', () => {
    expect(updateRanges(first, 0.5)).toEqual([
      { from: 0, to: 2, weightDecay: 0.5 },
      { from: 2, to: 4, weightDecay: 0 },
    ]);
    const [pool] = buildNetwork(
      { ...description, layers: [{ kind: 'averagePool', size: 1 }, layers[1]] },
      paper,
      real,
    ).layers;
    expect(updateRanges(pool, 0.5)).toEqual([{ from: 0, to: 0, weightDecay: 0.5 }]);
  });
});
