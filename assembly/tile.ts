/**
 * Tiles: the sums of up to 64 outputs of one position, held in registers over a whole list of events. Currents, dFO and dw
 * are all computed this way, except currents of large linear layers (`rows.ts`). An event is the offset of its weights, and
 * the weights of a tile are adjacent. Four additions therefore need one load of offsets, and the core's two loads per cycle
 * are the limit. An output sums in the order of the list. SIMD lanes are outputs; none is added to another.
 *
 * N, the number of vectors of four outputs, is a constant of each body, so code that a body does not need is compiled
 * away. Each body is a separate function; in one function, an engine would need registers for all bodies at once.
 */

/** Limit on the vectors of a tile of sums: one more would leave no register for loaded values. */
const SUM_TILE: i32 = 13;

/** Vectors of a tile for short lists: registers are spilt, but half as many lists are read. */
const WIDE_TILE: i32 = 16;

/** Events of a list at which one wide tile is as fast as two tiles of half the width (measured). */
const SHORT_LIST: i32 = 32;

/** Vectors of a large tile of products; the last may have 13. Node 20 spills those of 9 to 11, so none has as many. */
export const PRODUCT_TILE: i32 = 12;

/** Limit on the vectors of a tile of two or three cells. */
const CELL_TILE: i32 = 4;

/** The vector `at` bytes behind `a`. The compiler writes a + 64 as a − (−64), which no load takes as its offset. */
// @ts-ignore: decorator
@inline
function weightsAt(a: usize, at: usize): v128 {
  return at == 64 ? v128.load(a, 64) : v128.load(a + at);
}

/** x + a[at] + b[at] + c[at] + d[at], in this order. */
// @ts-ignore: decorator
@inline
export function add4(x: v128, a: usize, b: usize, c: usize, d: usize, at: usize): v128 {
  x = f32x4.add(x, weightsAt(a, at));
  x = f32x4.add(x, weightsAt(b, at));
  x = f32x4.add(x, weightsAt(c, at));
  return f32x4.add(x, weightsAt(d, at));
}

/** x + p·a[at], the product rounded first. */
// @ts-ignore: decorator
@inline
function addProduct(x: v128, a: usize, p: v128, at: usize): v128 {
  return f32x4.add(x, f32x4.mul(p, v128.load(a + at)));
}

/** x + p·a[at] + q·b[at], the products rounded first. */
// @ts-ignore: decorator
@inline
function addProducts2(x: v128, a: usize, p: v128, b: usize, q: v128, at: usize): v128 {
  x = f32x4.add(x, f32x4.mul(p, weightsAt(a, at)));
  return f32x4.add(x, f32x4.mul(q, weightsAt(b, at)));
}

/**
 * Stage current of one tile over the steps in `active`. Events that do not make up four come first, with zeros after them: the
 * order of the sums is the same, +0 changes none of them, and the loop needs no masks.
 *
 * Only stores follow the sums: if anything else reads them from their registers, Node 20 spills them in the loop.
 *
 * @param from u32[block]: begin of each step's events that reach this position; `to`: their end
 * @param active u32[]: steps of the block, up to `last`
 * @param weights base address: an event's offset leads to the weights of the tile
 * @param zeros weights of absent events, which fill up the first four
 * @param x f32[steps in `active`], `lane` bytes per step: the tile's sums
 */
