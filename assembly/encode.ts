/**
 * Stage `encode`: Poisson spikes from the counter-based generator Threefry-2x32-20, written directly into event lists.
 *
 * SIMD lanes are four pixels. One block of random bits has one word for an even step and one for the odd step after it, so
 * steps come in pairs.
 */

// @ts-ignore: decorator
@inline
function rotate(v: v128, r: i32): v128 {
  return v128.or(i32x4.shl(v, r), i32x4.shr_u(v, 32 - r));
}

// @ts-ignore: decorator
@lazy const PARITY: i32 = 0x1bd11bda;

/** The sign of an event's value, while index and value share one word. */
// @ts-ignore: decorator
@lazy const SIGN: i32 = 1 << 31;

/**
 * Writes the events of steps t0 … t0+steps−1 and adds them to FO.
 *
 * @param places u32[n]: the places of the pixels. The arrays `places`, `lasts` and `signed` are padded to a multiple of 4; the
 *   padding is ignored
 * @param lasts u32[n]: the largest random word with which the pixel fires
 * @param signed u32[n]: the place, with SIGN where a spike has the value −1
 * @param work scratch: the number of spikes of each pixel, padded likewise; then n + 1 events of the odd step of a pair
 * @param FO f32[inputs]; set to 0 before step 0
 */
// @ts-ignore: decorator
@unrolled()
export function encode(
  places: usize, lasts: usize, signed: usize, n: i32,
  seed: i32, key: i32, sample: i32, t0: i32, steps: i32,
  starts: usize, indices: usize, values: usize, work: usize, FO: usize, inputs: i32,
): void {
  if (t0 == 0) memory.fill(FO, 0, (<usize>inputs) << 2);
  const column = (<usize>(n + 3) & ~3) << 2;
  const pending = work + column;
  const key2 = PARITY ^ seed ^ key;
  const end = t0 + steps;
  memory.fill(work, 0, column);
  store<u32>(starts, 0);
  let event = indices;
  for (let pair = t0 >> 1; pair << 1 < end; pair++) {
    const even = pair << 1 >= t0;
    const odd = (pair << 1) + 1 < end;
    const evens = i32x4.splat(even ? -1 : 0);
    const odds = i32x4.splat(odd ? -1 : 0);
    let waiting = pending;
    for (let p = 0; p < n; p += 4) {
      const at = (<usize>p) << 2;
      const index = v128.load(places + at);
      const last = v128.load(lasts + at);
      let a = i32x4.splat(sample + seed);
      let b = i32x4.add(i32x4.add(i32x4.splat(pair << 17), index), i32x4.splat(key));
      // 5 × 4 rounds, with a key injection after every four
      for (let k = 0; k < 5; k++) {
        a = i32x4.add(a, b); b = v128.xor(rotate(b, k & 1 ? 17 : 13), a);
        a = i32x4.add(a, b); b = v128.xor(rotate(b, k & 1 ? 29 : 15), a);
        a = i32x4.add(a, b); b = v128.xor(rotate(b, k & 1 ? 16 : 26), a);
        a = i32x4.add(a, b); b = v128.xor(rotate(b, k & 1 ? 24 : 6), a);
        a = i32x4.add(a, i32x4.splat(k % 3 == 0 ? key : k % 3 == 1 ? key2 : seed));
        b = i32x4.add(b, i32x4.splat((k % 3 == 0 ? key2 : k % 3 == 1 ? seed : key) + k + 1));
      }

      // No branch depends on spikes, because the CPU cannot predict them.
      const now = v128.and(i32x4.le_u(a, last), evens);
      const next = v128.and(i32x4.le_u(b, last), odds);
      v128.store(work + at, i32x4.sub(i32x4.sub(v128.load(work + at), now), next));
      const some = n - p < 4 ? (1 << (n - p)) - 1 : 15;
      event = listFour(event, signed + at, i32x4.bitmask(now) & some);
      waiting = listFour(waiting, signed + at, i32x4.bitmask(next) & some);
    }
    if (even) {
      starts += 4;
      store<u32>(starts, <u32>(event - indices) >> 2);
    }
    if (odd) {
      memory.copy(event, pending, waiting - pending);
      event += waiting - pending;
      starts += 4;
      store<u32>(starts, <u32>(event - indices) >> 2);
    }
  }
  for (let at: usize = 0; at < event - indices; at += 16) {
    const four = v128.load(indices + at);
    v128.store(indices + at, v128.and(four, i32x4.splat(~SIGN)));
    v128.store(values + at, v128.or(v128.and(four, i32x4.splat(SIGN)), f32x4.splat(1)));
  }
  for (let at: usize = 0; at < (<usize>n) << 2; at += 4) {
    const spikes = <f32>load<i32>(work + at);
    const to = FO + ((<usize>load<u32>(places + at)) << 2);
    store<f32>(to, load<f32>(to) + (load<i32>(signed + at) < 0 ? -spikes : spikes));
  }
}

/**
 * Of four events, appends to a list the events whose bit in `mask` is set. Returns the new end. One word past it may change.
 */
// @ts-ignore: decorator
@inline
function listFour(end: usize, events: usize, mask: i32): usize {
  store<u32>(end, load<u32>(events));
  end += (mask << 2) & 4;
  store<u32>(end, load<u32>(events, 4));
  end += (mask << 1) & 4;
  store<u32>(end, load<u32>(events, 8));
  end += mask & 4;
  store<u32>(end, load<u32>(events, 12));
  return end + ((mask >> 1) & 4);
}

/** Stage `flow` of the input: FO[index] += value, events in their order. */
function accumulateInputFlow(FO: usize, indices: usize, values: usize, count: i32): void {
  for (let e: usize = 0; e < (<usize>count) << 2; e += 4) {
    const to = FO + ((<usize>load<u32>(indices + e)) << 2);
    store<f32>(to, load<f32>(to) + load<f32>(values + e));
  }
}

/** Replays events: copies the lists of `steps` steps, and adds their events to FO. If `carried` is 0, FO starts from 0. */
export function replay(
  toStarts: usize, toIndices: usize, toValues: usize, starts: usize, indices: usize, values: usize,
  steps: i32, FO: usize, inputs: i32, carried: i32,
): void {
  const count = load<u32>(starts + ((<usize>steps) << 2));
  memory.copy(toStarts, starts, (<usize>(steps + 1)) << 2);
  memory.copy(toIndices, indices, (<usize>count) << 2);
  memory.copy(toValues, values, (<usize>count) << 2);
  if (!carried) memory.fill(FO, 0, (<usize>inputs) << 2);
  accumulateInputFlow(FO, indices, values, count);
}
