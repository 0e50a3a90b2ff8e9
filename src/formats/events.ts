/** Events of a camera: the files of N-MNIST and DVS128 Gesture, with 5 bytes per event, and CSV tables with the classes of recordings. */
import { bytesOf, checkRecords, type AnyBytes } from './bytes.ts';
import { checkWhole, refuse } from '../errors.ts';

/** Events of a camera, in the order of the file. An event means that one pixel became brighter or darker. */
export interface Events {
  /** Column, from the left. */
  readonly x: Uint16Array;
  /** Row. */
  readonly y: Uint16Array;
  /** 1 brighter (ON), 0 darker (OFF). */
  readonly polarity: Uint8Array;
  /** Microseconds. */
  readonly t: Float64Array;
}

/** The pixels of a camera. */
export interface Sensor {
  readonly width: number;
  readonly height: number;
}

/** The bytes of an event. */
export const eventBytes = 5;

/**
 * Reads a recording of N-MNIST (`.bin`) or of DVS128 Gesture as 5-byte events (`.bs2`).
 *
 * Layout, big-endian, 40 bits per event: column (8), row (8), polarity (1), time in µs (23). Times count from the start of the recording. A
 * step back by more than 2²² µs is an overflow of the clock: this time and all later ones increase by 2²³ µs. A step forward by 2²² µs or
 * more undoes one overflow. A smaller step back is an event out of order, which keeps its time.
 *
 * @param supplied the bytes of the file
 * @param sensor width and height of the camera in pixels, such as 34 × 34 for N-MNIST
 * @param where name of the file in error messages
 * @returns column, row, polarity and time in µs of each event, in the order of the file
 * @throws InputError if the file is empty, an event is cut short, or a pixel is outside the sensor; the message has the offset
 */
export function readEvents(supplied: AnyBytes, sensor: Sensor, where: string): Events {
  const bytes = bytesOf(where, 'file', supplied);
  for (const side of ['width', 'height'] as const)
    checkWhole(where, `sensor.${side}`, sensor?.[side], 1, 65_536);
  checkRecords(where, 'events', bytes.length, eventBytes);
  const events = allocateEvents(bytes.length / eventBytes);
  const { x, y, polarity, t } = events;
  for (let i = 0, at = 0; i < t.length; i++, at += eventBytes) {
    [x[i], y[i]] = [bytes[at], bytes[at + 1]];
    if (x[i] >= sensor.width || y[i] >= sensor.height) {
      const pixels = `pixels of ${sensor.width} × ${sensor.height}`;
      refuse(where, 'events', pixels, `column ${x[i]}, row ${y[i]} at byte ${at}`);
    }
    polarity[i] = bytes[at + 2] >> 7;
    t[i] = ((bytes[at + 2] & 127) << 16) | (bytes[at + 3] << 8) | bytes[at + 4];
  }
  unwrap(t, 2 ** 23);
  return events;
}

export function allocateEvents(count: number): Events {
  return {
    x: new Uint16Array(count),
    y: new Uint16Array(count),
    polarity: new Uint8Array(count),
    t: new Float64Array(count),
  };
}

/**
 * Undoes, in place, the overflows of a clock that counts modulo `range`. The step between two neighbours is taken modulo
 * `range`: it is at least −range/2 and below range/2.
 */
export function unwrap(t: Float64Array, range: number): void {
  for (let i = 1, before = t[0], whole = t[0]; i < t.length; i++) {
    const step = t[i] - before;
    before = t[i];
    if (step < -range / 2) whole += step + range;
    else if (step >= range / 2) whole += step - range;
    else whole += step;
    t[i] = whole;
  }
}

const lineFeed = 10;

/**
 * Limit on the lines, because a row takes more bytes in memory than in the file. It is about ten times the number of recordings in
 * the largest data set with such a table.
 */
const mostLines = 2 ** 14;

/**
 * Reads a CSV table with a line of names. The first column is the name of a file, the second is its class. Other columns are ignored.
 *
 * @param low the least class
 * @param high the greatest class
 * @returns files and their classes, in the numbering of the table
 * @throws InputError with the line, for a name that is a path or occurs twice, and for a class out of range
 */
export function readLabels(bytes: Uint8Array, low: number, high: number, where: string) {
  let count = 1;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count++;
  if (count > mostLines) refuse(where, 'lines', `at most ${mostLines}`, count);
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  const seen = new Set<string>();
  const rows: { readonly file: string; readonly label: number }[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue;
    const at = `line ${index + 1}`;
    const [file = '', label = ''] = line.split(',', 2).map((cell) => cell.trim());
    if (!/^[\w-][\w.-]*$/.test(file)) refuse(where, at, "a file's name and its class", line);
    if (seen.has(file)) refuse(where, at, 'each file once', `${file} again`);
    if (!/^\d{1,9}$/.test(label) || Number(label) < low || Number(label) > high)
      refuse(where, at, `a class from ${low} to ${high} after the file's name`, label);
    seen.add(file);
    rows.push({ file, label: Number(label) });
  }
  if (rows.length === 0)
    refuse(where, 'lines', 'one with the names of the columns, then one per recording', lines.length);
  return rows;
}
