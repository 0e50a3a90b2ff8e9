/** Windows over a map, for convolutions, pools and NIR graphs: the size of the resulting map, and the synapses. */
import { emptyLists, type Layer, type LayerKind, type Shape, type Synapses } from '../network.ts';
import type { Variant } from '../variant.ts';

/** Rows and columns of a window, and how it moves over a map. */
export interface NirWindow {
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
}

/** Rows and columns of the map that results from windows of `size`, moved by `stride` over `input`. */
export function windowed(
  input: Shape,
  size: number,
  stride: number,
  padding: number,
): { height: number; width: number } {
  const along = (length: number): number => Math.floor((length + 2 * padding - size) / stride) + 1;
  return { height: along(input.height), width: along(input.width) };
}

/** Variant `averagePool` = `threeQuarters`: threshold 0.75 and no leak, in place of the description's. */
function poolNeuron({ averagePool }: Variant): ReturnType<NonNullable<LayerKind['neuron']>> {
  return averagePool === 'threeQuarters' ? { Vth: 0.75, λ: 1 } : undefined;
}

type Windowed = Pick<Layer, 'input' | 'output' | 'window'>;

/** A layer's window, with as many rows as columns. */
const squareOf = ({ window: { size, stride, padding } }: Windowed): NirWindow => ({
  size: [size, size],
  stride: [stride, stride],
  padding: [padding, padding],
});

/** Each output has synapses from its window in every input channel. */
export const convolutionSynapses = (layer: Windowed): Synapses =>
  windowSynapses(layer, squareOf(layer), false);

/** Properties of all pools: no padding, and no weights. Rows and columns that no window reaches are dropped. */
export const pool = {
  sizes: { size: undefined, stride: 'size' },
  neuron: poolNeuron,
  window: ({ size, stride }) => ({ size, stride, padding: 0 }),
  outputShape: ({ size, stride }, input) => ({
    channels: input.channels,
    ...windowed(input, size, stride, 0),
  }),
  weightShape: () => [],
  synapses: (layer) => windowSynapses(layer, squareOf(layer), true),
} satisfies Partial<LayerKind>;

/**
 * The synapses of windows, in the order row, column, channel. Sums skip inputs outside the map, which are silent. This
 * changes no result, because each sum starts from +0.
 *
 * @param isOwn whether an output has synapses only from the same channel, all with the index k = 0. Otherwise it has synapses
 * from all channels, with weights (out,in,row,column).
 */
export function windowSynapses(
  { input, output }: Pick<Layer, 'input' | 'output'>,
  { size: kernel, stride, padding }: NirWindow,
  isOwn: boolean,
): Synapses {
  const [size, sizeAcross] = kernel;
  const most = isOwn ? 1 : Math.max(input.channels, output.channels);
  const { heard, reached } = emptyLists(size * sizeAcross * most);
  const weightAt = (to: number, from: number, row: number, column: number): number =>
    isOwn ? 0 : ((to * input.channels + from) * size + row) * sizeAcross + column;
  /** The channels of a map that have synapses with a channel of the other map. */
  const channelsOf = ({ channels }: Shape, wrap: number): readonly [first: number, end: number] =>
    isOwn ? [wrap, wrap + 1] : [0, channels];
  /** The first output row (side 0) or column (side 1) whose window reaches input row or column `at`. */
  const firstOf = (at: number, side: 0 | 1): number =>
    Math.max(0, Math.ceil((at + padding[side] - kernel[side] + 1) / stride[side]));

  return {
    into(index) {
      const { j, k } = heard;
      const [to, oy, ox] = split(index, output);
      const [first, end] = channelsOf(input, to);
      let n = 0;
      for (let row = 0; row < size; row++) {
        const y = oy * stride[0] + row - padding[0];
        if (y < 0 || y >= input.height) continue;
        for (let column = 0; column < sizeAcross; column++) {
          const x = ox * stride[1] + column - padding[1];
          if (x < 0 || x >= input.width) continue;
          for (let from = first; from < end; from++, n++) {
            j[n] = placeOf(from, y, x, input);
            k[n] = weightAt(to, from, row, column);
          }
        }
      }
      heard.count = n;
      return heard;
    },
    outOf(index) {
      const { i, k } = reached;
      const [from, y, x] = split(index, input);
      const [first, end] = channelsOf(output, from);
      const [low, left] = [y + padding[0], x + padding[1]];
      const [area, weights] = [output.height * output.width, input.channels * size * sizeAcross];
      let n = 0;
      for (let oy = firstOf(y, 0); oy < output.height && oy * stride[0] <= low; oy++) {
        for (let ox = firstOf(x, 1); ox < output.width && ox * stride[1] <= left; ox++) {
          let at = placeOf(first, oy, ox, output);
          let weight = weightAt(first, from, low - oy * stride[0], left - ox * stride[1]);
          for (let to = first; to < end; to++, n++, at += area, weight += weights) {
            i[n] = at;
            k[n] = weight;
          }
        }
      }
      reached.count = n;
      return reached;
    },
  };
}

const placeOf = (channel: number, y: number, x: number, { height, width }: Shape): number =>
  (channel * height + y) * width + x;

/** The inverse of {@link placeOf}. */
function split(index: number, { height, width }: Shape): [channel: number, y: number, x: number] {
  const row = Math.floor(index / width);
  return [Math.floor(row / height), row % height, index % width];
}
