/**
 * Maximum pooling: the maximum of a window's spikes, without a neuron. The outputs are spikes, so FI = FO is their sum. If
 * variant `maxPoolFlow` is `accumulated`, FO is instead the greatest FO in the window.
 */
import { neuronsOf, type Heard, type LayerKind } from '../network.ts';
import type { Floats } from '../arithmetic.ts';
import { pool } from './window.ts';

export const maxPool: LayerKind = {
  ...pool,
  name: 'maxPool',
  silent: true,

  /** x_i = max_j o_j over the window. */
  applyCurrent(x, _w, o, { output, synapses }) {
    for (let i = 0; i < neuronsOf(output); i++) {
      x[i] = o[firstMaximum(o, synapses.into(i))];
    }
  },

  /**
   * ∂L/∂FI_i goes to the window's input with the greatest FO; of equal ones, to the first in row-major order. An input
   * that wins in several windows gets the sum of their ∂L/∂FI, in the order of the outputs.
   */
  applydFO(dFO, _w, dFI, FO, { output, synapses }) {
    dFO.fill(0);
    for (let index = 0, rows = output.height * output.width; index < rows; index++) {
      for (let channel = 0; channel < output.channels; channel++) {
        const i = channel * rows + index;
        const j = firstMaximum(FO, synapses.into(i));
        dFO[j] = dFO[j] + dFI[i];
      }
    }
  },
};

/** The input with the greatest value; of equal ones, the first. */
function firstMaximum(values: Floats, { j, count }: Heard): number {
  let best = j[0];
  for (let n = 1; n < count; n++) if (values[j[n]] > values[best]) best = j[n];
  return best;
}
