/** Computes the memory that a network needs on a device from window and batch, before the device is requested. */
import type { Network } from '../../../spec/network.ts';
import { inputBytes, wordsOf } from './blocks.ts';
import { frameWords, imageWords } from './input.ts';

/** Limits on the samples of a group: enough to fill a device, with little memory. */
const group = { most: 128, bytes: 2 ** 28 };

const placesOf = ({ layers }: Network): number[] => [0, ...layers.map(({ n }) => n)];

/** Number of samples whose spike trains are in memory at the same time. */
export function groupOf(network: Network): number {
  const trains = placesOf(network).reduce((sum, n) => sum + 4 * wordsOf(network, 'spikes', n), 0);
  return Math.max(1, Math.min(group.most, Math.floor(group.bytes / (trains + inputBytes(network)))));
}

/** Bytes of the largest buffer for batches of `samples`. If the device cannot bind it in one piece, the recorder splits it. */
export function largestBytes(network: Network, samples: number): number {
  const places = placesOf(network);
  const grouped = Math.min(groupOf(network), samples);
  const input = Math.max(imageWords(network), frameWords(network, network.T));
  const words = [
    grouped * input,
    samples * wordsOf(network, 'report', 0),
    ...places.map((n) => grouped * wordsOf(network, 'spikes', n)),
    ...places.map((n) => samples * wordsOf(network, 'FO', n)),
    ...places.slice(1).map((n) => wordsOf(network, 'weights', n)),
  ];
  return 4 * Math.max(...words);
}
