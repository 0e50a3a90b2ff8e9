/**
 * Convolution, and linear as its special case: a map of one position, with one channel per input.
 *
 * Weights of the forward pass are [kernel row][kernel column][input channel][output] (see `events.ts`). In the backward pass the
 * derivatives are the map, the kernel is rotated by half a turn, and its cells are transposed: [row][column][output][input
 * channel].
 *
 * A first layer with one input channel may read its events as masks, see masks.ts.
 *
 * Within a block of steps, the loop over columns of outputs is outermost, then rows, then steps. The sum of an output runs over
 * kernel row, kernel column and channel, which is the order of the events.
 */
import { collect, firstReached, firstWithin, gather, meanLength, pastReached, pastWithin } from '../events';
import { columnMasks, gatherMasks, listSteps, maskTiles } from '../masks';
import { accumulateFO, beginWindow } from '../flow';
import { endOfBlock, fireSteps, visitsAll } from '../neuron';
import { addRow, sumRows } from '../rows';
import { cellsAtOnce, cellTiles, PRODUCT_TILE, productTile, productTiles, sumTiles } from '../tile';
import { Run } from '../window';

/** The least number of steps for which a linear layer reads its weights ahead (measured). */
const MANY_STEPS: i32 = 16;

/**
 * Reads the weights that the events of a linear layer need, input by input. Other layers have displaced these weights from the
 * cache, and memory is read faster in this order than in the order of the events.
 */
function readAhead(a: Run, scratch: usize): void {
  const row = <usize>a.weightRow;
  let FO = a.FOBefore;
  let read = i32x4.splat(0);
  let weights = a.weights;
  for (const end = weights + <usize>a.channels * row; weights < end; weights += row, FO += 4) {
    if (load<f32>(FO) == 0) continue;
    for (let at: usize = 0; at < row; at += 64) read = v128.or(read, v128.load(weights + at));
  }
  v128.store(scratch + a.x, read); // prevents the engine from omitting the loads
}

/** The stages `current`, `neuron` and `flow` of a convolution over a window of steps, for one sample. */
export function convolutionForward(address: usize, scratch: usize): void {
  const a = changetype<Run>(address);
  beginWindow(a);
  if (a.height * a.width == 1 && a.steps >= MANY_STEPS && !a.carried && !a.byRows) readAhead(a, scratch);
  for (let t0 = 0; t0 < a.steps; ) {
    const t1 = endOfBlock(a, t0);
    const masked = a.maskWeights != 0 && gatherMasks(a, scratch, t0, t1);
    const valuesMatter = !masked && gather(a, scratch, t0, t1);
    const length = masked ? 0 : meanLength(a, scratch, t1 - t0);
    let all = false;
    for (let t = t0; t < t1; t++) all = all || visitsAll(a, t);
    // Input rows with events, and the output rows that they reach.
    const y0 = firstReached(a, scratch);
    const y1 = max(y0, pastReached(a, scratch));
    const first = all ? 0 : max(0, (y0 + a.padding - a.size + a.stride) / a.stride);
    const past = all ? a.rows : min(a.rows, (y1 - 1 + a.padding) / a.stride + 1);
    for (let ox = 0; ox < a.columns; ox++) {
      if (masked) {
        if (!columnMasks(a, scratch, t1 - t0, ox, first, past) && !all) continue;
        for (let oy = first; oy < past; oy++) maskedPosition(a, scratch, t0, t1 - t0, oy, ox, all);
        continue;
      }
      if (!collect(a, scratch, t1 - t0, ox, y0, y1, valuesMatter) && !all) continue;
      for (let oy = first; oy < past; oy++) position(a, scratch, t0, t1 - t0, oy, ox, y0, y1, valuesMatter, length, all);
    }
    t0 = t1;
  }
  if (a.spikes) accumulateFO(a, a.FO);
}

