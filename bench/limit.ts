/**
 * The limit of loads and additions on this core: a plain loop over weights, which adds each loaded vector of four to sums in eight
 * registers.
 */

import { productTiles, sumTiles } from '../dist/assembly/tile';

/** x + a[at] + a[at + 128] + a[at + 256] + a[at + 384]. */
// @ts-ignore: decorator
@inline
function add4(x: v128, a: usize, at: usize): v128 {
  x = f32x4.add(x, v128.load(a + at));
  x = f32x4.add(x, v128.load(a + (at + 128)));
  x = f32x4.add(x, v128.load(a + (at + 256)));
  return f32x4.add(x, v128.load(a + (at + 384)));
}

/** Adds up the f32 numbers in `bytes` bytes (a multiple of 512) from address `weights` on. Writes the sums to address `to`. */
export function loadAdd(weights: usize, bytes: usize, to: usize): void {
  const end = weights + bytes;
  let x0 = f32x4.splat(0);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  let x4 = x0;
  let x5 = x0;
  let x6 = x0;
  let x7 = x0;
  for (; weights < end; weights += 512) {
    x0 = add4(x0, weights, 0);
    x1 = add4(x1, weights, 16);
    x2 = add4(x2, weights, 32);
    x3 = add4(x3, weights, 48);
    x4 = add4(x4, weights, 64);
    x5 = add4(x5, weights, 80);
    x6 = add4(x6, weights, 96);
    x7 = add4(x7, weights, 112);
  }
  v128.store(to, x0);
  v128.store(to, x1, 16);
  v128.store(to, x2, 32);
  v128.store(to, x3, 48);
  v128.store(to, x4, 64);
  v128.store(to, x5, 80);
  v128.store(to, x6, 96);
  v128.store(to, x7, 112);
}

/** Computes products of lists. All lists use the same values, from address `value` on; see `assembly/tile.ts`. */
export function productLists(
  vectors: i32, bounds: usize, lists: i32, value: usize, weights: usize, to: usize,
): void {
  for (let list = 0; list < lists; list++, bounds += 8) {
    productTiles(vectors, load<u32>(bounds), value, load<u32>(bounds, 4), weights, to, false);
  }
}

/** A length of lists for which the kernel uses narrow tiles. */
const LONG: i32 = 64;

/** Runs the kernel: the sums of the list of events of each position. `bounds`: addresses of the lists; see `assembly/tile.ts`. */
export function sumLists(
  vectors: i32, bounds: usize, steps: i32, positions: i32, active: usize, weights: usize, zeros: usize, x: usize,
): void {
  for (let position = 0; position < positions; position++, bounds += (<usize>steps) << 3) {
    const end = bounds + ((<usize>steps) << 2);
    sumTiles(vectors, LONG, bounds, end, active, active + ((<usize>steps) << 2), weights, zeros, x);
  }
}
