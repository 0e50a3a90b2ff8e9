/** The networks of the paper and two others, as plain data in the form of a user's file. */
import type { NetworkDescription } from '../../spec/dictionary.ts';
import type { Variant, VariantName } from '../../spec/variant.ts';

/** Choices that replace those of a preset. */
export interface VariantGiven extends Partial<Variant> {
  /** The preset. Default: `paper`. */
  readonly from?: VariantName;
}

/** A network file: a description, and its default variant. */
export interface NetworkFile extends NetworkDescription {
  /** A preset, or one with some choices replaced: `{ "from": "authors", … }`. Default: `paper`. */
  readonly variant?: VariantName | VariantGiven;
}

/** LeNet as the authors use it on MNIST. */
export const lenet: NetworkFile = {
  name: 'lenet',
  variant: 'authors',
  input: { channels: 1, height: 28, width: 28, scale: 0.5 },
  timeWindow: 20,
  threshold: 1,
  leak: 1,
  layers: [
    { kind: 'convolution', channels: 20, kernel: 5, padding: 2 },
    { kind: 'averagePool', size: 2 },
    { kind: 'convolution', channels: 50, kernel: 5, padding: 2 },
    { kind: 'averagePool', size: 2 },
    { kind: 'linear', units: 200 },
    { kind: 'linear', units: 10 },
  ],
};

/** A network of about 19,000 weights for digits; `asf-bp/models/tiny` has its weights. */
export const tiny: NetworkFile = {
  name: 'tiny',
  variant: 'authors',
  input: { channels: 1, height: 28, width: 28, scale: 0.5 },
  timeWindow: 16,
  threshold: 1,
  leak: 1,
  layers: [
    { kind: 'convolution', channels: 12, kernel: 5, padding: 2 },
    { kind: 'averagePool', size: 2 },
    { kind: 'convolution', channels: 24, kernel: 5, padding: 2 },
    { kind: 'averagePool', size: 2 },
    { kind: 'linear', units: 10 },
  ],
};

/** VGG7 as the authors use it on CIFAR-10. Below 100 steps its later layers are silent. */
export const vgg7: NetworkFile = {
  name: 'vgg7',
  variant: 'authors',
  input: { channels: 3, height: 32, width: 32, scale: 1 },
  timeWindow: 100,
  threshold: 2,
  leak: 1,
  layers: [
    { kind: 'convolution', channels: 64, kernel: 3, padding: 1 },
    { kind: 'convolution', channels: 64, kernel: 3, padding: 1 },
    { kind: 'averagePool', size: 2 },
    { kind: 'convolution', channels: 128, kernel: 3, padding: 1 },
    { kind: 'convolution', channels: 128, kernel: 3, padding: 1 },
    { kind: 'convolution', channels: 128, kernel: 3, padding: 1 },
    { kind: 'maxPool', size: 2 },
    { kind: 'linear', units: 1024 },
    { kind: 'linear', units: 10 },
  ],
};

/** VGG7 as the authors use it on CIFAR10-DVS, with steps of 12 ms. With leak 0.99 it is the LIF network. */
export const vgg7dvs: NetworkFile = {
  name: 'vgg7-dvs',
  variant: 'authors',
  input: { channels: 2, height: 42, width: 42, scale: 1 },
  timeWindow: 100,
  threshold: 1,
  leak: 1,
  layers: [
    { kind: 'convolution', channels: 64, kernel: 3, padding: 1 },
    { kind: 'convolution', channels: 64, kernel: 3, padding: 1 },
    { kind: 'averagePool', size: 2 },
    { kind: 'convolution', channels: 128, kernel: 3, padding: 1 },
    { kind: 'convolution', channels: 128, kernel: 3, padding: 1 },
    { kind: 'convolution', channels: 256, kernel: 3, padding: 1 },
    { kind: 'maxPool', size: 2 },
    { kind: 'linear', units: 1024 },
    { kind: 'linear', units: 10 },
  ],
};

/** LeNet for N-MNIST: the first convolution reduces 34 × 34 pixels to 32 × 32. 30 steps of 10 ms cover all three saccades. */
// Written in full, because a bundler drops an unused literal, but not a spread of another object.
export const lenetNmnist: NetworkFile = {
  name: 'lenet-nmnist',
  variant: 'authors',
  input: { channels: 2, height: 34, width: 34, scale: 1 },
  timeWindow: 30,
  threshold: 1,
  leak: 1,
  layers: [
    { kind: 'convolution', channels: 20, kernel: 5, padding: 1 },
    { kind: 'averagePool', size: 2 },
    { kind: 'convolution', channels: 50, kernel: 5, padding: 2 },
    { kind: 'averagePool', size: 2 },
    { kind: 'linear', units: 200 },
    { kind: 'linear', units: 10 },
  ],
};
