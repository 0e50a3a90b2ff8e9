/** Runs: contiguous f32 lanes, `bytes` a multiple of 16. Lanes are different outputs; no lane meets another. */

/** to[n] += from[n]. */
// @ts-ignore: decorator
@inline
export function addRun(to: usize, from: usize, bytes: usize): void {
  const end = to + bytes;
  const end4 = to + (bytes & ~63);
  while (to < end4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    v128.store(to, f32x4.add(v128.load(to, 16), v128.load(from, 16)), 16);
    v128.store(to, f32x4.add(v128.load(to, 32), v128.load(from, 32)), 32);
    v128.store(to, f32x4.add(v128.load(to, 48), v128.load(from, 48)), 48);
    to += 64;
    from += 64;
  }
  while (to < end) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    to += 16;
    from += 16;
  }
}

/** to[n] += factor · from[n], the product rounded first. */
// @ts-ignore: decorator
@inline
export function addProductRun(to: usize, from: usize, factor: v128, bytes: usize): void {
  const end = to + bytes;
  const end4 = to + (bytes & ~63);
  while (to < end4) {
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(factor, v128.load(from))));
    v128.store(to, f32x4.add(v128.load(to, 16), f32x4.mul(factor, v128.load(from, 16))), 16);
    v128.store(to, f32x4.add(v128.load(to, 32), f32x4.mul(factor, v128.load(from, 32))), 32);
    v128.store(to, f32x4.add(v128.load(to, 48), f32x4.mul(factor, v128.load(from, 48))), 48);
    to += 64;
    from += 64;
  }
  while (to < end) {
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(factor, v128.load(from))));
    to += 16;
    from += 16;
  }
}
