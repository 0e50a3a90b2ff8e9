/** The kernels of the backward pass, by kind of layer. One line per kind in the registry below. */
import { divisorOf, type Layer, type LayerKindName } from '../../../spec/network.ts';
import { rangesOf, type Call } from './executor.ts';
import { kindOf, type Geometry, type KernelView } from './kinds.ts';
import { rowCells } from './layout.ts';
import { planFlows, type Frame } from './scratch.ts';

/** The backward pass as a convolution from dFI to dFO. */
interface BackwardView extends KernelView {
  readonly rows: number;
  readonly columns: number;
  readonly outputs: number;
  readonly spread: number;
  readonly padding: number;
}

/** The backward pass of a kind with weights. Its calls are for slices of the weights that can run in parallel. */
export interface WeightedGradient {
  /** Cells of the weights laid out for the backward pass, padding included. */
  turnedCells(geometry: Geometry): number;
  frame(geometry: Geometry): Frame;
  /** dw of a shard, in slices; `frames` are `frameBytes` apart. `carried` adds to dw. */
  dw(
    geometry: Geometry,
    to: { readonly dw: number; readonly frames: number; readonly frameBytes: number; readonly FO: number },
    samples: number,
    slices: number,
    carried: boolean,
  ): Call[];
  /** Lays the forward weights out for the backward pass. */
  turn(geometry: Geometry, backward: number, weights: number, slices: number): Call[];
  backward(geometry: Geometry): BackwardView;
  /** Whether dFO is computed for a range of inputs and all samples of a shard, rather than per sample. */
  sharesdFO(geometry: Geometry): boolean;
}

/** Addresses are as in `assembly/`. */
export interface BackwardKernels {
  readonly weights?: WeightedGradient;
  /** dFO of a sample, for kinds without weights. */
  dFO?(geometry: Geometry, dFO: number, dFI: number, FOBefore: number): Call;
}

export function gradientOf({ kind }: Layer): BackwardKernels {
  return gradients[kind.name];
}

/** Bytes that every core's second-level cache has. Larger weights are better read once for many samples. */
const secondCache = 2 ** 16;

/**
 * dw of biases, from dFI in place: the weights of one input with flow T that reaches every output position. A map of 0 channels reads the
 * same flow, at `T`, at each place.
 *
 * @param T address of a number
 */
export function biasCall(
  { to }: Geometry,
  {
    dw,
    dFI,
    dFIBytes,
    T,
  }: { readonly dw: number; readonly dFI: number; readonly dFIBytes: number; readonly T: number },
  samples: number,
): Call {
  const { rows, columns, channels } = to;
  const lane = 4 * channels;
  const { at, most } = planFlows(to, { rows, columns, lane });
  const sizes = [rows, columns, 0, channels, 1, 1, 0];
  return ['convolutiondw', dw, lane, dFI, dFIBytes, columns, lane, T, samples, ...sizes, 0, 1, 0, at, most];
}

const viewOf = (geometry: Geometry): KernelView => kindOf(geometry.layer).view(geometry);

const layerWindow = ({ layer }: Geometry): { stride: number; padding: number } => layer.window;

const weighted: BackwardKernels = {
  weights: {
    turnedCells(geometry) {
      const { channels, sizeY, sizeX } = viewOf(geometry);
      return sizeY * sizeX * geometry.to.channels * rowCells(channels);
    },
    frame(geometry) {
      const { height, width, sizeY } = viewOf(geometry);
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
    dw(geometry, { dw, frames, frameBytes, FO }, samples, slices, carried) {
      const { height, width, channels, sizeY } = viewOf(geometry);
      const { stride, padding } = layerWindow(geometry);
      const frame = this.frame(geometry);
      const { columns, lane } = frame;
      const { at, most } = planFlows(geometry.from, frame);
      const outputs = geometry.to.channels;
      const framed = [frames, frameBytes, columns, lane];
      const sizes = [height, width, channels, outputs, sizeY, stride, padding];
      return rangesOf(channels, slices).map((range) => {
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
    turn(geometry, backward, weights, slices) {
      const { channels, sizeY, sizeX } = viewOf(geometry);
      const outputs = geometry.to.channels;
      const [row, turnedRow] = [4 * rowCells(outputs), 4 * rowCells(channels)];
      return rangesOf(channels / 4, slices).map(([from, to]) => {
        const sizes = [channels, outputs, sizeY * sizeX, 4 * from, 4 * to];
        return ['convolutionTurn', backward, turnedRow, weights, row, ...sizes];
      });
    },
    sharesdFO(geometry) {
      const { height, width, sizeY, sizeX } = viewOf(geometry);
      const isLinear =
        height === 1 &&
        width === 1 &&
        sizeY === 1 &&
        sizeX === 1 &&
        geometry.to.rows * geometry.to.columns === 1;
      return isLinear && 4 * this.turnedCells(geometry) > secondCache;
    },
    backward(geometry) {
      const { height, width, channels, sizeY, sizeX } = viewOf(geometry);
      const { stride, padding } = layerWindow(geometry);
      const { rows, columns, channels: outputs } = geometry.to;
      const going = { height: rows, width: columns, channels: outputs, rows: height, columns: width };
      return { ...going, outputs: channels, sizeY, sizeX, spread: stride, padding: sizeY - 1 - padding };
    },
  },
};

const averagePool: BackwardKernels = {
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
      divisorOf(layer),
    ];
  },
};

const maxPool: BackwardKernels = {
  dFO({ layer, from, to }, dFO, dFI, FOBefore) {
    const { size, stride } = layer.window;
    const map = [from.rows, from.columns, from.channels, to.rows, to.columns, size, stride];
    return ['maxPooldFO', dFO, dFI, FOBefore, ...map];
  },
};

const gradients: Readonly<Record<LayerKindName, BackwardKernels>> = {
  linear: weighted,
  convolution: weighted,
  averagePool,
  maxPool,
  sumPool: averagePool,
};
