/**
 * Windows over a map, which convolutions and pools share; and the synapses of a pool: each output has synapses
 * from a window of rows and columns in its own channel.
 */
import { emptyLists, type Layer, type LayerKind, type Shape, type Synapses } from '../network.ts';
import type { Variant } from '../variant.ts';

/** Rows and columns of the map that windows of `size`, moved by `stride`, make of `input`. */
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
export function poolNeuron({ averagePool }: Variant): ReturnType<NonNullable<LayerKind['neuron']>> {
  return averagePool === 'threeQuarters' ? { Vth: 0.75, λ: 1 } : undefined;
}

/** Synapses of a pool, in row-major order of the window; rows and columns that no window reaches are dropped. */
export function poolSynapses({
  input,
  output,
  window: { size, stride },
}: Pick<Layer, 'input' | 'output' | 'window'>): Synapses {
  const { height, width } = input;
  const { height: rows, width: columns } = output;
  const { heard, reached } = emptyLists(size * size);
  return {
    into(place) {
      const [channel, oy, ox] = [
        Math.floor(place / (rows * columns)),
        Math.floor(place / columns) % rows,
        place % columns,
      ];
      let n = 0;
      for (let row = 0; row < size; row++) {
        for (let column = 0; column < size; column++, n++) {
          heard.j[n] = (channel * height + oy * stride + row) * width + ox * stride + column;
        }
      }
      heard.count = n;
      return heard;
    },
    outOf(place) {
      const [channel, y, x] = [
        Math.floor(place / (height * width)),
        Math.floor(place / width) % height,
        place % width,
      ];
      let n = 0;
      for (let oy = first(y); oy < rows && oy * stride <= y; oy++) {
        for (let ox = first(x); ox < columns && ox * stride <= x; ox++, n++) {
          reached.i[n] = (channel * rows + oy) * columns + ox;
        }
      }
      reached.count = n;
      return reached;
    },
  };

  function first(at: number): number {
    return Math.max(0, Math.ceil((at - size + 1) / stride));
  }
}
