/**
 * Events: the spikes of a block of steps as lists, in raster order. A record is three words: the input column c; where
 * the weights lie, as bytes of (channel · size − c) columns of a kernel row, to which the output column adds its part;
 * and the value. `lines` has where each input row begins.
 */
import { Window } from './window';

/** Bytes of a record. */
export const EVENT: usize = 12;

/** Writes the lists of steps t0 … t1 − 1. */
export function gather(a: Window, t0: i32, t1: i32): void {
  const inputs = <usize>(a.height * a.width * a.channels);
  for (let t = t0; t < t1; t++) {
    const list = a.events + <usize>(t - t0) * inputs * EVENT;
    const lines = a.lines + ((<usize>((t - t0) * (a.height + 1))) << 2);
    if (a.starts) gatherList(a, t, list, lines);
    else gatherBits(a, t, list, lines);
  }
}

function gatherBits(a: Window, t: i32, list: usize, lines: usize): void {
  const lane = (<usize>a.outputs) << 2;
  const cell = <usize>a.sizeX * lane;
  const channels = <usize>a.channels;
  const width = <usize>a.width;
  const line = channels * width;
  const row = a.inBits + <usize>t * a.inRow;
  const end = lines + ((<usize>a.height) << 2);
  let next: usize = line; // first place of the next row
  store<u32>(lines, <u32>list);
  // The position that the last event was in: its first place and its column.
  let position: usize = 0;
  let column: usize = 0;
  for (let at: usize = 0; at < <usize>a.inRow; at += 8) {
    let word = load<u64>(row + at);
    while (word) {
      const place = (at << 3) + <usize>ctz(word);
      word &= word - 1;
      while (place >= next) {
        lines += 4;
        store<u32>(lines, <u32>list);
        position = next;
        column = 0;
        next += line;
      }
      while (place - position >= channels) {
        position += channels;
        column++;
      }
      store<u32>(list, <u32>column);
      store<u32>(list, <u32>((place - position) * cell - column * lane), 4);
      list += EVENT;
    }
  }
  while (lines < end) {
    lines += 4;
    store<u32>(lines, <u32>list);
  }
}

function gatherList(a: Window, t: i32, list: usize, lines: usize): void {
  const lane = (<usize>a.outputs) << 2;
  const cell = <usize>a.sizeX * lane;
  const channels = <usize>a.channels;
  const line = channels * <usize>a.width;
  const starts = a.starts + ((<usize>t) << 2);
  const last = (<usize>load<u32>(starts, 4)) << 2;
  const end = lines + ((<usize>a.height) << 2);
  let next: usize = line;
  store<u32>(lines, <u32>list);
  for (let at = (<usize>load<u32>(starts)) << 2; at < last; at += 4) {
    const place = <usize>load<u32>(a.indices + at);
    while (place >= next) {
      lines += 4;
      store<u32>(lines, <u32>list);
      next += line;
    }
    const inRow = place + line - next;
    const column = inRow / channels;
    store<u32>(list, <u32>column);
    store<u32>(list, <u32>((inRow - column * channels) * cell - column * lane), 4);
    store<f32>(list, load<f32>(a.values + at), 8);
    list += EVENT;
  }
  while (lines < end) {
    lines += 4;
    store<u32>(lines, <u32>list);
  }
}
