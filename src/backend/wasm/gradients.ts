/** The kernels of the backward pass: their sizes and calls. Each kind of layer has one line in the registry below. */
import { divisorOf, type LayerKindName } from '../../../spec/network.ts';
import { rangesOf, type Argument, type Call, type Growing } from './executor.ts';
import type { Geometry } from './kinds.ts';
import { rowCells } from './layout.ts';
import { planFlows, planLists } from './scratch.ts';
import type { RunFields } from './window.ts';

const kernels: Readonly<Record<LayerKindName, 'convolutiondFO' | 'averagePooldFO' | 'maxPooldFO'>> = {
  linear: 'convolutiondFO',
  convolution: 'convolutiondFO',
  averagePool: 'averagePooldFO',
  maxPool: 'maxPooldFO',
  sumPool: 'averagePooldFO',
};

/**
 * The call that computes dFO of a sample.
 *
 * @param address address of the record from {@link runOfdFO}, for a layer with weights
 */
export function dFOCall(
  { layer, view, to }: Geometry,
  { dFO, dFI, FOBefore }: Readonly<Record<'dFO' | 'dFI' | 'FOBefore', Growing>>,
  address: Argument,
): Call {
  const kernel = kernels[layer.kind.name];
  if (kernel === 'convolutiondFO') return { kernel, address, dFO };
  const fields = { dFO, dFI, ...view, rows: to.rows, columns: to.columns };
  if (kernel === 'maxPooldFO') return { kernel, ...fields, FOBefore };
  return { kernel, ...fields, divisor: divisorOf(layer) };
}

/**
 * For a layer with weights, describes dFO as a convolution of dFI: the fields of the record `Run`, and the bytes of scratch
 * memory.
 */
export function runOfdFO({ view, to }: Geometry): { fields: Partial<RunFields>; bytes: number } {
  const { height: rows, width: columns, channels: outputs, size, stride, padding } = view;
  const input = { height: to.rows, width: to.columns, channels: to.channels, size };
  const output = { rows, columns, outputs };
  const lists = planLists(input, { columns, channels: outputs }, 0, 1);
  const kernel = { stride: 1, spread: stride, padding: size - 1 - padding, weightRow: 4 * rowCells(outputs) };
  return { fields: { ...input, ...output, ...kernel, ...lists.at }, bytes: lists.bytes };
}

/**
 * The second-level cache of every core has at least this many bytes. Weights of more bytes are read once for many samples,
 * which is faster.
 */
const secondCache = 2 ** 16;

/** Whether dFO is computed for all samples of a shard at once, in ranges of inputs. */
export function sharesdFO(geometry: Geometry): boolean {
  const { view, weights, to } = geometry;
  const { height, width, size } = view;
  const isLinear = height * width * size * to.rows * to.columns === 1;
  return isLinear && weights !== undefined && 4 * transposedCells(geometry) > secondCache;
}

/** Cells of the weights laid out for the backward pass, padding included. */
export function transposedCells({ view, to }: Geometry): number {
  return view.size ** 2 * to.channels * rowCells(view.channels);
}

/** Lays the forward weights out for the backward pass, in slices that can run in parallel. */
export function transposeCalls(
  geometry: Geometry,
  backward: number,
  weights: number,
  slices: number,
): Call[] {
  const { channels, size } = geometry.view;
  const outputs = geometry.to.channels;
  const rows = { writeNext: 4 * rowCells(channels), readNext: 4 * rowCells(outputs) };
  const args = { backward, weights, ...rows, channels, outputs, cells: size ** 2 };
  return rangesOf(channels / 4, slices).map(([from, to]) => {
    return { kernel: 'convolutionTurn', ...args, from: 4 * from, to: 4 * to };
  });
}

/**
 * The map from which the kernel of dw reads a sample's dFI: a frame with a border of zeros. If no border is needed
 * and the sizes are equal, the kernel reads dFI itself. `lane`: bytes from one position to the next.
 */
export function frameOf({ view, to }: Geometry): {
  readonly border: number;
  readonly rows: number;
  readonly columns: number;
  readonly lane: number;
  readonly isMap: boolean;
} {
  const { size, stride, padding } = view;
  const { rows, columns, channels } = to;
  const border = Math.floor((size - 1) / stride);
  const along = (length: number, outputs: number): number =>
    border + Math.max(outputs, Math.floor((length - 1 + padding) / stride) + 1);
  const frame = { border, rows: along(view.height, rows), columns: along(view.width, columns) };
  const lane = 4 * (rows * columns === 1 ? channels : rowCells(channels));
  const isMap = border === 0 && frame.rows === rows && frame.columns === columns;
  return { ...frame, lane, isMap: isMap && lane === 4 * channels };
}

/** Bytes of a sample's frame; 0 if the frame is the map itself. */
export function frameBytes(geometry: Geometry): number {
  if (!geometry.weights) return 0;
  const { isMap, rows, columns, lane } = frameOf(geometry);
  return isMap ? 0 : rows * columns * lane;
}

/** Copies a sample's dFI into its frame. */
export function frameCall(geometry: Geometry, frame: Growing, dFI: Growing): Call {
  const { border, rows: frameRows, columns: frameColumns, lane: frameLane } = frameOf(geometry);
  const { rows, columns, channels: outputs } = geometry.to;
  const sizes = { rows, columns, outputs, border, frameRows, frameColumns, frameLane };
  return { kernel: 'convolutionFrame', frame, dFI, ...sizes };
}

/** Addresses of dw, of the frames with dFI (`frameBytes` per sample), and of FO of the layer before. */
type GradientAt = Readonly<Record<'dw' | 'frames' | 'frameBytes' | 'FO', number>>;

/** The calls that compute dw of a shard, in slices that can run in parallel; with `carried` they add to dw. */
export function weightCalls(
  geometry: Geometry,
  addresses: GradientAt,
  samples: number,
  slices: number,
  carried: boolean,
): Call[] {
  const { view, from: before, to: after } = geometry;
  const frame = frameOf(geometry);
  const { at: lists, most } = planFlows(before, frame);
  const outputs = after.channels;
  const rows = { frameColumns: frame.columns, frameLane: frame.lane, weightRow: 4 * rowCells(outputs) };
  const args = { ...addresses, samples, ...view, outputs, ...rows, carried: Number(carried), lists, most };
  return rangesOf(view.channels, slices).map(([from, to]) => ({
    kernel: 'convolutiondw',
    ...args,
    from,
    to,
  }));
}

/**
 * The call that computes dw of biases, from dFI without a frame. A bias is the weight of an input with flow T at every output position.
 * Because `channels` is 0, the kernel reads this flow at address FO for every position.
 */
export function biasCall({ to: map }: Geometry, addresses: GradientAt, samples: number): Call {
  const { rows: height, columns: width, channels: outputs } = map;
  const lane = 4 * outputs;
  const { at: lists, most } = planFlows(map, { rows: height, columns: width, lane });
  const input = { height, width, channels: 0, from: 0, to: 1, frameColumns: width, frameLane: lane };
  const kernel = { size: 1, stride: 1, padding: 0, outputs, weightRow: lane };
  return { kernel: 'convolutiondw', ...addresses, samples, ...input, ...kernel, carried: 0, lists, most };
}
