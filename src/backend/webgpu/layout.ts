/**
 * The layout of maps, trains and weights on the device. Maps are in raster order [row][column][channel], so that
 * neighbouring invocations are channels. A train has one bit per cell in the same order, and one row of words per step.
 * A sample begins at a multiple of 256 bytes, so that a binding can begin at any sample. A buffer larger than a binding
 * is processed in parts of whole samples, and the sums of dw continue from part to part. The weights of one layer must
 * fit into a binding. Weights are [row][column][input channel][output], followed by the biases.
 */
import { biasesOf, type Layer, type Network, type Shape } from '../../../spec/network.ts';
import { recordBytes } from './params.ts';

/** A map on the device. */
export interface DeviceCells {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly count: number;
  /** Words of the spike bits of one step. */
  readonly words: number;
  /** Words of a sample's map, and of its train. */
  readonly map: number;
  readonly train: number;
}

/** The cells of layer n; n = 0 is the input. */
export function cellsOf({ input, layers, T }: Network, n: number): DeviceCells {
  const { channels, height: rows, width: columns }: Shape = n === 0 ? input : layers[n - 1].output;
  const count = rows * columns * channels;
  const words = Math.ceil(count / 32);
  return { rows, columns, channels, count, words, map: aligned(count), train: aligned(T * words) };
}

/** Rounds a number of words up to a multiple of 256 bytes. */
export function aligned(words: number): number {
  const unit = recordBytes / 4;
  return Math.ceil(words / unit) * unit;
}

/** The cell of each neuron, by its place in (C,H,W). */
export function cellPlaces({ rows, columns, channels, count }: DeviceCells): Int32Array {
  const places = new Int32Array(count);
  const positions = rows * columns;
  for (let k = 0; k < count; k++) places[k] = (k % positions) * channels + Math.floor(k / positions);
  return places;
}

/** The place of each weight on the device, by its place in the public layout. */
export function weightPlaces(layer: Layer): Int32Array {
  const { weightShape, input, output } = layer;
  // The inputs of a linear layer are the (C,H,W) places of the map before it.
  const [outputs = 0, inputs = 0, rows = input.height, columns = input.width] = weightShape;
  const maps = weightShape.length === 4 ? inputs : input.channels;
  const synaptic = outputs * maps * rows * columns;
  const places = Int32Array.from({ length: synaptic + biasesOf(layer) }, (_, k) => k);
  let k = 0;
  for (let to = 0; to < outputs; to++) {
    for (let channel = 0; channel < maps; channel++) {
      for (let position = 0; position < rows * columns; position++, k++) {
        places[k] = (position * maps + channel) * output.channels + to;
      }
    }
  }
  return places;
}
