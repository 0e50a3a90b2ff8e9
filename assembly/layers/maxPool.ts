/** Maximum pooling: a window of spikes gives a spike. No neuron; FI = FO = the sum of the spikes. */
import { gather, places } from '../events';
import { Window } from '../window';

/** Stages current and flow of a maximum pool over a window of steps, for one sample. */
export function maxPoolForward(address: usize): void {
  const a = changetype<Window>(address);
  for (let t = 0; t < a.steps; t++) {
    const count = gather(a, t);
    const bits = a.outBits + <usize>t * a.outRow;
    memory.fill(bits, 0, a.outRow);
    const list = places(a, t);
    for (let e = 0; e < count; e++) {
      const at = a.reachStarts + ((<usize>load<u32>(list + ((<usize>e) << 2))) << 2);
      const end = a.reach + ((<usize>load<u32>(at, 4)) << 2);
      for (let r = a.reach + ((<usize>load<u32>(at)) << 2); r < end; r += 4) {
        const place = load<u32>(r);
        const byte = bits + (place >> 3);
        const bit = 1 << (place & 7);
        const before = <i32>load<u8>(byte);
        if (before & bit) continue;
        store<u8>(byte, before | bit);
        const at = (<usize>place) << 2;
        store<f32>(a.FI + at, load<f32>(a.FI + at) + 1);
        store<f32>(a.FO + at, load<f32>(a.FO + at) + 1);
      }
    }
  }
}

/** Variant `maxPoolFlow` = `accumulated`: FO ← the maximum over the window of the FO before, for one sample. */
export function maxPoolAccumulated(
  FO: usize, FOBefore: usize, width: i32, channels: i32, rows: i32, columns: i32, size: i32, stride: i32,
): void {
  for (let oy = 0; oy < rows; oy++) {
    for (let ox = 0; ox < columns; ox++) {
      for (let channel = 0; channel < channels; channel++) {
        const at = firstMaximum(FOBefore, oy * stride, ox * stride, channel, width, channels, size);
        store<f32>(FO + ((<usize>((oy * columns + ox) * channels + channel)) << 2), load<f32>(at));
      }
    }
  }
}

/** Stage backward, Eq. (10): dFI goes to the window's first maximum of the FO before, for one sample. */
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
