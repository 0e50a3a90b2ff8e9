/**
 * Rows: the currents of a linear layer whose weights do not fit the second-level cache. Each step adds whole rows of weights to currents in
 * memory, four rows at a time. Reading memory in order is faster; a tile would read a short part of each row at a time.
 */
import { add4 } from './tile';

/**
 * Computes stage `current` over the steps in `active`.
 *
 * @param from u32[block]: start of each step's events; `to`: their end
 * @param active u32[]: steps of the block, up to `last`
 * @param x f32[steps in `active`], `lane` bytes per step
 */
export function sumRows(from: usize, to: usize, active: usize, last: usize, weights: usize, x: usize, lane: usize): void {
  for (; active < last; active += 4, x += lane) {
    const t = (<usize>load<u32>(active)) << 2;
    let event = <usize>load<u32>(from + t);
    const end = <usize>load<u32>(to + t);
    memory.fill(x, 0, lane);
    for (; event + 16 <= end; event += 16) addRows(x, event, weights, lane);
    for (; event < end; event += 4) addRow(x, weights + <usize>load<u32>(event), lane);
  }
}

/** x += the rows of four events. */
// @ts-ignore: decorator
@unrolled()
function addRows(x: usize, event: usize, weights: usize, lane: usize): void {
  let a = weights + <usize>load<u32>(event);
  let b = weights + <usize>load<u32>(event, 4);
  let c = weights + <usize>load<u32>(event, 8);
  let d = weights + <usize>load<u32>(event, 12);
  const end = x + lane;
  for (; x + 64 <= end; x += 64, a += 64, b += 64, c += 64, d += 64) {
    const sum = new StaticArray<v128>(4);
    for (let k = 0; k < 4; k++) sum[k] = add4(v128.load(x, 16 * k), a, b, c, d, 16 * k);
    for (let k = 0; k < 4; k++) v128.store(x, sum[k], 16 * k);
  }
  for (; x < end; x += 16, a += 16, b += 16, c += 16, d += 16) v128.store(x, add4(v128.load(x), a, b, c, d, 0));
}

/** x += a row. */
export function addRow(x: usize, row: usize, lane: usize): void {
  for (let at: usize = 0; at < lane; at += 16) v128.store(x + at, f32x4.add(v128.load(x + at), v128.load(row + at)));
}
