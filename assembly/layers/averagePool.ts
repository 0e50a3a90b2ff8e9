/**
 * Average pooling, and sum pooling as its special case with divisor 1: counts of spikes ÷ divisor enter a neuron. If
 * `quarters` is set, FI is computed from FO of the layer before, not step by step. The result is equal, because sums of
 * quarters are exact.
 */
import { addBytes, spread, wordOf } from '../bits';
import { accumulateFO, beginWindow } from '../flow';
import { emit, endOfBlock, fire, isPlain, visitsAll } from '../neuron';
import { Run } from '../window';

/** The stages `current`, `neuron` and `flow` of an average pool over a window of steps, for one sample. */
export function averagePoolForward(address: usize, scratch: usize): void {
  const a = changetype<Run>(address);
  beginWindow(a);
  if (a.quarters) FIFromFlows(a);
  let t0 = 0;
  while (t0 < a.steps) {
    const t1 = endOfBlock(a, t0);
    if (a.quarters && isPlain(a, t0)) inQuarters(a, t0, t1);
    else {
      for (let t = t0; t < t1; t++) for (let row = 0; row < a.rows; row++) poolRow(a, t, row, scratch + a.x);
    }
    t0 = t1;
  }
  if (a.quarters) FIFromFlows(a); // again, because `poolRow` has added to FI
  accumulateFO(a, a.FO);
}

function poolRow(a: Run, t: i32, row: i32, x: usize): void {
  const lane = (<usize>a.outputs) << 2;
  memory.fill(x, 0, <usize>a.columns * lane);
  if (a.starts) poolList(a, t, row, x);
  else poolBits(a, t, row, x);
  const all = visitsAll(a, t);
  for (let column = 0; column < a.columns; column++, x += lane) {
    let any = all;
    for (let at: usize = 0; at < lane && !any; at += 16) any = v128.any_true(v128.load(x + at));
    if (any) fire(a, t, (row * a.columns + column) * a.outputs, x);
  }
}

function poolBits(a: Run, t: i32, row: i32, x: usize): void {
  const n = f32x4.splat(a.divisor);
  const bits = a.inBits + <usize>t * a.inRow;
  const channels = a.channels;
  const width = a.width;
  for (let column = 0; column < a.columns; column++) {
    const corner = (row * width + column) * a.stride;
    for (let channel = 0; channel < channels; channel += 16) {
      // A set bit becomes a byte of −1; a count of up to 127 such bytes fits into a byte.
      const groups = min(4, (channels - channel) >> 2);
      let cells = 0;
      let count = i8x16.splat(0);
      for (let dy = 0; dy < a.size; dy++) {
        let index = (corner + dy * width) * channels + channel;
        for (let dx = 0; dx < a.size; dx++, index += channels) {
          count = i8x16.sub(count, spread(bits, <usize>index));
          if (++cells == 127) {
            addBytes(x, count, groups);
            count = i8x16.splat(0);
            cells = 0;
          }
        }
      }
      addBytes(x, count, groups);
      for (const end = x + ((<usize>groups) << 4); x < end; x += 16) v128.store(x, f32x4.div(v128.load(x), n));
    }
  }
}

/** Adds each input event to the windows that contain it. The numbers are whole, so the order does not matter. */
function poolList(a: Run, t: i32, row: i32, x: usize): void {
  const top = row * a.stride;
  const first = (<usize>load<u32>(a.starts + ((<usize>t) << 2))) << 2;
  const last = (<usize>load<u32>(a.starts + ((<usize>t) << 2), 4)) << 2;
  for (let at = first; at < last; at += 4) {
    const index = load<i32>(a.indices + at);
    const position = index / a.channels;
    const y = position / a.width;
    const column = position - y * a.width;
    if (y < top || y >= top + a.size) continue;
    for (let ox = max(0, (column - a.size + a.stride) / a.stride); ox < a.columns && ox * a.stride <= column; ox++) {
      const to = x + ((<usize>(ox * a.outputs + index - position * a.channels)) << 2);
      store<f32>(to, load<f32>(to) + load<f32>(a.values + at));
    }
  }
  for (let at = x; at < x + ((<usize>(a.columns * a.outputs)) << 2); at += 4) store<f32>(at, load<f32>(at) / a.divisor);
}

/**
 * For windows of 2 × 2 and IF neurons. Potentials are multiples of 1/4 and, like the threshold, below 4, so each has four
 * bits. A word has the same bit of up to 60 channels, or 64 if each position begins at the start of a byte. A few operations
 * thus process all its channels, and those of a second column if the windows are whole bytes apart. The last of an odd number
 * of columns is computed twice.
 */