// @ts-ignore: decorator
@inline
function sums(
  N: i32, from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize,
): void {
  for (; active < last; active += 4, x += lane) {
    const t = <usize>load<u32>(active);
    let event = <usize>load<u32>(from + (t << 2));
    const end = <usize>load<u32>(to + (t << 2));
    let x0 = f32x4.splat(0);
    let x1 = x0;
    let x2 = x0;
    let x3 = x0;
    let x4 = x0;
    let x5 = x0;
    let x6 = x0;
    let x7 = x0;
    let x8 = x0;
    let x9 = x0;
    let x10 = x0;
    let x11 = x0;
    let x12 = x0;
    let x13 = x0;
    let x14 = x0;
    let x15 = x0;
    if (event < end) {
      const rest = <u32>(end - event) & 12;
      let ab = load<u64>(event);
      let cd = load<u64>(event, 8);
      let a = weights + <usize>(<u32>ab);
      let b = rest == 4 ? zeros : weights + <usize>(ab >> 32);
      let c = ((rest + 4) & 8) == 0 ? weights + <usize>(<u32>cd) : zeros;
      let d = rest ? zeros : weights + <usize>(cd >> 32);
      event += ((rest - 1) & 12) + 4;
      while (true) {
        x0 = add4(x0, a, b, c, d, 0);
        if (N > 1) x1 = add4(x1, a, b, c, d, 16);
        if (N > 2) x2 = add4(x2, a, b, c, d, 32);
        if (N > 3) x3 = add4(x3, a, b, c, d, 48);
        if (N > 4) x4 = add4(x4, a, b, c, d, 64);
        if (N > 5) x5 = add4(x5, a, b, c, d, 80);
        if (N > 6) x6 = add4(x6, a, b, c, d, 96);
        if (N > 7) x7 = add4(x7, a, b, c, d, 112);
        if (N > 8) x8 = add4(x8, a, b, c, d, 128);
        if (N > 9) x9 = add4(x9, a, b, c, d, 144);
        if (N > 10) x10 = add4(x10, a, b, c, d, 160);
        if (N > 11) x11 = add4(x11, a, b, c, d, 176);
        if (N > 12) x12 = add4(x12, a, b, c, d, 192);
        if (N > 13) x13 = add4(x13, a, b, c, d, 208);
        if (N > 14) x14 = add4(x14, a, b, c, d, 224);
        if (N > 15) x15 = add4(x15, a, b, c, d, 240);
        if (event >= end) break;
        ab = load<u64>(event);
        cd = load<u64>(event, 8);
        a = weights + <usize>(<u32>ab);
        b = weights + <usize>(ab >> 32);
        c = weights + <usize>(<u32>cd);
        d = weights + <usize>(cd >> 32);
        event += 16;
      }
    }
    v128.store(x, x0, 0);
    if (N > 1) v128.store(x, x1, 16);
    if (N > 2) v128.store(x, x2, 32);
    if (N > 3) v128.store(x, x3, 48);
    if (N > 4) v128.store(x, x4, 64);
    if (N > 5) v128.store(x, x5, 80);
    if (N > 6) v128.store(x, x6, 96);
    if (N > 7) v128.store(x, x7, 112);
    if (N > 8) v128.store(x, x8, 128);
    if (N > 9) v128.store(x, x9, 144);
    if (N > 10) v128.store(x, x10, 160);
    if (N > 11) v128.store(x, x11, 176);
    if (N > 12) v128.store(x, x12, 192);
    if (N > 13) v128.store(x, x13, 208);
    if (N > 14) v128.store(x, x14, 224);
    if (N > 15) v128.store(x, x15, 240);
  }
}

/**
 * Sums of the products of events' values and their weights for one tile, into `to`.
 *
 * One event at a time: the engine unrolls the loop. It would need more registers for 8 vectors than Node 20 has; two events are too
 * much to unroll.
 *
 * @param carried 1: added to the content of `to`; 0: from +0
 */
