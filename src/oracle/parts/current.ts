/** Stage current of a layer: o of the layer before, w → x. */
import { precisionOf, type Floats } from '../../../spec/arithmetic.ts';
import { divisorOf, neuronsOf, weightsOf, type Layer } from '../../../spec/network.ts';
import {
  absolutes,
  addRadii,
  gamma,
  gridOf,
  largest,
  sumRadius,
  widened,
  type Interval,
  type Intervals,
  type Values,
} from '../interval.ts';
import { keyOf, weightKeys } from '../keys.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { joined, range, slice, take } from '../slices.ts';

export function currentPart(setting: Setting, layer: Layer): StagePart {
  const { n } = layer;
  const [before, after] = [keyOf(n - 1, 'spikes'), keyOf(n, 'current')];
  const learnt = weightKeys(layer);
  return {
    id: `current.${n}`,
    stage: 'current',
    n,
    inputs: [...learnt, before],
    outputs: [after, roundingOf(n)],
    run(inputs, { bounds }) {
      const weights = learnt.map((key) => take(inputs, key).value);
      const w = joined(weights, setting.precision);
      const o = take(inputs, before);
      const value = currents(setting, layer, w, o.value);
      if (!bounds) return new Map<string, Interval>([[after, { value }]]);
      const { own, overWindow } = radiiOfSums(setting, layer, w, o.value);
      const radius = addRadii(own, spread(setting, layer, w, o.radius));
      return new Map<string, Interval>([
        [after, { value, radius }],
        [roundingOf(n), { value: overWindow ?? none }],
      ]);
    },
  };
}

/** x of maps of spikes, in the precision of the weights. */
function currents({ semantics }: Setting, layer: Layer, w: Floats, o: Values, always?: number): Floats {
  const precision = precisionOf(w);
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const maps = o.length / from;
  const x = precision.array(maps * to);
  for (const m of range(maps)) {
    const into = x.subarray(m * to, (m + 1) * to);
    semantics.applyCurrent(into, w, slice(o, m, from, precision), layer, always);
  }
  return x;
}

/** The radii by a layer's own sums: of each current, and as if no sum were exact; absent where every sum is, Σ_t x as W·FO too. */
function radiiOfSums(
  setting: Setting,
  layer: Layer,
  w: Floats,
  o: Values,
): { readonly own?: Float64Array | undefined; readonly overWindow?: Float64Array | undefined } {
  if (layer.kind.silent) return {};
  const { T } = setting.network;
  const [size, grid] = [absolutes(w), termGrid(layer, w, o)];
  const most = new Float64Array(neuronsOf(layer.input)).fill(largest(o) * T);
  if (!sumRadius(currents(setting, layer, size, most, T), 1, grid)) return {};
  const terms = currents(setting, layer, size, absolutes(o), 1);
  const factor = Math.max(largest(w), largest(o));
  return {
    own: sumRadius(terms, roundings(layer), grid, factor),
    // By Eq. 8 a term is up to T times as large.
    overWindow: sumRadius(terms, roundings(layer), -Infinity, factor * T),
  };
}

/** Where a spike of the layer before is open, what it could have added. */
function spread(
  setting: Setting,
  layer: Layer,
  w: Floats,
  radius: Float64Array | undefined,
): Float64Array | undefined {
  if (!radius) return undefined;
  const reach = 1 + gamma(roundings(layer));
  return widened(currents(setting, layer, absolutes(w), radius, 0), reach);
}

/** The grid of the terms of a sum: of an average pool those of o ÷ n. */
function termGrid(layer: Layer, w: Floats, o: Values): number {
  const share = Math.log2(divisorOf(layer));
  if (weightsOf(layer) === 0) return Number.isInteger(share) ? gridOf(o) - share : -Infinity;
  // A bias is a term by itself.
  return gridOf(w) + (layer.bias.length > 0 ? Math.min(0, gridOf(o)) : gridOf(o));
}

const none = new Float64Array(0);

/** The radius that a current has by its own sums, also where it was supplied; without numbers where it has none. */
const roundingOf = (n: number): string => keyOf(n, 'current.rounding');

/**
 * The current as what is summed over the window. By Eq. 8 the sum is also W·FO, which rounds where no step does; of somebody
 * whose currents are there too it is off by the roundings of both.
 */
export const summed = {
  hints: (n: number): string[] => [roundingOf(n)],
  of(inputs: Intervals, n: number): Interval {
    const x = take(inputs, keyOf(n, 'current'));
    const rounding = inputs.get(roundingOf(n))?.value;
    if (rounding?.length !== x.value.length) return x;
    const radius = new Float64Array(rounding.length).map((_, i) =>
      x.radius ? Math.max(x.radius[i], rounding[i]) : 2 * rounding[i],
    );
    return { ...x, radius };
  },
};

/** Roundings that a term of the current can go through: its product, and the sums; of a pool also the division. */
export function roundings(layer: Layer): number {
  if (weightsOf(layer) === 0) return layer.window.size ** 2 + 1;
  return layer.weightShape.slice(1).reduce((a, b) => a * b, 1) + (layer.bias.length > 0 ? 1 : 0);
}
