/** The names of layers in reports. */
import type { Layer, Network } from '../../spec/network.ts';

/** `layer 3 (convolution)`. */
export function nameOf({ n, kind }: Layer): string {
  return `layer ${n} (${kind.name})`;
}

/** `3 convolution`. */
export function layerKey({ n, kind }: Layer): string {
  return `${n} ${kind.name}`;
}

/** One number per layer of neurons, under keys such as `3 convolution`. */
export function byLayer({ layers }: Network, value: (layer: Layer) => number): Record<string, number> {
  const spiking = layers.filter(({ spikes }) => spikes);
  return Object.fromEntries(spiking.map((layer) => [layerKey(layer), value(layer)]));
}