// @ts-ignore: decorator
@inline
function products(
  N: i32, event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool,
): void {
  let x0 = f32x4.splat(0);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  let x4 = x0;
  let x5 = x0;
  let x6 = x0;
  let x7 = x0;
  let x8 = x0;
  let x9 = x0;
  let x10 = x0;
  let x11 = x0;
  let x12 = x0;
  if (carried) {
    x0 = v128.load(to, 0);
    if (N > 1) x1 = v128.load(to, 16);
    if (N > 2) x2 = v128.load(to, 32);
    if (N > 3) x3 = v128.load(to, 48);
    if (N > 4) x4 = v128.load(to, 64);
    if (N > 5) x5 = v128.load(to, 80);
    if (N > 6) x6 = v128.load(to, 96);
    if (N > 7) x7 = v128.load(to, 112);
    if (N > 8) x8 = v128.load(to, 128);
    if (N > 9) x9 = v128.load(to, 144);
    if (N > 10) x10 = v128.load(to, 160);
    if (N > 11) x11 = v128.load(to, 176);
    if (N > 12) x12 = v128.load(to, 192);
  }
  const single = N == 8 ? event + ((end - event) & 4) : end;
  for (; event < single; event += 4, value += 4) {
    const a = weights + <usize>load<u32>(event);
    const p = v128.load32_splat(value);
    x0 = f32x4.add(x0, f32x4.mul(p, weightsAt(a, 0)));
    if (N > 1) x1 = f32x4.add(x1, f32x4.mul(p, weightsAt(a, 16)));
    if (N > 2) x2 = f32x4.add(x2, f32x4.mul(p, weightsAt(a, 32)));
    if (N > 3) x3 = f32x4.add(x3, f32x4.mul(p, weightsAt(a, 48)));
    if (N > 4) x4 = f32x4.add(x4, f32x4.mul(p, weightsAt(a, 64)));
    if (N > 5) x5 = f32x4.add(x5, f32x4.mul(p, weightsAt(a, 80)));
    if (N > 6) x6 = f32x4.add(x6, f32x4.mul(p, weightsAt(a, 96)));
    if (N > 7) x7 = f32x4.add(x7, f32x4.mul(p, weightsAt(a, 112)));
    if (N > 8) x8 = f32x4.add(x8, f32x4.mul(p, weightsAt(a, 128)));
    if (N > 9) x9 = f32x4.add(x9, f32x4.mul(p, weightsAt(a, 144)));
    if (N > 10) x10 = f32x4.add(x10, f32x4.mul(p, weightsAt(a, 160)));
    if (N > 11) x11 = f32x4.add(x11, f32x4.mul(p, weightsAt(a, 176)));
    if (N > 12) x12 = f32x4.add(x12, f32x4.mul(p, weightsAt(a, 192)));
  }
  if (N == 8) {
    for (; event < end; event += 8, value += 8) {
      const ab = load<u64>(event);
      const a = weights + <usize>(<u32>ab);
      const b = weights + <usize>(ab >> 32);
      const p = v128.load32_splat(value);
      const q = v128.load32_splat(value, 4);
      x0 = addProducts2(x0, a, p, b, q, 0);
      x1 = addProducts2(x1, a, p, b, q, 16);
      x2 = addProducts2(x2, a, p, b, q, 32);
      x3 = addProducts2(x3, a, p, b, q, 48);
      x4 = addProducts2(x4, a, p, b, q, 64);
      x5 = addProducts2(x5, a, p, b, q, 80);
      x6 = addProducts2(x6, a, p, b, q, 96);
      x7 = addProducts2(x7, a, p, b, q, 112);
    }
  }
  v128.store(to, x0, 0);
  if (N > 1) v128.store(to, x1, 16);
  if (N > 2) v128.store(to, x2, 32);
  if (N > 3) v128.store(to, x3, 48);
  if (N > 4) v128.store(to, x4, 64);
  if (N > 5) v128.store(to, x5, 80);
  if (N > 6) v128.store(to, x6, 96);
  if (N > 7) v128.store(to, x7, 112);
  if (N > 8) v128.store(to, x8, 128);
  if (N > 9) v128.store(to, x9, 144);
  if (N > 10) v128.store(to, x10, 160);
  if (N > 11) v128.store(to, x11, 176);
  if (N > 12) v128.store(to, x12, 192);
}

