/** What a network requires of a device, by window and batch, before there is one. */
import type { Network } from '../../../spec/network.ts';
import { inputBytes, wordsOf } from './blocks.ts';
import { frameWords, imageWords } from './input.ts';

/** Samples whose trains are held at once: enough to fill a device, as long as they take little memory. */
const group = { most: 128, bytes: 2 ** 28 };

const placesOf = ({ layers }: Network): number[] => [0, ...layers.map(({ n }) => n)];

/** How many samples' trains are held at once. */
export function groupOf(network: Network): number {
  const trains = placesOf(network).reduce((sum, n) => sum + 4 * wordsOf(network, 'spikes', n), 0);
  return Math.max(1, Math.min(group.most, Math.floor(group.bytes / (trains + inputBytes(network)))));
}

/** Bytes of the largest buffer for batches of `samples`: what a device is asked for. What it binds less of is split. */
export function largestBytes(network: Network, samples: number): number {
  const places = placesOf(network);
  const lanes = Math.min(groupOf(network), samples);
  const input = Math.max(imageWords(network), frameWords(network, network.T));
  const words = [
    lanes * input,
    samples * wordsOf(network, 'report', 0),
    ...places.map((n) => lanes * wordsOf(network, 'spikes', n)),
    ...places.map((n) => samples * wordsOf(network, 'FO', n)),
    ...places.slice(1).map((n) => wordsOf(network, 'weights', n)),
  ];
  return 4 * Math.max(...words);
}
