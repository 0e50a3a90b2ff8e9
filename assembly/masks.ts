/**
 * A mask is the window of an output position at one step, as the bits of a word. The input map must have one channel, and its
 * rows and windows must fit a word. Bit k is kernel cell k, in the order of the weights. Writing a short list of events costs
 * more than adding their weights, but the masks of four steps need only a few shifts.
 *
 * The sum of the first `headCells` cells is one row of a table, indexed by the mask of these cells. The table was summed in
 * the same order, so the result has the same bits. The other cells are added one by one. Their weights are 32 rows, with
 * zeros for absent cells. One more row is all zeros, because ctz of 0 is 32.
 */
import { add4 } from './tile';
import { Run } from './window';

/** Outputs of a tile, as in `src/backend/wasm/masks.ts`: LeNet's first layer has as many. */
const OUTPUTS: i32 = 20;

/** Bytes of each row of a tile. */
const ROW: usize = 80;

/** Rows of single cells' weights, as in `src/backend/wasm/masks.ts`. */
const ROWS: usize = 33;

/**
 * Writes the rows of the input map at steps t0 … t1 − 1 as words, one bit per column, with padding. Returns false if a value is not 1.
 */
export function gatherMasks(a: Run, scratch: usize, t0: i32, t1: i32): bool {
  const starts = a.starts + ((<usize>t0) << 2);
  const past = a.starts + ((<usize>t1) << 2);
  const last = (<usize>load<u32>(past)) << 2;
  for (let at = (<usize>load<u32>(starts)) << 2; at < last; at += 4) {
    if (load<f32>(a.values + at) != 1) return false;
  }
  const line = lineOf(a);
  const lines = scratch + a.mapRows;
  memory.fill(lines, 0, <usize>(a.height + 2 * a.padding) * line);
  const above = lines + <usize>a.padding * line;
  let first = a.height;
  let end = 0;
  let column = above;
  for (let start = starts; start < past; start += 4, column += 4) {
    const stop = (<usize>load<u32>(start, 4)) << 2;
    let y = 0;
    let left = -a.padding;
    let to = column;
    let at = (<usize>load<u32>(start)) << 2;
    if (at < stop) first = min(first, load<i32>(a.indices + at) / a.width);
    for (; at < stop; at += 4) {
      const index = load<i32>(a.indices + at);
      while (index >= left + a.padding + a.width) {
        left += a.width;
        to += line;
        y++;
      }
      store<u32>(to, load<u32>(to) | (1 << (index - left)));
      end = max(end, y + 1);
    }
  }
  const reach = scratch + a.reach;
  store<i32>(reach, first * a.width);
  store<i32>(reach, end * a.width, 4);
  return true;
}

/** Bytes of a row with one word per step of a block, padded to whole vectors. */
// @ts-ignore: decorator
@inline
function lineOf(a: Run): usize {
  return ((<usize>a.block + 3) & ~3) << 2;
}

/** The mask of the window one input row further down: without the first row of `mask`, and with a new last row. */
// @ts-ignore: decorator
@inline
function withRow(mask: v128, from: usize, left: i32, width: i32, top: i32, row: v128): v128 {
  const bits = v128.and(i32x4.shr_u(v128.load(from), left), row);
  return v128.or(i32x4.shr_u(mask, width), i32x4.shl(bits, top));
}

/** Writes the masks of column `ox` of the outputs, rows first … past − 1. Returns true if any of these masks has a bit. */
export function columnMasks(a: Run, scratch: usize, steps: i32, ox: i32, first: i32, past: i32): bool {
  if (first >= past) return false;
  const line = lineOf(a);
  const left = ox * a.stride;
  const width = a.size;
  const top = width * (a.size - 1);
  const row = i32x4.splat((1 << width) - 1);
  let any = i32x4.splat(0);
  const others = <usize>(a.size - 1) * line;
  const skipped = <usize>(a.stride - 1) * line;
  const begin = scratch + a.masks + <usize>first * line;
  const end = begin + <usize>(past - first) * line;
  for (let t: usize = 0; t < (<usize>steps) << 2; t += 16) {
    let from = scratch + a.mapRows + <usize>(first * a.stride) * line + t;
    let to = begin + t;
    let mask = i32x4.splat(0);
    for (const last = from + others; from < last; from += line) mask = withRow(mask, from, left, width, top, row);
    while (true) {
      mask = withRow(mask, from, left, width, top, row);
      v128.store(to, mask);
      any = v128.or(any, mask);
      to += line;
      if (to >= end) break;
      for (const last = from + skipped; from < last; ) {
        from += line;
        mask = withRow(mask, from, left, width, top, row);
      }
      from += line;
    }
  }
  return v128.any_true(any);
}

