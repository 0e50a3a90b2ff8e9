import type { Shape } from '../../spec/network.ts';
import { checkWhole, refuse } from '../errors.ts';
import { checkPicture, edgesOf, grayAt, meansOf, type CanvasPicture } from './digit.ts';
import type { Picture } from '../formats/png.ts';

export function isGray({ channels, data }: Picture): boolean {
  if (channels < 3) return true;
  for (let at = 0; at < data.length; at += channels)
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  return true;
}

/**
 * Converts a picture to a map (C,H,W) of bytes, as `asf-bp train` and `asf-bp predict` convert PNG files.
 *
 * One channel is gray (Rec. 601 luma); three are red, green and blue. Transparent pixels are blended with white. A picture of
 * another size is stretched to the map: each byte is the mean of the area that it covers.
 *
 * @param picture the result of `readPng`, or the `ImageData` of a canvas
 * @param map channels (1 or 3), height and width (1 … 4096) of the network's input, `net.plan.input`
 * @returns C × H × W bytes 0 … 255
 * @throws InputError if `picture` is not a picture, or channels, height or width of the map are out of range
 */
export function mapOf(picture: Picture | CanvasPicture, map: Shape): Uint8Array {
  const from = checkPicture('mapOf', picture);
  const { channels, height, width } = map ?? {};
  if (channels !== 1 && channels !== 3) refuse('mapOf', 'map.channels', '1 or 3, as a picture has', channels);
  checkWhole('mapOf', 'map.height', height, 1, 4096);
  checkWhole('mapOf', 'map.width', width, 1, 4096);
  return bytesFor(from, { channels, height, width });
}

/** Converts a picture to a map of the same height and width. */
export function bytesOfPicture(picture: Picture, channels: 1 | 3): Uint8Array {
  return bytesFor(picture, { channels, height: picture.height, width: picture.width });
}

function bytesFor(picture: Picture, map: Shape): Uint8Array {
  const { channels, height, width } = map;
  const [size, isStretched] = [height * width, picture.width !== width || picture.height !== height];
  const edges = [
    edgesOf(picture.width, width / picture.width),
    edgesOf(picture.height, height / picture.height),
  ] as const;
  const bytes = new Uint8Array(channels * size);
  for (let c = 0; c < channels; c++) {
    const valueAt = (x: number, y: number): number =>
      channels === 1 ? grayAt(picture, x, y) : colourAt(picture, x, y, c);
    const means = isStretched ? meansOf(valueAt, ...edges, map) : undefined;
    for (let i = 0; i < size; i++)
      bytes[c * size + i] = Math.round(255 * (means?.[i] ?? valueAt(i % width, Math.floor(i / width))));
  }
  return bytes;
}

/** Red, green or blue of a pixel over white, 0 to 1. */
function colourAt({ width, channels, depth, data }: Picture, x: number, y: number, c: number): number {
  const full = depth === 8 ? 255 : 65535;
  const at = (y * width + x) * channels;
  const alpha = channels % 2 === 0 ? data[at + channels - 1] / full : 1;
  const value = data[at + (channels < 3 ? 0 : c)] / full;
  return value * alpha + 1 - alpha;
}
