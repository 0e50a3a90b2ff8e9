/**
 * Stage encode: Poisson spikes by counter, Threefry-2x32-20, written directly into event lists.
 *
 * SIMD lanes are four pixels. One block of random bits has one word for an even step and one for the odd step after it, so
 * steps come in pairs.
 */

// @ts-ignore: decorator
@inline
function rotate(v: v128, r: i32): v128 {
  return v128.or(i32x4.shl(v, r), i32x4.shr_u(v, 32 - r));
}

/** Spikes of one step of four pixels, as bits: word ≤ last, unsigned. */
// @ts-ignore: decorator
@inline
function fires(word: v128, last: v128): i32 {
  return i32x4.bitmask(i32x4.le_u(word, last));
}

// @ts-ignore: decorator
@lazy const PARITY: i32 = 0x1bd11bda;

/**
 * Writes the events of steps t0 … t0+steps−1 and adds them to FO.
 *
 * @param pixels n records of three u32/f32 arrays, each padded to a multiple of 4: place, last word that still
 *   fires, value of a spike. Padding pixels are ignored.
 * @param pending scratch for n entries of two words: the events of the odd step of a pair
 * @param FO f32[inputs]; zero before step 0
 */
export function encode(
  places: usize, lasts: usize, signs: usize, n: i32,
  seed: i32, key: i32, sample: i32, t0: i32, steps: i32,
  starts: usize, indices: usize, values: usize, pending: usize, FO: usize, inputs: i32,
): void {
  if (t0 == 0) memory.fill(FO, 0, (<usize>inputs) << 2);
  const key2 = PARITY ^ seed ^ key;
  let out: usize = 0; // bytes written to each list
  let t = t0;
  store<u32>(starts, 0);
  while (t < t0 + steps) {
    const pair = t >> 1;
    const even = (t & 1) == 0;
    const odd = t + (even ? 1 : 0) < t0 + steps;
    let waiting: usize = 0;
    for (let p = 0; p < n; p += 4) {
      const place = v128.load(places + ((<usize>p) << 2));
      const last = v128.load(lasts + ((<usize>p) << 2));
      let a = i32x4.splat(sample + seed);
      let b = i32x4.add(i32x4.add(i32x4.splat(pair << 17), place), i32x4.splat(key));
      // 5 × 4 rounds, with a key injection after every four
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 13), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 15), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 26), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 6), a);
      a = i32x4.add(a, i32x4.splat(key)); b = i32x4.add(b, i32x4.splat(key2 + 1));
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 17), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 29), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 16), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 24), a);
      a = i32x4.add(a, i32x4.splat(key2)); b = i32x4.add(b, i32x4.splat(seed + 2));
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 13), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 15), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 26), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 6), a);
      a = i32x4.add(a, i32x4.splat(seed)); b = i32x4.add(b, i32x4.splat(key + 3));
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 17), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 29), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 16), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 24), a);
      a = i32x4.add(a, i32x4.splat(key)); b = i32x4.add(b, i32x4.splat(key2 + 4));
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 13), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 15), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 26), a);
      a = i32x4.add(a, b); b = v128.xor(rotate(b, 6), a);
      a = i32x4.add(a, i32x4.splat(key2)); b = i32x4.add(b, i32x4.splat(seed + 5));

      // Without branches on spikes, which cannot be predicted: the blocks after this one are under way meanwhile.
      const now = even ? fires(a, last) : fires(b, last);
      const next = even && odd ? fires(b, last) : 0;
      for (let k = 0; k < min(4, n - p); k++) {
        const pixel = (<usize>(p + k)) << 2;
        const place = load<u32>(places + pixel);
        const sign = load<f32>(signs + pixel);
        store<u32>(indices + out, place);
        store<f32>(values + out, sign);
        out += (<usize>((now >> k) & 1)) << 2;
        store<u32>(pending + waiting, place);
        store<f32>(pending + waiting, sign, 4);
        waiting += (<usize>((next >> k) & 1)) << 3;
      }
    }
    starts += 4;
    store<u32>(starts, <u32>(out >> 2));
    t++;
    if (even && odd) {
      for (let at: usize = 0; at < waiting; at += 8) {
        store<u32>(indices + out, load<u32>(pending + at));
        store<f32>(values + out, load<f32>(pending + at, 4));
        out += 4;
      }
      starts += 4;
      store<u32>(starts, <u32>(out >> 2));
      t++;
    }
  }
  accumulateInputFlow(FO, indices, values, <i32>(out >> 2));
}

/** Stage flow of the input: FO[place] += value, events in their order. */
function accumulateInputFlow(FO: usize, indices: usize, values: usize, count: i32): void {
  for (let e: usize = 0; e < (<usize>count) << 2; e += 4) {
    const to = FO + ((<usize>load<u32>(indices + e)) << 2);
    store<f32>(to, load<f32>(to) + load<f32>(values + e));
  }
}

/** Replays given events: copies the lists of `steps` steps and adds them to FO. `carried` 0: from FO = 0. */
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
