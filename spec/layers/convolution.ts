/**
 * Convolution (in the sense of neural networks: correlation): an output has synapses from a window of rows and
 * columns in every input channel. Weights are (out,in,row,column). The paper says: "The basic derivation is very similar
 * and will not alter the conclusion". Eq. 3, 8, 10 and 11 hold unchanged over its synapses.
 */
import { applyWeightedCurrent } from '../current.ts';
import { applyWeighteddFO } from '../backward.ts';
import type { LayerKind } from '../network.ts';
import { convolutionSynapses, windowed } from './window.ts';

export const convolution: LayerKind = {
  name: 'convolution',
  sizes: { channels: undefined, kernel: undefined, stride: 1, padding: 0 },
  silent: false,
  window: ({ kernel, stride, padding }) => ({ size: kernel, stride, padding }),
  outputShape: ({ channels, kernel, stride, padding }, input) => ({
    channels,
    ...windowed(input, kernel, stride, padding),
  }),
  weightShape: ({ channels, kernel }, input) => [channels, input.channels, kernel, kernel],
  synapses: convolutionSynapses,
  applyCurrent: applyWeightedCurrent,
  applydFO: applyWeighteddFO,
};
