/** Kinds of layers in the wasm backend: which kernels carry them out. One line a kind in the registry below. */
import type { Layer, Network } from '../../../spec/network.ts';
import { rangesOf, type Call } from './executor.ts';
import { cellsOf, rowCells, type Cells } from './layout.ts';
import { planFlows } from './scratch.ts';

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

/** A kernel going backward as the kernel of a convolution: its input is dFI, its output dFO. */
export interface BackwardView extends View {
  readonly rows: number;
  readonly columns: number;
  readonly outputs: number;
  readonly spread: number;
  readonly padding: number;
}

/** Where dFI of a sample lies for dw: in a frame of zeros; `border` 0 and the map's own size: in the map itself. */
export interface Frame {
  readonly border: number;
  readonly rows: number;
  readonly columns: number;
  /** Bytes from one position to the next. */
  readonly lane: number;
  readonly isMap: boolean;
}

/** Weights of a kind; calls are for a part of them that can run beside the others. */
export interface WeightedKind {
  /** Cells of the weights, padding included, and of those turned for going backward. */
  cells(geometry: Geometry): number;
  turnedCells(geometry: Geometry): number;
  /** The cell of each weight, in the order of the public layout. */
  places(geometry: Geometry): Int32Array;
  frame(geometry: Geometry): Frame;
  /** dw of a shard; `frames` are `frameBytes` apart. `carried`: on top of what dw holds. */
  dw(
    geometry: Geometry,
    dw: number,
    frames: number,
    frameBytes: number,
    FO: number,
    samples: number,
    parts: number,
    carried?: boolean,
  ): Call[];
  /** Lays the forward weights out for going backward. */
  turn(geometry: Geometry, backward: number, weights: number, parts: number): Call[];
  backward(geometry: Geometry): BackwardView;
  /** True where dFO is made for a part of the inputs and all samples of a shard, not for a sample. */
  sharesdFO(geometry: Geometry): boolean;
}

/** Addresses are as in `assembly/`. */
export interface WasmKind {
  view(geometry: Geometry): View;
  readonly forward: 'convolutionForward' | 'averagePoolForward' | 'maxPoolForward';
  readonly weights?: WeightedKind;
  /** dFO of a sample, of kinds without weights. */
  dFO?(geometry: Geometry, dFO: number, dFI: number, FOBefore: number): Call;
}

/** Bytes that a core's second cache surely has. Weights that are larger had better be read once for many samples. */
const secondCache = 2 ** 16;

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
    turnedCells(geometry) {
      const { channels, sizeY, sizeX } = view(geometry);
      return sizeY * sizeX * geometry.to.channels * rowCells(channels);
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
    frame(geometry) {
      const { height, width, sizeY } = view(geometry);
      const { stride, padding } = layerWindow(geometry);
      const { rows, columns } = geometry.to;
      const border = Math.floor((sizeY - 1) / stride);
      const along = (length: number, outputs: number): number =>
        border + Math.max(outputs, Math.floor((length - 1 + padding) / stride) + 1);
      const frame = { border, rows: along(height, rows), columns: along(width, columns) };
      const lane = 4 * (rows * columns === 1 ? geometry.to.channels : rowCells(geometry.to.channels));
      const isMap = border === 0 && frame.rows === rows && frame.columns === columns;
      return { ...frame, lane, isMap: isMap && lane === 4 * geometry.to.channels };
    },
    dw(geometry, dw, frames, frameBytes, FO, samples, parts, carried = false) {
      const { height, width, channels, sizeY } = view(geometry);
      const { stride, padding } = layerWindow(geometry);
      const frame = kindOf(geometry.layer).weights!.frame(geometry);
      const { columns, lane } = frame;
      const { at, most } = planFlows(geometry, frame);
      const outputs = geometry.to.channels;
      const framed = [frames, frameBytes, columns, lane];
      const sizes = [height, width, channels, outputs, sizeY, stride, padding];
      return rangesOf(channels, parts).map((range) => {
        return [
          'convolutiondw',
          dw,
          4 * rowCells(outputs),
          ...framed,
          FO,
          samples,
          ...sizes,
          ...range,
          Number(carried),
          at,
          most,
        ];
      });
    },
    turn(geometry, backward, weights, parts) {
      const { channels, sizeY, sizeX } = view(geometry);
      const outputs = geometry.to.channels;
      const [row, turnedRow] = [4 * rowCells(outputs), 4 * rowCells(channels)];
      return rangesOf(channels / 4, parts).map(([from, to]) => {
        const sizes = [channels, outputs, sizeY * sizeX, 4 * from, 4 * to];
        return ['convolutionTurn', backward, turnedRow, weights, row, ...sizes];
      });
    },
    sharesdFO(geometry) {
      const { height, width, sizeY, sizeX } = view(geometry);
      const isLinear =
        height === 1 &&
        width === 1 &&
        sizeY === 1 &&
        sizeX === 1 &&
        geometry.to.rows * geometry.to.columns === 1;
      return isLinear && 4 * this.turnedCells(geometry) > secondCache;
    },
    backward(geometry) {
      const { height, width, channels, sizeY, sizeX } = view(geometry);
      const { stride, padding } = layerWindow(geometry);
      const { rows, columns, channels: outputs } = geometry.to;
      const going = { height: rows, width: columns, channels: outputs, rows: height, columns: width };
      return { ...going, outputs: channels, sizeY, sizeX, spread: stride, padding: sizeY - 1 - padding };
    },
  },
});

const layerWindow = ({ layer }: Geometry): { stride: number; padding: number } => layer.window;

const convolution = weighted(asMap);

/** A map of one position whose channels are all inputs. */
const linear = weighted(({ from }) => ({ height: 1, width: 1, channels: from.count, sizeY: 1, sizeX: 1 }));

const averagePool: WasmKind = {
  view: asMap,
  forward: 'averagePoolForward',
  dFO({ layer, from, to }, dFO, dFI) {
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
  dFO({ layer, from, to }, dFO, dFI, FOBefore) {
    const { size, stride } = layer.window;
    const map = [from.rows, from.columns, from.channels, to.rows, to.columns, size, stride];
    return ['maxPooldFO', dFO, dFI, FOBefore, ...map];
  },
};

export const wasmKinds: Readonly<Record<string, WasmKind>> = { linear, convolution, averagePool, maxPool };
