/** Small networks with the inputs of a training step. Everything follows from a seed, by integers only. */
import { real } from '../../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../../spec/dictionary.ts';
import type { LayerDescription } from '../../../spec/network.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import { drawn, weightOf } from '../../oracle/worlds.ts';
import { congruence } from '../../support.ts';

export interface World {
  readonly description: NetworkDescription;
  readonly B: number;
  readonly inputs: Map<string, Values>;
}

/** Hidden layers of the networks. An output layer of three classes follows. */
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
 * A network of a stack. If `isDyadic`, weights are multiples of 1/8, and Vth, λ and T·Vth are powers of two, so that sums are exact
 * in any order.
 */
export function worldOf(
  stack: string,
  seed: number,
  isDyadic: boolean,
  variant: Variant,
  leak?: number,
): World {
  const next = congruence(seed);
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
  const weight = weightOf(next, isDyadic);
  const inputs = drawn(network, B, {
    'input.spikes': () => () => whole(3) - whole(2),
    label: () => () => whole(3),
    'layer{n}.weight': weight,
    'layer{n}.bias': weight,
  });
  return { description, B, inputs };
}
