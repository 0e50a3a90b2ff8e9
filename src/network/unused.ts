/** Settings that a variant does not use. A new description that has one is refused; of an older one it is reported. */
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

/** The settings of a description without effect in the network that it means. */
export function unusedSettings(
  { input, layers: words }: NetworkDescription,
  { layers, variant }: Network,
): Unused[] {
  const unused: Unused[] = [];
  const { scale = 1 } = input;
  if (variant.input === 'intensity' && scale !== 1)
    unused.push({ at: 'input.scale', value: scale, why: 'with input intensity the variant has no scale' });
  for (const [place, { threshold, leak }] of words.entries()) {
    const layer = layers[place];
    const at = `layers[${place}]`;
    const whyVth = whyUnused(threshold, layer.Vth, layer, variant);
    const whyλ = whyUnused(leak, layer.λ, layer, variant) ?? whyNoLeak(leak, layer, variant);
    if (whyVth !== undefined) unused.push({ at: `${at}.threshold`, value: threshold!, why: whyVth });
    if (whyλ !== undefined) unused.push({ at: `${at}.leak`, value: leak!, why: whyλ });
  }
  return unused;
}

/** The same, a line each for people. */
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

/** Why a layer's own constant is not the one that it was given. */
function whyUnused(
  given: number | undefined,
  built: number,
  { kind }: Layer,
  { averagePool }: Variant,
): string | undefined {
  if (given === undefined) return undefined;
  if (kind.silent) return `${kind.name} has no neuron`;
  return Math.fround(given) === built ? undefined : `with averagePool ${averagePool} it is ${built}`;
}

function whyNoLeak(leak: number | undefined, { isOutput }: Layer, { output }: Variant): string | undefined {
  const isIdle = leak !== undefined && leak !== 1 && isOutput && output === 'integrates';
  return isIdle ? 'with output integrates the last layer does not leak' : undefined;
}
