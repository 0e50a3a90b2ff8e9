/**
 * Tiles: the sums of up to 64 outputs of one position, held in registers over a whole list of events. Layers with weights
 * compute currents, dFO and dw this way, except currents for large linear layers (`rows.ts`) or from masks (`masks.ts`). An
 * event is the offset of its weights. The weights of a tile are adjacent, so one load of an offset serves all its vectors, and
 * the core's two loads per cycle are the limit. Each output adds its terms in the order of the list. SIMD lanes are outputs; no
 * output is added to another.
 *
 * N, the number of vectors of four outputs, is a constant of each body (`unroll.mjs`). Each body is a separate function; in
 * one function, an engine would need registers for all bodies at once.
 */

/** Limit on the vectors of a tile of sums: one more would leave no register for loaded values. */
const SUM_TILE: i32 = 13;

/** Number of vectors in a tile for short lists: registers are spilt, but half as many lists are read. */
const WIDE_TILE: i32 = 16;

/** The length of a list, in events, at which one wide tile is as fast as two tiles of half its width (measured). */
const SHORT_LIST: i32 = 32;

/**
 * Number of vectors in a large tile of products; the last tile may have 13. Node 20 spills registers in tiles of 9, 10 and 11
 * vectors, so no tile of products has one of these sizes.
 */
export const PRODUCT_TILE: i32 = 12;

/** Limit on the vectors per cell of a tile of two or three cells. */
const CELL_TILE: i32 = 4;

/**
 * The vector at address a + at. 64 is a separate case: the compiler would write a + 64 as a − (−64), and 64 would not become
 * the offset of the load.
 */
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
 * Stage `current` of one tile over the steps in `active`. If the number of events is no multiple of four, the first group of
 * four has one to three events and zeros. The loop thus always adds four. The order of the sums is the same, and +0 changes
 * none of them.
 *
 * After the loop, the sums are only stored. If other code also read their registers, Node 20 would spill the sums in the loop.
 *
 * @param from u32[block]: start of the events of each step that reach this position; `to`: the end of these events
 * @param active u32[]: steps of the block, up to `last`
 * @param weights base address: an event's offset leads to the weights of the tile
 * @param zeros weights of absent events, which complete the first group of four
 * @param x f32[steps in `active`], `lane` bytes per step: the tile's sums
 */
// @ts-ignore: decorator
@unrolled([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 13])
function sums(
  N: i32, from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize, lane: usize,
): void {
  for (; active < last; active += 4, x += lane) {
    const t = <usize>load<u32>(active);
    let event = <usize>load<u32>(from + (t << 2));
    const end = <usize>load<u32>(to + (t << 2));
    const sum = new StaticArray<v128>(N);
    for (let k = 0; k < N; k++) sum[k] = f32x4.splat(0);
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
        for (let k = 0; k < N; k++) sum[k] = add4(sum[k], a, b, c, d, 16 * k);
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
    for (let k = 0; k < N; k++) v128.store(x, sum[k], 16 * k);
  }
}

/**
 * Sums of the products of events' values and their weights for one tile, into `to`.
 *
 * The loop takes one event at a time, and the engine unrolls it. Unrolled for 8 vectors, it would need more registers than the
 * engine of Node 20 uses. For 8 vectors a loop takes two events at a time instead, because the engine does not unroll such a
 * loop.
 *
 * @param carried 1: added to the content of `to`; 0: from +0
 */
// @ts-ignore: decorator
@unrolled([1, 2, 3, 4, 5, 6, 7, 8, 12, 13])
function products(
  N: i32, event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool,
): void {
  const sum = new StaticArray<v128>(N);
  for (let k = 0; k < N; k++) sum[k] = f32x4.splat(0);
  if (carried) {
    for (let k = 0; k < N; k++) sum[k] = v128.load(to, 16 * k);
  }
  const single = N == 8 ? event + ((end - event) & 4) : end;
  for (; event < single; event += 4, value += 4) {
    const a = weights + <usize>load<u32>(event);
    const p = v128.load32_splat(value);
    for (let k = 0; k < N; k++) sum[k] = f32x4.add(sum[k], f32x4.mul(p, weightsAt(a, 16 * k)));
  }
  if (N == 8) {
    for (; event < end; event += 8, value += 8) {
      const ab = load<u64>(event);
      const a = weights + <usize>(<u32>ab);
      const b = weights + <usize>(ab >> 32);
      const p = v128.load32_splat(value);
      const q = v128.load32_splat(value, 4);
      for (let k = 0; k < N; k++) sum[k] = addProducts2(sum[k], a, p, b, q, 16 * k);
    }
  }
  for (let k = 0; k < N; k++) v128.store(to, sum[k], 16 * k);
}

