/** Kinds of layers in the wasm backend: which kernels carry them out. One line a kind in the registry below. */
import type { Layer } from '../../../spec/network.ts';
import { cellAt, type Cells } from './layout.ts';
import type { Kernels } from './module.ts';

/** Geometry that the kernels take, in their order. */
export interface Geometry {
  readonly layer: Layer;
  readonly from: Cells;
  readonly to: Cells;
}

export interface WasmKind {
  /** Cells of the weights, padding included; 0 without weights. */
  weightCells(geometry: Geometry): number;
  /** The cell of each weight, in the order of the public layout. */
  weightPlaces?(geometry: Geometry): Int32Array;
  readonly forward: 'convolutionForward' | 'averagePoolForward' | 'maxPoolForward';
  /** How the window record sees the input: linear layers see one position with many channels. */
  mapOf(geometry: Geometry): { height: number; width: number; channels: number };
  /** FO of the layer after its window, where it is not the sum of its spikes. */
  windowEnd?(kernels: Kernels, geometry: Geometry, FO: number, FOBefore: number): void;
  /** Rows of weights that {@link dw} can be split into. */
  dwRows?(geometry: Geometry): number;
  dw?(kernels: Kernels, geometry: Geometry, dw: number, dFI: number, FO: number, samples: number): void;
  dFO(
    kernels: Kernels,
    geometry: Geometry,
    dFO: number,
    backward: number,
    dFI: number,
    FOBefore: number,
  ): void;
  /** Lays the forward weights out for going backward. */
  turn?(kernels: Kernels, geometry: Geometry, backward: number, weights: number): void;
}

/** Linear is a convolution of 1 × 1 maps whose channels are the cells of the map before. */
const weighted = (mapOf: WasmKind['mapOf']): WasmKind => {
  const sizes = (geometry: Geometry): number[] => {
    const { height, width, channels } = mapOf(geometry);
    const { to, layer } = geometry;
    const { size, stride, padding } = layer.window;
    return [height, width, channels, to.rows, to.columns, to.channels, size, stride, padding];
  };
  return {
    forward: 'convolutionForward',
    mapOf,
    weightCells(geometry) {
      const { size } = geometry.layer.window;
      return mapOf(geometry).channels * size * size * geometry.to.channels;
    },
    weightPlaces(geometry) {
      const { from, to, layer } = geometry;
      const { size } = layer.window;
      const [outputs, inputs] = layer.weightShape;
      const isMap = layer.weightShape.length === 4;
      const places = new Int32Array(outputs * inputs * size * size);
      let k = 0;
      for (let output = 0; output < outputs; output++) {
        for (let input = 0; input < inputs; input++) {
          const channel = isMap ? input : cellAt(from, input);
          for (let row = 0; row < size; row++) {
            for (let column = 0; column < size; column++) {
              const line = (channel * size + row) * size + size - 1 - column;
              places[k++] = line * to.channels + output;
            }
          }
        }
      }
      return places;
    },
    dwRows: (geometry) => mapOf(geometry).channels * geometry.layer.window.size,
    dw(kernels, geometry, dw, dFI, FO, samples) {
      kernels.convolutiondw(dw, dFI, FO, samples, ...sizes(geometry), 0, this.dwRows!(geometry));
    },
    dFO(kernels, geometry, dFO, backward, dFI) {
      kernels.convolutiondFO(dFO, backward, dFI, ...sizes(geometry));
    },
    turn(kernels, geometry, backward, weights) {
      const { channels } = mapOf(geometry);
      kernels.convolutionTurn(backward, weights, channels, geometry.to.channels, geometry.layer.window.size);
    },
  };
};

const asMap: WasmKind['mapOf'] = ({ from }) => ({
  height: from.rows,
  width: from.columns,
  channels: from.channels,
});

const convolution = weighted(asMap);
const linear = weighted(({ from }) => ({ height: 1, width: 1, channels: from.count }));

const averagePool: WasmKind = {
  forward: 'averagePoolForward',
  mapOf: asMap,
  weightCells: () => 0,
  dFO(kernels, { layer, from, to }, dFO, _backward, dFI) {
    const { size, stride } = layer.window;
    kernels.averagePooldFO(
      dFO,
      dFI,
      from.rows,
      from.columns,
      from.channels,
      to.rows,
      to.columns,
      size,
      stride,
    );
  },
};

const maxPool: WasmKind = {
  forward: 'maxPoolForward',
  mapOf: asMap,
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
