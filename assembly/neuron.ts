/**
 * Stage `neuron`: the neurons of one position at one step. Integrate, fire, reset, leak; and FI += x, a part of stage `flow`.
 *
 * Between steps, u is the potential after reset and leak in every variant: the spikes do not depend on whether reset and leak
 * end a step or begin the next one. With RESET_NEXT, u is returned before reset and leak. The last step and each recorded step
 * then omit both, and the next step begins with them.
 *
 * An IF neuron without input in a step is skipped: it does not fire, and u + 0 = u and FI + 0 = FI. (u and FI are never −0,
 * because they are sums that start from +0.) All neurons are visited in a recorded step, and in the step after one that omitted
 * the reset. LIF neurons, and neurons that have a bias or subtract Vth, are visited in every step.
 *
 * A step is plain if it is not recorded, ends with reset and leak, and does not begin with those of the step before. If a spike
 * sets its neuron to 0, plain steps have separate code, which keeps potentials in registers over a block of steps.
 */
import { Run } from './window';

/** Limit on the vectors whose potentials and flows stay in registers over a block of steps. */
const FIRE_VECTORS: i32 = 6;

/** Like `FIRE_VECTORS`, for leaky neurons. */
const LEAKY_VECTORS: i32 = 5;

/** Bits of `mode`. */
export const RESET_NEXT: i32 = 1; // u is returned before reset and leak
export const LEAKS: i32 = 2; // λ ≠ 1
export const LEAK_SUM: i32 = 4; // fl(fl(fl(λ·u) + u) − u) instead of fl(λ·u)
export const ACCUMULATED: i32 = 8; // FO of a maximum pool is the maximum of the accumulated FO before it
export const SUBTRACTS: i32 = 16; // a spike subtracts Vth from u, before the leak …
export const SUBTRACTS_LAST: i32 = 32; // … or after it

/** Whether step t omits reset and leak, so that u is returned as it was before both. */
// @ts-ignore: decorator
@inline
function isShown(a: Run, t: i32): bool {
  return (a.mode & RESET_NEXT) != 0 && (t == a.steps - 1 || a.potentials != 0);
}

/** Whether step t begins with the reset and leak that the step before it omitted. */
// @ts-ignore: decorator
@inline
function beginsWithReset(a: Run, t: i32): bool {
  return t == 0 ? a.carried != 0 && (a.mode & RESET_NEXT) != 0 : isShown(a, t - 1);
}

/** True if step t is plain, and the layer's neurons fire and then set their u to 0. */
// @ts-ignore: decorator
@inline
export function isPlain(a: Run, t: i32): bool {
  return a.spikes != 0 && !(a.mode & SUBTRACTS) && !a.potentials && !isShown(a, t) && !beginsWithReset(a, t);
}

/** Whether a neuron without input keeps its u: u does not leak, and a spike sets u to 0. */
// @ts-ignore: decorator
@inline
function keeps(a: Run): bool {
  return !(a.mode & (LEAKS | SUBTRACTS));
}

/** The end of the block of steps from t0 on: either all of its steps are plain or none is. */
export function endOfBlock(a: Run, t0: i32): i32 {
  const plain = isPlain(a, t0);
  const most = min(a.steps, t0 + a.block);
  let end = t0 + 1;
  while (end < most && isPlain(a, end) == plain) end++;
  return end;
}

/** Whether step t also visits neurons without input. */
export function visitsAll(a: Run, t: i32): bool {
  return !keeps(a) || a.bias != 0 || a.potentials != 0 || beginsWithReset(a, t);
}

/**
 * Runs the neurons of one position, from `index` on, at the `active` steps of a block.
 *
 * @param active u32[], up to `last`: steps, counted from t0
 * @param x f32[steps in `active`][outputs]
 */
export function fireSteps(a: Run, t0: i32, active: usize, last: usize, index: i32, x: usize): void {
  const lane = (<usize>a.outputs) << 2;
  if (!isPlain(a, t0)) {
    for (; active < last; active += 4, x += lane) fire(a, t0 + load<i32>(active), index, x);
    return;
  }
  const bits = a.outBits + <usize>t0 * a.outRow;
  const vectors = a.outputs >> 2;
  const isLeaky = (a.mode & LEAKS) != 0;
  const most = isLeaky ? LEAKY_VECTORS : FIRE_VECTORS;
  let parts = (vectors + most - 1) / most;
  for (let v = 0; v < vectors; parts--) {
    const n = (vectors - v + parts - 1) / parts;
    const at = x + ((<usize>v) << 4);
    const first = index + (v << 2);
    if (isLeaky) fireLeaky(n, a, active, last, at, lane, bits, first);
    else firePlain(n, a, active, last, at, lane, bits, first);
    v += n;
  }
}

