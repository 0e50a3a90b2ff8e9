/**
 * Maximum pooling: a window with a spike sends a spike, without a neuron. FI sums these spikes. So does FO, unless the flow
 * is `accumulated`.
 */
import { wordAt, wordOf } from '../bits';
import { accumulateFO, beginWindow } from '../flow';
import { ACCUMULATED, emit } from '../neuron';
import { Run } from '../window';

/**
 * The stages `current` and `flow` of a maximum pool for one sample, over a window of steps. The pool spikes where an input
 * does.
 */
export function maxPoolForward(address: usize): void {
  const a = changetype<Run>(address);
  beginWindow(a);
  const channels = a.channels;
  const most = wordOf(channels);
  for (let t = 0; t < a.steps; t++) {
    const bits = a.inBits + <usize>t * a.inRow;
    const out = a.outBits + <usize>t * a.outRow;
    let index = 0;
    for (let row = 0; row < a.rows; row++) {
      for (let column = 0; column < a.columns; column++) {
        const corner = (row * a.width + column) * a.stride;
        for (let channel = 0; channel < channels; channel += most) {
          const count = min(most, channels - channel);
          let union: i64 = 0;
          for (let dy = 0; dy < a.size; dy++) {
            for (let dx = 0; dx < a.size; dx++) {
              union |= wordAt(bits, (corner + dy * a.width + dx) * channels + channel);
            }
          }
          union &= (<i64>-1) >>> <i64>(64 - count);
          if (union) emit(out, <usize>index, union);
          index += count;
        }
      }
    }
  }
  // The current of a maximum pool equals its spikes, so FI counts its spikes.
  accumulateFO(a, a.FI);
  if (a.mode & ACCUMULATED) accumulatedMaximum(a);
  else memory.copy(a.FO, a.FI, (<usize>(a.rows * a.columns * a.outputs)) << 2);
}

/** Variant `maxPoolFlow` = `accumulated`: FO ← the greatest FO of the layer before in the pool's window, for one sample. */
function accumulatedMaximum(a: Run): void {
  let to = a.FO;
  for (let oy = 0; oy < a.rows; oy++) {
    for (let ox = 0; ox < a.columns; ox++) {
      for (let channel = 0; channel < a.channels; channel++, to += 4) {
        const at = firstMaximum(a.FOBefore, oy * a.stride, ox * a.stride, channel, a.width, a.channels, a.size);
        store<f32>(to, load<f32>(at));
      }
    }
  }
}

/**
 * Stage `backward` of one sample, Eq. (10): dFI goes to the window's input with the greatest FO; of equal ones, to the first.
 */
export function maxPooldFO(
  dFO: usize, dFI: usize, FOBefore: usize,
  height: i32, width: i32, channels: i32, rows: i32, columns: i32, size: i32, stride: i32,
): void {
  memory.fill(dFO, 0, (<usize>(height * width * channels)) << 2);
  for (let oy = 0; oy < rows; oy++) {
    for (let ox = 0; ox < columns; ox++) {
      for (let channel = 0; channel < channels; channel++) {
        const d = load<f32>(dFI + ((<usize>((oy * columns + ox) * channels + channel)) << 2));
        if (d == 0) continue;
        const at = firstMaximum(FOBefore, oy * stride, ox * stride, channel, width, channels, size);
        const to = dFO + (at - FOBefore);
        store<f32>(to, load<f32>(to) + d);
      }
    }
  }
}

/** Address of the first greatest value of a window, in row-major order. */
function firstMaximum(values: usize, y: i32, x: i32, channel: i32, width: i32, channels: i32, size: i32): usize {
  let best = values + ((<usize>((y * width + x) * channels + channel)) << 2);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const at = values + ((<usize>(((y + row) * width + x + column) * channels + channel)) << 2);
      if (load<f32>(at) > load<f32>(best)) best = at;
    }
  }
  return best;
}
