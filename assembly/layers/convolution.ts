/**
 * Convolution, and linear as its special case: one output position whose kernel is the whole map.
 *
 * Weights going forward: [kernel row][input channel][kernel column, last first][output]. An event at input column c
 * reaches output columns c+padding−size+1 … c+padding, whose weights then lie side by side in the order of the
 * outputs: one row of the kernel is one run of lanes, and a border only shortens it.
 *
 *     weights of (row, channel):  | column size−1 | … | column 1 | column 0 |      each `outputs` lanes
 *     x of an output row:     … | c+p−size+1    | … | c+p−1    | c+p      | …
 *
 * Weights going backward: [output][kernel row][kernel column][input channel].
 */
import { EVENT, gather } from '../events';
import { accumulateFO, beginWindow } from '../flow';
import { fireRow } from '../neuron';
import { addProductRun, addRun, addRun2, addRun4 } from '../run';
import { Window } from '../window';

/** Stages current, neuron, flow of a convolution over a window of steps, for one sample. */
export function convolutionForward(address: usize): void {
  const a = changetype<Window>(address);
  beginWindow(a);
  const x = (<usize>(a.columns * a.outputs)) << 2;
  for (let t0 = 0; t0 < a.steps; t0 += a.block) {
    const t1 = min(a.steps, t0 + a.block);
    gather(a, t0, t1);
    for (let row = 0; row < a.rows; row++) {
      // The order of the sum: kernel rows, then columns and channels, which is the order of the events of a row.
      const top = row * a.stride - a.padding;
      for (let y = max(0, top); y < min(a.height, top + a.sizeY); y++) {
        for (let t = 0; t < t1 - t0; t++) kernelRow(a, t, y, y - top, a.x + <usize>t * x);
      }
      for (let t = t0; t < t1; t++) {
        fireRow(a, t, row, a.x + <usize>(t - t0) * x, a.touched + <usize>((t - t0) * a.columns));
      }
    }
  }
  if (a.spikes) accumulateFO(a, a.FO);
}

/**
 * Stage current: what the events of input row y at step t of the block add to a row of outputs, through kernel row
 * `line`. Either way the order of an output's sum is that of the events.
 */
function kernelRow(a: Window, t: i32, y: i32, line: i32, x: usize): void {
  const lines = a.lines + ((<usize>(t * (a.height + 1) + y)) << 2);
  const event = <usize>load<u32>(lines);
  const end = <usize>load<u32>(lines, 4);
  if (event == end) return;
  const lane = (<usize>a.outputs) << 2;
  const weights = a.weights + <usize>(line * a.channels * a.sizeX) * lane;
  const touched = a.touched + <usize>(t * a.columns);
  if (a.stride == 1) byEvent(a, event, end, weights, x, touched);
  else byColumn(a, event, end, weights, x, touched);
}

/** Stride 1: event by event, each with all columns it reaches, whose weights lie side by side. */
// @ts-ignore: decorator
@inline
function byEvent(a: Window, event: usize, end: usize, weights: usize, x: usize, touched: usize): void {
  const lane = (<usize>a.outputs) << 2;
  const most = a.columns - 1;
  const size = a.sizeX;
  while (event < end) {
    const column = load<i32>(event);
    let next = event + EVENT;
    while (next < end && load<i32>(next) == column) next += EVENT;
    const first = max(0, column + a.padding - size + 1);
    const last = min(most, column + a.padding);
    for (let ox = first; ox <= last; ox++) store<u8>(touched + ox, 1);
    if (first <= last) {
      const cell = weights + <usize>(size - 1 - a.padding + first) * lane;
      addEvents(a, event, next, x + <usize>first * lane, cell, <usize>(last - first + 1) * lane);
    }
    event = next;
  }
}

/** Any stride: column by column, each with all events that reach it. */
// @ts-ignore: decorator
@inline
function byColumn(a: Window, event: usize, end: usize, weights: usize, x: usize, touched: usize): void {
  const lane = (<usize>a.outputs) << 2;
  const size = a.sizeX;
  const stride = a.stride;
  let after = event;
  for (let ox = max(0, (load<i32>(event) + a.padding - size + stride) / stride); ox < a.columns; ox++) {
    const left = ox * stride - a.padding;
    while (event < end && load<i32>(event) < left) event += EVENT;
    if (event == end) return;
    if (after < event) after = event;
    while (after < end && load<i32>(after) < left + size) after += EVENT;
    if (event == after) continue;
    store<u8>(touched + ox, 1);
    addEvents(a, event, after, x + <usize>ox * lane, weights + <usize>(size - 1 + left) * lane, lane);
  }
}

