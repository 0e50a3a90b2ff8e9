/** CIFAR-10 is cropped, flipped and normalised as published, and each sample can be recomputed alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { threefry, type Draw } from '../../spec/random.ts';
import { cifar10, computeIntensities, drawCrop } from '../../src/data/cifar10.ts';
import { images, type Dataset } from '../../src/data/dataset.ts';
import { network } from '../../src/network/network.ts';
import { drawSamples } from '../../src/train/sampleInput.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { law } from '../spec/support.ts';

const [mean, deviation] = [
  [0.4914, 0.4822, 0.4465],
  [0.557, 0.549, 0.5534],
];
const normal = (byte: number, c: number): number => (byte / 255 - mean[c]!) / deviation[c]!;

const count = 5;
const pixels = Uint8Array.from(
  { length: count * 3072 },
  (_, i) => (Math.imul(i + 1, 2654435761) >>> 24) & 255,
);
const labels = Uint8Array.of(3, 1, 4, 1, 5);
const data = cifar10('c', { pixels, labels });
const word32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const place = fc.record({ seed: word32, epoch: fc.nat(2 ** 24 - 1), sample: fc.nat(count - 1) });

const shown = (set: Dataset, draw: Draw): number[] => {
  const input = set.input(draw.sample, draw);
  if (!('intensities' in input)) throw new Error('intensities expected');
  expect(input.draw).toBe(draw);
  return Array.from(input.intensities);
};

describe('crop and flip', () => {
  // Red encodes the place of a pixel, so that a result shows the source of each pixel.
  const image = Uint8Array.from({ length: 3072 }, (_, i) =>
    i < 1024 ? (7 * (i >> 5) + (i & 31)) & 255 : 200,
  );
  const red = (row: number, column: number): number => normal((7 * row + column) & 255, 0);

  it('by hand: row 2, column 7 of the padded image is 2 up and 3 right of the image', () => {
    const result = computeIntensities(image, { row: 2, column: 7, isFlipped: false });
    const at = (row: number, column: number): number => result[32 * row + column]!;
    expect(at(2, 0)).toBe(red(0, 3)); // two rows of padding above
    expect(at(31, 28)).toBe(red(29, 31));
    expect(at(1, 0)).toBe(normal(0, 0));
    expect(at(31, 29)).toBe(normal(0, 0)); // three columns of padding on the right
    expect([normal(0, 0), normal(0, 1), normal(0, 2)].map((value) => value.toFixed(4))).toEqual([
      '-0.8822',
      '-0.8783',
      '-0.8068',
    ]);
    expect(result[1024]).toBe(normal(0, 1));
    expect(result[1024 + 64]).toBe(normal(200, 1));
    expect(result[2048 + 64]).toBe(normal(200, 2));
  });

  it('by hand: a flip is of the crop, so its padding is on the other side', () => {
    const result = computeIntensities(image, { row: 4, column: 7, isFlipped: true });
    expect(Array.from(result.subarray(0, 4))).toEqual([normal(0, 0), normal(0, 0), normal(0, 0), red(0, 31)]);
    expect(result[31]).toBe(red(0, 3));
  });

  law('are draws 0, 1, 2 of counter (sample, ⌊n/2⌋) under key (seed, 4·2²⁴ + epoch)', place, 300, (draw) => {
    const [first, second] = threefry(draw.seed, 4 * 2 ** 24 + draw.epoch, draw.sample, 0);
    const [third] = threefry(draw.seed, 4 * 2 ** 24 + draw.epoch, draw.sample, 1);
    expect(drawCrop(draw)).toEqual({
      row: Number((BigInt(first) * 9n) >> 32n),
      column: Number((BigInt(second) * 9n) >> 32n),
      isFlipped: third >= 2 ** 31,
    });
  });
});

describe('a CIFAR-10 data set', () => {
  const stream = 'train';

  law('shows a sample of an epoch as its crop, alone', place, 60, (draw) => {
    const image = pixels.subarray(draw.sample * 3072, (draw.sample + 1) * 3072);
    expect(shown(data, { ...draw, stream })).toEqual([...computeIntensities(image, drawCrop(draw))]);
  });

  const { plan } = network({
    input: { channels: 3, height: 32, width: 32 },
    timeWindow: 1,
    threshold: 1,
    layers: [{ kind: 'linear', units: 10 }],
  } as Parameters<typeof network>[0]);
  const batches = fc.record({
    seed: word32,
    epoch: fc.nat(9),
    order: fc.shuffledSubarray([...Array(count).keys()], { minLength: 1 }),
  });
  law('shows it so in every batch, whatever is beside it and was shown before', batches, 40, (each) => {
    const draw = { seed: each.seed, epoch: each.epoch, stream } as const;
    const batch = drawSamples('train', plan, data, each.order, draw);
    for (const [at, sample] of each.order.entries()) {
      const alone = cifar10('again', { pixels, labels }).input(sample, { ...draw, sample });
      expect(batch[at]!.input).toEqual(alone);
      expect(batch[at]!.label).toBe(labels[sample]);
    }
  });

  law('is normalised and nothing else when it is tested', place, 40, (draw) => {
    const image = pixels.subarray(draw.sample * 3072, (draw.sample + 1) * 3072);
    const expected = Array.from(image, (byte, i) => normal(byte, i >> 10));
    expect(shown(data, { ...draw, stream: 'test' })).toEqual(expected);
  });

  it('keeps bytes: the pixels that it was given, and no others', () => {
    const own = pixels.slice();
    const set = cifar10('c', { pixels: own, labels });
    own[0] = 255;
    expect(shown(set, { seed: 0, epoch: 0, sample: 0, stream: 'test' })[0]).toBe(normal(255, 0));
  });

  it('refuses pixels that are not those of its labels', () => {
    expect(refusalOf(() => cifar10('c', { pixels: pixels.subarray(1), labels }))).toBe(
      'c: "pixels" expected a Uint8Array of 3072 bytes per image, one image per label, got 15359 bytes and 5 labels',
    );
  });
});

it('images() of a stream are not augmented', () => {
  const set = images('i', { channels: 3, height: 32, width: 32 }, pixels, labels);
  const draw = { seed: 1, epoch: 2, sample: 3 };
  expect(shown(set, { ...draw, stream: 'train' })).toEqual(shown(set, { ...draw, stream: 'test' }));
});