/**
 * The same for C = 2 or 3 neighbouring cells of a kernel row, N = 3 or 4 vectors each. An event has one value for all cells, and a cell reads
 * what its neighbour read for an event nearby: it is in the first-level cache.
 *
 * @param next bytes from the weights of a cell back to those of the next cell
 * @param to the sums of the first cell; those of the next are `toNext` bytes further
 */
// @ts-ignore: decorator
@inline
function cellProducts(
  N: i32, C: i32, event: usize, value: usize, end: usize, weights: usize, next: usize, to: usize, toNext: usize, carried: bool,
): void {
  const to1 = to + toNext;
  const to2 = to1 + toNext;
  let x0 = f32x4.splat(0);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  let y0 = x0;
  let y1 = x0;
  let y2 = x0;
  let y3 = x0;
  let z0 = x0;
  let z1 = x0;
  let z2 = x0;
  let z3 = x0;
  if (carried) {
    x0 = v128.load(to);
    x1 = v128.load(to, 16);
    x2 = v128.load(to, 32);
    if (N > 3) x3 = v128.load(to, 48);
    y0 = v128.load(to1);
    y1 = v128.load(to1, 16);
    y2 = v128.load(to1, 32);
    if (N > 3) y3 = v128.load(to1, 48);
    if (C > 2) {
      z0 = v128.load(to2);
      z1 = v128.load(to2, 16);
      z2 = v128.load(to2, 32);
      if (N > 3) z3 = v128.load(to2, 48);
    }
  }
  if ((end - event) & 4) {
    const a = weights + <usize>load<u32>(event);
    const b = a - next;
    const c = b - next;
    const p = v128.load32_splat(value);
    x0 = addProduct(x0, a, p, 0);
    x1 = addProduct(x1, a, p, 16);
    x2 = addProduct(x2, a, p, 32);
    if (N > 3) x3 = addProduct(x3, a, p, 48);
    y0 = addProduct(y0, b, p, 0);
    y1 = addProduct(y1, b, p, 16);
    y2 = addProduct(y2, b, p, 32);
    if (N > 3) y3 = addProduct(y3, b, p, 48);
    if (C > 2) {
      z0 = addProduct(z0, c, p, 0);
      z1 = addProduct(z1, c, p, 16);
      z2 = addProduct(z2, c, p, 32);
      if (N > 3) z3 = addProduct(z3, c, p, 48);
    }
    event += 4;
    value += 4;
  }
  for (; event < end; event += 8, value += 8) {
    const ab = load<u64>(event);
    const p = v128.load32_splat(value);
    const q = v128.load32_splat(value, 4);
    let a = weights + <usize>(<u32>ab);
    let b = weights + <usize>(ab >> 32);
    x0 = addProducts2(x0, a, p, b, q, 0);
    x1 = addProducts2(x1, a, p, b, q, 16);
    x2 = addProducts2(x2, a, p, b, q, 32);
    if (N > 3) x3 = addProducts2(x3, a, p, b, q, 48);
    a -= next;
    b -= next;
    y0 = addProducts2(y0, a, p, b, q, 0);
    y1 = addProducts2(y1, a, p, b, q, 16);
    y2 = addProducts2(y2, a, p, b, q, 32);
    if (N > 3) y3 = addProducts2(y3, a, p, b, q, 48);
    if (C > 2) {
      a -= next;
      b -= next;
      z0 = addProducts2(z0, a, p, b, q, 0);
      z1 = addProducts2(z1, a, p, b, q, 16);
      z2 = addProducts2(z2, a, p, b, q, 32);
      if (N > 3) z3 = addProducts2(z3, a, p, b, q, 48);
    }
  }
  v128.store(to, x0);
  v128.store(to, x1, 16);
  v128.store(to, x2, 32);
  if (N > 3) v128.store(to, x3, 48);
  v128.store(to1, y0);
  v128.store(to1, y1, 16);
  v128.store(to1, y2, 32);
  if (N > 3) v128.store(to1, y3, 48);
  if (C > 2) {
    v128.store(to2, z0);
    v128.store(to2, z1, 16);
    v128.store(to2, z2, 32);
    if (N > 3) v128.store(to2, z3, 48);
  }
}

