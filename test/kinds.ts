/** Layers of the registered kinds in words, from drawn numbers: what laws and drawn networks run over. */
import { sizesOf } from '../spec/dictionary.ts';
import { layerKinds } from '../spec/layers/kinds.ts';
import type { LayerDescription, Shape, LayerKindName } from '../spec/network.ts';

export const kindNames = Object.keys(layerKinds) as LayerKindName[];
export const isPool = (name: LayerKindName): boolean => 'size' in layerKinds[name].sizes;
/** Pools, by the size of their window. */
type PoolName = Extract<LayerDescription, { readonly size: number }>['kind'];
export const poolNames = kindNames.filter(isPool) as PoolName[];
/** Those whose layers have neurons. */
export const neuronNames = kindNames.filter((name) => !layerKinds[name].silent);

/** A number for each name that a size has in some kind; `units` is also the number of channels. */
export interface DrawnSizes {
  readonly units: number;
  readonly kernel: number;
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

/** A layer in words, its kernel no larger than the map; undefined where a pool has no room. */
export function wordsFor(
  name: LayerKindName,
  drawn: DrawnSizes,
  { height, width }: Shape,
): LayerDescription | undefined {
  const names = Object.keys(layerKinds[name].sizes);
  const least = Math.min(height, width);
  const room = least + (names.includes('padding') ? 2 * drawn.padding : 0);
  if (names.includes('size') && drawn.size > least) return undefined;
  const numbers: Readonly<Record<string, number>> = {
    ...drawn,
    channels: drawn.units,
    kernel: Math.min(drawn.kernel, room),
  };
  const unknown = names.find((each) => !(each in numbers));
  if (unknown !== undefined) throw new Error(`test/kinds.ts: draw a size "${unknown}" for ${name}`);
  const sizes = Object.fromEntries(names.map((each) => [each, numbers[each]]));
  return { kind: name, ...sizes } as unknown as LayerDescription;
}

/** The map that a layer makes of another. */
export function outputOf(words: LayerDescription, input: Shape): Shape {
  const kind = layerKinds[words.kind];
  return kind.outputShape(sizesOf(words, kind), input);
}

/** A layer without its bias. */
export function withoutBias(words: LayerDescription): LayerDescription {
  const { bias: _, ...rest } = words;
  return rest as LayerDescription;
}