/** N vectors of IF neurons over plain steps: u and FI stay in registers. */
// @ts-ignore: decorator
@unrolled([1, 2, 3, 4, 5, 6])
@inline
function firePlain(
  N: i32, a: Run, active: usize, last: usize, x: usize, lane: usize, bits: usize, index: i32,
): void {
  const u = a.u + ((<usize>index) << 2);
  const FI = a.FI + ((<usize>index) << 2);
  const Vth = f32x4.splat(a.Vth);
  const none = i32x4.splat(0);
  const row = a.outRow;
  const shift = index & 4;
  bits += index >> 3;
  const potential = new StaticArray<v128>(N);
  for (let k = 0; k < N; k++) potential[k] = v128.load(u, 16 * k);
  const flow = new StaticArray<v128>(N);
  for (let k = 0; k < N; k++) flow[k] = v128.load(FI, 16 * k);
  for (; active < last; active += 4, x += lane) {
    const t = load<u32>(active);
    let fired = none;
    let others = none;
    let spikes = 0;
    let o: v128;
    for (let k = 0; k < N; k++) {
      if (k == 4) spikes = firstSpikes(N, fired, others);
      const current = v128.load(x, 16 * k);
      flow[k] = f32x4.add(flow[k], current);
      potential[k] = f32x4.add(potential[k], current);
      o = f32x4.gt(potential[k], Vth);
      potential[k] = v128.andnot(potential[k], o);
      if (k == 0) fired = o;
      if (k == 1) fired = i16x8.narrow_i32x4_s(fired, o);
      if (k == 2) others = o;
      if (k == 3) others = i16x8.narrow_i32x4_s(others, o);
      if (k > 3) spikes |= i32x4.bitmask(o) << (4 * k);
    }
    if (N <= 4) spikes = firstSpikes(N, fired, others);
    const to = bits + <usize>(t * row);
    store<u32>(to, load<u32>(to) | (spikes << shift));
  }
  for (let k = 0; k < N; k++) {
    v128.store(u, potential[k], 16 * k);
    v128.store(FI, flow[k], 16 * k);
  }
}

/** The spikes of up to 16 neurons as bits. Narrowed masks are still masks, so one `bitmask` serves several vectors. */
// @ts-ignore: decorator
@inline
function firstSpikes(N: i32, fired: v128, others: v128): i32 {
  if (N == 1) return i32x4.bitmask(fired);
  if (N == 2) return i16x8.bitmask(fired);
  if (N == 3) return i16x8.bitmask(fired) | (i32x4.bitmask(others) << 8);
  return i8x16.bitmask(i8x16.narrow_i16x8_s(fired, others));
}

/** Like `firePlain`, for LIF neurons. FI is summed first, because not all values fit into registers. */
// @ts-ignore: decorator
@unrolled([1, 2, 3, 4, 5])
@inline
function fireLeaky(
  N: i32, a: Run, active: usize, last: usize, x: usize, lane: usize, bits: usize, index: i32,
): void {
  const u = a.u + ((<usize>index) << 2);
  const FI = a.FI + ((<usize>index) << 2);
  const Vth = f32x4.splat(a.Vth);
  const leak = f32x4.splat(a.leak);
  const mode = a.mode | LEAKS;
  const row = a.outRow;
  const shift = index & 4;
  bits += index >> 3;
  const potential = new StaticArray<v128>(N);
  for (let k = 0; k < N; k++) potential[k] = v128.load(u, 16 * k);
  const flow = new StaticArray<v128>(N);
  for (let k = 0; k < N; k++) flow[k] = v128.load(FI, 16 * k);
  for (let at = active, current = x; at < last; at += 4, current += lane) {
    for (let k = 0; k < N; k++) flow[k] = f32x4.add(flow[k], v128.load(current, 16 * k));
  }
  for (let k = 0; k < N; k++) v128.store(FI, flow[k], 16 * k);
  for (; active < last; active += 4, x += lane) {
    const t = load<u32>(active);
    let spikes = 0;
    for (let k = 0; k < N; k++) {
      potential[k] = f32x4.add(potential[k], v128.load(x, 16 * k));
      const o = f32x4.gt(potential[k], Vth);
      spikes |= i32x4.bitmask(o) << (4 * k);
      potential[k] = v128.andnot(leaked(potential[k], leak, mode), o);
    }
    const to = bits + <usize>(t * row);
    store<u32>(to, load<u32>(to) | (spikes << shift));
  }
  for (let k = 0; k < N; k++) v128.store(u, potential[k], 16 * k);
}

