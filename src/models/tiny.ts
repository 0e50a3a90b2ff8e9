/**
 * `asf-bp/models/tiny`: a network for handwritten digits whose weights come with it: about 19,000 whole numbers of 8 bits.
 * `models/tiny.json` describes it; docs/library.md says how it was trained and how good it is.
 */
import { text } from '#tiny';
import { decodeHex } from '../hex.ts';
import { loadModel } from '../modelFile/reader.ts';
import { place } from '../infer.ts';
import type { SpikingNetwork } from '../network/network.ts';
import { learnOn, type Labelled, type LearnOptions } from '../train/fineTune.ts';

export { digitFromPng as digitOf } from '../formats/digit.ts';
export type { Picture } from '../formats/png.ts';
export type { Labelled, LearnOptions } from '../train/fineTune.ts';

/** By how much a class leads when `session.decide` may end: of 10,000 digits it loses three, and saves two steps of three. */
export const lead = 2;

/** The network, each time a new one. It takes 28 × 28 digits, white on black; its window is 16 steps. */
export function tiny(): SpikingNetwork {
  return loadModel(decodeHex(text), 'tiny');
}

/**
 * A network whose last layer has learnt some digits as well; the one that is given stays as it is.
 *
 * @throws InputError where a sample is none of the network
 */
export function learn(
  net: SpikingNetwork,
  samples: readonly Labelled[],
  options: LearnOptions = {},
): SpikingNetwork {
  return learnOn('learn', place, net, samples, options);
}
