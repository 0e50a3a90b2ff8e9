/** Frames from sensor events: counts of events per step, which enter the network unchanged. */
import { neuronsOf, type Shape } from '../../spec/network.ts';
import { ranges } from '../../spec/random.ts';
import { checkNumber, checkRecord, checkWhole, refuse } from '../errors.ts';
import type { Events } from '../formats/events.ts';
import { checkShape } from '../network/check.ts';

/** The division of a recording into T maps of counts. */
export interface Binning {
  /** Steps of the network's window, all injections together. */
  readonly T: number;
  /** Milliseconds of a step. */
  readonly ms: number;
  /** The number of times that the sequence of frames enters the network; T is a multiple of it. */
  readonly injections: number;
  /** The map: channel 0 counts OFF events, channel 1 ON events. */
  readonly shape: Shape;
  /** A cell of the map is the sum over pool × pool pixels; pixels beyond the last cell of an axis are dropped. */
  readonly pool: number;
}

export function checkBinning(where: string, binning: Binning): void {
  checkRecord(where, 'binning', binning, ['T', 'ms', 'injections', 'shape', 'pool']);
  const { T, ms, injections, shape, pool } = binning;
  checkWhole(where, 'T', T, 1, ranges.T);
  checkNumber(where, 'ms', ms, { low: 0, high: 2 ** 32, above: true });
  checkWhole(where, 'injections', injections, 1, T);
  if (T % injections !== 0) refuse(where, 'T', `a multiple of the ${injections} injections`, T);
  checkShape(where, 'shape', checkRecord(where, 'shape', shape, ['channels', 'height', 'width']));
  if (shape.channels !== 2) refuse(where, 'shape.channels', '2, OFF and ON', shape.channels);
  checkWhole(where, 'pool', pool, 1, 65535);
}

/** Checks that a decoder has returned four typed arrays. */
export function checkEvents(where: string, events: Events): Events {
  for (const what of ['x', 'y', 'polarity', 't'] as const)
    if (!ArrayBuffer.isView(events?.[what])) refuse(where, what, 'a typed array', events?.[what]);
  return events;
}

/**
 * Counts the events of each step: T maps (C,H,W).
 *
 * Step k holds the events with k·ms ≤ time < (k+1)·ms, whatever their order in the recording. Events before 0 or
 * after the window are skipped; a step without events is empty. All injections have the same frames.
 */
export function computeFrames({ x, y, polarity, t }: Events, binning: Binning): Float32Array {
  const { T, ms, injections, shape, pool } = binning;
  const { height, width } = shape;
  const size = neuronsOf(shape);
  const steps = T / injections;
  const step = 1000 * ms;
  const frames = new Float32Array(T * size);
  for (let i = 0; i < t.length; i++) {
    const k = Math.floor(t[i] / step);
    const [row, column] = [Math.floor(y[i] / pool), Math.floor(x[i] / pool)];
    if (k < 0 || k >= steps || row >= height || column >= width) continue;
    frames[k * size + (polarity[i] * height + row) * width + column]++;
  }
  for (let n = 1; n < injections; n++) frames.copyWithin(n * steps * size, 0, steps * size);
  return frames;
}
