/** Stage `update`: from gradients to new weights. */
import { precisionOf, type Floats } from './arithmetic.ts';
import { synapticOf, weightsOf, type Layer } from './network.ts';

/** The settings of Eq. (11). Numbers are in binary64; each is rounded once where it is used. */
export interface SGD {
  readonly kind: 'sgd';
  readonly weightDecay: number;
}

/** The settings of Adam (Kingma and Ba 2014). */
export interface Adam {
  readonly kind: 'adam';
  readonly weightDecay: number;
  readonly β1: number;
  readonly β2: number;
  readonly ε: number;
}

/** Adam as the paper uses it, with the weight decay of the authors' code. */
export const adam: Adam = { kind: 'adam', weightDecay: 5e-4, β1: 0.9, β2: 0.999, ε: 1e-8 };

/**
 * Moments with a magnitude below this become +0, because subnormal numbers cost a CPU a hundred cycles each, and GPUs flush
 * them.
 */
export const smallestMoment = 2 ** -100;

/**
 * The ranges of a layer's weights that are updated separately: indices `from` to `to` − 1, and the weight decay. Biases, which
 * are the last weights, have no decay.
 */
export function updateRanges(
  layer: Layer,
  weightDecay: number,
): { readonly from: number; readonly to: number; readonly weightDecay: number }[] {
  const [synaptic, all] = [synapticOf(layer), weightsOf(layer)];
  const weights = { from: 0, to: synaptic, weightDecay };
  return all === synaptic ? [weights] : [weights, { from: synaptic, to: all, weightDecay: 0 }];
}

/** The gradient with weight decay: q = g + decay·w. */
function applyDecay(q: Floats, g: Floats, w: Floats, decay: number): void {
  for (let k = 0; k < w.length; k++) {
    q[k] = decay * w[k];
    q[k] = g[k] + q[k];
  }
}

/** Eq. (11), the rule: w_ji ← w_ji − η · ∂L/∂w_ji. */
export function applySGD(w: Floats, dw: Floats, η: number, weightDecay: number): void {
  const { round, array } = precisionOf(w);
  const change = array(w.length);
  applyDecay(change, dw, w, round(weightDecay));
  for (let k = 0; k < w.length; k++) {
    change[k] = round(η) * change[k];
    w[k] = w[k] - change[k];
  }
}

/** The constants of Adam's update k, in binary64 on the host. βᵏ are running products, so that no `pow` is needed. */
export interface AdamConstants {
  /** η / (1 − β1ᵏ). */
  readonly size: number;
  /** √(1 − β2ᵏ). */
  readonly correction: number;
}

/** The running products β1ᵏ and β2ᵏ of update k = 1, 2, …; before the first update, both are 1. */
export interface Powers {
  readonly β1k: number;
  readonly β2k: number;
}

/** The next running products, and the constants of Adam that follow from them. */
export function computeAdamConstants(
  powers: Powers,
  η: number,
  { β1, β2 }: { β1: number; β2: number },
): { powers: Powers; constants: AdamConstants } {
  const β1k = powers.β1k * β1;
  const β2k = powers.β2k * β2;
  return { powers: { β1k, β2k }, constants: { size: η / (1 - β1k), correction: Math.sqrt(1 - β2k) } };
}

/**
 * Adam: q = g + decay·w; m ← β1·m + (1−β1)·q; v ← β2·v + (1−β2)·q²;
 * w ← w − size · m / (√v / correction + ε). Elementwise, in this order of operations.
 *
 * @param m first moment, overwritten
 * @param v second moment, overwritten
 */
export function applyAdam(
  w: Floats,
  dw: Floats,
  m: Floats,
  v: Floats,
  { size, correction }: AdamConstants,
  { weightDecay, β1, β2, ε }: Adam,
): void {
  const { round, array } = precisionOf(w);
  const q = array(w.length);
  const [a, b] = [array(1), array(1)];
  applyDecay(q, dw, w, round(weightDecay));
  for (let k = 0; k < w.length; k++) {
    a[0] = round(β1) * m[k];
    b[0] = round(1 - β1) * q[k];
    m[k] = a[0] + b[0];
    if (Math.abs(m[k]) < smallestMoment) m[k] = 0;

    a[0] = round(β2) * v[k];
    b[0] = q[k] * q[k];
    b[0] = round(1 - β2) * b[0];
    v[k] = a[0] + b[0];
    if (v[k] < smallestMoment) v[k] = 0;

    a[0] = Math.sqrt(v[k]);
    a[0] = a[0] / round(correction);
    a[0] = a[0] + round(ε);
    a[0] = m[k] / a[0];
    a[0] = round(size) * a[0];
    w[k] = w[k] - a[0];
  }
}
