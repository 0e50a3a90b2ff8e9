/** Kinds of layers in the wasm backend: which kernels carry them out. One line a kind in the registry below. */
import type { Layer, Network } from '../../../spec/network.ts';
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
export interface View {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly sizeY: number;
  readonly sizeX: number;
}

/** Weights of a kind. */
export interface WeightedKind {
  /** Cells of the weights, padding included. */
  cells(geometry: Geometry): number;
  /** The cell of each weight, in the order of the public layout. */
  places(geometry: Geometry): Int32Array;
}

export interface WasmKind {
  view(geometry: Geometry): View;
  readonly forward: 'convolutionForward' | 'averagePoolForward' | 'maxPoolForward';
  readonly weights?: WeightedKind;
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
  weights: {
    cells(geometry) {
      const { channels, sizeY, sizeX } = view(geometry);
      return sizeY * sizeX * channels * rowCells(geometry.to.channels);
    },
    places({ from, to, layer }) {
      // A linear layer's inputs are (C,H,W) places: rows and columns of the map before it.
      const [outputs, inputs, rows = from.rows, columns = from.columns] = layer.weightShape;
      const maps = layer.weightShape.length === 4 ? inputs : from.real;
      const places = new Int32Array(outputs * maps * rows * columns);
      const row = rowCells(to.channels);
      let k = 0;
      for (let output = 0; output < outputs; output++) {
        for (let channel = 0; channel < maps; channel++) {
          for (let position = 0; position < rows * columns; position++) {
            places[k++] = (position * from.channels + channel) * row + output;
          }
        }
      }
      return places;
    },
  },
});

const convolution = weighted(asMap);

/** A map of one position whose channels are all inputs. */
const linear = weighted(({ from }) => ({ height: 1, width: 1, channels: from.count, sizeY: 1, sizeX: 1 }));

const averagePool: WasmKind = {
  view: asMap,
  forward: 'averagePoolForward',
};

const maxPool: WasmKind = {
  view: asMap,
  forward: 'maxPoolForward',
};

export const wasmKinds: Readonly<Record<string, WasmKind>> = { linear, convolution, averagePool, maxPool };
