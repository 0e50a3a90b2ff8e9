/**
 * Average pooling: the mean of a window enters a spiking neuron. Each of the n synapses of a window has weight 1/n, so that
 * Eq. 8 and 10 hold. The mean is computed as sum ÷ n, because this rounds once.
 */
import { sumAt } from '../arithmetic.ts';
import { divisorOf, neuronsOf, type LayerKind } from '../network.ts';
import { pool } from './window.ts';

export const averagePool: LayerKind = {
  ...pool,
  name: 'averagePool',
  silent: false,
  divisor: ({ size }) => size ** 2,

  /** x_i = (Σ_j o_j) ÷ n over the n = size² inputs of the window. */
  applyCurrent(x, _w, o, layer) {
    const { output, synapses } = layer;
    const n = divisorOf(layer);
    for (let i = 0; i < neuronsOf(output); i++) {
      const { j, count } = synapses.into(i);
      x[i] = sumAt(o, j, count) / n;
    }
  },

  /** ∂L/∂FO_j = (Σ_i ∂L/∂FI_i) ÷ n over the windows that contain j. */
  applydFO(dFO, _w, dFI, _FO, layer) {
    const { input, synapses } = layer;
    const n = divisorOf(layer);
    for (let j = 0; j < neuronsOf(input); j++) {
      const { i, count } = synapses.outOf(j);
      dFO[j] = sumAt(dFI, i, count) / n;
    }
  },
};

/**
 * Sum pooling: the number of spikes of a window enters a spiking neuron, whose threshold and leak are those of any layer.
 * It is an average pool that does not divide: each of its synapses has weight 1.
 */
const { divisor: _, neuron: _own, ...undivided } = averagePool;

export const sumPool: LayerKind = { ...undivided, name: 'sumPool' };
