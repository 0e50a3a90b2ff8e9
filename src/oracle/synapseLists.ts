/**
 * Caches lists of synapses. A check reads these lists at every step of every sample; a diagnosis reads them again for each
 * mistake. All networks of a description share them, because no choice of a variant changes the connections.
 */
import type { NetworkDescription } from '../../spec/dictionary.ts';
import type { Layer, Synapses } from '../../spec/network.ts';

/** Limit on the entries of 8 bytes that are cached per layer and kind of list. Further lists are computed each time. */
const mostStored = 2 ** 24;

const known = new WeakMap<NetworkDescription, Synapses[]>();

/** The same layers with cached lists. */
export function withLists(layers: readonly Layer[], description: NetworkDescription): Layer[] {
  let stored = known.get(description);
  if (!stored) known.set(description, (stored = layers.map(remembering)));
  return layers.map((layer, index) => ({ ...layer, synapses: stored[index] }));
}

export function remembering({ synapses, output }: Pick<Layer, 'synapses' | 'output'>): Synapses {
  // Lists for a map with one position are not cached, because they are large and fast to compute.
  if (output.height * output.width === 1) return synapses;
  return {
    into: remembered(
      (to) => synapses.into(to),
      ({ j, k, count }) => ({ j: j.slice(0, count), k: k.slice(0, count), count }),
    ),
    outOf: remembered(
      (from) => synapses.outOf(from),
      ({ i, k, count }) => ({ i: i.slice(0, count), k: k.slice(0, count), count }),
    ),
  };
}

/** The same function with a cache of copies of its results. */
function remembered<List extends { readonly count: number }>(
  make: (index: number) => List,
  copy: (list: List) => List,
): (index: number) => List {
  const lists: (List | undefined)[] = [];
  let room = mostStored;
  return (index) => lists[index] ?? makeAt(index);

  function makeAt(index: number): List {
    const list = make(index);
    if (list.count > room) return list;
    room -= list.count;
    return (lists[index] = copy(list));
  }
}
