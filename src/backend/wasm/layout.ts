/**
 * How maps lie in the kernels' memory: [row][column][channel], the channels of a layer padded to a multiple of 4 with
 * silent ones, so that four lanes are four channels. The input is not padded.
 */
import type { Layer, Network, Shape } from '../../../spec/network.ts';

/** A map in the kernels' memory. */
export interface Cells {
  readonly rows: number;
  readonly columns: number;
  /** Channels, padding included. */
  readonly channels: number;
  /** Channels of the network. */
  readonly real: number;
  /** rows · columns · channels. */
  readonly count: number;
  /** Bytes of one step's row of spike bits. */
  readonly bitRow: number;
}

/** The cells of layer n; n = 0 is the input. */
export function cellsOf({ input, layers }: Network, n: number): Cells {
  const { channels: real, height: rows, width: columns }: Shape = n === 0 ? input : layers[n - 1].output;
  const channels = n === 0 ? real : padded(real);
  const count = rows * columns * channels;
  return { rows, columns, channels, real, count, bitRow: Math.ceil(count / 64) * 8 };
}

/** The next multiple of 4. */
export function padded(channels: number): number {
  return Math.ceil(channels / 4) * 4;
}

/** Cells → (C,H,W). `valueAt` reads a cell. */
export function unpackMap(cells: Cells, valueAt: (cell: number) => number, to: Float32Array): void {
  const { rows, columns, channels, real } = cells;
  const positions = rows * columns;
  for (let position = 0; position < positions; position++) {
    for (let channel = 0; channel < real; channel++) {
      to[channel * positions + position] = valueAt(position * channels + channel);
    }
  }
}

/** The cell of (C,H,W) place `place`. */
export function cellAt({ rows, columns, channels }: Cells, place: number): number {
  const positions = rows * columns;
  const channel = Math.floor(place / positions);
  return (place - channel * positions) * channels + channel;
}

/**
 * Which outputs each input of a pool reaches, as two lists: entries starts[j] … starts[j+1] of `reach`, in raster
 * order.
 */
export function reachOf(layer: Layer, from: Cells, to: Cells): { starts: Uint32Array; reach: Uint32Array } {
  const starts = new Uint32Array(from.count + 1);
  const reach: number[] = [];
  const { outOf, i } = layer.synapses;
  const positions = from.rows * from.columns;
  for (let cell = 0; cell < from.count; cell++) {
    const channel = cell % from.channels;
    const count = channel < from.real ? outOf(channel * positions + Math.floor(cell / from.channels)) : 0;
    for (let s = 0; s < count; s++) reach.push(cellAt(to, i[s]));
    starts[cell + 1] = reach.length;
  }
  return { starts, reach: Uint32Array.from(reach) };
}
