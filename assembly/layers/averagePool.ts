/** Average pooling: counts of spikes ÷ n feed a neuron. */
import { addBytes, spread } from '../bits';
import { accumulateFO, beginWindow } from '../flow';
import { fireRow } from '../neuron';
import { Window } from '../window';

/** Stages current, neuron, flow of an average pool over a window of steps, for one sample. */
export function averagePoolForward(address: usize): void {
  const a = changetype<Window>(address);
  beginWindow(a);
  for (let row = 0; row < a.rows; row++) {
    for (let t = 0; t < a.steps; t++) {
      if (a.starts) poolList(a, t, row);
      else poolBits(a, t, row);
      fireRow(a, t, row, a.x, a.touched);
    }
  }
  accumulateFO(a, a.FO);
}

function poolBits(a: Window, t: i32, row: i32): void {
  const n = f32x4.splat(<f32>(a.sizeY * a.sizeX));
  const bits = a.inBits + <usize>t * a.inRow;
  const channels = a.channels;
  const width = a.width;
  const sizeY = a.sizeY;
  const sizeX = a.sizeX;
  let x = a.x;
  for (let column = 0; column < a.columns; column++) {
    const corner = (row * width + column) * a.stride;
    let any: i32 = 0;
    for (let channel = 0; channel < channels; channel += 16) {
      // Bytes of a set bit are −1; up to 127 of them fit a byte.
      const groups = min(4, (channels - channel) >> 2);
      let cells = 0;
      let count = i8x16.splat(0);
      for (let dy = 0; dy < sizeY; dy++) {
        let place = (corner + dy * width) * channels + channel;
        for (let dx = 0; dx < sizeX; dx++, place += channels) {
          count = i8x16.sub(count, spread(bits, <usize>place));
          if (++cells == 127) {
            any |= <i32>v128.any_true(count);
            addBytes(x, count, groups);
            count = i8x16.splat(0);
            cells = 0;
          }
        }
      }
      if (v128.any_true(count)) {
        any = 1;
        addBytes(x, count, groups);
      }
      x += (<usize>groups) << 4;
    }
    store<u8>(a.touched + column, any);
    if (!any) continue;
    for (let at = x - ((<usize>channels) << 2); at < x; at += 16) v128.store(at, f32x4.div(v128.load(at), n));
  }
}

/** The input as events: each is added to the windows that it lies in; whole numbers, in any order. */
function poolList(a: Window, t: i32, row: i32): void {
  const n = <f32>(a.sizeY * a.sizeX);
  const top = row * a.stride;
  const first = (<usize>load<u32>(a.starts + ((<usize>t) << 2))) << 2;
  const last = (<usize>load<u32>(a.starts + ((<usize>t) << 2), 4)) << 2;
  for (let at = first; at < last; at += 4) {
    const place = load<i32>(a.indices + at);
    const position = place / a.channels;
    const y = position / a.width;
    const column = position - y * a.width;
    if (y < top || y >= top + a.sizeY) continue;
    for (let ox = max(0, (column - a.sizeX + a.stride) / a.stride); ox < a.columns && ox * a.stride <= column; ox++) {
      const to = a.x + ((<usize>(ox * a.outputs + place - position * a.channels)) << 2);
      store<f32>(to, load<f32>(to) + load<f32>(a.values + at));
      store<u8>(a.touched + ox, 1);
    }
  }
  for (let at = a.x; at < a.x + ((<usize>(a.columns * a.outputs)) << 2); at += 4) store<f32>(at, load<f32>(at) / n);
}

/** Stage backward, Eq. (10): dFO_j = (Σ_i dFI_i) ÷ n, outputs in raster order, for one sample. */
export function averagePooldFO(
  dFO: usize, dFI: usize, height: i32, width: i32, channels: i32, rows: i32, columns: i32, size: i32, stride: i32,
): void {
  const n = f32x4.splat(<f32>(size * size));
  const lane = (<usize>channels) << 2;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = dFO + <usize>(y * width + x) * lane;
      for (let at: usize = 0; at < lane; at += 16) {
        let sum = f32x4.splat(0);
        for (let oy = max(0, (y - size + stride) / stride); oy < rows && oy * stride <= y; oy++) {
          for (let ox = max(0, (x - size + stride) / stride); ox < columns && ox * stride <= x; ox++) {
            sum = f32x4.add(sum, v128.load(dFI + <usize>(oy * columns + ox) * lane + at));
          }
        }
        v128.store(to + at, f32x4.div(sum, n));
      }
    }
  }
}
