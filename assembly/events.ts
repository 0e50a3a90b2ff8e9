/**
 * Events: the non-zero inputs of a layer, as lists in raster order, in the thread's scratch memory.
 *
 * An event is one word: its place times the bytes of a row of weights. Weights are [kernel row][kernel column][input
 * channel][output]. Within a row of the input window, weight address minus event is therefore constant. `gather` lists the
 * events of a map; `collect` lists those that reach a column of outputs. In the list of `collect`, the events of one output
 * position lie from `bounds[first input row]` to `bounds[last input row + 1]`.
 *
 * Copies move eight events at a time and may write a few words beyond a list; lists have room for them.
 */
import { Run } from './window';

/** Lists the events of steps t0 … t1 − 1. Returns true if a value may be neither 1 nor −1, so that values matter. */
export function gather(a: Run, scratch: usize, t0: i32, t1: i32): bool {
  const reach = scratch + a.reach;
  store<i32>(reach, i32.MAX_VALUE);
  store<i32>(reach, 0, 4);
  let valuesMatter = false;
  if (a.map) valuesMatter = gatherMap(a, scratch);
  else if (a.starts) valuesMatter = gatherList(a, scratch, t0, t1);
  else gatherBits(a, scratch, t0, t1);
  return valuesMatter;
}

/** Approximate mean number of events in a kernel's input window in one step, over the steps that `gather` listed. */
export function meanLength(a: Run, scratch: usize, steps: i32): i32 {
  const positions = a.height * a.width;
  const ranks = scratch + a.ranks + <usize>(steps * (positions + 1) - 1 << 2);
  const events = (load<u32>(ranks) - <u32>(scratch + a.events)) >> 2;
  return <i32>(<u64>events * (a.size * a.size) / (<u64>steps * positions));
}

/** Widens `reach` so that it includes a step's events, at places `first` to `last` − 1. */
// @ts-ignore: decorator
@inline
function noteReach(a: Run, scratch: usize, first: i32, last: i32): void {
  const reach = scratch + a.reach;
  if (first < load<i32>(reach)) store<i32>(reach, first);
  if (last > load<i32>(reach, 4)) store<i32>(reach, last, 4);
}

/** The first input row with an event, or the height if there is none. */
export function firstReached(a: Run, scratch: usize): i32 {
  return min(a.height, load<i32>(scratch + a.reach) / (a.width * a.channels));
}

/** One past the last input row with an event. */
export function pastReached(a: Run, scratch: usize): i32 {
  return (load<i32>(scratch + a.reach, 4) + a.width * a.channels - 1) / (a.width * a.channels);
}

// @ts-ignore: decorator
@unrolled()
function gatherBits(a: Run, scratch: usize, t0: i32, t1: i32): void {
  const row = a.weightRow;
  const positions = a.height * a.width;
  const channels = a.channels;
  const prefix = scratch + a.prefix;
  let event = scratch + a.events;
  let ranks = scratch + a.ranks;
  for (let t = t0; t < t1; t++) {
    const bits = a.inBits + <usize>t * a.inRow;
    const begin = event;
    let base = 0;
    for (let at: usize = 0; at < <usize>a.inRow; at += 8, base += row << 6) {
      let word = load<u64>(bits + at);
      store<u32>(prefix + (at >> 1), <u32>event);
      const next = event + (<usize>popcnt(word) << 2);
      for (; word != 0; event += 16) {
        for (let k = 0; k < 4; k++) {
          store<u32>(event, base + <i32>ctz(word) * row, 4 * k);
          word &= word - 1;
        }
      }
      event = next;
    }
    if (event > begin) noteReach(a, scratch, load<u32>(begin) / <u32>row, load<u32>(event - 4) / <u32>row + 1);
    // The rank of a position is the address after the events of all positions before it.
    let bit = 0;
    for (let position = 0; position <= positions; position++, ranks += 4, bit += channels) {
      const word = (<usize>bit >> 6) << 3;
      const before = load<u64>(bits + word) & (((<u64>1) << (bit & 63)) - 1);
      store<u32>(ranks, load<u32>(prefix + (word >> 1)) + (<u32>popcnt(before) << 2));
    }
  }
}

function gatherList(a: Run, scratch: usize, t0: i32, t1: i32): bool {
  const row = a.weightRow;
  const positions = a.height * a.width;
  const toValues = a.eventValues - a.events;
  let event = scratch + a.events;
  let ranks = scratch + a.ranks;
  const valuesMatter = isAnyOther(a, t0, t1);
  const negative = valuesMatter ? 0 : a.negative;
  for (let t = t0; t < t1; t++) {
    const starts = a.starts + ((<usize>t) << 2);
    const last = (<usize>load<u32>(starts, 4)) << 2;
    const first = (<usize>load<u32>(starts)) << 2;
    if (first < last) noteReach(a, scratch, load<i32>(a.indices + first), load<i32>(a.indices + last - 4) + 1);
    let position = 0;
    for (let at = first; at < last; at += 4) {
      const index = load<i32>(a.indices + at);
      const value = load<f32>(a.values + at);
      const past = index / a.channels + 1;
      ranks = fillRanks(ranks, past - position, event);
      position = past;
      store<u32>(event, index * row + (value == -1 ? negative : 0));
      store<f32>(event + toValues, value);
      event += 4;
    }
    ranks = fillRanks(ranks, positions + 1 - position, event);
  }
  return valuesMatter;
}

