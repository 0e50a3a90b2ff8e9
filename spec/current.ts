/**
 * Stage current: x^t of a layer from the spikes o^t of the layer before. Pools compute theirs in `layers/`.
 */
import { sumOfProducts, type Floats } from './arithmetic.ts';
import { neuronsOf, type Layer } from './network.ts';

/**
 * Eq. (3), first line: x_i^{t,n} = Σ_j w_ij^n · o_j^{t,n−1}.
 * The sum runs over the synapses into neuron i, in their order.
 *
 * @param x current, (C,H,W) of the layer; overwritten
 * @param w weights
 * @param o spikes of the layer before at this step, (C,H,W): 0 or 1; of an input also −1, or counts
 */
export function applyWeightedCurrent(x: Floats, w: Floats, o: Floats, { output, synapses }: Layer): void {
  const { into, j, k } = synapses;
  for (let i = 0; i < neuronsOf(output); i++) {
    const count = into(i);
    x[i] = sumOfProducts(w, k, o, j, count);
  }
}
