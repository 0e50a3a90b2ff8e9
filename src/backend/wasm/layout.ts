/**
 * The layout of maps in the kernels' memory: [row][column][channel]. The channels of a layer are padded to a multiple of 4
 * with silent ones. Four SIMD lanes are thus four channels, and raster order is memory order. The input is not padded.
 * Weights are [row][column][input channel][output] (`assembly/layers/convolution.ts`).
 */
import type { Network, Shape } from '../../../spec/network.ts';
import type { RasterCells } from '../maps.ts';

/** A map in the kernels' memory. */
export interface Cells extends RasterCells {
  /** rows · columns · channels. */
  readonly count: number;
  /** Bytes of one step's spike bits, plus 8 spare bytes. */
  readonly bitRow: number;
}

/** The cells of layer n; n = 0 is the input. */
export function cellsOf({ input, layers }: Network, n: number): Cells {
  const { channels: real, height: rows, width: columns }: Shape = n === 0 ? input : layers[n - 1].output;
  const channels = n === 0 ? real : padded(real);
  const count = rows * columns * channels;
  return { rows, columns, channels, real, count, bitRow: Math.ceil(count / 64) * 8 + 8 };
}

/**
 * The distance in cells between rows of `outputs` lanes. It is a multiple of half a cache line, so that no vector of 256 bits crosses two
 * lines. The number of lines, or of half lines, is odd: rows that are a power of two apart would share a few sets of the first-level cache.
 */
export function rowCells(outputs: number): number {
  const [line, half] = [16, 8];
  const halves = Math.ceil(outputs / half);
  return halves % 2 === 1 ? half * halves : line * ((halves / 2) | 1);
}

/** Rounds up to a multiple of 4. */
export function padded(channels: number): number {
  return Math.ceil(channels / 4) * 4;
}
