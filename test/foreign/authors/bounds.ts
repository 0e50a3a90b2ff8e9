/**
 * How far two correct computations of the same gradient may be apart, whatever the order of their sums.
 *
 * A sum of m products, each rounded, rounded after each addition, differs from the exact sum by at most γ_k·Σ|terms|
 * with k = m and γ_k = k·u/(1 − k·u), u = 2⁻²⁴; a chain of such sums and products by at most γ_k of the same chain over
 * absolute values, where k adds up along the longest chain. Two computations differ by at most twice that.
 */
import { real, type Floats } from '../../../spec/arithmetic.ts';
import { accumulatedw } from '../../../spec/backward.ts';
import { buildNetwork } from '../../../spec/dictionary.ts';
import { neuronsOf, weightsOf, type Layer } from '../../../spec/network.ts';
import { authors } from '../../../spec/variant.ts';
import type { Reference } from './arrays.ts';

const u = 2 ** -24;
const gamma = (k: number): number => (k * u) / (1 - k * u);
const absolute = (values: ArrayLike<number>): Float64Array => Float64Array.from(values, Math.abs);

/** Largest differences of ∂L/∂w by layer (place n − 1) between two computations from the same forward pass. */
export function gradientBounds(file: Reference, S: readonly number[]): Float64Array[] {
  const { layers } = buildNetwork(file.description, authors, real);
  const w = layers.map((_, place) =>
    file.weights[place] ? absolute(file.array(`w_${file.weights[place]}`).data) : new Float64Array(0),
  );
  const bounds = layers.map((layer) => new Float64Array(weightsOf(layer)));
  for (const b of file.labels.keys()) {
    // ∂L/∂mem: sum over FO·w within the output, − Y, × 2, ÷ T, ÷ Vth; |output| + 1 bounds all its terms.
    let d: Floats = absolute(file.sample('output', b)).map((y) => (2 * (y + 1)) / file.T);
    let k = neuronsOf(layers.at(-1)!.input) + 6;
    for (let n = layers.length; n >= 1; n--) {
      const layer = layers[n - 1];
      if (layer.spikes) {
        const open = file.sample(`mask_${file.layers[n - 1]}`, b);
        d = d.map((value, i) => value * S[n - 1] * open[i]);
        k += 1;
      }
      const FO = absolute(flowBefore(file, layers, n, b));
      const dw = new Float64Array(weightsOf(layer));
      accumulatedw(dw, d, FO, layer);
      const [, , height = 1, width = 1] = [0, 0, layer.output.height, layer.output.width];
      const terms = height * width * file.labels.length + 1;
      for (let i = 0; i < dw.length; i++) bounds[n - 1][i] += 2 * gamma(k + terms) * dw[i];
      if (n === 1) continue;
      const before = new Float64Array(neuronsOf(layer.input));
      layer.kind.applydFO(before, w[n - 1], d, FO, layer);
      d = before;
      k += layer.window.size ** 2 * layer.output.channels + 1;
    }
  }
  return bounds;
}

/** FO that layer n listens to, as the authors' backward graph sees it. */
export function flowBefore(file: Reference, layers: readonly Layer[], n: number, b: number): Float32Array {
  if (n === 1) return file.sample('FO_in', b);
  const isMaximum = layers[n - 2].kind.silent;
  return file.sample(isMaximum ? 'FO_p2' : `FO_${file.layers[n - 2]}`, b);
}