/**
 * Like `fireSteps`, at one step.
 *
 * @param x f32[outputs]
 */
export function fire(a: Run, t: i32, index: i32, x: usize): void {
  const lane = (<usize>a.outputs) << 2;
  const u = a.u + ((<usize>index) << 2);
  const FI = a.FI + ((<usize>index) << 2);
  if (!a.spikes) integrate(x, u, FI, lane);
  else if (isPlain(a, t) && keeps(a)) step(a, t, index, x, u, FI, lane, false, false, 0);
  else step(a, t, index, x, u, FI, lane, beginsWithReset(a, t), isShown(a, t), a.mode);
  if (a.potentials) memory.copy(a.potentials + <usize>(t * a.rows * a.columns) * lane + ((<usize>index) << 2), u, lane);
}

/** The potential after the leak, if neurons leak. */
// @ts-ignore: decorator
@inline
function leaked(u: v128, leak: v128, mode: i32): v128 {
  if (!(mode & LEAKS)) return u;
  const product = f32x4.mul(leak, u);
  return mode & LEAK_SUM ? f32x4.sub(f32x4.add(product, u), u) : product;
}

/** The potential after reset and leak. A neuron that fired is set to 0, or loses Vth before or after the leak. */
// @ts-ignore: decorator
@inline
function settled(u: v128, fired: v128, leak: v128, spent: v128, mode: i32): v128 {
  if (!(mode & SUBTRACTS)) return v128.andnot(leaked(u, leak, mode), fired);
  const taken = v128.and(spent, fired);
  if (mode & SUBTRACTS_LAST) return f32x4.sub(leaked(u, leak, mode), taken);
  return leaked(f32x4.sub(u, taken), leak, mode);
}

// @ts-ignore: decorator
@inline
function step(
  a: Run, t: i32, index: i32, x: usize, u: usize, FI: usize, lane: usize, begins: bool, shown: bool, mode: i32,
): void {
  const Vth = f32x4.splat(a.Vth);
  const leak = f32x4.splat(a.leak);
  const spent = f32x4.splat(a.spent);
  const bits = a.outBits + <usize>t * a.outRow;
  for (let at: usize = 0; at < lane; ) {
    // A word collects the spikes of 32 neurons, four at a time.
    const first = <usize>index + (at >> 2);
    const stop = min(lane, at + 128);
    let spikes: i64 = 0;
    for (let shift: i64 = 0; at < stop; at += 16, shift += 4) {
      const current = v128.load(x + at);
      let sum = v128.load(u + at);
      if (begins) sum = settled(sum, f32x4.gt(sum, Vth), leak, spent, mode);
      sum = f32x4.add(sum, current);
      v128.store(FI + at, f32x4.add(v128.load(FI + at), current));
      const o = f32x4.gt(sum, Vth);
      spikes |= (<i64>i32x4.bitmask(o)) << shift;
      v128.store(u + at, shown ? sum : settled(sum, o, leak, spent, mode));
    }
    if (spikes) emit(bits, first, spikes);
  }
}

/**
 * Sets at most 60 bits from bit `index` on, or 64 if `index` begins a byte. `index` is a multiple of 4. All bits lie
 * within the row and its padding.
 */
// @ts-ignore: decorator
@inline
export function emit(bits: usize, index: usize, spikes: i64): void {
  const at = bits + (index >> 3);
  store<i64>(at, load<i64>(at) | (spikes << (<i64>index & 4)));
}

/** The output layer: u += x, FI += x. */
function integrate(x: usize, u: usize, FI: usize, lane: usize): void {
  for (let at: usize = 0; at < lane; at += 16) {
    const current = v128.load(x + at);
    v128.store(u + at, f32x4.add(v128.load(u + at), current));
    v128.store(FI + at, f32x4.add(v128.load(FI + at), current));
  }
}
