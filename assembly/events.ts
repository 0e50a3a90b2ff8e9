/** Events: the spikes of one step as a list of places, ascending, which is raster order. */
import { Window } from './window';

/**
 * Number of events of step t; their places are at {@link places}, their values at {@link values}.
 * Bit rows are unpacked 64 bits at a time into the list `events`.
 */
export function gather(a: Window, t: i32): i32 {
  if (a.starts) {
    const from = a.starts + ((<usize>t) << 2);
    return load<u32>(from, 4) - load<u32>(from);
  }
  let list = a.events;
  const row = a.inBits + <usize>t * a.inRow;
  for (let at = 0; at < a.inRow; at += 8) {
    let word = load<u64>(row + at);
    while (word) {
      store<u32>(list, (at << 3) + <i32>ctz(word));
      list += 4;
      word &= word - 1;
    }
  }
  return <i32>((list - a.events) >> 2);
}

/** Address of the places of step t's events, u32 each. */
// @ts-ignore: decorator
@inline
export function places(a: Window, t: i32): usize {
  return a.starts ? a.indices + ((<usize>load<u32>(a.starts + ((<usize>t) << 2))) << 2) : a.events;
}

/** Address of their values, f32 each; 0 where every event is a spike of value 1. */
// @ts-ignore: decorator
@inline
export function values(a: Window, t: i32): usize {
  return a.starts ? a.values + ((<usize>load<u32>(a.starts + ((<usize>t) << 2))) << 2) : 0;
}
