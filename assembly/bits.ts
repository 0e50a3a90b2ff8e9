/**
 * Spikes as bits, for 16 neurons at once. Neuron k of a row is bit k. The channels of a position begin at a multiple of 4
 * bits, so at the start or in the middle of a byte.
 */

/** The 16 bits from bit `index` (a multiple of 4) on, as 16 bytes: −1 where the bit is set, else 0. */
// @ts-ignore: decorator
@inline
export function spread(row: usize, index: usize): v128 {
  const bits = <i32>load<u32>(row + (index >> 3)) >> (<i32>index & 4);
  return spreadBytes(i32x4.splat(bits), i8x16.splat(0));
}

/** The 16 bits that begin at byte `from`, as 16 bytes: −1 where the bit is set, else 0. All lanes of `from` are equal. */
// @ts-ignore: decorator
@inline
export function spreadBytes(bits: v128, from: v128): v128 {
  const places = i8x16.add(from, i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
  const bit = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  return i8x16.eq(v128.and(i8x16.swizzle(bits, places), bit), bit);
}

/** Channels in a word of a map's bits: 64 if each position begins at the start of a byte, otherwise 60. */
// @ts-ignore: decorator
@inline
export function wordOf(channels: i32): i32 {
  return channels & 7 ? 60 : 64;
}

/** The word from bit `index` on. */
// @ts-ignore: decorator
@inline
export function wordAt(row: usize, index: i32): i64 {
  return load<i64>(row + (<usize>index >> 3)) >>> <i64>(index & 4);
}

/** Bytes 4·n … 4·n + 3 as f32 lanes; n is a constant. */
// @ts-ignore: decorator
@inline
export function lanes(bytes: v128, n: i32): v128 {
  const half = n < 2 ? i16x8.extend_low_i8x16_s(bytes) : i16x8.extend_high_i8x16_s(bytes);
  const word = n & 1 ? i32x4.extend_high_i16x8_s(half) : i32x4.extend_low_i16x8_s(half);
  return f32x4.convert_i32x4_s(word);
}

/** to[k] += bytes[k], for the first n groups of four, n = 1 … 4. */
// @ts-ignore: decorator
@inline
export function addBytes(to: usize, bytes: v128, n: i32): void {
  v128.store(to, f32x4.add(v128.load(to), lanes(bytes, 0)));
  if (n > 1) v128.store(to, f32x4.add(v128.load(to, 16), lanes(bytes, 1)), 16);
  if (n > 2) v128.store(to, f32x4.add(v128.load(to, 32), lanes(bytes, 2)), 32);
  if (n > 3) v128.store(to, f32x4.add(v128.load(to, 48), lanes(bytes, 3)), 48);
}
