/** Stage `flow`: the sums of a neuron's current (FI) and of its spikes (FO) over the window. */
import { precisionOf, type Floats } from './arithmetic.ts';
import { neuronsOf, type Layer } from './network.ts';

/**
 * Eq. (7): FI_i^n = Σ_t x_i^{t,n} and FO_i^n = Σ_t o_i^{t,n}, one step of both sums, t ascending.
 * FI sums the input without leak, for LIF neurons too.
 */
export function accumulateFlow(FI: Floats, FO: Floats, x: Floats, o: Floats): void {
  for (let i = 0; i < FI.length; i++) {
    FI[i] = FI[i] + x[i];
    FO[i] = FO[i] + o[i];
  }
}

/**
 * Eq. (8): FI_i^n = Σ_j w_ij^n · FO_j^{n−1}, plus T·b_i for a bias, since a neuron that always fires has FO = T. The
 * forward pass computes FI by Eq. (7). If all sums are exact, both have equal bits; otherwise they agree within rounding.
 */
export function computeEquivalentInput(w: Floats, FO: Floats, layer: Layer, T: number): Floats {
  const FI = precisionOf(FO).array(neuronsOf(layer.output));
  layer.kind.applyCurrent(FI, w, FO, layer, T);
  return FI;
}

/**
 * Variant `maxPoolFlow` = `accumulated`: FO of a maximum pool is the maximum over its window of the accumulated FO of the
 * layer before. The backward pass of the authors' code uses this FO, which differs from Σ_t o.
 */
export function applyAccumulatedMaximum(FO: Floats, FOBefore: Floats, layer: Layer): void {
  layer.kind.applyCurrent(FO, FOBefore, FOBefore, layer); // a pool has no weights
}
