/** Runs: contiguous f32 lanes, `bytes` a multiple of 16. Lanes are different outputs; no lane meets another. */

/** to[n] += a[n]. */
// @ts-ignore: decorator
@inline
export function addRun(to: usize, a: usize, bytes: usize): void {
  const end = to + bytes;
  const end4 = to + (bytes & ~63);
  while (to < end4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(a)));
    v128.store(to, f32x4.add(v128.load(to, 16), v128.load(a, 16)), 16);
    v128.store(to, f32x4.add(v128.load(to, 32), v128.load(a, 32)), 32);
    v128.store(to, f32x4.add(v128.load(to, 48), v128.load(a, 48)), 48);
    to += 64;
    a += 64;
  }
  while (to < end) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(a)));
    to += 16;
    a += 16;
  }
}

/** to[n] = (to[n] + a[n]) + b[n]: two runs for one load and store of the sum. */
// @ts-ignore: decorator
@inline
export function addRun2(to: usize, a: usize, b: usize, bytes: usize): void {
  const end = to + bytes;
  const end2 = to + (bytes & ~31);
  while (to < end2) {
    const x0 = f32x4.add(f32x4.add(v128.load(to), v128.load(a)), v128.load(b));
    const x1 = f32x4.add(f32x4.add(v128.load(to, 16), v128.load(a, 16)), v128.load(b, 16));
    v128.store(to, x0);
    v128.store(to, x1, 16);
    to += 32;
    a += 32;
    b += 32;
  }
  while (to < end) {
    v128.store(to, f32x4.add(f32x4.add(v128.load(to), v128.load(a)), v128.load(b)));
    to += 16;
    a += 16;
    b += 16;
  }
}

/** The same with four. */
// @ts-ignore: decorator
@inline
export function addRun4(to: usize, a: usize, b: usize, c: usize, d: usize, bytes: usize): void {
  const end = to + bytes;
  const end2 = to + (bytes & ~31);
  a -= to;
  b -= to;
  c -= to;
  d -= to;
  while (to < end2) {
    let x0 = v128.load(to);
    let x1 = v128.load(to, 16);
    const toA = to + a;
    const toB = to + b;
    const toC = to + c;
    const toD = to + d;
    x0 = f32x4.add(x0, v128.load(toA));
    x1 = f32x4.add(x1, v128.load(toA, 16));
    x0 = f32x4.add(x0, v128.load(toB));
    x1 = f32x4.add(x1, v128.load(toB, 16));
    x0 = f32x4.add(x0, v128.load(toC));
    x1 = f32x4.add(x1, v128.load(toC, 16));
    x0 = f32x4.add(x0, v128.load(toD));
    x1 = f32x4.add(x1, v128.load(toD, 16));
    v128.store(to, x0);
    v128.store(to, x1, 16);
    to += 32;
  }
  while (to < end) {
    const ab = f32x4.add(f32x4.add(v128.load(to), v128.load(to + a)), v128.load(to + b));
    v128.store(to, f32x4.add(f32x4.add(ab, v128.load(to + c)), v128.load(to + d)));
    to += 16;
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
