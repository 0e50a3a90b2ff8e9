/**
 * Convolution, and linear as its special case of 1 × 1 maps.
 *
 * Weights going forward: [input channel][kernel row][kernel column, last first][output]. An event at input column c
 * reaches output columns c+padding−size+1 … c+padding, whose weights then lie side by side in the order of the
 * outputs: one row of the kernel is one run of lanes, and a border only shortens it.
 *
 *     weights of (channel, row):  | column size−1 | … | column 1 | column 0 |      each `outputs` lanes
 *     x of an output row:     … | c+p−size+1    | … | c+p−1    | c+p      | …
 *
 * Weights going backward: [output][kernel row][kernel column][input channel].
 */
import { addProductRun, addRun } from '../run';
import { gather, places, values } from '../events';
import { neurons } from '../neuron';
import { Window } from '../window';

/** Stages current, neuron, flow of a convolution over a window of steps, for one sample. */
export function convolutionForward(address: usize): void {
  const a = changetype<Window>(address);
  for (let t = 0; t < a.steps; t++) {
    const count = gather(a, t);
    if (a.stride == 1) scatter(a, places(a, t), values(a, t), count);
    else scatterStrided(a, places(a, t), values(a, t), count);
    neurons(a, t, 1);
  }
}

/** Stage current: adds the weights of each event, in raster order, to the outputs it reaches. Stride 1. */
function scatter(a: Window, places: usize, values: usize, count: i32): void {
  const channels = a.channels;
  const width = a.width;
  const size = a.size;
  const padding = a.padding;
  const rows = a.rows;
  const columns = a.columns;
  const lane = (<usize>a.outputs) << 2;
  const end = places + ((<usize>count) << 2);
  for (; places < end; places += 4) {
    const place = load<u32>(places);
    const position = place / channels;
    const channel = place - position * channels;
    const y = <i32>(position / width);
    const x = <i32>(position - y * width);
    const left = x + padding - size + 1;
    const first = max(0, left);
    const bytes = <usize>(min(columns - 1, x + padding) - first + 1) * lane;
    const kernel = a.weights + <usize>(<i32>channel * size * size + first - left) * lane;
    let value: f32 = 1;
    if (values) {
      value = load<f32>(values);
      values += 4;
    }
    if (<i32>bytes <= 0) continue;
    const last = min(rows - 1, y + padding);
    for (let row = max(0, y + padding - size + 1); row <= last; row++) {
      const at = row * columns + first;
      const from = kernel + <usize>((y + padding - row) * size) * lane;
      memory.fill(a.touched + at, 1, min(columns - 1, x + padding) - first + 1);
      if (value == 1) addRun(a.x + <usize>at * lane, from, bytes);
      else addProductRun(a.x + <usize>at * lane, from, f32x4.splat(value), bytes);
    }
  }
}

/** The same for any stride: one kernel column at a time. */
function scatterStrided(a: Window, places: usize, values: usize, count: i32): void {
  const size = a.size;
  const stride = a.stride;
  const padding = a.padding;
  const lane = (<usize>a.outputs) << 2;
  for (let e = 0; e < count; e++) {
    const place = load<u32>(places + ((<usize>e) << 2));
    const value = values ? load<f32>(values + ((<usize>e) << 2)) : <f32>1;
    const position = <i32>(place / a.channels);
    const channel = <i32>place - position * a.channels;
    const y = position / a.width + padding;
    const x = (position % a.width) + padding;
    for (let row = y % stride; row < size; row += stride) {
      const oy = (y - row) / stride;
      if (y < row || oy >= a.rows) continue;
      for (let column = x % stride; column < size; column += stride) {
        const ox = (x - column) / stride;
        if (x < column || ox >= a.columns) continue;
        const at = oy * a.columns + ox;
        const from = a.weights + <usize>((channel * size + row) * size + size - 1 - column) * lane;
        store<u8>(a.touched + at, 1);
        addProductRun(a.x + <usize>at * lane, from, f32x4.splat(value), lane);
      }
    }
  }
}

/**
 * Stage backward, Eq. (11): dw of a shard for the weight rows from … to−1, a row being one (input channel, kernel row).
 * Each weight sums over sample, output row, output column. Overwrites dw, which is laid out like the weights.
 *
 * @param dFI f32[samples][rows][columns][outputs]
 * @param FO f32[samples][height][width][channels], the flow that came in
 */
