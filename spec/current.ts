/** Stage `current`: x^t of a layer from the spikes o^t of the layer before. Pools compute their current in `layers/`. */
import { addProducts, precisionOf, type Floats } from './arithmetic.ts';
import { rasterOrder, type Layer, type Synapses } from './network.ts';

/**
 * Eq. (3), first line: x_i^{t,n} = Σ_j w_ij^n · o_j^{t,n−1}. The terms of each sum are in the raster order of the neurons j.
 * The loop therefore visits each j in this order, and adds a term to each i that j reaches. It skips silent j, which add
 * nothing. A bias is a synapse from a neuron that always fires. It is the last term: x_i = (Σ_j w_ij·o_j) + b_i.
 *
 * @param x current, (C,H,W) of the layer; overwritten
 * @param w weights
 * @param o spikes of the layer before at this step, (C,H,W): 0 or 1; for an input also −1, or counts
 * @param always number of spikes of a neuron that always fires: 1 per step, T over the window
 */
export function applyWeightedCurrent(x: Floats, w: Floats, o: Floats, layer: Layer, always = 1): void {
  const { input, synapses, bias } = layer;
  applySynapticSum(x, w, o, rasterOrder(input), synapses);
  const product = precisionOf(x).array(1);
  for (let to = 0; to < bias.length; to++) {
    product[0] = w[bias[to]] * always;
    x[to] = x[to] + product[0];
  }
}

/** x_i ← Σ_j w_k·o_j over all synapses. `order` is the order of the neurons j. */
export function applySynapticSum(
  x: Floats,
  w: Floats,
  o: Floats,
  order: Int32Array,
  { outOf }: Synapses,
): void {
  x.fill(0);
  for (const j of order) {
    if (o[j] === 0) continue;
    const { i, k, count } = outOf(j);
    addProducts(x, i, o[j], w, k, count);
  }
}