// @ts-ignore: decorator
@unrolled()
function inQuarters(a: Run, t0: i32, t1: i32): void {
  const channels = a.channels;
  const limit = <i64>(a.Vth * 4); // a neuron fires above it
  const L = new StaticArray<v128>(4);
  for (let k = 0; k < 4; k++) L[k] = i64x2.splat(-((limit >> k) & 1));
  const most = wordOf(channels);
  const down = <usize>(a.width * channels);
  const step = channels * a.stride; // bits from one window to the next
  const together = step & 7 ? 1 : 2;
  for (let row = 0; row < a.rows; row++) {
    for (let column = 0; column < a.columns; column += together) {
      const alone = together == 1 || column + 1 == a.columns;
      const apart = alone ? 0 : channels;
      const beside = <usize>(alone ? 0 : step >> 3);
      for (let channel = 0; channel < channels; channel += most) {
        const n = min(most, channels - channel);
        const mask = i64x2.splat((<i64>-1) >>> <i64>(64 - n));
        const index = (row * a.columns + column) * channels + channel;
        const FI = a.FI + ((<usize>index) << 2);
        if (!anyTrue(FI, n) && !anyTrue(FI + ((<usize>apart) << 2), n)) continue;
        const corner = <usize>((row * a.width + column) * a.stride * channels + channel);
        const u = a.u + ((<usize>index) << 2);
        const v = u + ((<usize>apart) << 2);
        const s = new StaticArray<v128>(4);
        for (let k = 0; k < 4; k++) s[k] = planes(u, v, n, 1 << k);
        let bits = a.inBits + <usize>t0 * a.inRow;
        let out = a.outBits + <usize>t0 * a.outRow;
        for (let t = t0; t < t1; t++, bits += a.inRow, out += a.outRow) {
          const p = wordsAt(bits, corner, beside);
          const q = wordsAt(bits, corner + channels, beside);
          const r = wordsAt(bits, corner + down, beside);
          const w = wordsAt(bits, corner + down + channels, beside);
          // How many of the four inputs fire, as binary digits.
          const pq = v128.xor(p, q);
          const rs = v128.xor(r, w);
          const both = v128.and(p, q);
          const others = v128.and(r, w);
          const ones = v128.and(v128.xor(pq, rs), mask);
          const twos = v128.and(v128.or(v128.xor(both, others), v128.and(pq, rs)), mask);
          const fours = v128.and(v128.and(both, others), mask);
          // u += count
          let carry = v128.and(s[0], ones);
          s[0] = v128.xor(s[0], ones);
          const next = v128.or(v128.and(s[1], twos), v128.and(carry, v128.xor(s[1], twos)));
          s[1] = v128.xor(s[1], v128.xor(twos, carry));
          carry = v128.or(v128.and(s[2], fours), v128.and(next, v128.xor(s[2], fours)));
          s[2] = v128.xor(s[2], v128.xor(fours, next));
          s[3] = v128.xor(s[3], carry);
          // o = u > limit; u ← 0 if it fired
          let o = v128.andnot(s[0], L[0]);
          for (let k = 0; k < 3; k++) o = above(s[k + 1], L[k + 1], o);
          for (let k = 0; k < 4; k++) s[k] = v128.andnot(s[k], o);
          emit(out, <usize>index, i64x2.extract_lane(o, 0));
          emit(out, <usize>(index + apart), i64x2.extract_lane(o, 1));
        }
        for (let k = 0; k < n; k += 4) {
          storeQuarters(u + ((<usize>k) << 2), s[0], s[1], s[2], s[3], k);
          storeQuarters(v + ((<usize>k) << 2), second(s[0]), second(s[1]), second(s[2]), second(s[3]), k);
        }
      }
    }
  }
}

/** One step of a comparison of many numbers with a limit, from the lowest bit on: `o` is the result of the lower bits. */
// @ts-ignore: decorator
@inline
function above(bits: v128, limit: v128, o: v128): v128 {
  return v128.or(v128.andnot(bits, limit), v128.andnot(o, v128.xor(bits, limit)));
}

/** Whether any of n numbers is not 0, that is, whether a spike has arrived. */
function anyTrue(values: usize, n: i32): bool {
  let any = v128.load(values);
  for (let k = 4; k < n; k += 4) any = v128.or(any, v128.load(values + ((<usize>k) << 2)));
  return v128.any_true(any);
}

/**
 * The words of two columns, `beside` bytes apart, from bit `index` on. `index` must be a multiple of 4. Each word has 64 bits
 * if `index` is a multiple of 8, else 60.
 */
// @ts-ignore: decorator
@inline
function wordsAt(row: usize, index: usize, beside: usize): v128 {
  const at = row + (index >> 3);
  return i64x2.shr_u(v128.load64_lane(at + beside, v128.load64_zero(at), 1), <i32>index & 4);
}

