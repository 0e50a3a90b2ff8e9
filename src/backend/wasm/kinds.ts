/** Layers as the kernels see them, by kind of layer. Each kind has one line in the registry below. */
import { biasesOf, type Layer, type LayerKindName, type Network } from '../../../spec/network.ts';
import { viewOf, type KernelView } from '../maps.ts';
import { cellsOf, rowCells, type Cells } from './layout.ts';

/** A layer, with the cells of its input map and of its output map. */
export interface Geometry {
  readonly layer: Layer;
  readonly from: Cells;
  readonly to: Cells;
  readonly view: KernelView;
  readonly forward: ForwardKernel;
  /** Undefined if the layer has no weights. */
  readonly weights: WeightLayout | undefined;
}

/**
 * The layout of weights. The weight (output, channel, position) is at cell (position · channels + channel) · row + output. The biases
 * follow.
 */
export interface WeightLayout {
  readonly outputs: number;
  /** Channels of the map before. */
  readonly maps: number;
  /** Positions of the kernel; for a linear layer, of the map before. */
  readonly positions: number;
  /** `maps` with padding. */
  readonly channels: number;
  /** `outputs` with padding. */
  readonly row: number;
  /** Cells of synapses, padding included. */
  readonly synaptic: number;
  /** All cells, including a row of biases. */
  readonly cells: number;
}

type ForwardKernel = 'convolutionForward' | 'averagePoolForward' | 'maxPoolForward';

const kernels: Readonly<Record<LayerKindName, ForwardKernel>> = {
  linear: 'convolutionForward',
  convolution: 'convolutionForward',
  averagePool: 'averagePoolForward',
  maxPool: 'maxPoolForward',
  sumPool: 'averagePoolForward',
};

export function geometryOf(network: Network, n: number): Geometry {
  const layer = network.layers[n - 1];
  const [from, to] = [cellsOf(network, n - 1), cellsOf(network, n)];
  const view = viewOf(layer, from);
  const weights = layer.weightShape.length > 0 ? layoutOf(layer, from, to, view) : undefined;
  return { layer, from, to, view, forward: kernels[layer.kind.name], weights };
}

function layoutOf(layer: Layer, from: Cells, to: Cells, view: KernelView): WeightLayout {
  // A linear layer's inputs are the (C,H,W) places of the map before it.
  const [outputs, inputs, rows = from.rows, columns = from.columns] = layer.weightShape;
  const maps = layer.weightShape.length === 4 ? inputs : from.real;
  const row = rowCells(to.channels);
  const synaptic = view.size ** 2 * view.channels * row;
  const cells = synaptic + (biasesOf(layer) > 0 ? row : 0);
  return { outputs, maps, positions: rows * columns, channels: from.channels, row, synaptic, cells };
}
