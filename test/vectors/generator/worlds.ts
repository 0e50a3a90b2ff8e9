/** Small networks and what enters their step. Everything follows from a seed, by integers only. */
import { real } from '../../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../../spec/dictionary.ts';
import { synapticOf, type LayerDescription } from '../../../spec/network.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import { slotsOf, sizeOf } from '../../../src/oracle/keys.ts';

export interface World {
  readonly description: NetworkDescription;
  readonly B: number;
  readonly inputs: Map<string, Values>;
}

/** Numbers 0 … 1 from a seed: a linear congruence, whose upper bits are used. */
export function stream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Stacks of hidden layers; an output layer of three classes follows. */
export const stacks: Readonly<Record<string, readonly LayerDescription[]>> = {
  dense: [
    { kind: 'linear', units: 6 },
    { kind: 'linear', units: 6 },
  ],
  pools: [
    { kind: 'convolution', channels: 2, kernel: 3, padding: 1 },
    { kind: 'averagePool', size: 2 },
    { kind: 'maxPool', size: 2 },
  ],
  biased: [
    { kind: 'convolution', channels: 2, kernel: 3, stride: 2, padding: 1, bias: true },
    { kind: 'linear', units: 5, bias: true },
  ],
  strided: [
    { kind: 'convolution', channels: 3, kernel: 2, stride: 2 },
    { kind: 'maxPool', size: 2, stride: 1 },
    { kind: 'linear', units: 5 },
  ],
};

/**
 * A world of a stack. `dyadic`: weights in eighths, Vth, λ and T·Vth powers of two, so that sums are exact in any order.
 */
export function worldOf(
  stack: string,
  seed: number,
  isDyadic: boolean,
  variant: Variant,
  leak?: number,
): World {
  const next = stream(seed);
  const whole = (most: number): number => Math.floor(next() * most);
  const description: NetworkDescription = {
    input: { channels: 2, height: 4, width: 4 },
    timeWindow: isDyadic ? 4 : 5,
    threshold: isDyadic ? 0.5 : 0.7,
    leak: leak ?? (isDyadic ? 0.5 : 0.85),
    layers: [...stacks[stack], { kind: 'linear', units: 3 }],
  };
  const network = buildNetwork(description, variant, real);
  const B = 2;
  const given = new Map<string, Values>();
  for (const { key, shape, row, n } of slotsOf(network, B).values()) {
    const length = sizeOf(shape);
    const drawn = (draw: () => number): number[] => Array.from({ length }, draw);
    if (key === 'input.spikes') given.set(key, Float32Array.from(drawn(() => whole(3) - whole(2))));
    if (key === 'label') given.set(key, Int32Array.from(drawn(() => whole(3))));
    if (row.name !== 'layer{n}.weight' && row.name !== 'layer{n}.bias') continue;
    const fan = synapticOf(network.layers[n - 1]) / network.layers[n - 1].output.channels;
    const draw = (): number => (isDyadic ? (whole(9) - 3) / 8 : (next() * 2 - 0.7) * Math.sqrt(2 / fan));
    given.set(key, Float32Array.from(drawn(draw)));
  }
  return { description, B, inputs: given };
}
