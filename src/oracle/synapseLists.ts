/**
 * Lists of synapses that are made once. A check asks for those of a neuron at every step of every sample, and a diagnosis does so
 * for each mistake. All networks of a description share them: no answer of a variant changes which neuron reaches which.
 */
import type { NetworkDescription } from '../../spec/dictionary.ts';
import type { Layer, Synapses } from '../../spec/network.ts';

/** Most entries that are kept of one kind of list of a layer, 8 bytes each; others are made anew each time. */
const mostKept = 2 ** 24;

const known = new WeakMap<NetworkDescription, Synapses[]>();

/** The same layers, with lists that are kept. */
export function withLists(layers: readonly Layer[], description: NetworkDescription): Layer[] {
  let kept = known.get(description);
  if (!kept) known.set(description, (kept = layers.map(remembering)));
  return layers.map((layer, place) => ({ ...layer, synapses: kept[place] }));
}

function remembering({ synapses, output }: Layer): Synapses {
  // Lists of a layer without space are as quickly made as copied.
  if (output.height * output.width === 1) return synapses;
  const { i, j, k } = synapses;
  return {
    i,
    j,
    k,
    into: remembered((to) => synapses.into(to), j, k),
    outOf: remembered((from) => synapses.outOf(from), i, k),
  };
}

/** The same function, which fills the lists `a` and `b` from what it wrote there the first time. */
function remembered(
  fill: (place: number) => number,
  a: Int32Array,
  b: Int32Array,
): (place: number) => number {
  const lists: ([Int32Array, Int32Array] | undefined)[] = [];
  let room = mostKept;
  return (place) => {
    const list = lists[place];
    if (!list) return filled(place);
    a.set(list[0]);
    b.set(list[1]);
    return list[0].length;
  };

  function filled(place: number): number {
    const length = fill(place);
    if (length > room) return length;
    room -= length;
    lists[place] = [a.slice(0, length), b.slice(0, length)];
    return length;
  }
}
