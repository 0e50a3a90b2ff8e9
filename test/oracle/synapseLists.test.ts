/** Lists of synapses are made once, and are those of the kind of layer. */
import { describe, expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import { neuronsOf, type Heard, type Layer, type Reached } from '../../spec/network.ts';
import { paper } from '../../spec/variant.ts';
import { withLists } from '../../src/oracle/synapseLists.ts';

const description = (): NetworkDescription => ({
  input: { channels: 2, height: 4, width: 4 },
  timeWindow: 1,
  threshold: 1,
  layers: [
    { kind: 'convolution', channels: 3, kernel: 3, padding: 1 },
    { kind: 'linear', units: 2 },
  ],
});
const layersOf = (of: NetworkDescription): readonly Layer[] => buildNetwork(of, paper, real).layers;

/** A layer of 2 × 1 neurons that counts how often its lists are made; each has `length` entries, of which two are written. */
function counting(length: number): { layer: Layer; made: number[] } {
  const [whole] = layersOf(description());
  const made: number[] = [];
  const [i, j, k] = [0, 1, 2].map(() => new Int32Array(2));
  const list = (place: number): Heard & Reached => {
    made.push(place);
    i.set([place, 3]);
    j.set([place, 1]);
    k.set([place, 2]);
    return { i, j, k, count: length };
  };
  return { layer: { ...whole, synapses: { into: list, outOf: list } }, made };
}

function entriesOf(list: Heard | Reached): number[][] {
  const ends = 'i' in list ? list.i : list.j;
  return Array.from({ length: list.count }, (_, n) => [ends[n], list.k[n]]);
}

describe('lists that are kept', () => {
  it('are those of the kind of layer, the first time and again', () => {
    const of = description();
    const kept = withLists(layersOf(of), of);
    for (const [n, plain] of layersOf(description()).entries()) {
      const [{ synapses }, own] = [kept[n], plain.synapses];
      for (let round = 0; round < 2; round++) {
        for (let to = neuronsOf(plain.output) - 1; to >= 0; to--) {
          expect(entriesOf(synapses.into(to))).toEqual(entriesOf(own.into(to)));
        }
        for (let from = neuronsOf(plain.input) - 1; from >= 0; from--) {
          expect(entriesOf(synapses.outOf(from))).toEqual(entriesOf(own.outOf(from)));
        }
      }
    }
  });

  it('are made once for all networks of a description', () => {
    const { layer, made } = counting(2);
    const of = description();
    for (const layers of [withLists([layer], of), withLists([layer], of)]) {
      expect(layers[0].synapses.into(1)).toEqual({
        j: Int32Array.of(1, 1),
        k: Int32Array.of(1, 2),
        count: 2,
      });
    }
    expect(made).toEqual([1]);
    withLists([layer], description())[0].synapses.into(1);
    expect(made).toEqual([1, 1]);
  });

  it('are kept while there is room for 2²⁴ entries of a kind; others are made anew', () => {
    const { layer, made } = counting(2 ** 23);
    const [{ synapses }] = withLists([layer], description());
    for (const place of [0, 1, 0, 1, 2, 2, 0]) synapses.into(place);
    expect(made).toEqual([0, 1, 2, 2]);
    synapses.outOf(0);
    synapses.outOf(0);
    expect(made).toEqual([0, 1, 2, 2, 0]);
  });

  it('of a layer without space are made each time: they are large, and quickly made', () => {
    const { layer, made } = counting(2);
    const [{ synapses }] = withLists(
      [{ ...layer, output: { channels: 5, height: 1, width: 1 } }],
      description(),
    );
    for (const place of [3, 3]) synapses.into(place);
    expect(made).toEqual([3, 3]);
  });
});
