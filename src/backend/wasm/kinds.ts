/** Kinds of layers in the wasm backend: which kernels carry them out. One line a kind in the registry below. */
import type { Layer } from '../../../spec/network.ts';
import type { Cells } from './layout.ts';
import type { Kernels } from './module.ts';

/** Geometry that the kernels take, in their order. */
export interface Geometry {
  readonly layer: Layer;
  readonly from: Cells;
  readonly to: Cells;
}

/** How the kernels see a layer's input and its kernel or window. */
export interface View {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly sizeY: number;
  readonly sizeX: number;
}

export interface WasmKind {
  view(geometry: Geometry): View;
  /** Cells of the weights, padding included; 0 without weights. */
  weightCells(geometry: Geometry): number;
  /** The cell of each weight, in the order of the public layout. */
  weightPlaces?(geometry: Geometry): Int32Array;
  readonly forward: 'convolutionForward' | 'averagePoolForward' | 'maxPoolForward';
  /** FO of the layer after its window, where it is not the sum of its spikes. */
  windowEnd?(kernels: Kernels, geometry: Geometry, FO: number, FOBefore: number): void;
  /** Rows of weights that {@link dw} can be split into. */
  dwRows?(geometry: Geometry): number;
  dw?(kernels: Kernels, geometry: Geometry, dw: number, dFI: number, FO: number, samples: number): void;
  dFO(kernels: Kernels, geometry: Geometry, dFO: number, backward: number, dFI: number, FOBefore: number): void;
  /** Lays the forward weights out for going backward. */
  turn?(kernels: Kernels, geometry: Geometry, backward: number, weights: number): void;
}

const weighted = (view: WasmKind['view']): WasmKind => {
  const sizes = (geometry: Geometry): number[] => {
    const { height, width, channels, sizeY, sizeX } = view(geometry);
    const { to, layer } = geometry;
    const { stride, padding } = layer.window;
    return [height, width, channels, to.rows, to.columns, to.channels, sizeY, sizeX, stride, padding];
  };
  return {
    forward: 'convolutionForward',
    view,
    weightCells(geometry) {
      const { channels, sizeY, sizeX } = view(geometry);
      return sizeY * channels * sizeX * geometry.to.channels;
    },
    weightPlaces(geometry) {
      const { from, to, layer } = geometry;
      const { channels, sizeY, sizeX } = view(geometry);
      const [outputs, inputs, rows = from.rows, columns = from.columns] = layer.weightShape;
      // A linear layer's inputs are (C,H,W) places: the rows and columns of its kernel are those of the map.
      const maps = layer.weightShape.length === 4 ? inputs : from.real;
      const places = new Int32Array(outputs * maps * rows * columns);
      let k = 0;
      for (let output = 0; output < outputs; output++) {
        for (let channel = 0; channel < maps; channel++) {
          for (let position = 0; position < rows * columns; position++) {
            const [row, column] = [Math.floor(position / sizeX), position % sizeX];
            const cell = (row * channels + channel) * sizeX + sizeX - 1 - column;
            if (row >= sizeY) throw new Error('a kernel has fewer rows than its weights');
            places[k++] = cell * to.channels + output;
          }
        }
      }
      return places;
    },
    dwRows(geometry) {
      const { channels, sizeY } = view(geometry);
      return sizeY * channels;
    },
    dw(kernels, geometry, dw, dFI, FO, samples) {
      kernels.convolutiondw(dw, dFI, FO, samples, ...sizes(geometry), 0, this.dwRows!(geometry));
    },
    dFO(kernels, geometry, dFO, backward, dFI) {
      kernels.convolutiondFO(dFO, backward, dFI, ...sizes(geometry));
    },
    turn(kernels, geometry, backward, weights) {
      const { channels, sizeY, sizeX } = view(geometry);
      kernels.convolutionTurn(backward, weights, channels, geometry.to.channels, sizeY, sizeX);
    },
  };
};

const asMap: WasmKind['view'] = ({ from, layer }) => ({
  height: from.rows,
  width: from.columns,
  channels: from.channels,
  sizeY: layer.window.size,
  sizeX: layer.window.size,
});

const convolution = weighted(asMap);

/** A kernel as large as the map, its positions one below the other: each kernel row is one position's weights. */
const linear = weighted(({ from }) => {
  const positions = from.rows * from.columns;
  return { height: positions, width: 1, channels: from.channels, sizeY: positions, sizeX: 1 };
});

const averagePool: WasmKind = {
  forward: 'averagePoolForward',
  view: asMap,
  weightCells: () => 0,
  dFO(kernels, { layer, from, to }, dFO, _backward, dFI) {
    const { size, stride } = layer.window;
    kernels.averagePooldFO(dFO, dFI, from.rows, from.columns, from.channels, to.rows, to.columns, size, stride);
  },
};

const maxPool: WasmKind = {
  forward: 'maxPoolForward',
  view: asMap,
  weightCells: () => 0,
  windowEnd(kernels, { layer, from, to }, FO, FOBefore) {
    const { size, stride } = layer.window;
    kernels.maxPoolAccumulated(FO, FOBefore, from.columns, from.channels, to.rows, to.columns, size, stride);
  },
  dFO(kernels, { layer, from, to }, dFO, _backward, dFI, FOBefore) {
    const { size, stride } = layer.window;
    const map = [from.rows, from.columns, from.channels, to.rows, to.columns, size, stride];
    kernels.maxPooldFO(dFO, dFI, FOBefore, ...map);
  },
};

export const wasmKinds: Readonly<Record<string, WasmKind>> = { linear, convolution, averagePool, maxPool };