/**
 * Like `products`, for C = 2 or 3 neighbouring cells of a kernel row, N = 3 or 4 vectors each. An event has one value for all cells. A
 * cell reads weights that its neighbour has read for a nearby event, so they are in the first-level cache.
 *
 * @param next the weights of each cell begin this many bytes before those of the previous cell
 * @param to the sums of the first cell; those of the next are `toNext` bytes further
 */
// @ts-ignore: decorator
@unrolled([3, 4], [2, 3])
function cellProducts(
  N: i32, C: i32, event: usize, value: usize, end: usize, weights: usize, next: usize, to: usize, toNext: usize, carried: bool,
): void {
  const to1 = to + toNext;
  const to2 = to1 + toNext;
  const sum = new StaticArray<v128>(12);
  for (let k = 0; k < 12; k++) sum[k] = f32x4.splat(0);
  if (carried) {
    for (let c = 0; c < C; c++) {
      const cell = c == 0 ? to : c == 1 ? to1 : to2;
      for (let k = 0; k < N; k++) sum[4 * c + k] = v128.load(cell, 16 * k);
    }
  }
  if ((end - event) & 4) {
    const a = weights + <usize>load<u32>(event);
    const b = a - next;
    const d = b - next;
    const p = v128.load32_splat(value);
    for (let c = 0; c < C; c++) {
      for (let k = 0; k < N; k++) sum[4 * c + k] = addProduct(sum[4 * c + k], c == 0 ? a : c == 1 ? b : d, p, 16 * k);
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
    for (let c = 0; c < C; c++) {
      if (c > 0) a -= next;
      if (c > 0) b -= next;
      for (let k = 0; k < N; k++) sum[4 * c + k] = addProducts2(sum[4 * c + k], a, p, b, q, 16 * k);
    }
  }
  for (let c = 0; c < C; c++) {
    const cell = c == 0 ? to : c == 1 ? to1 : to2;
    for (let k = 0; k < N; k++) v128.store(cell, sum[4 * c + k], 16 * k);
  }
}

/** Stage `current` for one position, tile by tile; see `sums`. `length`: the approximate number of events in a list. */
export function sumTiles(
  vectors: i32, length: i32, from: usize, to: usize, active: usize, last: usize, weights: usize, zeros: usize, x: usize,
): void {
  const lane = (<usize>vectors) << 4;
  const isWide = length < SHORT_LIST && vectors % WIDE_TILE == 0;
  let tiles = isWide ? vectors / WIDE_TILE : (vectors + SUM_TILE - 1) / SUM_TILE;
  for (let v = 0; v < vectors; tiles--) {
    const n = (vectors - v + tiles - 1) / tiles;
    const at = (<usize>v) << 4;
    sums(n, from, to, active, last, weights + at, zeros, x + at, lane);
    v += n;
  }
}

/** The number of vectors of the next tile. */
// @ts-ignore: decorator
@inline
export function productTile(vectors: i32, left: i32): i32 {
  return left == PRODUCT_TILE + 1 ? left : vectors == 16 ? 8 : left >= PRODUCT_TILE ? PRODUCT_TILE : min(left, 8);
}

/** Sums of products, tile by tile, into vectors of four outputs; see `products`. 16 vectors are faster as 8 + 8 than as 12 + 4. */
export function productTiles(
  vectors: i32, event: usize, value: usize, end: usize, weights: usize, to: usize, carried: bool,
): void {
  for (let v = 0; v < vectors; ) {
    const left = vectors - v;
    const n = productTile(vectors, left);
    const at = (<usize>v) << 4;
    products(n, event, value, end, weights + at, to + at, carried);
    v += n;
  }
}

/** How many of `left` cells of a kernel row are summed together: 2 or 3, or 1 if only one is left. */
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
    } else if (cells == 2) cellProducts(n, 2, event, value, end, weights + at, next, to + at, toNext, carried);
    else cellProducts(n, 3, event, value, end, weights + at, next, to + at, toNext, carried);
    v += n;
  }
}

