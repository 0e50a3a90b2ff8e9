/** Stages current and backward: weights and inputs that are read in another order than they are written. */
import type { Layer, Synapses } from '../../../spec/network.ts';
import { byLayer, permuted, transposedPlace } from './wiring.ts';

const isConvolution = ({ kind }: Layer): boolean => kind.name === 'convolution';
const hasWeights = ({ weightShape }: Layer): boolean => weightShape.length > 0;

/** Reads place k of a kernel at another row and column. */
const inKernel = (layer: Layer, at: (row: number, column: number, size: number) => [number, number]) =>
  permuted(layer, (k) => {
    const { size } = layer.window;
    const [row, column] = at(Math.floor(k / size) % size, k % size, size);
    return Math.floor(k / (size * size)) * size * size + row * size + column;
  });

const kernelFlipped = byLayer(
  'kernel-flipped',
  'The kernel is flipped in rows and columns: a convolution, where neural networks mean a correlation.',
  (layer) =>
    isConvolution(layer)
      ? inKernel(layer, (row, column, size) => [size - 1 - row, size - 1 - column])
      : undefined,
);

const kernelTransposed = byLayer(
  'kernel-transposed',
  'Rows and columns of the kernel are exchanged.',
  (layer) => (isConvolution(layer) ? inKernel(layer, (row, column) => [column, row]) : undefined),
);

const weightsTransposed = byLayer(
  'weights-transposed',
  'Weights stored (out,in,…) are read as (in,out,…).',
  (layer) => {
    if (!hasWeights(layer)) return undefined;
    const order = [1, 0, ...layer.weightShape.slice(2).map((_, d) => d + 2)];
    return permuted(layer, (k) => transposedPlace(layer.weightShape, order, k));
  },
);

const weightsRowsFirst = byLayer(
  'weights-rows-first',
  'Weights stored (out,in,row,column) are read as (row,column,in,out).',
  (layer) =>
    isConvolution(layer)
      ? permuted(layer, (k) => transposedPlace(layer.weightShape, [2, 3, 1, 0], k))
      : undefined,
);

/** A linear layer after a map: the map is flattened row, column, channel. */
const flattenedChannelsLast = byLayer(
  'flattened-channels-last',
  'Before a linear layer the map is flattened (H,W,C); the weights are for (C,H,W).',
  (layer) => {
    const { channels, height, width } = layer.input;
    if (layer.kind.name !== 'linear') return undefined;
    const inputs = channels * height * width;
    return permuted(layer, (k) => {
      const place = transposedPlace([channels, height, width], [1, 2, 0], k % inputs);
      return Math.floor(k / inputs) * inputs + place;
    });
  },
);

const channelsReversed = byLayer(
  'channels-reversed',
  'The channels of the input are in the reverse order (BGR for RGB).',
  (layer) => {
    if (!isConvolution(layer)) return undefined;
    const [, inputs, size] = layer.weightShape;
    const kernel = size * size;
    return permuted(layer, (k) => {
      const map = Math.floor(k / kernel);
      const channel = map % inputs;
      return (map - channel + inputs - 1 - channel) * kernel + (k % kernel);
    });
  },
);

/** Windows that lie one row and column elsewhere; the output keeps its size. */
const shifted = (layer: Layer, by: number): Synapses | undefined => {
  if (!isConvolution(layer)) return undefined;
  return layer.kind.synapses({ ...layer, window: { ...layer.window, padding: layer.window.padding + by } });
};

const paddingTooLarge = byLayer(
  'padding-too-large',
  'Padding is one row and column too large above and to the left.',
  (layer) => shifted(layer, 1),
);

const paddingTooSmall = byLayer(
  'padding-too-small',
  'Padding is one row and column too small above and to the left.',
  (layer) => shifted(layer, -1),
);

export const weightMistakes = [
  kernelFlipped,
  kernelTransposed,
  weightsTransposed,
  weightsRowsFirst,
  flattenedChannelsLast,
  channelsReversed,
  paddingTooLarge,
  paddingTooSmall,
];
