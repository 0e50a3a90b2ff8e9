/** Writes inputs to staged memory in the form that the kernels read: pixels that can fire, or the events of a recording. */
import type { Network } from '../../../spec/network.ts';
import { keyOf } from '../../../spec/random.ts';
import type { Input } from '../backend.ts';
import type { Call, Executor, Growing } from './executor.ts';
import { padded, type Cells } from './layout.ts';
import type { Memory } from './memory.ts';

type InputLists = Readonly<Record<'starts' | 'indices' | 'values', number>>;

/** Bytes of the lists of up to `events` events in `steps` steps. */
export function listBytes(steps: number, events: number): number {
  return 4 * padded(steps + 1) + 8 * padded(events);
}

/** The lists at an address: starts, then indices, then values. */
export function listsAt(at: number, steps: number, events: number): InputLists {
  const indices = at + 4 * padded(steps + 1);
  return { starts: at, indices, values: indices + 4 * padded(events) };
}

export function listsOf(
  { first, by }: Growing,
  steps: number,
  events: number,
): Record<keyof InputLists, Growing> {
  const { starts, indices, values } = listsAt(first, steps, events);
  return { starts: { first: starts, by }, indices: { first: indices, by }, values: { first: values, by } };
}

interface InputContext {
  readonly plan: { readonly network: Network; readonly cells: readonly Cells[] };
  readonly memory: Memory;
  readonly executor: Pick<Executor, 'stage'>;
}

/** The call that writes the event lists of an input, and adds the events to FO. */
export function inputCall(
  { plan, memory, executor }: InputContext,
  input: Input,
  { t0, steps }: { t0: number; steps: number },
  to: { at: number; FO: number },
): Call {
  const { variant, inputScale, T } = plan.network;
  const [cells] = plan.cells;
  const inputs = cells.count;
  const { starts, indices, values } = listsAt(to.at, T, T * inputs);
  if ('frames' in input) {
    const events = countEvents(input.frames, steps * inputs);
    const from = listsAt(executor.stage(listBytes(steps, events)), steps, events);
    writeFrames(input.frames, cells, steps, memory, from);
    const lists = { toStarts: starts, toIndices: indices, toValues: values, ...from };
    return { kernel: 'replay', ...lists, steps, FO: to.FO, inputs, carried: Number(t0 > 0) };
  }
  const { seed, stream, epoch, sample } = input.draw;
  const column = 4 * padded(inputs);
  const at = executor.stage(5 * column + 4); // the columns, and working memory of the kernel
  const scale = variant.input === 'scaledIntensity' ? inputScale : 1;
  const columns = {
    places: memory.u32(at, inputs),
    lasts: memory.u32(at + column, inputs),
    signed: memory.u32(at + 2 * column, inputs),
  };
  const n = writePixels(input.intensities, cells, scale, columns);
  const pixels = { places: at, lasts: at + column, signed: at + 2 * column, n, work: at + 3 * column };
  const draw = { seed, key: keyOf(stream, epoch), sample, t0, steps };
  return { kernel: 'encode', ...pixels, ...draw, starts, indices, values, FO: to.FO, inputs };
}

/**
 * For each pixel that can fire, in raster order, writes its place, the largest random word with which it fires, and its place
 * with the sign of its value. Returns the number of such pixels. The word is computed from p·2³² in binary64.
 */
function writePixels(
  intensities: ArrayLike<number>,
  { rows, columns, channels }: Cells,
  scale: number,
  { places, lasts, signed }: Readonly<Record<'places' | 'lasts' | 'signed', Uint32Array>>,
): number {
  const positions = rows * columns;
  let count = 0;
  for (let position = 0; position < positions; position++) {
    for (let channel = 0; channel < channels; channel++) {
      const intensity = intensities[channel * positions + position];
      if (intensity === 0) continue;
      const bound = Math.min(2 ** 32, Math.floor(Math.abs(intensity) * scale * 2 ** 32));
      if (!(bound > 0)) continue;
      const index = position * channels + channel;
      places[count] = index;
      lasts[count] = bound - 1;
      signed[count++] = intensity < 0 ? index | (1 << 31) : index;
    }
  }
  return count;
}

/** Counts the values that are not 0. A recording has few of them, so its lists are short. */
function countEvents(frames: ArrayLike<number>, length: number): number {
  let count = 0;
  for (let at = 0; at < length; at++) if (frames[at] !== 0) count++;
  return count;
}

/** Writes frames as event lists, in raster order. */
function writeFrames(
  frames: ArrayLike<number>,
  { rows, columns, channels }: Cells,
  steps: number,
  memory: Memory,
  to: InputLists,
): void {
  const positions = rows * columns;
  const starts = memory.u32(to.starts, steps + 1);
  const room = (to.values - to.indices) / 4;
  const indices = memory.u32(to.indices, room);
  const values = memory.f32(to.values, room);
  let count = 0;
  for (let step = 0; step < steps; step++) {
    const frame = step * positions * channels;
    for (let position = 0; position < positions; position++) {
      for (let channel = 0; channel < channels; channel++) {
        const value = frames[frame + channel * positions + position];
        if (value === 0) continue;
        indices[count] = position * channels + channel;
        values[count++] = value;
      }
    }
    starts[step + 1] = count;
  }
}
