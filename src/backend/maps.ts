/** Maps in a backend's memory, whose cells are in raster order: [row][column][channel]. */

export interface RasterCells {
  readonly rows: number;
  readonly columns: number;
  /** Channels, with those that only fill up the memory. */
  readonly channels: number;
  /** Channels of the network. */
  readonly real: number;
}

/**
 * `count` maps (C,H,W), from the cells of each. Copies the bits as whole numbers. Before the code is compiled, this takes half the
 * time, since every float that is read becomes a new object.
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

/** (C,H,W) → cells; padding is left unchanged. */
export function packMap(cells: RasterCells, values: ArrayLike<number>, to: Float32Array): void {
  const { rows, columns, channels, real } = cells;
  const positions = rows * columns;
  for (let position = 0; position < positions; position++) {
    for (let channel = 0; channel < real; channel++) {
      to[position * channels + channel] = values[channel * positions + position];
    }
  }
}
