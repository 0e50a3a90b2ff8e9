/** Tests that lists of synapses are computed once, as long as the cache has room. */
import { expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import type { Heard, Layer, Reached } from '../../spec/network.ts';
import { paper } from '../../spec/variant.ts';
import { withLists } from '../../src/oracle/synapseLists.ts';

const description: NetworkDescription = {
  input: { channels: 2, height: 4, width: 4 },
  timeWindow: 1,
  threshold: 1,
  layers: [
    { kind: 'convolution', channels: 3, kernel: 3, padding: 1 },
    { kind: 'linear', units: 2 },
  ],
};
const [whole] = buildNetwork(description, paper, real).layers;

/** Requests the lists of `places` in turn, each of `length` entries. Returns the places whose lists were computed. */
function madeOf(places: readonly number[], length: number, change: Partial<Layer> = {}): number[] {
  const made: number[] = [];
  const list = (place: number): Heard & Reached => {
    made.push(place);
    const [i, j, k] = [0, 1, 2].map(() => new Int32Array(2));
    return { i, j, k, count: length };
  };
  const layer = { ...whole, synapses: { into: list, outOf: list }, ...change };
  const own = { ...description };
  for (const place of places) withLists([layer], own)[0].synapses.into(place);
  return made;
}

it('lists are kept for all networks of a description, while there is room for 2²⁴ entries', () => {
  expect(madeOf([1, 1, 0], 2)).toEqual([1, 0]);
  expect(madeOf([0, 1, 0, 1, 2, 2, 0], 2 ** 23)).toEqual([0, 1, 2, 2]);
});

it('lists of a layer without space are made each time: they are large, and quickly made', () => {
  expect(madeOf([3, 3], 2, { output: { channels: 5, height: 1, width: 1 } })).toEqual([3, 3]);
});