/** The neurons of one output position over a block of steps. */
function position(
  a: Run, scratch: usize, t0: i32, steps: i32, oy: i32, ox: i32, y0: i32, y1: i32, valuesMatter: bool, length: i32, all: bool,
): void {
  const top = oy * a.stride - a.padding;
  const first = min(y1, max(y0, firstWithin(top, a.spread, a.height)));
  const past = max(first, min(y1, pastWithin(top + a.size, a.spread, a.height)));
  const block = (<usize>a.block) << 2;
  const from = scratch + a.bounds + <usize>first * block;
  const to = scratch + a.bounds + <usize>past * block;
  const active = scratch + a.active;
  let last = active;
  for (let t = 0; t < steps; t += 4) {
    const at = (<usize>t) << 2;
    const any = i32x4.bitmask(i32x4.ne(v128.load(from + at), v128.load(to + at)));
    if (!any && !all) continue;
    for (let k = 0; k < min(4, steps - t); k++) {
      store<u32>(last, t + k);
      last += (<usize>(all || ((any >> k) & 1))) << 2;
    }
  }
  if (last == active) return;
  const weights = a.weights - <usize>(top * a.size * a.channels * a.weightRow);
  const x = scratch + a.x;
  if (valuesMatter) productSteps(a, from, to, active, last, weights, x);
  else if (a.byRows) sumRows(from, to, active, last, weights, x, (<usize>a.outputs) << 2);
  else sumTiles(a.outputs >> 2, length, from, to, active, last, weights, scratch, x);
  fireCurrents(a, t0, active, last, oy, ox, x);
}

function maskedPosition(a: Run, scratch: usize, t0: i32, steps: i32, oy: i32, ox: i32, all: bool): void {
  const active = scratch + a.active;
  const last = listSteps(a, scratch, steps, oy, all);
  if (last == active) return;
  maskTiles(a, scratch, oy, active, last);
  fireCurrents(a, t0, active, last, oy, ox, scratch + a.x);
}

/** Stage `current` for one position over active steps, if events have values other than 1 and −1. */
function productSteps(a: Run, from: usize, to: usize, active: usize, last: usize, weights: usize, x: usize): void {
  const lane = (<usize>a.outputs) << 2;
  const toValues = a.listValues - a.lists;
  for (; active < last; active += 4, x += lane) {
    const t = (<usize>load<u32>(active)) << 2;
    const event = <usize>load<u32>(from + t);
    const end = <usize>load<u32>(to + t);
    productTiles(a.outputs >> 2, event, event + toValues, end, weights, x, false);
  }
}

/** The neurons of a position over active steps; a bias is the last term of each sum. */
function fireCurrents(a: Run, t0: i32, active: usize, last: usize, oy: i32, ox: i32, x: usize): void {
  if (a.bias) {
    const lane = (<usize>a.outputs) << 2;
    const end = x + ((last - active) >> 2) * lane;
    for (let at = x; at < end; at += lane) addRow(at, a.bias, lane);
  }
  fireSteps(a, t0, active, last, (oy * a.columns + ox) * a.outputs, x);
}

/**
 * Stage `backward`, Eq. (9) and (10): dFO of the layer before from dFI, for one sample. Sums run over outputs in raster order;
 * derivatives that are 0 are skipped. The record describes a convolution of dFI with the rotated kernel.
 *
 * A tile runs over a column of dFO for each row of the kernel, because the weights of a row fit the first-level cache. The list
 * for a row has enough derivatives to hide the loads and stores of the sums.
 */
export function convolutiondFO(address: usize, dFO: usize, scratch: usize): void {
  const a = changetype<Run>(address);
  const block = (<usize>a.block) << 2;
  const lane = (<usize>a.outputs) << 2;
  const toValues = a.listValues - a.lists;
  const vectors = a.outputs >> 2;
  gather(a, scratch, 0, 1);
  for (let ox = 0; ox < a.columns; ox++) {
    collect(a, scratch, 1, ox, 0, a.height, true);
    for (let v = 0, n = 0; v < vectors; v += n) {
      n = productTile(vectors, vectors - v);
      const at = (<usize>v) << 4;
      for (let row = 0; row < a.size; row++) {
        for (let oy = 0; oy < a.rows; oy++) {
          const top = oy * a.stride - a.padding;
          const first = firstWithin(top + row, a.spread, a.height);
          const past = max(first, pastWithin(top + row + 1, a.spread, a.height));
          const event = <usize>load<u32>(scratch + a.bounds + <usize>first * block);
          const end = <usize>load<u32>(scratch + a.bounds + <usize>past * block);
          if (event == end && row > 0) continue;
          const weights = a.weights - <usize>(top * a.size * a.channels * a.weightRow);
          const to = dFO + <usize>(oy * a.columns + ox) * lane;
          productTiles(n, event, event + toValues, end, weights + at, to + at, row > 0);
        }
      }
    }
  }
}

