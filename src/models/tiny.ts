/**
 * `asf-bp/models/tiny`: a bundled network for handwritten digits, with about 19,000 weights of 8 bits; docs/library.md
 * gives its training and its accuracy.
 */
import { text } from '#tiny';
import { decodeHex } from '../hex.ts';
import { loadModel } from '../modelFile/reader.ts';
import { place } from '../infer.ts';
import type { SpikingNetwork } from '../network/network.ts';
import { learnOn, type Labelled, type LearnOptions } from '../train/fineTune.ts';

export { digitFromPng as digitOf, type CanvasPicture } from '../pictures/digit.ts';
export { digitFromStrokes } from '../pictures/strokes.ts';
export type { Picture } from '../formats/png.ts';
export type { Labelled, LearnOptions } from '../train/fineTune.ts';
// To keep what `learn` returns. From `asf-bp`, a bundler would take all of training with it.
export { encodeModel } from '../modelFile/model.ts';

/** The lead at which `session.decide` may end. Of 10,000 digits it misreads four more, and it saves two of three steps. */
export const lead = 2;

/** A new copy of the network. It takes 28 × 28 digits, white on black; its window is 16 steps. */
export function tiny(): SpikingNetwork {
  return loadModel(decodeHex(text), 'tiny');
}

/**
 * Returns a network whose last layer is trained on some digits as well; the given network does not change.
 *
 * @throws InputError if a sample does not fit the network
 */
export function learn(
  net: SpikingNetwork,
  samples: readonly Labelled[],
  options: LearnOptions = {},
): SpikingNetwork {
  return learnOn('learn', place, net, samples, options);
}