/** Stage current of a position, tile by tile; see `sums`. `length`: about the events of a list. */
export function sumTiles(
  vectors: i32, length: i32, from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize,
): void {
  const lane = (<usize>vectors) << 4;
  const isWide = length < SHORT_LIST && vectors % WIDE_TILE == 0;
  let tiles = isWide ? vectors / WIDE_TILE : (vectors + SUM_TILE - 1) / SUM_TILE;
  for (let v = 0; v < vectors; tiles--) {
    const n = (vectors - v + tiles - 1) / tiles;
    const at = (<usize>v) << 4;
    switch (n) {
      case 1: sums1(from, to, active, last, weights + at, zeros, x + at, lane); break;
      case 2: sums2(from, to, active, last, weights + at, zeros, x + at, lane); break;
      case 3: sums3(from, to, active, last, weights + at, zeros, x + at, lane); break;
      case 4: sums4(from, to, active, last, weights + at, zeros, x + at, lane); break;
      case 5: sums5(from, to, active, last, weights + at, zeros, x + at, lane); break;
      case 6: sums6(from, to, active, last, weights + at, zeros, x + at, lane); break;
      case 7: sums7(from, to, active, last, weights + at, zeros, x + at, lane); break;
      case 8: sums8(from, to, active, last, weights + at, zeros, x + at, lane); break;
      case 9: sums9(from, to, active, last, weights + at, zeros, x + at, lane); break;
      case 10: sums10(from, to, active, last, weights + at, zeros, x + at, lane); break;
      case 11: sums11(from, to, active, last, weights + at, zeros, x + at, lane); break;
      case 12: sums12(from, to, active, last, weights + at, zeros, x + at, lane); break;
      case 16: sums16(from, to, active, last, weights + at, zeros, x + at, lane); break;
      default: sums13(from, to, active, last, weights + at, zeros, x + at, lane);
    }
    v += n;
  }
}

/** Vectors of the next tile. */
// @ts-ignore: decorator
@inline
export function productTile(vectors: i32, left: i32): i32 {
  return left == PRODUCT_TILE + 1 ? left : vectors == 16 ? 8 : left >= PRODUCT_TILE ? PRODUCT_TILE : min(left, 8);
}

/** Sums of products, tile by tile, into `vectors` of four outputs; see `products`. Of 16, two tiles of 8 are faster than 12 and 4. */
export function productTiles(
  vectors: i32, event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool,
): void {
  for (let v = 0; v < vectors; ) {
    const left = vectors - v;
    const n = productTile(vectors, left);
    const at = (<usize>v) << 4;
    switch (n) {
      case 1: products1(event, value, end, weights + at, to + at, carried); break;
      case 2: products2(event, value, end, weights + at, to + at, carried); break;
      case 3: products3(event, value, end, weights + at, to + at, carried); break;
      case 4: products4(event, value, end, weights + at, to + at, carried); break;
      case 5: products5(event, value, end, weights + at, to + at, carried); break;
      case 6: products6(event, value, end, weights + at, to + at, carried); break;
      case 7: products7(event, value, end, weights + at, to + at, carried); break;
      case 8: products8(event, value, end, weights + at, to + at, carried); break;
      case 12: products12(event, value, end, weights + at, to + at, carried); break;
      default: products13(event, value, end, weights + at, to + at, carried);
    }
    v += n;
  }
}

