/**
 * Linear: every input reaches every output, w_ij at index i·inputs + j. The paper derives its equations for this layer.
 * The order of its sums is the raster order (row, column, channel) of the map before it.
 */
import { applyWeightedCurrent } from '../current.ts';
import { applyWeighteddFO } from '../backward.ts';
import { emptyLists, neuronsOf, rasterOrder, type LayerKind, type Synapses } from '../network.ts';

export const linear: LayerKind = {
  name: 'linear',
  sizes: { units: undefined },
  silent: false,
  window: () => ({ size: 1, stride: 1, padding: 0 }),
  outputShape: ({ units }) => ({ channels: units, height: 1, width: 1 }),
  weightShape: ({ units }, input) => [units, neuronsOf(input)],
  applyCurrent: applyWeightedCurrent,
  applydFO: applyWeighteddFO,

  synapses({ input, output }): Synapses {
    const inputs = neuronsOf(input);
    const outputs = neuronsOf(output);
    const raster = rasterOrder(input);
    const { heard, reached } = emptyLists(Math.max(inputs, outputs));
    [heard.count, reached.count] = [inputs, outputs];
    return {
      into(to) {
        const { j, k } = heard;
        for (let n = 0; n < inputs; n++) {
          j[n] = raster[n];
          k[n] = to * inputs + raster[n];
        }
        return heard;
      },
      outOf(from) {
        const { i, k } = reached;
        for (let n = 0; n < outputs; n++) {
          i[n] = n;
          k[n] = n * inputs + from;
        }
        return reached;
      },
    };
  },
};