/**
 * Like `convolutiondFO`, for a linear layer. Computes vectors `from` to `to` − 1 of dFO for all samples of a shard. A large matrix is thus
 * read once for many samples.
 *
 * @param dFO f32[inputs], `dFOBytes` per sample
 * @param dFI f32[outputs], `dFIBytes` per sample
 * @param lists offset in the scratch: space for the ends of `most` lists, their events and their values
 */
export function lineardFO(
  dFO: usize, dFOBytes: usize, dFI: usize, dFIBytes: usize, samples: i32, outputs: i32,
  weights: usize, weightRow: i32, from: i32, to: i32, lists: usize, most: i32, scratch: usize,
): void {
  const length = (<usize>(outputs + 4)) << 2;
  const ends = scratch + lists;
  const events = ends + ((<usize>most) << 2);
  const values = events + <usize>most * length;
  for (let b = 0; b < samples; b += most) {
    const count = min(most, samples - b);
    for (let s = 0; s < count; s++) {
      const d = dFI + <usize>(b + s) * dFIBytes;
      let event = events + <usize>s * length;
      for (let output = 0; output < outputs; output++) {
        const value = load<f32>(d + ((<usize>output) << 2));
        store<u32>(event, output * weightRow);
        store<f32>(event - events + values, value);
        event += (<usize>(value != 0)) << 2;
      }
      store<u32>(ends + ((<usize>s) << 2), <u32>event);
    }
    for (let v = from; v < to; v += PRODUCT_TILE) {
      const at = (<usize>v) << 4;
      for (let s = 0; s < count; s++) {
        const list = <usize>s * length;
        const end = <usize>load<u32>(ends + ((<usize>s) << 2));
        const sums = dFO + <usize>(b + s) * dFOBytes + at;
        productTiles(min(PRODUCT_TILE, to - v), events + list, values + list, end, weights + at, sums, false);
      }
    }
  }
}

/** Puts dFI of one sample into a frame of zeros, so that no kernel cell of `convolutiondw` reaches past it. */
export function convolutionFrame(
  frame: usize, dFI: usize, rows: i32, columns: i32, outputs: i32, border: i32,
  frameRows: i32, frameColumns: i32, frameLane: i32,
): void {
  const lane = (<usize>outputs) << 2;
  memory.fill(frame, 0, <usize>(frameRows * frameColumns * frameLane));
  for (let row = 0; row < rows; row++) {
    let to = frame + <usize>(((border + row) * frameColumns + border) * frameLane);
    for (let column = 0; column < columns; column++, to += frameLane, dFI += lane) {
      for (let at: usize = 0; at < lane; at += 16) v128.store(to + at, v128.load(dFI + at));
    }
  }
}

/**
 * Stage `backward`, Eq. (11): dw of a shard for input channels `from` to `to` − 1. Each weight sums over sample, output row,
 * output column. Overwrites dw, which has the layout of the weights, or adds to it if `carried`.
 *
 * The flows of a channel are events, with offsets into the frames of dFI. A kernel cell shifts all events by the same amount. Samples are
 * processed together while their frames fit the second-level cache. With stride s > 1, a cell meets only flows at places that differ by
 * multiples of s.
 *
 * @param frames dFI in frames, `frameBytes` per sample
 * @param FO f32[samples][height][width][channels], the incoming flow
 * @param lists offset in the scratch: space for four lists of the events of `most` samples, then for their values
 */
