/** Stage scale of a layer: FI, FO → their ratio; the ratio, the old S → S. */
import { real } from '../../../spec/arithmetic.ts';
import { neuronsOf, type Layer } from '../../../spec/network.ts';
import { floor, isSummedWhole } from '../../../spec/scale.ts';
import {
  gamma,
  gridOf,
  isExactSum,
  isUnknown,
  roundingOfQuotient,
  tiny,
  total,
  unknown,
  type Interval,
  type Intervals,
} from '../interval.ts';
import { keyOf } from '../keys.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { range, scalar, slice, take } from '../slices.ts';

export function scaleParts(setting: Setting, layer: Layer): StagePart[] {
  return [ratioPart(setting, layer), scalePart(setting, layer)];
}

function ratioPart({ B, precision, variant, semantics }: Setting, layer: Layer): StagePart {
  const { n } = layer;
  const size = neuronsOf(layer.output);
  const [FI, FO, ratio] = [keyOf(n, 'FI'), keyOf(n, 'FO'), keyOf(n, 'ratio')];

  const sumsOf = (inputs: Intervals) => {
    const samples = range(B).map((b) =>
      semantics.computeFlowSums(
        slice(take(inputs, FI).value, b, size, precision),
        slice(take(inputs, FO).value, b, size, precision),
        layer,
        variant,
        precision,
      ),
    );
    return semantics.computeBatchSums(samples, precision);
  };

  /** How far ΣFI and ΣFO may be off: rounding, and neurons of which it is open whether they are selected. */
  const spreadOf = (inputs: Intervals): { FI: number; FO: number } => {
    const [into, out] = [take(inputs, FI), take(inputs, FO)];
    const isSelective = !isSummedWhole(layer, variant);
    const spread = { FI: 0, FO: 0 };
    into.value.forEach((x: number, i: number) => {
      const [rI, rO] = [into.radius?.[i] ?? 0, out.radius?.[i] ?? 0];
      const isOpen = isSelective && rI + rO > 0 && Math.abs(x - out.value[i]) <= rI + rO;
      spread.FI += rI + (isOpen ? Math.abs(x) : 0);
      spread.FO += rO + (isOpen ? out.value[i] : 0);
    });
    return { FI: withRounding(into, spread.FI), FO: withRounding(out, spread.FO, true) };
  };

  return {
    id: `scale.${n}.ratio`,
    stage: 'scale',
    n,
    inputs: [FI, FO],
    outputs: [ratio],
    run(inputs, { bounds }) {
      const sums = sumsOf(inputs);
      const value = precision.array(1).fill(semantics.computeRatio(sums, variant, precision));
      if (!bounds) return new Map([[ratio, { value }]]);
      const hasFloor = variant.scaleRange === 'aboveFloor';
      const spread = spreadOf(inputs);
      const radius = ratioRadius(sums, spread, value[0], hasFloor);
      if (!Number.isFinite(value[0])) value[0] = 0;
      const isOverZero = !hasFloor && Math.abs(sums.FI) <= spread.FI;
      const interval = {
        value,
        radius: Float64Array.of(radius),
        mayBeNaN: isOverZero && sums.FO <= spread.FO,
        mayBeInfinite: isOverZero && sums.FO + spread.FO > 0,
      };
      return new Map([[ratio, interval]]);
    },
  };
}

/** A spread, and what the rounding of a sum adds to it. Counts are exact whatever they are; a mistake makes fractions of them. */
function withRounding({ value }: Interval, spread: number, isCount = false): number {
  const magnitudes = total(value, Math.abs) + spread;
  const isExact = (isCount || spread === 0) && isExactSum(magnitudes, gridOf(value));
  return isExact ? spread : spread + gamma(value.length) * magnitudes;
}

/** The radius of ΣFO / ΣFI. Where ΣFI may be 0, or it is open whether it is below the floor, anything goes. */
function ratioRadius(
  sums: { FI: number; FO: number },
  spread: { FI: number; FO: number },
  ratio: number,
  hasFloor: boolean,
): number {
  const least = Math.abs(sums.FI) - spread.FI;
  if (hasFloor && sums.FI + spread.FI < Math.fround(floor) * (1 - 2 ** -23)) return 0;
  if (hasFloor && sums.FI - spread.FI < floor * (1 + 2 ** -23)) return unknown;
  if (!(least > 0) || !Number.isFinite(ratio)) return unknown;
  const rounding = roundingOfQuotient(sums.FO, sums.FI);
  if (spread.FI === 0 && spread.FO === 0) return rounding;
  return ((spread.FO + Math.abs(ratio) * spread.FI) / least + gamma(1) * Math.abs(ratio)) * (1 + gamma(4));
}

function scalePart({ precision, variant, semantics }: Setting, layer: Layer): StagePart {
  const { n } = layer;
  const [before, ratio, after] = [keyOf(n, 'S.before'), keyOf(n, 'ratio'), keyOf(n, 'S')];
  return {
    id: `scale.${n}`,
    stage: 'scale',
    n,
    inputs: [before, ratio, 'scale.update'],
    outputs: [after],
    run(inputs, { bounds }) {
      const S = take(inputs, before);
      const isFrozen = scalar(inputs, 'scale.update') === 0 || variant.scale !== 'layer';
      if (isFrozen) return new Map([[after, S]]);
      const scaleOf = (r: number) =>
        semantics.computeScaleOf(precision.round(r), S.value[0], layer, variant, precision).S;
      const given = take(inputs, ratio);
      const value = precision.array(1).fill(scaleOf(given.value[0]));
      if (!bounds) return new Map([[after, { value }]]);
      return new Map([[after, { value, radius: Float64Array.of(radiusOf(S, given, value[0])) }]]);
    },
  };

  /** Roundings of the blend; and, where it is open whether the ratio is taken, the distance to the other S. */
  function radiusOf(S: Interval, { value: [r], radius }: Interval, result: number): number {
    const rRadius = radius?.[0] ?? 0;
    const SRadius = S.radius?.[0] ?? 0;
    const isBelow = variant.scaleRange === 'belowInverseThreshold';
    if (isUnknown(rRadius) && !isBelow) return unknown;
    // A ratio of which nothing is known is taken from (0, 1/Vth] or leaves S as it was.
    const ends = isUnknown(rRadius) ? [0, 1 / layer.Vth] : [r - rRadius, r, r + rRadius];
    const others = ends.map((end) => semantics.computeScaleOf(end, S.value[0], layer, variant, real).S);
    const limit = 1 / layer.Vth;
    if (isBelow && Math.abs(r - limit) <= rRadius + limit * gamma(2)) others.push(S.value[0], limit);
    if (isBelow && rRadius > 0 && Math.abs(r) <= rRadius) others.push(S.value[0], 0);
    const span = Math.max(...others.map((other) => Math.abs(other - result)));
    const isBlend = variant.scaleMemory === 'blend' && Number.isFinite(r);
    const rounding = isBlend ? gamma(3) * (0.6 * Math.abs(r) + 0.4 * Math.abs(S.value[0])) + tiny : 0;
    return (span + SRadius + rounding) * (rRadius + SRadius > 0 ? 1 + gamma(3) : 1);
  }
}