/** Lists all steps, or those at which the mask of row `oy` has a bit. Returns the end; up to three words past it are overwritten. */
// @ts-ignore: decorator
@unrolled()
export function listSteps(a: Run, scratch: usize, steps: i32, oy: i32, all: bool): usize {
  const masks = scratch + a.masks + <usize>oy * lineOf(a);
  let last = scratch + a.active;
  if (all) {
    for (let t = 0; t < steps; t++, last += 4) store<u32>(last, t);
    return last;
  }
  const none = i32x4.splat(0);
  for (let t0 = 0; t0 < steps; t0 += 64) {
    let bits: u64 = 0;
    for (let t = t0; t < min(t0 + 64, steps); t += 4) {
      const four = i32x4.bitmask(i32x4.ne(v128.load(masks + ((<usize>t) << 2)), none));
      bits |= (<u64>four) << (t - t0);
    }
    const end = last + (<usize>popcnt(bits) << 2);
    for (; bits != 0; last += 16) {
      for (let k = 0; k < 4; k++) {
        store<u32>(last, t0 + <i32>ctz(bits), 4 * k);
        bits &= bits - 1;
      }
    }
    last = end;
  }
  return last;
}

/** Stage `current` for one position of row `oy` over its active steps; see `sums` in tile.ts. */
export function maskTiles(a: Run, scratch: usize, oy: i32, active: usize, last: usize): void {
  const masks = scratch + a.masks + <usize>oy * lineOf(a);
  const lane = (<usize>a.outputs) << 2;
  const tile = (ROWS + (1 << a.headCells)) * ROW;
  // The last tile runs first: it may write past a step's sums, into the place of the next step's sums. Those are written later.
  for (let t = (a.outputs - 1) / OUTPUTS; t >= 0; t--) {
    maskSums(active, last, masks, a.maskWeights + <usize>t * tile, a.headCells, scratch + a.x + <usize>t * ROW, lane);
  }
}

// @ts-ignore: decorator
@unrolled()
function maskSums(
  active: usize, last: usize, masks: usize, weights: usize, headCells: i32, x: usize, lane: usize,
): void {
  const heads = weights + ROWS * ROW;
  const low = (1 << headCells) - 1;
  for (; active < last; active += 4, x += lane) {
    let mask = load<u32>(masks + (<usize>load<u32>(active) << 2));
    const head = heads + <usize>(mask & low) * ROW;
    mask >>= headCells;
    const sum = new StaticArray<v128>(5);
    for (let k = 0; k < 5; k++) sum[k] = v128.load(head, 16 * k);
    if (mask != 0) {
      let a = weights + <usize>ctz(mask) * ROW;
      mask &= mask - 1;
      let b = weights + <usize>ctz(mask) * ROW;
      mask &= mask - 1;
      let c = weights + <usize>ctz(mask) * ROW;
      mask &= mask - 1;
      let d = weights + <usize>ctz(mask) * ROW;
      mask &= mask - 1;
      while (true) {
        for (let k = 0; k < 5; k++) sum[k] = add4(sum[k], a, b, c, d, 16 * k);
        if (mask == 0) break;
        a = weights + <usize>ctz(mask) * ROW;
        mask &= mask - 1;
        b = weights + <usize>ctz(mask) * ROW;
        mask &= mask - 1;
        c = weights + <usize>ctz(mask) * ROW;
        mask &= mask - 1;
        d = weights + <usize>ctz(mask) * ROW;
        mask &= mask - 1;
      }
    }
    for (let k = 0; k < 5; k++) v128.store(x, sum[k], 16 * k);
  }
}

/**
 * Lays out the weights of the first layer for masks: for each tile of outputs, first the rows of single cells, then the table.
 *
 * @param to f32[tiles][33 + 2^headCells][20]; places without an output become 0
 * @param next bytes from the weights of a cell to those of the next
 * @param count cells of the kernel
 */
export function layMasks(to: usize, weights: usize, next: usize, outputs: i32, count: i32, headCells: i32): void {
  const others = count - headCells;
  for (let left = outputs << 2; left > 0; left -= <i32>ROW, weights += ROW) {
    const bytes = <usize>min(left, <i32>ROW);
    const heads = to + ROWS * ROW;
    const end = heads + ((<usize>ROW) << headCells);
    memory.fill(to, 0, end - to);
    for (let cell = 0; cell < others; cell++) {
      memory.copy(to + <usize>cell * ROW, weights + <usize>(headCells + cell) * next, bytes);
    }
    for (let mask = 1; mask < 1 << headCells; mask++) {
      const cell = 31 - clz(mask);
      const from = heads + <usize>(mask ^ (1 << cell)) * ROW;
      const added = weights + <usize>cell * next;
      const sum = heads + <usize>mask * ROW;
      for (let at: usize = 0; at < bytes; at += 16) {
        v128.store(sum + at, f32x4.add(v128.load(from + at), v128.load(added + at)));
      }
    }
    to = end;
  }
}
