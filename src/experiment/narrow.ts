/** VGG7 with fewer maps, for the small sizes of experiments: the same depth and kinds of layers. */
import type { NetworkFile } from '../network/models.ts';

/**
 * Maps of the convolutions in order, units of the hidden linear layer, and the threshold. Threshold and window cannot shrink independently:
 * later layers of a deep network would be silent.
 */
export interface Narrow {
  readonly maps: readonly number[];
  readonly units: number;
  readonly threshold: number;
}

export function narrowed(model: NetworkFile, { maps, units, threshold }: Narrow): NetworkFile {
  const left = [...maps];
  const output = model.layers.length - 1;
  const layers = model.layers.map((layer, place) => {
    if (layer.kind === 'convolution') return { ...layer, channels: left.shift()! }; // `maps` has one per convolution
    return layer.kind === 'linear' && place < output ? { ...layer, units } : layer;
  });
  return { ...model, name: `${model.name}-narrow`, threshold, layers };
}

/** `16, 16, 32, 32, 32 maps and 128 units in place of 64, 64, … `, and the threshold if it differs. */
export function narrowWords(model: NetworkFile, { maps, units, threshold }: Narrow): string {
  const theirs = model.layers.flatMap((layer) => (layer.kind === 'convolution' ? [layer.channels] : []));
  const [hidden] = model.layers.flatMap((layer) => (layer.kind === 'linear' ? [layer.units] : []));
  const changed =
    threshold === model.threshold ? '' : `, threshold ${threshold} in place of ${model.threshold}`;
  return `${maps.join(', ')} maps and ${units} units in place of ${theirs.join(', ')} and ${hidden}${changed}`;
}
