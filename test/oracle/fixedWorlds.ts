/** Small networks and what enters them, as `expected` and `expectedFixed` take them. */
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import type { Variant } from '../../spec/variant.ts';
import { placesOf } from '../../src/oracle/keys.ts';
import { tensorOf } from '../../src/oracle/options.ts';
import { worldOf } from '../vectors/generator/worlds.ts';

/** A world whose numbers are dyadic. */
export function optionsOf(stack: string, seed: number, variant: Variant) {
  const { description, B, given } = worldOf(stack, seed, true, variant);
  const places = placesOf(buildNetwork(description, variant, real), B);
  const arrays = new Map([...given].map(([key, values]) => [key, tensorOf(values, places.get(key)!.shape)]));
  return { network: { ...description, variant }, arrays };
}
