/** `mapOf` turns any picture into the bytes that a network takes, as training did with its pictures. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { bytesOfPicture, mapOf } from '../../src/pictures/pictureBytes.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { law } from '../spec/support.ts';

const [width, height] = [3, 2];
const pixels = fc.uint8Array({ minLength: 4 * width * height, maxLength: 4 * width * height });
const drawn = fc.record({ data: pixels, channels: fc.constantFrom(1 as const, 3 as const) });

/** A picture with each pixel enlarged to `by` × `by` pixels. */
function enlarged(data: Uint8Array, by: number) {
  const all = Array.from({ length: width * by * height * by }, (_, place) => {
    const [row, column] = [Math.floor(place / (width * by)), place % (width * by)];
    const at = 4 * (Math.floor(row / by) * width + Math.floor(column / by));
    return [...data.subarray(at, at + 4)];
  });
  return { width: width * by, height: height * by, data: Uint8ClampedArray.from(all.flat()) };
}

law(
  'a canvas of any size is what training makes of such a PNG; a smaller map has the mean of what it covers',
  fc.tuple(drawn, fc.integer({ min: 1, max: 3 })),
  100,
  ([{ data, channels }, by]) => {
    const expected = bytesOfPicture({ width, height, channels: 4, depth: 8, data }, channels);
    const [one, other] = [enlarged(data, 1), enlarged(data, by)];
    const large = { channels, height: by * height, width: by * width };
    expect(mapOf(other, { channels, height, width })).toEqual(expected);
    expect(mapOf(one, large)).toEqual(mapOf(other, large));
    const [mean] = mapOf(other, { channels, height: 1, width: 1 });
    const first = expected.subarray(0, width * height);
    expect(Math.abs(mean! - first.reduce((sum, byte) => sum + byte) / first.length)).toBeLessThanOrEqual(1);
  },
);

it.each([
  [undefined, 1, '"picture" expected a picture, as readPng of asf-bp/png returns it, or'],
  [enlarged(new Uint8Array(24), 1), 2, '"map.channels" expected 1 or 3, as a picture has, got 2'],
])('what is no picture, and a map that no picture has, are refused: %#', (given, channels, message) => {
  expect(refusalOf(() => mapOf(given as never, { channels, height, width }))).toContain(`mapOf: ${message}`);
});
