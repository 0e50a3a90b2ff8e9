import { bytesOf, checkRecords, type AnyBytes } from './bytes.ts';
import { refuse } from '../errors.ts';

/** Images one after the other, and their classes. An image is three planes (red, green, blue) of 32 × 32 bytes. */
export interface Cifar10 {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

export const side = 32;
export const plane = side * side;
export const imageBytes = 3 * plane;
const record = 1 + imageBytes;
export const classes = 10;

/**
 * Reads the binary files of CIFAR-10, such as `data_batch_1.bin`: records of a label and an image, 1 + 3072 bytes.
 *
 * @param supplied the bytes of the file
 * @param where name of the file in error messages
 * @returns N images (3,32,32) of bytes one after the other, and N classes 0 … 9
 * @throws InputError if the length is not a multiple of 3073, or a label is out of range; the message has the
 * offset of the image
 */
export function readCifar10(supplied: AnyBytes, where: string): Cifar10 {
  const bytes = bytesOf(where, 'file', supplied);
  checkRecords(where, 'images', bytes.length, record);
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
