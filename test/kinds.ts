/** Random layer descriptions of all registered kinds, for property tests and random networks. */
import { sizesOf } from '../spec/dictionary.ts';
import { layerKinds } from '../spec/layers/kinds.ts';
import type { LayerDescription, Shape, LayerKindName } from '../spec/network.ts';

export const kindNames = Object.keys(layerKinds) as LayerKindName[];
export const isPool = (name: LayerKindName): boolean =>
  layerKinds[name].weightShape({}, { channels: 1, height: 1, width: 1 }).length === 0;

/** A number for each size of any kind. `units` also serves as the number of channels. */
export interface DrawnSizes {
  readonly units: number;
  readonly kernel: number;
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

/** The description of a layer, with its kernel limited to the map. Undefined if a window does not fit the padded map. */
export function wordsFor(name: LayerKindName, drawn: DrawnSizes, input: Shape): LayerDescription | undefined {
  const { height, width } = input;
  const kind = layerKinds[name];
  const names = Object.keys(kind.sizes);
  const least = Math.min(height, width);
  const room = least + (names.includes('padding') ? 2 * drawn.padding : 0);
  const numbers: Readonly<Record<string, number>> = {
    ...drawn,
    channels: drawn.units,
    kernel: Math.min(drawn.kernel, room),
  };
  const unknown = names.find((each) => !(each in numbers));
  if (unknown !== undefined) throw new Error(`test/kinds.ts: draw a size "${unknown}" for ${name}`);
  const sizes = Object.fromEntries(names.map((each) => [each, numbers[each]]));
  if (kind.window(sizes, input).size > room) return undefined;
  return { kind: name, ...sizes } as unknown as LayerDescription;
}

/** The output map of a layer. */
export function outputOf(words: LayerDescription, input: Shape): Shape {
  const kind = layerKinds[words.kind];
  return kind.outputShape(sizesOf(words, kind), input);
}

/** One linear layer per number of neurons. */
export const linears = (...units: readonly number[]): LayerDescription[] =>
  units.map((each) => ({ kind: 'linear', units: each }));

export function withoutBias(words: LayerDescription): LayerDescription {
  const { bias: _, ...rest } = words;
  return rest as LayerDescription;
}
