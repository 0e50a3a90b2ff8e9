/** Reorders the channels of a hidden layer: in its weights, its maps, and the weights of the next layer. */
import { synapticOf, type Layer, type Network } from '../../spec/network.ts';
import { numbers } from './support.ts';

export interface Permutation {
  /** Weights, or their gradient, of layer n. */
  weights<V extends ArrayLike<number>>(list: V, n: number): number[];
  /** A map (C,H,W) of layer n. */
  map<V extends ArrayLike<number>>(list: V, n: number): number[];
}

/**
 * A random permutation of the channels of a layer with weights: channel c of the permuted network is channel order[c]
 * of the network as it was. Pools between that layer and the next one with weights follow, each channel by itself.
 */
export function permutationOf({ layers }: Network, layer: Layer, next: Layer, seed: number): Permutation {
  const { channels } = layer.output;
  const random = numbers(seed);
  const order = Array.from({ length: channels }, (_, c) => ({ c, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ c }) => c);
  /** A list (…, channels, inner), its channels in the new order. */
  const along = (list: ArrayLike<number>, inner: number): number[] =>
    Array.from(list, (_, k) => {
      const [block, rest] = [Math.floor(k / inner), k % inner];
      const outer = Math.floor(block / channels) * channels;
      return list[(outer + order[block % channels]) * inner + rest];
    });
  return {
    weights(list, n) {
      const all = Array.from(list);
      const [w, b] = [all.slice(0, synapticOf(layers[n - 1])), all.slice(synapticOf(layers[n - 1]))];
      if (n === layer.n) return [...along(w, w.length / channels), ...along(b, 1)]; // (out | rest), (out)
      if (n === next.n) return [...along(w, w.length / (next.output.channels * channels)), ...b]; // (out, in | rest)
      return all;
    },
    map(list, n) {
      const { height, width } = layers[n - 1].output;
      return n >= layer.n && n < next.n ? along(list, height * width) : Array.from(list);
    },
  };
}
