/** CIFAR-10 as input of a network: normalised, and randomly cropped and flipped during training. */
import { augmentDraw } from '../../spec/random.ts';
import { isMasked, refuse } from '../errors.ts';
import { imageBytes, plane, side, type Cifar10 } from '../formats/cifar10.ts';
import type { Dataset } from './dataset.ts';

/** The mean and deviation for normalising intensities 0 … 1 of red, green and blue. */
const mean = [0.4914, 0.4822, 0.4465];
const deviation = [0.557, 0.549, 0.5534];

/** Width in pixels of the black border that is added before an image is cropped. */
const padding = 4;

/** (byte / 255 − mean) / deviation, in binary64, for each of the 256 bytes of each channel. */
const normal = Float64Array.from(
  { length: 3 * 256 },
  (_, at) => ((at & 255) / 255 - mean[at >> 8]) / deviation[at >> 8],
);

/**
 * Makes a data set of CIFAR-10 images; a sample is computed from the bytes on each request.
 *
 * A training sample (stream `train`) is padded with 4 black pixels on each side, cropped to 32 × 32, flipped, and then
 * normalised. So padding becomes −0.8822, −0.8783, −0.8068. The paper names cropping, flipping and normalisation in this
 * order, and the authors apply them in this order. A test sample is only normalised. The crop uses these draws of the
 * stream `augment`:
 *
 * | n | below | what |
 * |---|---|---|
 * | 0 | 9 | row of the crop in the padded image; 4 is the image itself |
 * | 1 | 9 | column of the crop |
 * | 2 | 2 | 1: left and right of the crop are exchanged |
 *
 * @param name name of the data set in reports and error messages
 * @param data images and classes, as `readCifar10` returns them
 * @returns a data set whose samples have the shape (3,32,32)
 * @throws InputError if the two arrays do not have the same number of images
 */
export function cifar10(name: string, data: Cifar10): Dataset {
  const { pixels, labels } = data ?? {};
  const areBytes = [pixels, labels].every((bytes) => bytes instanceof Uint8Array && !isMasked(bytes));
  if (!areBytes || pixels.length !== labels.length * imageBytes) {
    const expected = `a Uint8Array of ${imageBytes} bytes per image, one image per label`;
    const got = areBytes ? `${pixels.length} bytes and ${labels.length} labels` : pixels;
    refuse(name, 'pixels', expected, got);
  }
  return {
    name,
    shape: { channels: 3, height: side, width: side },
    length: labels.length,
    input(i, draw) {
      const image = pixels.subarray(i * imageBytes, (i + 1) * imageBytes);
      const crop = draw.stream === 'train' ? drawCrop(draw) : whole;
      return { intensities: computeIntensities(image, crop), draw };
    },
    label: (i) => labels[i],
    bytes: (i) => pixels.subarray(i * imageBytes, (i + 1) * imageBytes),
  };
}

/** How an image is cropped: the position of the crop in the padded image, from 0 to 8, and whether it is flipped. */
export interface TrainingCrop {
  readonly row: number;
  readonly column: number;
  readonly isFlipped: boolean;
}

/** The crop that gives the image itself. */
const whole: TrainingCrop = { row: padding, column: padding, isFlipped: false };

export function drawCrop(draw: { seed: number; epoch: number; sample: number }): TrainingCrop {
  const positions = 2 * padding + 1;
  return {
    row: augmentDraw(draw, 0, positions),
    column: augmentDraw(draw, 1, positions),
    isFlipped: augmentDraw(draw, 2, 2) === 1,
  };
}

/** Crops, flips and normalises an image: bytes (C,H,W) become intensities (C,H,W) for the encoder. */
export function computeIntensities(
  image: Uint8Array,
  { row, column, isFlipped }: TrainingCrop,
): Float64Array {
  const intensities = new Float64Array(imageBytes);
  for (let c = 0, at = 0; c < 3; c++) {
    for (let y = 0; y < side; y++) {
      const fromY = y + row - padding;
      for (let x = 0; x < side; x++, at++) {
        const fromX = (isFlipped ? side - 1 - x : x) + column - padding;
        const isInside = fromY >= 0 && fromY < side && fromX >= 0 && fromX < side;
        const byte = isInside ? image[c * plane + fromY * side + fromX] : 0;
        intensities[at] = normal[c * 256 + byte];
      }
    }
  }
  return intensities;
}
