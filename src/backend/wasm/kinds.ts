/** The kernels of the forward pass, by kind of layer. One line per kind in the registry below. */
import { biasesOf, type Layer, type LayerKindName, type Network } from '../../../spec/network.ts';
import { cellsOf, rowCells, type Cells } from './layout.ts';

/** A layer between its two maps. */
export interface Geometry {
  readonly layer: Layer;
  readonly from: Cells;
  readonly to: Cells;
}

export function geometryOf(network: Network, n: number): Geometry {
  return { layer: network.layers[n - 1], from: cellsOf(network, n - 1), to: cellsOf(network, n) };
}

export function kindOf({ kind }: Layer): WasmKind {
  return wasmKinds[kind.name];
}

/** How the kernels see a layer's input and its kernel or window. */
export interface KernelView {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly sizeY: number;
  readonly sizeX: number;
}

/** The layout of weights: (output, channel, position) at cell (position · channels + channel) · row + output; then the biases. */
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
  /** All cells: biases are one more row. */
  readonly cells: number;
}

export interface WasmKind {
  view(geometry: Geometry): KernelView;
  readonly forward: 'convolutionForward' | 'averagePoolForward' | 'maxPoolForward';
  readonly weights?: (geometry: Geometry) => WeightLayout;
}

const asMap: WasmKind['view'] = ({ from, layer }) => ({
  height: from.rows,
  width: from.columns,
  channels: from.channels,
  sizeY: layer.window.size,
  sizeX: layer.window.size,
});

const weighted = (view: WasmKind['view']): WasmKind => ({
  forward: 'convolutionForward',
  view,
  weights(geometry) {
    const { from, to, layer } = geometry;
    const { channels, sizeY, sizeX } = view(geometry);
    // A linear layer's inputs are (C,H,W) places: rows and columns of the map before it.
    const [outputs, inputs, rows = from.rows, columns = from.columns] = layer.weightShape;
    const maps = layer.weightShape.length === 4 ? inputs : from.real;
    const row = rowCells(to.channels);
    const synaptic = sizeY * sizeX * channels * row;
    const cells = synaptic + (biasesOf(layer) > 0 ? row : 0);
    return { outputs, maps, positions: rows * columns, channels: from.channels, row, synaptic, cells };
  },
});

const convolution = weighted(asMap);

/** A map of one position whose channels are all the inputs. */
const linear = weighted(({ from }) => ({ height: 1, width: 1, channels: from.count, sizeY: 1, sizeX: 1 }));

const averagePool: WasmKind = {
  view: asMap,
  forward: 'averagePoolForward',
};

const maxPool: WasmKind = {
  view: asMap,
  forward: 'maxPoolForward',
};

const wasmKinds: Readonly<Record<LayerKindName, WasmKind>> = {
  linear,
  convolution,
  averagePool,
  maxPool,
  sumPool: averagePool,
};
