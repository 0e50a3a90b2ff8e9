/** Maps in a backend's memory. The cells of a map are in raster order: [row][column][channel]. */
import type { Layer } from '../../spec/network.ts';

export interface RasterCells {
  readonly rows: number;
  readonly columns: number;
  /** Channels, padding included. */
  readonly channels: number;
  /** Channels without padding. */
  readonly real: number;
}

/** A layer's input, and its convolution kernel or pooling window, as the backend's kernels see them. */
export interface KernelView {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

/** A layer's view of the map before it. A linear layer sees one position, whose channels are all its inputs. */
export function viewOf({ window, weightShape }: Layer, from: RasterCells): KernelView {
  const { rows: height, columns: width, channels } = from;
  if (weightShape.length === 2)
    return { height: 1, width: 1, channels: height * width * channels, ...window };
  return { height, width, channels, ...window };
}

/**
 * Converts the cells of `count` maps to maps (C,H,W). It copies floats as whole numbers, because reading a float allocates an
 * object until the runtime has compiled this code. These allocations would double the time.
 */
export function unpackMaps(
  { rows, columns, channels, real }: RasterCells,
  count: number,
  cellsOf: (map: number) => Float32Array,
): Float32Array {
  const positions = rows * columns;
  const maps = new Float32Array(count * positions * real);
  const into = bitsOf(maps);
  for (let map = 0, k = 0; map < count; map++) {
    const from = bitsOf(cellsOf(map));
    for (let channel = 0; channel < real; channel++) {
      const past = channel + positions * channels;
      for (let cell = channel; cell < past; cell += channels, k++) into[k] = from[cell];
    }
  }
  return maps;
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length);
}

/** Writes a map (C,H,W) to cells; the padding stays unchanged. */
export function packMap(cells: RasterCells, values: ArrayLike<number>, to: Float32Array): void {
  const { rows, columns, channels, real } = cells;
  const positions = rows * columns;
  for (let position = 0; position < positions; position++) {
    for (let channel = 0; channel < real; channel++) {
      to[position * channels + channel] = values[channel * positions + position];
    }
  }
}
