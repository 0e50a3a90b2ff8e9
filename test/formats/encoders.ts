/**
 * Writers of formats that the package only reads. They follow the format descriptions byte by byte, and share no code with the
 * readers.
 */
import type { Events } from '../../src/formats/events.ts';
import { ascii, concat, pngFile } from '../fuzz/samples.ts';

/** One event: column, row, polarity, and time in µs. */
export type Event = readonly [x: number, y: number, polarity: number, t: number];

export const eventsOf = ({ x, y, polarity, t }: Events): Event[] =>
  Array.from(t, (time, i) => [x[i]!, y[i]!, polarity[i]!, time]);

/** Events of 5 bytes. Times overflow at 2²³ µs, as the camera's clock does. */
export function encodeEvents(events: readonly Event[]): Uint8Array {
  return Uint8Array.from(
    events.flatMap(([x, y, polarity, t]) => {
      const time = t % 2 ** 23;
      return [x, y, polarity * 128 + Math.floor(time / 65536), Math.floor(time / 256) % 256, time % 256];
    }),
  );
}

/** The header lines that jAER's tools write. */
export const aedatHeader = [
  '#!AER-DAT2.0',
  '# This is a raw AE data file created by saveaerdat.m',
  '# Data format is int32 address, int32 timestamp (8 bytes total), repeated for each event',
  '# Timestamps tick is 1 us',
];

/** AEDAT 2.0 of a DVS128 camera. Times overflow at 2³² µs, as the camera's clock does. */
export function encodeAedat(events: readonly Event[], header: readonly string[] = aedatHeader): Uint8Array {
  const words = events.flatMap(([x, y, polarity, t]) => [y * 256 + x * 2 + polarity, t % 2 ** 32]);
  return encodeAedatWords(words, header);
}

/** AEDAT 2.0 with these raw addresses and times. */
export function encodeAedatWords(
  words: readonly number[],
  header: readonly string[] = aedatHeader,
): Uint8Array {
  const body = new Uint8Array(4 * words.length);
  words.forEach((word, i) => new DataView(body.buffer).setUint32(4 * i, word));
  return concat(ascii(header.map((line) => `${line}\r\n`).join('')), body);
}

/** An official batch file. An image has 3072 bytes: red, green, blue. */
export function encodeCifar10(labels: readonly number[], images: readonly Uint8Array[]): Uint8Array {
  return concat(...images.flatMap((image, i) => [[labels[i]!], image]));
}

/** The same images as a sheet: each row holds the pixels of one image, RGB. */
export function encodeSheet(images: readonly Uint8Array[]): Uint8Array {
  const raw = images.flatMap((image) => {
    const row = [0]; // the filter of the row: none
    for (let pixel = 0; pixel < 1024; pixel++)
      row.push(image[pixel]!, image[1024 + pixel]!, image[2048 + pixel]!);
    return row;
  });
  return pngFile({ width: 1024, height: images.length, depth: 8, colour: 2, raw });
}
