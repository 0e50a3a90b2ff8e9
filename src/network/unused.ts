/**
 * Settings that a variant does not use. If an option sets the variant or the rule, they are only reported; otherwise they are
 * refused.
 */
import type { NetworkDescription } from '../../spec/dictionary.ts';
import type { Layer, Network } from '../../spec/network.ts';

export interface Unused {
  /** The place in the description. */
  readonly at: string;
  readonly value: number;
  readonly why: string;
}

/** The settings of a description that have no effect in its network. */
export function unusedSettings(
  { input: { scale = 1 }, leak: all = 1, layers: words }: NetworkDescription,
  { layers, variant }: Network,
): Unused[] {
  const unused: Unused[] = [];
  const note = (at: string, value: number, why: string | undefined): void => {
    if (why) unused.push({ at, value, why });
  };
  /** The reason why a layer's constant differs from the description. */
  const whyOther = (described: number, built: number, { kind }: Layer): string | undefined => {
    if (kind.silent) return `${kind.name} has no neuron`;
    return Math.fround(described) === built ? undefined : `averagePool ${variant.averagePool} has ${built}`;
  };
  const whyIdle = ({ isOutput, λ }: Layer): string | undefined =>
    λ !== 1 && isOutput && variant.output === 'integrates' ? 'output integrates has no leak' : undefined;
  if (variant.input === 'intensity' && scale !== 1)
    note('input.scale', scale, 'input intensity has no scale');
  if (all !== 1 && layers.every((layer, index) => words[index].leak || layer.λ === 1 || whyIdle(layer)))
    note('leak', all, 'no layer uses it');
  for (const [index, layer] of layers.entries()) {
    const { threshold, leak } = words[index];
    if (threshold !== undefined)
      note(`layers[${index}].threshold`, threshold, whyOther(threshold, layer.Vth, layer));
    if (leak !== undefined)
      note(`layers[${index}].leak`, leak, whyOther(leak, layer.λ, layer) ?? whyIdle(layer));
  }
  return unused;
}

export function unusedLines({
  description,
  plan,
}: {
  readonly description: NetworkDescription;
  readonly plan: Network;
}): string[] {
  return unusedSettings(description, plan).map(
    ({ at, value, why }) => `${at} ${value} of the network has no effect: ${why}`,
  );
}
