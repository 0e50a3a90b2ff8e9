/** Data sets: samples read by number. An input has one of three forms: images, spike trains, event counts. */
import { neuronsOf, outputLayer, type Network, type Shape } from '../../spec/network.ts';
import { ranges, type Draw } from '../../spec/random.ts';
import type { Input } from '../backend/backend.ts';
import { checkRecord, checkWhole, isMasked, refuse, show } from '../errors.ts';
import { checkShape, shapeText } from '../network/check.ts';

/** Samples that are read by number, in any order. The same number always gives the same sample. */
export interface Dataset {
  /** The name in reports and error messages. */
  readonly name: string;
  /** The number of samples. */
  readonly length: number;
  /** The shape of a sample's map. */
  readonly shape: Shape;
  /**
   * The input of a sample.
   *
   * @param i the sample, from 0
   * @param draw selects the random numbers that encode the sample
   */
  input(i: number, draw: Draw): Input;
  /**
   * The class of a sample, from 0; training and evaluation need it for every sample.
   *
   * @param i the sample, from 0
   */
  label(i: number): number;
  /**
   * The bytes of a sample, if they are in memory. Data sets with bytes are compared without computing samples.
   *
   * @param i the sample, from 0
   */
  bytes?(i: number): Uint8Array;
}

/**
 * Makes a data set of images whose bytes 0 … 255 are intensities 0 … 1.
 *
 * @param name name of the data set in reports and error messages
 * @param shape channels, height and width of each image
 * @param pixels N images one after the other, each (C,H,W)
 * @param labels the class of each of the N images: 0, 1, …
 * @returns a data set that reads `pixels` on each request; it makes no copy
 * @throws InputError if `pixels` and `labels` do not have the same number of images, or a label is not a class
 */
export function images(name: string, shape: Shape, pixels: Uint8Array, labels: ArrayLike<number>): Dataset {
  if (typeof name !== 'string') refuse('images', 'name', 'a text', name);
  checkShape('images', 'shape', checkRecord('images', 'shape', shape, ['channels', 'height', 'width']));
  if (!(pixels instanceof Uint8Array) || isMasked(pixels)) refuse('images', 'pixels', 'a Uint8Array', pixels);
  if (isMasked(labels) || typeof labels?.length !== 'number')
    refuse('images', 'labels', 'an array of classes', labels);
  const size = neuronsOf(shape);
  const expected = `${labels.length} images, one per label, of ${size} bytes`;
  if (pixels.length !== size * labels.length) refuse(name, 'images', expected, `${pixels.length} bytes`);
  for (let i = 0; i < labels.length; i++)
    // Creating the text `labels[i]` for each of millions of labels would be slow. Only a wrong label needs it.
    if (!Number.isInteger(labels[i]) || labels[i] < 0 || labels[i] > ranges.sample)
      checkWhole(name, `labels[${i}]`, labels[i], 0, ranges.sample);
  if (labels.length > ranges.sample) refuse(name, 'images', `at most ${ranges.sample}`, labels.length);
  return {
    name,
    shape,
    length: labels.length,
    input(i, draw) {
      const intensities = new Float64Array(size);
      for (let p = 0, at = i * size; p < size; p++) intensities[p] = pixels[at + p] / 255;
      return { intensities, draw };
    },
    label: (i) => labels[i],
    bytes: (i) => pixels.subarray(i * size, (i + 1) * size),
  };
}

/**
 * Selects the first n samples of a data set.
 *
 * @param data a data set
 * @param n number of samples, from 0. Default: all
 * @returns a data set of n samples, or of all if it has fewer
 * @throws InputError if `n` is not a whole number from 0
 */
export function firstOf(data: Dataset, n = Infinity): Dataset {
  checkIsDataset('firstOf', data);
  checkWhole('firstOf', 'length', data.length, 0, ranges.sample + 1);
  if (n !== Infinity) checkWhole('firstOf', 'n', n, 0, ranges.sample + 1);
  return sliceOf(data, 0, Math.min(n, data.length));
}

/**
 * Selects samples `first` to `end` − 1 of a data set.
 *
 * @param data a data set
 * @param first number of the first sample, from 0
 * @param end number of the last sample, plus 1. Default: the length of the data set
 * @returns a data set of end − first samples, numbered from 0
 * @throws InputError if `first` and `end` are not in order within the data set
 */
export function sliceOf(data: Dataset, first: number, end = data?.length): Dataset {
  checkIsDataset('sliceOf', data);
  checkWhole('sliceOf', 'length', data.length, 0, ranges.sample + 1);
  checkWhole('sliceOf', 'first', first, 0, data.length);
  checkWhole('sliceOf', 'end', end, first, data.length);
  return selected(data, data.name, end - first, (i) => first + i);
}

/** A data set of some samples of `data`: its sample i is sample `at(i)` of `data`. */
export function selected(data: Dataset, name: string, length: number, at: (i: number) => number): Dataset {
  return {
    name,
    shape: data.shape,
    length,
    input: (i, draw) => data.input(at(i), draw),
    label: (i) => data.label(at(i)),
    ...(data.bytes && { bytes: (i: number) => data.bytes!(at(i)) }), // `data.bytes` was tested
  };
}

export function checkIsDataset(where: string, data: Dataset, what = 'data'): void {
  if (typeof data?.input !== 'function' || typeof data.label !== 'function' || typeof data.name !== 'string')
    refuse(where, what, 'a data set, as images() returns it', data);
}

/** Checks that a data set fits a network: the same shape, and a class for every label. */
export function checkDataset(where: string, data: Dataset, plan: Network, what?: string): void {
  checkIsDataset(where, data, what);
  const [shape, classes] = [plan.input, outputLayer(plan).output.channels];
  checkWhole(where, `${data.name}: length`, data.length, 0, ranges.sample + 1);
  checkShape(where, `${data.name}: shape`, { ...data.shape });
  if (data.length === 0) refuse(where, data.name, 'at least one sample', 0);
  if (shapeText(data.shape) !== shapeText(shape))
    refuse(where, data.name, `samples of ${shapeText(shape)}, as the network takes`, shapeText(data.shape));
  for (let i = 0; i < data.length; i++) {
    const label = data.label(i);
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    const expected = `labels from 0 to ${classes - 1}, as the network has classes`;
    refuse(where, data.name, expected, `${show(label)} at sample ${i}`);
  }
}
