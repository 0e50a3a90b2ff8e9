/** Settings that a variant does not use. In a new description they are refused; in an older one they are reported. */
import type { NetworkDescription } from '../../spec/dictionary.ts';
import type { Layer, Network } from '../../spec/network.ts';
import type { Variant } from '../../spec/variant.ts';

/** A setting without effect. */
export interface Unused {
  /** Its place in the description. */
  readonly at: string;
  readonly value: number;
  readonly why: string;
}

/** The settings of a description that have no effect in its network. */
export function unusedSettings(
  { input, leak: all = 1, layers: words }: NetworkDescription,
  { layers, variant }: Network,
): Unused[] {
  const unused: Unused[] = [];
  const { scale = 1 } = input;
  if (variant.input === 'intensity' && scale !== 1)
    unused.push({ at: 'input.scale', value: scale, why: 'with input intensity the variant has no scale' });
  for (const [place, { threshold, leak }] of words.entries()) {
    const layer = layers[place];
    const at = `layers[${place}]`;
    if (threshold !== undefined) {
      const why = whyUnused(threshold, layer.Vth, layer, variant);
      if (why !== undefined) unused.push({ at: `${at}.threshold`, value: threshold, why });
    }
    if (leak !== undefined) {
      const why =
        whyUnused(leak, layer.λ, layer, variant) ?? (leak === 1 ? undefined : whyNoLeak(layer, variant));
      if (why !== undefined) unused.push({ at: `${at}.leak`, value: leak, why });
    }
  }
  if (all !== 1 && layers.every((layer) => layer.λ === 1 || whyNoLeak(layer, variant)))
    unused.push({ at: 'leak', value: all, why: 'no layer leaks' });
  return unused;
}

/** The same as text, one line each. */
export function unusedLines({
  description,
  plan,
}: {
  readonly description: NetworkDescription;
  readonly plan: Network;
}): string[] {
  return unusedSettings(description, plan).map(
    ({ at, value, why }) => `${at} ${value} has no effect: ${why}`,
  );
}

/** The reason why a layer's constant differs from the given one. */
function whyUnused(
  given: number,
  built: number,
  { kind }: Layer,
  { averagePool }: Variant,
): string | undefined {
  if (kind.silent) return `${kind.name} has no neuron`;
  return Math.fround(given) === built ? undefined : `with averagePool ${averagePool} it is ${built}`;
}

function whyNoLeak({ isOutput }: Layer, { output }: Variant): string | undefined {
  return isOutput && output === 'integrates'
    ? 'with output integrates the last layer does not leak'
    : undefined;
}
