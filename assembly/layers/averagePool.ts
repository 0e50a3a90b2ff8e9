/** Average pooling: x holds the count of a window's spikes until the neurons divide it by n. */
import { gather, places, values } from '../events';
import { neurons } from '../neuron';
import { Window } from '../window';

/** Stages current, neuron, flow of an average pool over a window of steps, for one sample. */
export function averagePoolForward(address: usize): void {
  const a = changetype<Window>(address);
  const n = <f32>(a.size * a.size);
  for (let t = 0; t < a.steps; t++) {
    const count = gather(a, t);
    scatter(a, places(a, t), values(a, t), count);
    neurons(a, t, n);
  }
}

function scatter(a: Window, places: usize, values: usize, count: i32): void {
  for (let e = 0; e < count; e++) {
    const at = a.reachStarts + ((<usize>load<u32>(places + ((<usize>e) << 2))) << 2);
    const value = values ? load<f32>(values + ((<usize>e) << 2)) : <f32>1;
    const end = a.reach + ((<usize>load<u32>(at, 4)) << 2);
    for (let r = a.reach + ((<usize>load<u32>(at)) << 2); r < end; r += 4) {
      const place = load<u32>(r);
      const to = a.x + ((<usize>place) << 2);
      store<f32>(to, load<f32>(to) + value);
      store<u8>(a.touched + place / a.outputs, 1);
    }
  }
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
