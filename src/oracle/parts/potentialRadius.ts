/**
 * How far a potential may be from its exact value, step by step: what it brought along, what its current brings, and one
 * rounding of each operation. A reset to 0 ends what was brought along.
 */
import type { Floats } from '../../../spec/arithmetic.ts';
import type { Layer } from '../../../spec/network.ts';
import { subtracts } from '../../../spec/neuron.ts';
import type { Variant } from '../../../spec/variant.ts';
import { isSingle, roundingOfProduct, roundingOfSum, ε } from '../interval.ts';

/** What a layer's neurons come into a step with. Arrays, so that a window of millions of decisions makes no objects. */
export interface Instant {
  /** u as it was shown after the last step, and its radius. */
  readonly shown: Floats;
  readonly radius: Float64Array;
  /** o of the last step. */
  readonly o: Floats;
  readonly x: Floats;
  /** Absent where x is exact. */
  readonly xRadius: Float64Array | undefined;
}

/**
 * The radius of u of neuron i as it is compared, or in an output layer as it has integrated.
 *
 * @param seen u as it is compared at this step
 */
export function comparedRadius(at: Instant, i: number, seen: number, layer: Layer, variant: Variant): number {
  const leaksFirst = variant.reset === 'nextStep' && (layer.spikes || variant.output === 'leaks');
  let radius = at.radius[i];
  let carried = at.shown[i];
  if (leaksFirst && at.o[i] === 0) {
    radius = leakRadius(carried, radius, layer, variant);
    carried = layer.λ * carried;
  } else if (leaksFirst) {
    // Nothing is left of a neuron that fired, unless that is open: a radius above |u| says so.
    const isReset = seen === at.x[i] && radius <= Math.abs(carried);
    radius = isReset ? 0 : radius * (1 + 4 * ε);
    carried = seen - at.x[i];
  }
  if (at.xRadius) radius += at.xRadius[i];
  if (radius > 0) return radius * (1 + 2 * ε) + ε * Math.abs(seen);
  return roundingOfSum(carried, at.x[i]);
}

/**
 * The radius of u as it is shown after the step.
 *
 * @param radius of u as it was compared
 * @param shown u as it is shown after a spike; none where there was none
 */
export function shownRadius(
  radius: number,
  compared: number,
  shown: number | undefined,
  layer: Layer,
  variant: Variant,
): number {
  const leaksLast = variant.reset !== 'nextStep' && (layer.spikes || variant.output === 'leaks');
  if (!leaksLast) return radius;
  if (shown !== undefined && subtracts(variant)) {
    const constant = isSingle(layer.Vth) ? 0 : ε * layer.Vth;
    // Before the leak or after it, one subtraction is rounded; a leak takes what is larger.
    const before =
      leakRadius(compared, radius, layer, variant) + constant + ε * (Math.abs(compared) + layer.Vth);
    const exact =
      radius === 0 && constant === 0 && roundingOfSum(compared, -layer.Vth) === 0 && layer.λ === 1;
    return exact ? 0 : before * (1 + 4 * ε);
  }
  if (shown !== undefined) return shown === 0 ? 0 : radius * (1 + 2 * ε) + ε * Math.abs(shown);
  return leakRadius(compared, radius, layer, variant);
}

/** The radius of λ·u, as the variant rounds it, with λ rounded to binary32 or not. */
function leakRadius(u: number, radius: number, { λ }: Layer, { leak }: Variant): number {
  if (λ === 1) return radius;
  const product = λ * u;
  const isPlain = leak === 'product';
  const exact =
    isSingle(λ) &&
    roundingOfProduct(λ, u) === 0 &&
    (isPlain || (roundingOfSum(product, u) === 0 && roundingOfSum(product + u, -u) === 0));
  if (radius === 0 && exact) return 0;
  const most = Math.abs(u) + radius;
  const constant = isSingle(λ) ? 0 : ε * λ * most;
  const rounding = isPlain ? ε * λ * most : ε * (1 + 3 * λ) * most;
  return (λ * radius + constant + rounding) * (1 + 4 * ε);
}

/** Whether rounding leaves a decision open. The threshold itself is rounded once where it is no binary32 number. */
export function isOpen(u: number, radius: number, { Vth }: Layer, { fires }: Variant): boolean {
  const far = radius + (isSingle(Vth) ? 0 : ε * Vth);
  const distance = u - Vth;
  return fires === 'atThreshold' ? distance >= -far && distance < far : distance > -far && distance <= far;
}
