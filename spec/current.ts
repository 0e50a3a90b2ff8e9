/**
 * Stage current: x^t of a layer from the spikes o^t of the layer before. Pools compute theirs in `layers/`.
 */
import { addProducts, type Floats } from './arithmetic.ts';
import { rasterOrder, type Layer } from './network.ts';

/**
 * Eq. (3), first line: x_i^{t,n} = Σ_j w_ij^n · o_j^{t,n−1}.
 * The sum runs over the synapses into neuron i, in their order: the raster order of the neurons j. So each j in that order adds
 * its share to all i that it reaches, and a silent one, which would add nothing, is passed over.
 *
 * @param x current, (C,H,W) of the layer; overwritten
 * @param w weights
 * @param o spikes of the layer before at this step, (C,H,W): 0 or 1; of an input also −1, or counts
 */
export function applyWeightedCurrent(x: Floats, w: Floats, o: Floats, { input, synapses }: Layer): void {
  const { outOf, i, k } = synapses;
  x.fill(0);
  for (const j of rasterOrder(input)) {
    if (o[j] === 0) continue;
    const count = outOf(j);
    addProducts(x, i, o[j], w, k, count);
  }
}
