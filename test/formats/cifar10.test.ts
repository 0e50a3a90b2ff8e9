/** CIFAR-10 is the same from binary files and from sheets. Damaged files are refused. */
import { encode } from 'fast-png';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCifar10 } from '../../src/formats/cifar10.ts';
import { readCifar10Labels, readCifar10Sheet } from '../../src/formats/cifar10Sheets.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { ascii, concat } from '../fuzz/samples.ts';
import { encodeCifar10, encodeSheet } from './encoders.ts';

const image = fc.uint8Array({ minLength: 3072, maxLength: 3072 });
const samples = fc.array(fc.tuple(fc.nat(9), image), { minLength: 1, maxLength: 3 });

const blank = new Uint8Array(3072);
const two = encodeCifar10([3, 10], [blank, blank]);
function sheet(width: number, channels: number, depth: 8 | 16 = 8): Uint8Array {
  const length = width * 2 * channels;
  const data = depth === 8 ? new Uint8Array(length) : new Uint16Array(length);
  return new Uint8Array(encode({ width, height: 2, channels, depth, data }));
}

it('CIFAR-10 is the same from the binary and from sheet and labels', () => {
  fc.assert(
    fc.property(samples, (drawn) => {
      const labels = drawn.map(([label]) => label);
      const images = drawn.map(([, pixels]) => pixels);
      const binary = readCifar10(encodeCifar10(labels, images), 'f');
      expect(binary).toEqual({ labels: Uint8Array.from(labels), pixels: concat(...images) });
      expect(readCifar10Sheet(encodeSheet(images), images.length, 'f')).toEqual(binary.pixels);
      const json = ascii(JSON.stringify(labels));
      expect(readCifar10Labels(json, images.length, 'f')).toEqual(binary.labels);
    }),
    { numRuns: 30 },
  );
});

it.each<[string, Uint8Array]>([
  ['"images" expected 3073 bytes each, one or more from byte 0, got 0 bytes', new Uint8Array(0)],
  [
    '"images" expected 3073 bytes each, one or more from byte 0, got 6145 bytes; the image at byte 3073 is cut',
    two.subarray(0, -1),
  ],
  ['"labels" expected from 0 to 9, got 10 of image 1, at byte 3073', two],
])('a batch is refused: %s', (expected, bytes) => {
  expect(refusalOf(() => readCifar10(bytes, 'b.bin'))).toContain(`b.bin: ${expected}`);
});

it.each<[string, Uint8Array]>([
  ['1024 × 1, 3 × 8 bits', encodeSheet([blank])],
  ['1023 × 2, 3 × 8 bits', sheet(1023, 3)],
  ['1024 × 2, 1 × 8 bits', sheet(1024, 1)],
  ['1024 × 2, 4 × 8 bits', sheet(1024, 4)],
  ['1024 × 2, 3 × 16 bits', sheet(1024, 3, 16)],
])('a sheet is refused of %s', (size, bytes) => {
  const expected = `s.png: "sheet" expected 1024 × 2, 3 × 8 bits, got ${size}`;
  expect(refusalOf(() => readCifar10Sheet(bytes, 2, 's.png'))).toBe(expected);
});

describe('readCifar10Labels', () => {
  const messageOf = (text: string) => refusalOf(() => readCifar10Labels(ascii(text), 2, 'l.json'));

  it('takes white space as JSON does', () => {
    expect(readCifar10Labels(ascii(' [ 9,\n\t0 ]\r\n'), 2, 'l.json')).toEqual(Uint8Array.of(9, 0));
  });

  const lists = ['[1, 2', '{}', '', '[1]', '[1, 1, 1]', '["1", 1]', '[null, 1]', '[1.5, 1]', '[-1, 1]'];
  it.each([...lists, '[1, 1] 1'])('refuses %j, which is no list of two classes', (text) =>
    expect(messageOf(text)).toMatch(/^l\.json: (expected JSON|"labels" expected)/),
  );

  it('names the image whose label is no class', () => {
    expect(messageOf('[1, 10]')).toBe(
      'l.json: "labels" expected whole numbers from 0 to 9, got 10 of image 1',
    );
  });
});
