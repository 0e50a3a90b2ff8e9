/**
 * Stage neuron: one step of a row of neurons. Integrate, fire, reset, leak; and of stage flow, FI += x.
 *
 * Between steps u holds the potential after reset and leak, whatever the variant shows: the spikes are the same. Where
 * the variant shows u before them (RESET_NEXT), the last step, and each step of a trace, leaves them out, and the step
 * after that begins with them.
 *
 * An IF neuron without input in a step needs no visit: u + 0 = u and FI + 0 = FI for every u and FI that can occur (none
 * is −0, since a sum that starts from +0 never is), and it stays below the threshold. A traced step, the step after one
 * that has shown its u, and every step of LIF neurons visit all.
 */
import { Window } from './window';

/** Bits of `mode`. */
export const RESET_NEXT: i32 = 1; // u is shown before reset and leak
export const LEAKS: i32 = 2; // λ ≠ 1
export const LEAK_SUM: i32 = 4; // fl(fl(fl(λ·u) + u) − u) instead of fl(λ·u)
export const ACCUMULATED: i32 = 8; // FO of a maximum pool is the maximum of the accumulated FO before it

/** True where step t shows u as it is before reset and leak. */
// @ts-ignore: decorator
@inline
function isShown(a: Window, t: i32): bool {
  return (a.mode & RESET_NEXT) != 0 && (t == a.steps - 1 || a.trace != 0);
}

/**
 * The neurons of a row at step t, from their currents.
 *
 * @param x f32[columns][outputs]; zero afterwards
 * @param touched u8[columns], 1 where x has had input; zero afterwards
 */
export function fireRow(a: Window, t: i32, row: i32, x: usize, touched: usize): void {
  const mode = a.mode;
  const shown = isShown(a, t);
  const begins = t == 0 ? a.carried != 0 && (mode & RESET_NEXT) != 0 : isShown(a, t - 1);
  const all = (mode & LEAKS) != 0 || a.trace != 0 || begins;
  const columns = a.columns;
  const lane = (<usize>a.outputs) << 2;
  const first = <usize>(row * columns) * lane;
  if (!a.spikes) integrate(x, touched, a.u + first, a.FI + first, columns, lane);
  else if (shown || begins || mode & LEAKS) {
    fire(a, t, first, x, touched, all, begins, shown, mode);
  } else fire(a, t, first, x, touched, all, false, false, 0);
  if (a.trace) {
    const bytes = <usize>columns * lane;
    memory.copy(a.trace + <usize>(t * a.rows) * bytes + first, a.u + first, bytes);
  }
}

/** 0 where it fired, else leaked. */
// @ts-ignore: decorator
@inline
function settled(u: v128, fired: v128, leak: v128, mode: i32): v128 {
  if (mode & LEAKS) {
    const product = f32x4.mul(leak, u);
    u = mode & LEAK_SUM ? f32x4.sub(f32x4.add(product, u), u) : product;
  }
  return v128.andnot(u, fired);
}

// @ts-ignore: decorator
@inline
function fire(
  a: Window, t: i32, first: usize, x: usize, touched: usize, all: bool, begins: bool, shown: bool, mode: i32,
): void {
  const lane = (<usize>a.outputs) << 2;
  const Vth = f32x4.splat(a.Vth);
  const leak = f32x4.splat(a.leak);
  const zero = f32x4.splat(0);
  const bits = a.outBits + <usize>t * a.outRow;
  const end = touched + a.columns;
  const toU = a.u + first - x;
  const toFI = a.FI + first - x;
  const toPlace = (first >> 2) - (x >> 2);
  for (; touched < end; touched++, x += lane) {
    if (!all && !load<u8>(touched)) continue;
    store<u8>(touched, 0);
    const last = x + lane;
    for (let at = x; at < last; ) {
      // Half a byte of spikes for each four neurons, eight of them a word.
      const place = (at >> 2) + toPlace;
      const stop = min(last, at + 128);
      let spikes: i64 = 0;
      for (let shift: i64 = 0; at < stop; at += 16, shift += 4) {
        const current = v128.load(at);
        v128.store(at, zero);
        let u = v128.load(at + toU);
        if (begins) u = settled(u, f32x4.gt(u, Vth), leak, mode);
        u = f32x4.add(u, current);
        v128.store(at + toFI, f32x4.add(v128.load(at + toFI), current));
        const o = f32x4.gt(u, Vth);
        spikes |= (<i64>i32x4.bitmask(o)) << shift;
        v128.store(at + toU, shown ? u : settled(u, o, leak, mode));
      }
      if (spikes) emit(bits, place, spikes);
    }
  }
}

/** Sets bits from bit `place`, a multiple of 4, on: up to 32 of them, within the row and its padding. */
// @ts-ignore: decorator
@inline
export function emit(bits: usize, place: usize, spikes: i64): void {
  const at = bits + (place >> 3);
  store<i64>(at, load<i64>(at) | (spikes << (<i64>place & 4)));
}

/** The output layer: u += x, FI += x. */
function integrate(x: usize, touched: usize, u: usize, FI: usize, columns: i32, lane: usize): void {
  memory.fill(touched, 0, columns);
  const end = x + <usize>columns * lane;
  for (; x < end; x += 16, u += 16, FI += 16) {
    const current = v128.load(x);
    v128.store(x, f32x4.splat(0));
    v128.store(u, f32x4.add(v128.load(u), current));
    v128.store(FI, f32x4.add(v128.load(FI), current));
  }
}