/**
 * Stores four potentials of the first column. Each is a whole number of quarters, in binary: its digits for 1, 2, 4 and 8
 * quarters are in s0, s1, s2 and s3. The digits of potential i (0 … 3) are at bit k + i.
 */
function storeQuarters(u: usize, s0: v128, s1: v128, s2: v128, s3: v128, k: i32): void {
  const quarters = i32x4.add(
    i32x4.add(weigh(s0, k, 1), weigh(s1, k, 2)),
    i32x4.add(weigh(s2, k, 4), weigh(s3, k, 8)),
  );
  v128.store(u, f32x4.mul(f32x4.convert_i32x4_s(quarters), f32x4.splat(0.25)));
}

/** The second column, moved to the place of the first. */
function second(bits: v128): v128 {
  return v128.shuffle<i64>(bits, bits, 1, 1);
}

/** `plane` of each of two columns, one per lane. */
function planes(u: usize, v: usize, n: i32, weight: i32): v128 {
  return i64x2.replace_lane(i64x2.splat(plane(u, n, weight)), 1, plane(v, n, weight));
}

/**
 * Counts each of n potentials in units of ¼, and returns the binary digit of value `weight` (1, 2, 4 or 8) of each count: one
 * bit per potential.
 */
function plane(u: usize, n: i32, weight: i32): i64 {
  let bits: i64 = 0;
  for (let k = 0; k < n; k += 4) {
    const quarters = i32x4.trunc_sat_f32x4_s(f32x4.mul(v128.load(u + ((<usize>k) << 2)), f32x4.splat(4)));
    const set = i32x4.ne(v128.and(quarters, i32x4.splat(weight)), i32x4.splat(0));
    bits |= (<i64>i32x4.bitmask(set)) << k;
  }
  return bits;
}

/** Four bits of the first column, from bit k on, as lanes of `weight` or 0. */
function weigh(bits: v128, k: i32, weight: i32): v128 {
  const four = i32x4.splat(i32x4.extract_lane(i64x2.shr_u(bits, k), 0));
  const each = v128.and(four, i32x4(1, 2, 4, 8));
  return v128.and(i32x4.ne(each, i32x4.splat(0)), i32x4.splat(weight));
}

/** FI of windows of 2 × 2: Σ_t (count ÷ 4) equals (the sum of FO of the four inputs) ÷ 4; both are exact. */
function FIFromFlows(a: Run): void {
  const lane = (<usize>a.channels) << 2;
  let FI = a.FI;
  for (let row = 0; row < a.rows; row++) {
    for (let column = 0; column < a.columns; column++) {
      const corner = a.FOBefore + <usize>((row * a.width + column) * a.stride) * lane;
      for (let at = corner; at < corner + lane; at += 16, FI += 16) {
        const below = at + <usize>a.width * lane;
        const upper = f32x4.add(v128.load(at), v128.load(at + lane));
        const lower = f32x4.add(v128.load(below), v128.load(below + lane));
        v128.store(FI, f32x4.mul(f32x4.add(upper, lower), f32x4.splat(0.25)));
      }
    }
  }
}

/** Stage `backward`, Eq. (10): dFO_j = (Σ_i dFI_i) ÷ divisor, outputs in raster order, for one sample. */
export function averagePooldFO(
  dFO: usize, dFI: usize, height: i32, width: i32, channels: i32, rows: i32, columns: i32, size: i32, stride: i32,
  divisor: f32,
): void {
  const n = f32x4.splat(divisor);
  const lane = (<usize>channels) << 2;
  let to = dFO;
  for (let y = 0; y < height; y++) {
    const top = max(0, (y - size + stride) / stride);
    const bottom = min(rows - 1, y / stride);
    for (let x = 0; x < width; x++) {
      const left = max(0, (x - size + stride) / stride);
      const right = min(columns - 1, x / stride);
      // Where windows do not overlap, the nested loops below would take four times as long.
      if (top == bottom && left == right) {
        let from = dFI + <usize>(top * columns + left) * lane;
        for (const end = to + lane; to < end; to += 16, from += 16) {
          v128.store(to, f32x4.div(f32x4.add(f32x4.splat(0), v128.load(from)), n));
        }
        continue;
      }
      for (let at: usize = 0; at < lane; at += 16, to += 16) {
        let sum = f32x4.splat(0);
        for (let oy = top; oy <= bottom; oy++) {
          for (let ox = left; ox <= right; ox++) {
            sum = f32x4.add(sum, v128.load(dFI + <usize>(oy * columns + ox) * lane + at));
          }
        }
        v128.store(to, f32x4.div(sum, n));
      }
    }
  }
}
