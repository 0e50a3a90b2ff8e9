/** The names of layers in reports. */
import type { Layer } from '../../spec/network.ts';

/** `layer 3 (convolution)`. */
export function nameOf({ n, kind }: Layer): string {
  return `layer ${n} (${kind.name})`;
}

/** `3 convolution`. */
export function layerKey({ n, kind }: Layer): string {
  return `${n} ${kind.name}`;
}
