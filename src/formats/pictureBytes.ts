import { grayAt } from './digit.ts';
import type { Picture } from './png.ts';

/** Whether no pixel has a colour. */
export function isGray({ channels, data }: Picture): boolean {
  if (channels < 3) return true;
  for (let at = 0; at < data.length; at += channels)
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  return true;
}

/**
 * The values of a picture as bytes 0 … 255, (C,H,W): its gray (Rec. 601 luma), or red, green and blue. Transparency shows white
 * behind it.
 */
export function bytesOfPicture(picture: Picture, channels: 1 | 3): Uint8Array {
  const { width, height, depth, channels: stored, data } = picture;
  const size = width * height;
  const bytes = new Uint8Array(channels * size);
  const full = 2 ** depth - 1;
  for (let place = 0; place < size; place++) {
    if (channels === 1) {
      bytes[place] = Math.round(255 * grayAt(picture, place % width, Math.floor(place / width)));
      continue;
    }
    const at = place * stored;
    const alpha = stored % 2 === 0 ? data[at + stored - 1] / full : 1;
    for (let c = 0; c < 3; c++) {
      const value = data[at + (stored < 3 ? 0 : c)] / full;
      bytes[c * size + place] = Math.round(255 * (value * alpha + 1 - alpha));
    }
  }
  return bytes;
}
