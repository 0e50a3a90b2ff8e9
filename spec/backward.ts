/**
 * Stage `backward`: the gradient of the equivalent network, in one pass over the accumulated flows, without a loop over t.
 *
 * A derivative ∂L/∂a is written da.
 */
import { addProducts, precisionOf, sumOfProducts, type Floats } from './arithmetic.ts';
import { neuronsOf, rasterOrder, synapticOf, type Layer } from './network.ts';
import { computeNeuronScale } from './scale.ts';
import type { Variant } from './variant.ts';

/**
 * The factor of Eq. (9): ∂L/∂mem_j^N = (mem_j/(T·Vth) − Y_j) / (T·Vth), from the error of Eq. (6). If variant `loss` is
 * `whole`, Eq. (6) has no ½, and the factor is twice as large.
 */
export function computedmem(error: Floats, T: number, Vth: number, variant: Variant): Floats {
  const precision = precisionOf(error);
  const divisor = precision.round(T * Vth);
  const dmem = precision.array(error.length);
  for (let j = 0; j < error.length; j++) {
    dmem[j] = variant.loss === 'half' ? error[j] : 2 * error[j];
    dmem[j] = dmem[j] / divisor;
  }
  return dmem;
}

/**
 * Eq. (9) and (10), the sum: ∂L/∂FO_i^n = Σ_j ∂L/∂FI_j^{n+1} · w_ji^{n+1}, over the neurons j that i reaches, in raster
 * order. In Eq. (9) ∂L/∂FI is ∂L/∂mem.
 *
 * @param dFO ∂L/∂FO of layer n, overwritten
 * @param layer layer n + 1
 */
export function applyWeighteddFO(dFO: Floats, w: Floats, dFI: Floats, _FO: Floats, layer: Layer): void {
  for (let from = 0; from < neuronsOf(layer.input); from++) {
    const { i, k, count } = layer.synapses.outOf(from);
    dFO[from] = sumOfProducts(dFI, i, w, k, count);
  }
}

/**
 * Eq. (10), the factor: ∂L/∂FI_j = ∂L/∂FO_j · ∂FO_j/∂FI_j, with ∂FO_j/∂FI_j = S. Variant `gate`: the factor is S everywhere,
 * or 0 where FI ≤ 0. If variant `scale` is `neuron`, each neuron has an S_j. A maximum pool has no neuron: its factor is 1.
 *
 * @param dFI ∂L/∂FI of the layer, overwritten; may be `dFO` itself
 */
export function applydFI(
  dFI: Floats,
  dFO: Floats,
  FI: Floats,
  FO: Floats,
  S: number,
  layer: Layer,
  variant: Variant,
): void {
  const precision = precisionOf(dFO);
  for (let j = 0; j < dFO.length; j++) {
    const slope = variant.scale === 'neuron' ? computeNeuronScale(FI[j], FO[j], layer, precision) : S;
    const open = variant.gate === 'always' || FI[j] > 0;
    if (layer.spikes) dFI[j] = open ? dFO[j] * slope : 0;
    else dFI[j] = dFO[j];
  }
}

/**
 * Eq. (11), the gradient: ∂L/∂w_ji^n = Σ ∂L/∂FI_j^n · FO_i^{n−1} over the places that share the weight, in raster order. The
 * loop visits each i in this order, and adds a term to the sum of each weight that i uses. It skips silent neurons. The
 * results are added to `dw`, so that calls for all samples of a shard form one sum.
 */
export function accumulatedw(dw: Floats, dFI: Floats, FO: Floats, layer: Layer): void {
  for (const from of rasterOrder(layer.input)) {
    if (FO[from] === 0) continue;
    const { i, k, count } = layer.synapses.outOf(from);
    addProducts(dw, k, FO[from], dFI, i, count);
  }
}

/**
 * Eq. (11) for a bias, the weight of a neuron that always fires and thus has FO = T. ∂L/∂b_c = Σ_i ∂L/∂FI_i · T over the
 * neurons i of channel c, in raster order. Eq. (7) to (10) need no change: FI includes the bias, and no gradient passes back
 * through it. Adds to `db`.
 *
 * @param always number of spikes of a neuron that always fires: T over the window, or 1 per step for rules that go back through time
 */
export function accumulatedb(db: Floats, dFI: Floats, always: number, { output, bias }: Layer): void {
  const positions = output.height * output.width;
  const product = precisionOf(dFI).array(1);
  for (let i = 0; i < bias.length; i++) {
    const c = Math.floor(i / positions);
    product[0] = dFI[i] * always;
    db[c] = db[c] + product[0];
  }
}

/** The part of a layer's weights, or of their gradient, that belongs to the biases. */
export function biasesIn(w: Floats, layer: Layer): Floats {
  return w.subarray(synapticOf(layer));
}

/**
 * Sums the gradients of shards in a balanced binary tree: shards 2m and 2m+1 are added, then pairs of pairs. A missing
 * partner adds nothing. Each subtree can be summed separately.
 */
export function computeTreeSum(shards: readonly Floats[]): Floats {
  if (shards.length === 1) return shards[0].slice();
  let half = 1;
  while (half * 2 < shards.length) half *= 2;
  const left = computeTreeSum(shards.slice(0, half));
  const right = computeTreeSum(shards.slice(half));
  const total = precisionOf(left).array(left.length);
  for (let k = 0; k < total.length; k++) total[k] = left[k] + right[k];
  return total;
}

/** Divides the gradient of a batch by the number of samples, unless variant `batch` is `sum`. */
export function applyBatch(dw: Floats, samples: number, variant: Variant): void {
  if (variant.batch === 'sum') return;
  for (let k = 0; k < dw.length; k++) dw[k] = dw[k] / samples;
}