export function convolutiondw(
  dw: usize, dFI: usize, FO: usize, samples: i32,
  height: i32, width: i32, channels: i32, rows: i32, columns: i32, outputs: i32,
  size: i32, stride: i32, padding: i32, from: i32, to: i32,
): void {
  const lane = (<usize>outputs) << 2;
  const inputBytes = (<usize>(height * width * channels)) << 2;
  const outputBytes = <usize>(rows * columns) * lane;
  for (let r = from; r < to; r++) {
    const channel = r / size;
    const row = r - channel * size;
    const dwRow = dw + <usize>(r * size) * lane;
    memory.fill(dwRow, 0, <usize>size * lane);
    for (let b = 0; b < samples; b++) {
      const dFIb = dFI + <usize>b * outputBytes;
      const FOb = FO + <usize>b * inputBytes + ((<usize>channel) << 2);
      for (let oy = 0; oy < rows; oy++) {
        const y = oy * stride + row - padding;
        if (y < 0 || y >= height) continue;
        const dFIRow = dFIb + <usize>(oy * columns) * lane;
        const FORow = FOb + ((<usize>(y * width * channels)) << 2);
        if (stride == 1) dwRun(dwRow, dFIRow, FORow, width, channels, columns, size, padding, lane);
        else dwStrided(dwRow, dFIRow, FORow, width, channels, columns, size, stride, padding, lane);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function dwRun(dw: usize, dFI: usize, FO: usize, width: i32, channels: i32, columns: i32, size: i32, padding: i32, lane: usize): void {
  for (let x = 0; x < width; x++) {
    const flow = load<f32>(FO + ((<usize>(x * channels)) << 2));
    if (flow == 0) continue;
    const left = x + padding - size + 1;
    const first = max(0, left);
    const count = min(columns - 1, x + padding) - first + 1;
    if (count <= 0) continue;
    addProductRun(dw + <usize>(first - left) * lane, dFI + <usize>first * lane, f32x4.splat(flow), <usize>count * lane);
  }
}

// @ts-ignore: decorator
@inline
function dwStrided(dw: usize, dFI: usize, FO: usize, width: i32, channels: i32, columns: i32, size: i32, stride: i32, padding: i32, lane: usize): void {
  for (let ox = 0; ox < columns; ox++) {
    for (let column = 0; column < size; column++) {
      const x = ox * stride + column - padding;
      if (x < 0 || x >= width) continue;
      const flow = load<f32>(FO + ((<usize>(x * channels)) << 2));
      if (flow == 0) continue;
      addProductRun(dw + <usize>(size - 1 - column) * lane, dFI + <usize>ox * lane, f32x4.splat(flow), lane);
    }
  }
}

/**
 * Stage backward, Eq. (9) and (10): dFO of the layer before, of one sample, from dFI. Outputs in raster order; silent
 * derivatives are skipped. `weights` is laid out for going backward.
 */
export function convolutiondFO(
  dFO: usize, weights: usize, dFI: usize,
  height: i32, width: i32, channels: i32, rows: i32, columns: i32, outputs: i32,
  size: i32, stride: i32, padding: i32,
): void {
  const lane = (<usize>channels) << 2;
  memory.fill(dFO, 0, <usize>(height * width) * lane);
  for (let oy = 0; oy < rows; oy++) {
    const firstRow = max(0, padding - oy * stride);
    const lastRow = min(size, height + padding - oy * stride);
    for (let ox = 0; ox < columns; ox++) {
      const left = ox * stride - padding;
      const first = max(0, -left);
      const count = min(size, width - left) - first;
      if (count <= 0) continue;
      const bytes = <usize>count * lane;
      const at = dFI + ((<usize>((oy * columns + ox) * outputs)) << 2);
      for (let output = 0; output < outputs; output++) {
        const d = load<f32>(at + ((<usize>output) << 2));
        if (d == 0) continue;
        const factor = f32x4.splat(d);
        for (let row = firstRow; row < lastRow; row++) {
          const y = oy * stride + row - padding;
          addProductRun(
            dFO + <usize>(y * width + left + first) * lane,
            weights + <usize>((output * size + row) * size + first) * lane,
            factor, bytes,
          );
        }
      }
    }
  }
}

/** Lays the forward weights out for going backward; both are padded with zeros. */
export function convolutionTurn(backward: usize, weights: usize, channels: i32, outputs: i32, size: i32): void {
  for (let channel = 0; channel < channels; channel++) {
    for (let k = 0; k < size * size; k++) {
      const row = k / size;
      const turned = row * size + size - 1 - (k - row * size);
      const from = weights + ((<usize>((channel * size * size + turned) * outputs)) << 2);
      for (let output = 0; output < outputs; output++) {
        store<f32>(
          backward + ((<usize>((output * size * size + k) * channels + channel)) << 2),
          load<f32>(from + ((<usize>output) << 2)),
        );
      }
    }
  }
}
