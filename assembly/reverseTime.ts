/**
 * Rules that go back through time: one step of one layer of one sample. The rules differ only in the arguments of these kernels; the sums
 * over synapses are in `layers/`.
 */
import { spread, lanes } from './bits';

/** Slopes ∂o/∂u. */
const WINDOW: i32 = 0; // computed per neuron, if it fired
const FIRED: i32 = 1; // 1 if it fired
const RECTANGLE: i32 = 2;
// 3: the fast sigmoid

/**
 * Turns du of step t + 1 into du of step t, in place.
 *
 * @param dO, slope f32[cells]; slope only for WINDOW
 * @param bits row of spikes of step t
 * @param u f32[cells], before the reset; only for RECTANGLE and the fast sigmoid
 * @param cells neurons, padding included: a multiple of 4
 * @param first 1: the first call of a backward pass. Step t ends the window, so du of step t + 1 is 0
 * @param leak λ, or 1 if the rule omits it
 * @param reset 1: the reset is differentiated too
 * @param kind the kind of slope
 * @param height constant of a surrogate, rounded once: 1/width of the rectangle, 1/(2·width) of the fast sigmoid
 * @param width half the width of the rectangle, or the width of the fast sigmoid; not for WINDOW
 */
export function applydu(
  du: usize, dO: usize, bits: usize, u: usize, slope: usize, cells: i32, first: i32,
  Vth: f32, leak: f32, reset: i32, kind: i32, height: f32, width: f32,
): void {
  const λ = f32x4.splat(leak);
  const one = f32x4.splat(1);
  const threshold = f32x4.splat(Vth);
  const heights = f32x4.splat(height);
  const widths = f32x4.splat(width);
  for (let index = 0; index < cells; index += 16) {
    const fired = spread(bits, <usize>index);
    for (let n = 0; n < min(4, (cells - index) >> 2); n++) {
      const at = (<usize>(index + 4 * n)) << 2;
      const o = f32x4.abs(lane(fired, n));
      const later = first ? f32x4.splat(0) : f32x4.mul(λ, v128.load(du + at));
      let d = v128.load(dO + at);
      let factor: v128;
      if (kind == WINDOW) {
        factor = f32x4.mul(o, v128.load(slope + at));
      } else if (kind == FIRED) {
        factor = o;
      } else {
        const potential = v128.load(u + at);
        if (reset) d = f32x4.sub(d, f32x4.mul(later, potential));
        const distance = f32x4.abs(f32x4.sub(potential, threshold));
        if (kind == RECTANGLE) {
          factor = v128.and(heights, f32x4.lt(distance, widths));
        } else {
          const root = f32x4.add(one, f32x4.div(distance, widths));
          factor = f32x4.div(heights, f32x4.mul(root, root));
        }
      }
      const carried = f32x4.mul(later, f32x4.sub(one, o));
      v128.store(du + at, f32x4.add(f32x4.mul(d, factor), carried));
    }
  }
}

/** The four bytes of group `n`, as f32 lanes. */
// @ts-ignore: decorator
@inline
function lane(bytes: v128, n: i32): v128 {
  if (n == 0) return lanes(bytes, 0);
  if (n == 1) return lanes(bytes, 1);
  return n == 2 ? lanes(bytes, 2) : lanes(bytes, 3);
}

/**
 * The slope NG/Vth of each neuron of a layer: NG = [LF > silence] + ln λ·LF/FO, with LF = Σ_t λ^(T−t)·o, t ascending.
 *
 * @param bits rows of spikes, `row` bytes per step
 * @param powers f32[steps]: λ⁰, λ¹, …
 */
export function windowSlope(
  slope: usize, bits: usize, row: i32, steps: i32, cells: i32, powers: usize, logarithm: f32, silence: f32, Vth: f32,
): void {
  const one = f32x4.splat(1);
  for (let index = 0; index < cells; index += 4) {
    let LF = f32x4.splat(0);
    let FO = f32x4.splat(0);
    let step = bits;
    for (let t = steps - 1; t >= 0; t--, step += row) {
      const o = f32x4.abs(lanes(spread(step, <usize>index), 0));
      LF = f32x4.add(LF, f32x4.mul(v128.load32_splat(powers + ((<usize>t) << 2)), o));
      FO = f32x4.add(FO, o);
    }
    const fall = f32x4.div(f32x4.mul(f32x4.splat(logarithm), LF), f32x4.max(FO, one));
    const heard = v128.and(one, f32x4.gt(LF, f32x4.splat(silence)));
    v128.store(slope + ((<usize>index) << 2), f32x4.div(f32x4.add(heard, fall), f32x4.splat(Vth)));
  }
}

/** Writes a row of spikes as numbers. */
export function spikeMap(map: usize, bits: usize, cells: i32): void {
  for (let index = 0; index < cells; index += 4) {
    v128.store(map + ((<usize>index) << 2), f32x4.abs(lanes(spread(bits, <usize>index), 0)));
  }
}

/** Writes the input's events of step t as numbers. */
export function eventMap(map: usize, starts: usize, indices: usize, values: usize, t: i32, inputs: i32): void {
  memory.fill(map, 0, (<usize>inputs) << 2);
  const from = (<usize>load<u32>(starts + ((<usize>t) << 2))) << 2;
  const to = (<usize>load<u32>(starts + ((<usize>t) << 2), 4)) << 2;
  for (let at = from; at < to; at += 4) {
    store<f32>(map + ((<usize>load<u32>(indices + at)) << 2), load<f32>(values + at));
  }
}