/** Adds the weights of events, in their order, to a run of outputs. */
// @ts-ignore: decorator
@inline
function addEvents(a: Window, event: usize, end: usize, to: usize, weights: usize, bytes: usize): void {
  if (a.starts) {
    for (; event < end; event += EVENT) {
      const value = load<f32>(event, 8);
      const from = weights + <usize>load<u32>(event, 4);
      if (value == 1) addRun(to, from, bytes);
      else addProductRun(to, from, f32x4.splat(value), bytes);
    }
    return;
  }
  for (; event + 3 * EVENT < end; event += 4 * EVENT) {
    const b = weights + <usize>load<u32>(event, 4 + EVENT);
    const c = weights + <usize>load<u32>(event, 4 + 2 * EVENT);
    const d = weights + <usize>load<u32>(event, 4 + 3 * EVENT);
    addRun4(to, weights + <usize>load<u32>(event, 4), b, c, d, bytes);
  }
  if (event + EVENT < end) {
    addRun2(to, weights + <usize>load<u32>(event, 4), weights + <usize>load<u32>(event, 4 + EVENT), bytes);
    event += 2 * EVENT;
  }
  if (event < end) addRun(to, weights + <usize>load<u32>(event, 4), bytes);
}

/**
 * Stage backward, Eq. (11): dw of a shard for the weight rows from … to−1, a row being one (kernel row, input channel).
 * Each weight sums over sample, output row, output column. Overwrites dw, which is laid out like the weights.
 *
 * @param dFI f32[samples][rows][columns][outputs]
 * @param FO f32[samples][height][width][channels], the flow that came in
 */
export function convolutiondw(
  dw: usize, dFI: usize, FO: usize, samples: i32,
  height: i32, width: i32, channels: i32, rows: i32, columns: i32, outputs: i32,
  sizeY: i32, sizeX: i32, stride: i32, padding: i32, from: i32, to: i32,
): void {
  const lane = (<usize>outputs) << 2;
  const inputBytes = (<usize>(height * width * channels)) << 2;
  const outputBytes = <usize>(rows * columns) * lane;
  for (let r = from; r < to; r++) {
    const row = r / channels;
    const channel = r - row * channels;
    const dwRow = dw + <usize>(r * sizeX) * lane;
    memory.fill(dwRow, 0, <usize>sizeX * lane);
    for (let b = 0; b < samples; b++) {
      const dFIb = dFI + <usize>b * outputBytes;
      const FOb = FO + <usize>b * inputBytes + ((<usize>channel) << 2);
      for (let oy = 0; oy < rows; oy++) {
        const y = oy * stride + row - padding;
        if (y < 0 || y >= height) continue;
        const dFIRow = dFIb + <usize>(oy * columns) * lane;
        const FORow = FOb + ((<usize>(y * width * channels)) << 2);
        if (stride == 1) dwRun(dwRow, dFIRow, FORow, width, channels, columns, sizeX, padding, lane);
        else dwStrided(dwRow, dFIRow, FORow, width, channels, columns, sizeX, stride, padding, lane);
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
  sizeY: i32, sizeX: i32, stride: i32, padding: i32,
): void {
  const lane = (<usize>channels) << 2;
  memory.fill(dFO, 0, <usize>(height * width) * lane);
  for (let oy = 0; oy < rows; oy++) {
    const firstRow = max(0, padding - oy * stride);
    const lastRow = min(sizeY, height + padding - oy * stride);
    for (let ox = 0; ox < columns; ox++) {
      const left = ox * stride - padding;
      const first = max(0, -left);
      const count = min(sizeX, width - left) - first;
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
            weights + <usize>((output * sizeY + row) * sizeX + first) * lane,
            factor, bytes,
          );
        }
      }
    }
  }
}

/**
 * Lays kernel rows from … to−1 of the forward weights out for going backward; both are padded with zeros. For each kernel
 * cell it is a transposition of [input channel][output], in tiles of four by four lanes, four tiles of outputs at a time:
 * whole cache lines are read.
 */
export function convolutionTurn(
  backward: usize, weights: usize, channels: i32, outputs: i32, sizeY: i32, sizeX: i32, from: i32, to: i32,
): void {
  const readNext = (<usize>(sizeX * outputs)) << 2;
  const writeNext = (<usize>(sizeY * sizeX * channels)) << 2;
  for (let row = from; row < to; row++) {
    for (let column = 0; column < sizeX; column++) {
      const read = weights + ((<usize>((row * channels * sizeX + sizeX - 1 - column) * outputs)) << 2);
      const write = backward + ((<usize>((row * sizeX + column) * channels)) << 2);
      for (let output = 0; output < outputs; output += 16) {
        const last = min(outputs, output + 16);
        for (let channel = 0; channel < channels; channel += 4) {
          const line = read + <usize>channel * readNext;
          for (let o = output; o < last; o += 4) {
            const at = line + ((<usize>o) << 2);
            turnTile(write + <usize>o * writeNext + ((<usize>channel) << 2), writeNext, at, readNext);
          }
        }
      }
    }
  }
}

/** Four rows of four lanes become four columns. */
// @ts-ignore: decorator
@inline
function turnTile(to: usize, toNext: usize, from: usize, fromNext: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + fromNext);
  const c = v128.load(from + 2 * fromNext);
  const d = v128.load(from + 3 * fromNext);
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5));
  v128.store(to + toNext, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7));
  v128.store(to + 2 * toNext, v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5));
  v128.store(to + 3 * toNext, v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7));
}
