/** `mapOf` makes of any picture the bytes that a network takes, as training made them of the pictures it learnt. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOfPicture, mapOf } from '../../src/formats/pictureBytes.ts';
import type { Picture } from '../../src/formats/png.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { drawing } from '../support.ts';

const side = fc.integer({ min: 1, max: 7 });
const size = fc.record({ width: side, height: side });
const anyPicture: fc.Arbitrary<Picture> = fc
  .record({ size, channels: fc.integer({ min: 1, max: 4 }) })
  .chain(({ size: { width, height }, channels }) => {
    const count = width * height * channels;
    return fc
      .uint8Array({ minLength: count, maxLength: count })
      .map((data) => ({ width, height, channels, depth: 8, data }));
  });
const mapChannels = fc.constantFrom(1 as const, 3 as const);

/** Red, green and blue of a pixel over white, as bytes that are not rounded. */
function colours({ channels, data }: Picture, place: number): number[] {
  const pixel = [...data.subarray(place * channels, (place + 1) * channels)];
  const alpha = channels % 2 === 0 ? pixel.pop()! / 255 : 1;
  return [0, 1, 2].map((c) => pixel[channels < 3 ? 0 : c]! * alpha + 255 * (1 - alpha));
}

/** The mean of the pixels below each cell of a map, in plain loops over a grid that divides both. */
function naive(picture: Picture, channels: 1 | 3, width: number, height: number): number[] {
  const bytes: number[] = [];
  for (let c = 0; c < channels; c++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        let sum = 0;
        for (let y = 0; y < picture.height; y++)
          for (let x = 0; x < picture.width; x++) {
            const [fineY, fineX] = [row * picture.height + y, column * picture.width + x];
            const place = Math.floor(fineY / height) * picture.width + Math.floor(fineX / width);
            const [red, green, blue] = colours(picture, place);
            sum += channels === 3 ? [red, green, blue][c]! : 0.299 * red! + 0.587 * green! + 0.114 * blue!;
          }
        bytes.push(sum / (picture.width * picture.height));
      }
  return bytes;
}

describe('mapOf', () => {
  it('has the mean of the area below each cell, gray or in colours, over white', () => {
    fc.assert(
      fc.property(anyPicture, mapChannels, size, (picture, channels, { width, height }) => {
        const made = mapOf(picture, { channels, height, width });
        const expected = naive(picture, channels, width, height);
        expect(made).toHaveLength(expected.length);
        for (const [place, value] of expected.entries())
          expect(Math.abs(made[place]! - value)).toBeLessThan(0.5 + 1e-9);
      }),
      drawing(200),
    );
  });

  it('makes of a picture of its size what training makes of it, and of a canvas what it makes of such a PNG', () => {
    fc.assert(
      fc.property(anyPicture, mapChannels, (picture, channels) => {
        const { width, height, data } = picture;
        const made = mapOf(picture, { channels, height, width });
        expect(made).toEqual(bytesOfPicture(picture, channels));
        if (picture.channels !== 4) return;
        expect(
          mapOf({ width, height, data: Uint8ClampedArray.from(data) }, { channels, height, width }),
        ).toEqual(made);
      }),
      drawing(100),
    );
  });

  it('refuses what is no picture, and a map that no picture has', () => {
    const picture = { width: 1, height: 1, channels: 1, depth: 8, data: new Uint8Array(1) } as const;
    const map = { channels: 1, height: 2, width: 2 };
    for (const [given, to, message] of [
      [undefined, map, '"picture" expected a picture, as readPng of asf-bp/png returns it, or'],
      [{ ...picture, channels: 2 }, map, '"data" expected 2 values'],
      [picture, undefined, '"map.channels" expected 1 or 3, as a picture has, got nothing'],
      [picture, { ...map, channels: 2 }, '"map.channels" expected 1 or 3, as a picture has, got 2'],
      [picture, { ...map, height: 0 }, '"map.height" expected a whole number from 1 to 4096, got 0'],
    ] as const)
      expect(refusalOf(() => mapOf(given as never, to as never))).toContain(`mapOf: ${message}`);
  });
});