/** Writes `event` as the rank of `count` positions, and of up to four more, which are overwritten later. Returns the end of the ranks. */
// @ts-ignore: decorator
@inline
function fillRanks(ranks: usize, count: i32, event: usize): usize {
  const four = i32x4.splat(<i32>event);
  const end = ranks + ((<usize>count) << 2);
  v128.store(ranks, four);
  for (ranks += 16; ranks < end; ranks += 16) v128.store(ranks, four);
  return end;
}

/** Whether a value of the lists of steps t0 … t1 − 1 is neither 1 nor −1. */
function isAnyOther(a: Run, t0: i32, t1: i32): bool {
  const end = load<u32>(a.starts + ((<usize>t1) << 2));
  for (let at = load<u32>(a.starts + ((<usize>t0) << 2)); at < end; at++) {
    const value = load<f32>(a.values + ((<usize>at) << 2));
    if (value != 1 && value != -1) return true;
  }
  return false;
}

function gatherMap(a: Run, scratch: usize): bool {
  const row = a.weightRow;
  const channels = a.channels;
  const toValues = a.eventValues - a.events;
  let event = scratch + a.events;
  let ranks = scratch + a.ranks;
  let from = a.map;
  let offset = 0;
  for (let y = 0; y < a.height; y++) {
    for (let x = 0; x < a.width; x++, ranks += 4) {
      store<u32>(ranks, <u32>event);
      let apart = offset + x * (a.spread - 1) * channels * row;
      for (let channel = 0; channel < channels; channel++, from += 4, offset += row, apart += row) {
        const value = load<f32>(from);
        store<u32>(event, apart);
        store<f32>(event + toValues, value);
        event += (<usize>(value != 0)) << 2;
      }
    }
  }
  store<u32>(ranks, <u32>event);
  return true;
}

/**
 * For each of `steps` steps, lists the events in input rows y0 … y1 − 1 that reach output column `ox`. The offset of an event
 * lacks only the part that depends on the output row. Returns true if there is an event.
 */
export function collect(a: Run, scratch: usize, steps: i32, ox: i32, y0: i32, y1: i32, valuesMatter: bool): bool {
  const cell = a.channels * a.weightRow;
  const left = ox * a.stride - a.padding;
  const first = firstWithin(left, a.spread, a.width);
  const columns = max(0, pastWithin(left + a.size, a.spread, a.width) - first) << 2;
  const rowStep = (a.spread * a.size - a.width) * cell;
  const rowShift = i32x4.splat(rowStep);
  const line = (<usize>a.width) << 2;
  const block = (<usize>a.block) << 2;
  const toEventValues = a.eventValues - a.events;
  const toListValues = a.listValues - a.lists;
  let list = scratch + a.lists;
  const begin = list;
  const ranks = scratch + a.ranks + ((<usize>(y0 * a.width + first)) << 2);
  const bounds = scratch + a.bounds + <usize>y0 * block;
  const step = (<usize>(a.height * a.width + 1)) << 2;
  for (let t = 0; t < steps; t++) {
    let shift = i32x4.splat(y0 * rowStep - left * cell);
    let bound = bounds + ((<usize>t) << 2);
    let rank = ranks + <usize>t * step;
    for (let y = y0; y < y1; y++, rank += line, bound += block) {
      store<u32>(bound, <u32>list);
      const from = <usize>load<u32>(rank);
      const bytes = <usize>load<u32>(rank + columns) - from;
      v128.store(list, i32x4.add(v128.load(from), shift));
      v128.store(list, i32x4.add(v128.load(from, 16), shift), 16);
      for (let at: usize = 32; at < bytes; at += 32) {
        v128.store(list + at, i32x4.add(v128.load(from + at), shift));
        v128.store(list + at, i32x4.add(v128.load(from + at, 16), shift), 16);
      }
      if (valuesMatter) {
        for (let at: usize = 0; at < bytes; at += 16) {
          v128.store(list + toListValues + at, v128.load(from + toEventValues + at));
        }
      }
      list += bytes;
      shift = i32x4.add(shift, rowShift);
    }
    store<u32>(bound, <u32>list);
  }
  return list > begin;
}

/** The first input row or column at or past `left`, a position in the kernel's grid, where inputs are `spread` apart. */
// @ts-ignore: decorator
@inline
export function firstWithin(left: i32, spread: i32, length: i32): i32 {
  return min(length, max(0, (left + spread - 1) / spread));
}

/** One past the last input row or column before `end`, a position in the kernel's grid. */
// @ts-ignore: decorator
@inline
export function pastWithin(end: i32, spread: i32, length: i32): i32 {
  return end <= 0 ? 0 : min(length, (end - 1) / spread + 1);
}
