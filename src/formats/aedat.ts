/** AEDAT 2.0 files of a DVS128 camera, as in CIFAR10-DVS. */
import { bytesOf, checkRecords, type AnyBytes, type ByteSource } from './bytes.ts';
import { refuse } from '../errors.ts';
import { allocateEvents, unwrap, type Events } from './events.ts';

const width = 8;

/** Bit 15 of a DVS128's address marks an external event. */
const external = 0x8000;

/** The first bytes of other file formats, and the name of each. */
const others: readonly [starts: string, kind: string][] = [
  ['#!AER-DAT1.', 'AEDAT 1'],
  ['#!AER-DAT3.', 'AEDAT 3'],
  ['#!AER-DAT4.', 'AEDAT 4'],
  ['MATLAB 5.0 MAT-file', 'a MATLAB file (.mat)'],
  ['MATLAB 7.3 MAT-file', 'a MATLAB file (.mat)'],
  ['\x89HDF\r\n\x1a\n', 'an HDF5 file'],
  ['% Data file containing', 'a Prophesee file (.dat)'],
  ['%', 'a Prophesee EVT file (.raw)'],
  ['PK\x03\x04', 'a zip archive'],
  ['\x1f\x8b', 'a gzip file'],
];

/** Limit on the bytes of a header. Usual headers have a few lines. */
const mostHeader = 2 ** 16;

/**
 * Checks the header of an AEDAT 2.0 file. One or more whole events must follow, and the first must be of a DVS128.
 *
 * @param file a file, of which the header and the first event are read
 * @returns the offset of the first event
 * @throws InputError for another format or camera, for too long a header, or if no whole event follows
 */
export function checkAedatHeader(file: ByteSource, where: string): number {
  const head = file.subarray(0, Math.min(file.length, mostHeader + width));
  const begins = (text: string): boolean => textOf(head, 0, text.length) === text;
  if (!begins('#!AER-DAT2.')) {
    const other = `a file that starts with the bytes ${[...head.subarray(0, 4)].join(' ')}`;
    const [, kind = head.length === 0 ? 'an empty file' : other] =
      others.find(([starts]) => begins(starts)) ?? [];
    refuse(where, 'file', 'AEDAT 2.0, first line #!AER-DAT2.0', kind);
  }
  let start = 0;
  // The codes of # and of a line feed.
  while (head[start] === 35) {
    const end = head.indexOf(10, start);
    if (end > mostHeader || (end < 0 && head.length > mostHeader))
      refuse(where, 'header', `at most ${mostHeader} bytes of lines that start with #`, 'more');
    if (end < 0)
      refuse(where, 'header', `the end of the line that begins at byte ${start}`, 'the end of the file');
    const line = textOf(head, start, Math.min(end, start + 200));
    if (/AEChip.*davis/i.test(line))
      refuse(where, 'camera', 'DVS128', `DAVIS in the header at byte ${start}`, 'its addresses are others');
    start = end + 1;
  }
  checkRecords(where, 'events', file.length, width, start);
  addressAt(new DataView(head.buffer, head.byteOffset, head.length), start, where);
  return start;
}

/** The address of the event at byte `at`. It must be an address of a DVS128. */
function addressAt(view: DataView, at: number, where: string): number {
  const address = view.getUint32(at);
  if (address <= 0xffff) return address;
  const got = `0x${address.toString(16)} at byte ${at}`;
  const next = 'DAVIS and other cameras have other addresses';
  refuse(where, 'address', 'one of a DVS128, 0 to 0xffff', got, next);
}

/**
 * Reads an AEDAT 2.0 recording of a DVS128 camera (128 × 128).
 *
 * Layout: lines of text that start with `#` and end in CR LF, the first `#!AER-DAT2.0`; then events of 8 bytes. An event has an address and
 * a time in µs, 32 bits each, big-endian. Column = address >> 1 & 127, row = address >> 8 & 127, polarity = address & 1. Columns and rows
 * are as the camera counts them; jAER draws row 0 at the bottom. External events (bit 15) are skipped.
 *
 * Times count from the earliest event. A step back by more than 2³¹ µs is an overflow of the clock: this time and all later ones increase
 * by 2³² µs. A step forward by 2³¹ µs or more undoes one overflow. A smaller step back is an event out of order, which keeps its time.
 *
 * @param supplied the bytes of the file
 * @param where name of the file in error messages
 * @returns column, row, polarity and time in µs of each event, in the order of the file
 * @throws InputError if the file has another format, is cut short, is of another camera, or has no pixel event
 */
export function readAedat(supplied: AnyBytes, where: string): Events {
  const bytes = bytesOf(where, 'file', supplied);
  const start = checkAedatHeader(bytes, where);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  for (let at = start; at < bytes.length; at += width) if (!(addressAt(view, at, where) & external)) count++;
  const outside = `${(bytes.length - start) / width} from outside`;
  if (count === 0) refuse(where, 'events', `at least one of a pixel, from byte ${start}`, outside);
  const events = allocateEvents(count);
  const { x, y, polarity, t } = events;
  for (let at = start, i = 0; at < bytes.length; at += width) {
    const address = view.getUint32(at);
    if (address & external) continue;
    x[i] = (address >> 1) & 127;
    y[i] = (address >> 8) & 127;
    polarity[i] = address & 1;
    t[i++] = view.getUint32(at + 4);
  }
  unwrap(t, 2 ** 32);
  const first = t.reduce((least, time) => Math.min(least, time));
  for (let i = 0; i < count; i++) t[i] -= first;
  return events;
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
