/**
 * Stages neuron and flow: one step of a map of neurons. Integrate, leak, fire, reset; FI += x, FO += o.
 *
 * An IF neuron without input in a step needs no visit: u + 0 = u and FI + 0 = FI for every u and FI that can occur
 * (none is −0, since a sum that starts from +0 never is), it stays below the threshold, and where it fired in the step
 * before, u alone still says so (u ≥ Vth) until it is visited and reset. Only positions that x has touched are
 * visited; the last step, a traced step, and every step of LIF neurons visit all, so that u shows what it must.
 */
import { Window } from './window';

/** Bits of `mode`. */
export const FIRES_ABOVE: i32 = 1; // u > Vth instead of u ≥ Vth
export const RESET_NEXT: i32 = 2; // reset at the start of the next step
export const LEAKS: i32 = 4; // λ ≠ 1
export const LEAK_SUM: i32 = 8; // fl(fl(fl(λ·u) + u) − u) instead of fl(λ·u)

/** Neurons of step t. `divisor` is n of an average pool, whose x holds counts; else 1. */
export function neurons(a: Window, t: i32, divisor: f32): void {
  const mode = a.mode;
  const all = <bool>(mode & LEAKS) || t == a.steps - 1 || a.trace != 0;
  if (!a.spikes) integrate(a, divisor);
  else if (mode & LEAKS) {
    if (mode & FIRES_ABOVE) mode & RESET_NEXT ? step(a, t, divisor, true, true, true, true) : step(a, t, divisor, true, true, false, true);
    else mode & RESET_NEXT ? step(a, t, divisor, true, false, true, true) : step(a, t, divisor, true, false, false, true);
  } else {
    if (mode & FIRES_ABOVE) mode & RESET_NEXT ? step(a, t, divisor, all, true, true, false) : step(a, t, divisor, all, true, false, false);
    else mode & RESET_NEXT ? step(a, t, divisor, all, false, true, false) : step(a, t, divisor, all, false, false, false);
  }
  if (a.trace) {
    const bytes = (<usize>(a.rows * a.columns * a.outputs)) << 2;
    memory.copy(a.trace + <usize>t * bytes, a.u, bytes);
  }
}

/** The output layer: u += x, FI += x. */
function integrate(a: Window, divisor: f32): void {
  const n = f32x4.splat(divisor);
  const end = a.x + ((<usize>(a.rows * a.columns * a.outputs)) << 2);
  const toU = a.u - a.x;
  const toFI = a.FI - a.x;
  for (let at = a.x; at < end; at += 16) {
    let x = v128.load(at);
    if (divisor != 1) x = f32x4.div(x, n);
    v128.store(at + toU, f32x4.add(v128.load(at + toU), x));
    v128.store(at + toFI, f32x4.add(v128.load(at + toFI), x));
    v128.store(at, i32x4.splat(0));
  }
  memory.fill(a.touched, 0, a.rows * a.columns);
}

// @ts-ignore: decorator
@inline
function step(a: Window, t: i32, divisor: f32, all: bool, above: bool, next: bool, leaks: bool): void {
  const bytes = (<usize>a.outputs) << 2;
  const positions = a.rows * a.columns;
  const touched = a.touched;
  const toU = a.u - a.x;
  const toFI = a.FI - a.x;
  const toFO = a.FO - a.x;
  const Vth = f32x4.splat(a.Vth);
  const leak = f32x4.splat(a.leak);
  const leakSum = <bool>(a.mode & LEAK_SUM);
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const n = f32x4.splat(divisor);
  const divides = divisor != 1;
  const bits = a.outBits + <usize>t * a.outRow;
  memory.fill(bits, 0, a.outRow);

  for (let p = 0; p < positions; p++) {
    if (!all && !load<u8>(touched + p)) continue;
    store<u8>(touched + p, 0);
    const from = a.x + <usize>p * bytes;
    const end = from + bytes;
    for (let at = from; at < end; at += 16) {
      let x = v128.load(at);
      if (divides) x = f32x4.div(x, n);
      let u = v128.load(at + toU);
      if (next) {
        const before = above ? f32x4.gt(u, Vth) : f32x4.ge(u, Vth);
        if (leaks) u = leaked(u, leak, leakSum);
        u = v128.andnot(u, before);
      }
      u = f32x4.add(u, x);
      const o = above ? f32x4.gt(u, Vth) : f32x4.ge(u, Vth);
      const fired = i32x4.bitmask(o);
      if (!next) {
        if (leaks) u = leaked(u, leak, leakSum);
        u = v128.andnot(u, o);
      }
      v128.store(at + toU, u);
      v128.store(at + toFI, f32x4.add(v128.load(at + toFI), x));
      v128.store(at, zero);
      if (fired) {
        v128.store(at + toFO, f32x4.add(v128.load(at + toFO), v128.and(o, one)));
        // Neuron (at − x) / 4 has bit (at − x) / 4: four neurons are half a byte.
        const place = (at - a.x) >> 2;
        const byte = bits + (place >> 3);
        store<u8>(byte, load<u8>(byte) | (fired << (<i32>place & 4)));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function leaked(u: v128, leak: v128, sum: bool): v128 {
  const product = f32x4.mul(leak, u);
  return sum ? f32x4.sub(f32x4.add(product, u), u) : product;
}
