/** The kernels of the backward pass, by kind of layer. One line per kind in the registry below. */
import { divisorOf, type Layer, type LayerKindName } from '../../../spec/network.ts';
import { rangesOf, type Call, type Growing } from './executor.ts';
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
  transposedCells(geometry: Geometry): number;
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
  transpose(geometry: Geometry, backward: number, weights: number, slices: number): Call[];
  backward(geometry: Geometry): BackwardView;
  /** Whether dFO is computed for a range of inputs and all samples of a shard, rather than per sample. */
  sharesdFO(geometry: Geometry): boolean;
}

/** Addresses are as in `assembly/`. */
export interface BackwardKernels {
  readonly weights?: WeightedGradient;
  /** dFO of a sample, for kinds without weights. */
  dFO?(
    geometry: Geometry,
    to: { readonly dFO: Growing; readonly dFI: Growing; readonly FOBefore: Growing },
  ): Call;
}

export function gradientOf({ kind }: Layer): BackwardKernels {
  return gradients[kind.name];
}

/** Bytes that every core's second-level cache has. Larger weights are better read once for many samples. */
const secondCache = 2 ** 16;

/**
 * dw of biases, from dFI in place: a bias is the weight of an input with flow T that reaches every output position. A map of 0
 * channels reads the same flow, at `T`, at each place.
 *
 * @param T address of the flow
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
  const frames = { frames: dFI, frameBytes: dFIBytes, frameColumns: columns, frameLane: lane };
  const input = { FO: T, height: rows, width: columns, channels: 0, from: 0, to: 1 };
  const kernel = { outputs: channels, size: 1, stride: 1, padding: 0 };
  const lists = { lists: at, most };
  return {
    kernel: 'convolutiondw',
    dw,
    weightRow: lane,
    ...frames,
    ...input,
    ...kernel,
    samples,
    carried: 0,
    ...lists,
  };
}

const viewOf = (geometry: Geometry): KernelView => kindOf(geometry.layer).view(geometry);

const kernelOf = ({ layer }: Geometry): { stride: number; padding: number } => layer.window;

const weighted: BackwardKernels = {
  weights: {
    transposedCells(geometry) {
      const { channels, sizeY, sizeX } = viewOf(geometry);
      return sizeY * sizeX * geometry.to.channels * rowCells(channels);
    },
    frame(geometry) {
      const { height, width, sizeY } = viewOf(geometry);
      const { stride, padding } = kernelOf(geometry);
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
      const { height, width, channels, sizeY: size } = viewOf(geometry);
      const { stride, padding } = kernelOf(geometry);
      const frame = this.frame(geometry);
      const { at, most } = planFlows(geometry.from, frame);
      const outputs = geometry.to.channels;
      const args = {
        dw,
        weightRow: 4 * rowCells(outputs),
        frames,
        frameBytes,
        frameColumns: frame.columns,
        frameLane: frame.lane,
        FO,
        samples,
        height,
        width,
        channels,
        outputs,
        size,
        stride,
        padding,
        carried: Number(carried),
        lists: at,
        most,
      };
      return rangesOf(channels, slices).map(([from, to]) => ({ kernel: 'convolutiondw', ...args, from, to }));
    },
    transpose(geometry, backward, weights, slices) {
      const { channels, sizeY, sizeX } = viewOf(geometry);
      const outputs = geometry.to.channels;
      const rows = { writeNext: 4 * rowCells(channels), readNext: 4 * rowCells(outputs) };
      const args = { backward, weights, ...rows, channels, outputs, cells: sizeY * sizeX };
      return rangesOf(channels / 4, slices).map(([from, to]) => {
        return { kernel: 'convolutionTurn', ...args, from: 4 * from, to: 4 * to };
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
      return isLinear && 4 * this.transposedCells(geometry) > secondCache;
    },
    backward(geometry) {
      const { height, width, channels, sizeY, sizeX } = viewOf(geometry);
      const { stride, padding } = kernelOf(geometry);
      const { rows, columns, channels: outputs } = geometry.to;
      const going = { height: rows, width: columns, channels: outputs, rows: height, columns: width };
      return { ...going, outputs: channels, sizeY, sizeX, spread: stride, padding: sizeY - 1 - padding };
    },
  },
};

/** The fields that the kernels of pools share. */
const poolOf = ({ layer, from, to }: Geometry) => ({
  height: from.rows,
  width: from.columns,
  channels: from.channels,
  rows: to.rows,
  columns: to.columns,
  size: layer.window.size,
  stride: layer.window.stride,
});

const averagePool: BackwardKernels = {
  dFO: (geometry, { dFO, dFI }) => ({
    kernel: 'averagePooldFO',
    dFO,
    dFI,
    ...poolOf(geometry),
    divisor: divisorOf(geometry.layer),
  }),
};

const maxPool: BackwardKernels = {
  dFO: (geometry, to) => ({ kernel: 'maxPooldFO', ...to, ...poolOf(geometry) }),
};

const gradients: Readonly<Record<LayerKindName, BackwardKernels>> = {
  linear: weighted,
  convolution: weighted,
  averagePool,
  maxPool,
  sumPool: averagePool,
};
