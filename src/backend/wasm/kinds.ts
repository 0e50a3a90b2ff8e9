/** Kinds of layers in the wasm backend: which kernels carry them out. One line a kind in the registry below. */
import type { Layer, Network } from '../../../spec/network.ts';
import { rangesOf, type Call } from './executor.ts';
import { cellsOf, type Cells } from './layout.ts';

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

/** Calls are for one sample, or for a part of the weights; addresses are as in `assembly/`. */
export interface WasmKind {
  view(geometry: Geometry): View;
  readonly forward: 'convolutionForward' | 'averagePoolForward' | 'maxPoolForward';
  /** Cells of the weights, padding included; 0 without weights. */
  weightCells(geometry: Geometry): number;
  /** The cell of each weight, in the order of the public layout. */
  weightPlaces?(geometry: Geometry): Int32Array;
  /** dw of a shard, as `parts` calls that can run at the same time. */
  dw?(geometry: Geometry, dw: number, dFI: number, FO: number, samples: number, parts: number): Call[];
  /** Lays the forward weights out for going backward. */
  turn?(geometry: Geometry, backward: number, weights: number, parts: number): Call[];
  dFO(geometry: Geometry, dFO: number, backward: number, dFI: number, FOBefore: number): Call;
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
    dw(geometry, dw, dFI, FO, samples, parts) {
      const { channels, sizeY } = view(geometry);
      const shared = [dw, dFI, FO, samples, ...sizes(geometry)];
      return rangesOf(sizeY * channels, parts).map((range) => ['convolutiondw', ...shared, ...range]);
    },
    turn(geometry, backward, weights, parts) {
      const { channels, sizeY, sizeX } = view(geometry);
      const shared = [backward, weights, channels, geometry.to.channels, sizeY, sizeX];
      return rangesOf(sizeY, parts).map((range) => ['convolutionTurn', ...shared, ...range]);
    },
    dFO: (geometry, dFO, backward, dFI) => ['convolutiondFO', dFO, backward, dFI, ...sizes(geometry)],
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
  view: asMap,
  forward: 'averagePoolForward',
  weightCells: () => 0,
  dFO({ layer, from, to }, dFO, _backward, dFI) {
    const { size, stride } = layer.window;
    return [
      'averagePooldFO',
      dFO,
      dFI,
      from.rows,
      from.columns,
      from.channels,
      to.rows,
      to.columns,
      size,
      stride,
    ];
  },
};

const maxPool: WasmKind = {
  view: asMap,
  forward: 'maxPoolForward',
  weightCells: () => 0,
  dFO({ layer, from, to }, dFO, _backward, dFI, FOBefore) {
    const { size, stride } = layer.window;
    const map = [from.rows, from.columns, from.channels, to.rows, to.columns, size, stride];
    return ['maxPooldFO', dFO, dFI, FOBefore, ...map];
  },
};

export const wasmKinds: Readonly<Record<string, WasmKind>> = { linear, convolution, averagePool, maxPool };
