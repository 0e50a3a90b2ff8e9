/**
 * The layout of maps, trains and weights on the device. Maps are in raster order [row][column][channel], so that
 * neighbouring invocations compute neighbouring channels. A train has one bit per cell in the same order, and one row
 * of words per step. A sample begins at a multiple of 256 bytes, so that a binding can begin at any sample. A buffer
 * larger than a binding is processed in parts of whole samples, and the sums of dw continue from part to part. The
 * weights of one layer must fit into a binding. Weights are [row][column][input channel][output], followed by the
 * biases.
 */
import {
  biasesOf,
  type Layer,
  type Network,
  type Shape,
  neuronsOf,
  rasterOrder,
} from '../../../spec/network.ts';
import type { RasterCells } from '../maps.ts';
import { recordBytes } from './params.ts';
import { keyOf } from '../../../spec/random.ts';
import type { Input } from '../backend.ts';

export interface DeviceCells extends RasterCells {
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
  return {
    rows,
    columns,
    channels,
    real: channels,
    count,
    words,
    map: aligned(count),
    train: aligned(T * words),
  };
}

/** Rounds a number of words up to a multiple of 256 bytes. */
export function aligned(words: number): number {
  const unit = recordBytes / 4;
  return Math.ceil(words / unit) * unit;
}

/** The index of each weight on the device, by its index in the public layout. */
export function weightIndices(layer: Layer): Int32Array {
  const { weightShape, input, output } = layer;
  // The inputs of a linear layer are the (C,H,W) places of the map before it.
  const [outputs = 0, inputs = 0, rows = input.height, columns = input.width] = weightShape;
  const maps = weightShape.length === 4 ? inputs : input.channels;
  const synaptic = outputs * maps * rows * columns;
  const indices = Int32Array.from({ length: synaptic + biasesOf(layer) }, (_, k) => k);
  let k = 0;
  for (let to = 0; to < outputs; to++) {
    for (let channel = 0; channel < maps; channel++) {
      for (let position = 0; position < rows * columns; position++, k++) {
        indices[k] = (position * maps + channel) * output.channels + to;
      }
    }
  }
  return indices;
}

type Image = Extract<Input, { intensities: unknown }>;

/** Words of an image: four for key and counter of its draws, and two per pixel. */
export function imageWords({ input }: Network): number {
  return aligned(4 + 2 * neuronsOf(input));
}

export function frameWords({ input }: Network, steps: number): number {
  return aligned(steps * neuronsOf(input));
}

const flags = { negative: 1, always: 2 };

/** Writes an image in raster order. A pixel fires if its random word is below its bound, or always if p ≥ 1. */
export function writeImage({ intensities, draw }: Image, network: Network, to: Uint32Array): void {
  const { variant, inputScale, input } = network;
  const scale = variant.input === 'scaledIntensity' ? inputScale : 1;
  to.set([draw.seed, keyOf(draw.stream, draw.epoch), draw.sample, 0]);
  for (const [index, i] of rasterOrder(input).entries()) {
    const intensity = intensities[i];
    const p = Math.abs(intensity) * scale;
    const isAlways = p >= 1;
    to[4 + 2 * index] = isAlways ? 0 : Math.floor(p * 2 ** 32);
    to[5 + 2 * index] = (isAlways ? flags.always : 0) | (intensity < 0 ? flags.negative : 0);
  }
}

/** Whether a spike can be −1. */
export function isSigned({ intensities }: Image): boolean {
  for (let i = 0; i < intensities.length; i++) if (intensities[i] < 0) return true;
  return false;
}