function sums1(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(1, from, to, active, last, weights, zeros, x, lane);
}
function products1(event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool): void {
  products(1, event, value, end, weights, to, carried);
}
function sums2(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(2, from, to, active, last, weights, zeros, x, lane);
}
function products2(event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool): void {
  products(2, event, value, end, weights, to, carried);
}
function sums3(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(3, from, to, active, last, weights, zeros, x, lane);
}
function products3(event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool): void {
  products(3, event, value, end, weights, to, carried);
}
function sums4(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(4, from, to, active, last, weights, zeros, x, lane);
}
function products4(event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool): void {
  products(4, event, value, end, weights, to, carried);
}
function sums5(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(5, from, to, active, last, weights, zeros, x, lane);
}
function products5(event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool): void {
  products(5, event, value, end, weights, to, carried);
}
function sums6(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(6, from, to, active, last, weights, zeros, x, lane);
}
function products6(event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool): void {
  products(6, event, value, end, weights, to, carried);
}
function sums7(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(7, from, to, active, last, weights, zeros, x, lane);
}
function products7(event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool): void {
  products(7, event, value, end, weights, to, carried);
}
function sums8(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(8, from, to, active, last, weights, zeros, x, lane);
}
function products8(event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool): void {
  products(8, event, value, end, weights, to, carried);
}
function sums9(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(9, from, to, active, last, weights, zeros, x, lane);
}
function sums10(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(10, from, to, active, last, weights, zeros, x, lane);
}
function sums11(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(11, from, to, active, last, weights, zeros, x, lane);
}
function sums12(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(12, from, to, active, last, weights, zeros, x, lane);
}
function sums13(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(13, from, to, active, last, weights, zeros, x, lane);
}
function sums16(from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize): void {
  sums(16, from, to, active, last, weights, zeros, x, lane);
}
function products12(event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool): void {
  products(12, event, value, end, weights, to, carried);
}
function products13(event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool): void {
  products(13, event, value, end, weights, to, carried);
}

/** How many of `left` cells of a kernel row are summed together: 2 or 3, or 1 if there is one. */
export function cellsAtOnce(left: i32): i32 {
  return left == 3 || left > 4 ? 3 : min(left, 2);
}

/** `productTiles` for 1 to 3 neighbouring cells of a kernel row; see `cellProducts`. */
export function cellTiles(
  cells: i32, vectors: i32, event: usize, value: usize, end: usize, weights: usize, next: usize, to: usize, toNext: usize,
  carried: bool,
): void {
  if (cells == 1) {
    productTiles(vectors, event, value, end, weights, to, carried);
    return;
  }
  let tiles = (vectors + CELL_TILE - 1) / CELL_TILE;
  for (let v = 0; v < vectors; tiles--) {
    const n = (vectors - v + tiles - 1) / tiles;
    const at = (<usize>v) << 4;
    if (n < 3) {
      for (let c = 0; c < cells; c++) {
        const back = <usize>c * next;
        productTiles(n, event, value, end, weights + at - back, to + at + <usize>c * toNext, carried);
      }
    } else if (cells == 2) {
      if (n == 3) twoCells3(event, value, end, weights + at, next, to + at, toNext, carried);
      else twoCells4(event, value, end, weights + at, next, to + at, toNext, carried);
    } else if (n == 3) threeCells3(event, value, end, weights + at, next, to + at, toNext, carried);
    else threeCells4(event, value, end, weights + at, next, to + at, toNext, carried);
    v += n;
  }
}

function twoCells3(event: usize, value: usize, end: usize, weights: usize, next: usize, to: usize, toNext: usize, carried: bool): void {
  cellProducts(3, 2, event, value, end, weights, next, to, toNext, carried);
}
function twoCells4(event: usize, value: usize, end: usize, weights: usize, next: usize, to: usize, toNext: usize, carried: bool): void {
  cellProducts(4, 2, event, value, end, weights, next, to, toNext, carried);
}
function threeCells3(event: usize, value: usize, end: usize, weights: usize, next: usize, to: usize, toNext: usize, carried: bool): void {
  cellProducts(3, 3, event, value, end, weights, next, to, toNext, carried);
}
function threeCells4(event: usize, value: usize, end: usize, weights: usize, next: usize, to: usize, toNext: usize, carried: bool): void {
  cellProducts(4, 3, event, value, end, weights, next, to, toNext, carried);
}