export function convolutiondw(
  dw: usize, weightRow: i32, frames: usize, frameBytes: usize, frameColumns: i32, frameLane: i32, FO: usize, samples: i32,
  height: i32, width: i32, channels: i32, outputs: i32, size: i32, stride: i32, padding: i32,
  from: i32, to: i32, carried: bool, lists: usize, most: i32, scratch: usize,
): void {
  const inputBytes = (<usize>(height * width * channels)) << 2;
  const border = (size - 1) / stride;
  const listBytes = (<usize>(most * height * width + 4)) << 2;
  const toValues = listBytes << 2;
  const phases = min(size, stride);
  for (let b = 0; b < samples; b += most) {
    // Takes four channels at a time, because their flows lie in one cache line. Absent channels repeat the last one; their
    // lists are unused.
    for (let channel = from; channel < to; channel += 4) {
      const isOne = channel + 1 == to;
      const last = (<usize>(to - 1)) << 2;
      const flow0 = (<usize>channel) << 2;
      const flow1 = min(last, flow0 + 4);
      const flow2 = min(last, flow0 + 8);
      const flow3 = min(last, flow0 + 12);
      for (let phaseY = 0; phaseY < phases; phaseY++) {
        for (let phaseX = 0; phaseX < phases; phaseX++) {
          let end0 = scratch + lists;
          let end1 = end0 + listBytes;
          let end2 = end1 + listBytes;
          let end3 = end2 + listBytes;
          for (let s = b; s < min(samples, b + most); s++) {
            const flows = FO + <usize>s * inputBytes;
            for (let y = behind(phaseY - padding, stride); y < height; y += stride) {
              const row = <usize>s * frameBytes + <usize>((((y + padding) / stride + border) * frameColumns + border) * frameLane);
              for (let x = behind(phaseX - padding, stride); x < width; x += stride) {
                const at = flows + ((<usize>((y * width + x) * channels)) << 2);
                const event = <u32>(row + <usize>((x + padding) / stride * frameLane));
                end0 = listed(end0, toValues, event, load<f32>(at + flow0));
                if (isOne) continue;
                end1 = listed(end1, toValues, event, load<f32>(at + flow1));
                end2 = listed(end2, toValues, event, load<f32>(at + flow2));
                end3 = listed(end3, toValues, event, load<f32>(at + flow3));
              }
            }
          }
          for (let k = 0; k < min(4, to - channel); k++) {
            const list = scratch + lists + <usize>k * listBytes;
            const end = k == 0 ? end0 : k == 1 ? end1 : k == 2 ? end2 : end3;
            for (let row = phaseY; row < size; row += stride) {
              for (let column = phaseX, cells = 0; column < size; column += cells * stride) {
                cells = cellsAtOnce((size - column + stride - 1) / stride);
                const cell = dw + <usize>(((row * size + column) * channels + channel + k) * weightRow);
                const weights = frames - <usize>(((row / stride) * frameColumns + column / stride) * frameLane);
                const toNext = <usize>(stride * channels * weightRow);
                cellTiles(
                  cells, outputs >> 2, list, list + toValues, end, weights, frameLane, cell, toNext, carried || b > 0,
                );
              }
            }
          }
        }
      }
    }
  }
}

/** Writes an event and its value to the end of a list; the end advances if the value is not 0. Returns the end. */
// @ts-ignore: decorator
@inline
function listed(end: usize, toValues: usize, event: u32, value: f32): usize {
  store<u32>(end, event);
  store<f32>(end + toValues, value);
  return end + ((<usize>(value != 0)) << 2);
}

/** The least number from 0 on that differs from `first` by a multiple of `stride`. */
function behind(first: i32, stride: i32): i32 {
  const rest = first % stride;
  return rest < 0 ? rest + stride : rest;
}

/**
 * Lays out the forward weights of input channels `from` to `to` − 1 for the backward pass (`from` and `to` are multiples of 4). Both
 * layouts are padded with zeros. Transposes [input channel][output] of each kernel cell, in tiles of four by four lanes. Four tiles of
 * input channels follow each other, so that whole cache lines are written.
 */
export function convolutionTurn(
  backward: usize, writeNext: usize, weights: usize, readNext: usize,
  channels: i32, outputs: i32, cells: i32, from: i32, to: i32,
): void {
  for (let cell = 0; cell < cells; cell++) {
    const read = weights + <usize>(cell * channels) * readNext;
    const write = backward + <usize>((cells - 1 - cell) * outputs) * writeNext;
    for (let channel = from; channel < to; channel += 16) {
      const last = min(to, channel + 16);
      for (let output = 0; output < outputs; output += 4) {
        const line = write + <usize>output * writeNext;
        for (let c = channel; c < last; c += 4) {
          transposeTile(line + ((<usize>c) << 2), writeNext, read + <usize>c * readNext + ((<usize>output) << 2), readNext);
        }
      }
    }
  }
}

/** Writes the negated weights of the first layer. An event of −1 adds these negated weights. */
export function convolutionNegate(negative: usize, weights: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(negative + at, f32x4.neg(v128.load(weights + at)));
}

/** Transposes four rows of four lanes. */
// @ts-ignore: decorator
@inline
function transposeTile(to: usize, toNext: usize, from: usize, fromNext: usize): void {
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
