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
  type Interval,
  type Intervals,
  type Values,
} from '../interval.ts';
import { keyOf, weightKeys } from '../keys.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { joined, slice, take } from '../slices.ts';

export function currentPart(setting: Setting, layer: Layer): StagePart {
  const { network, B, precision, semantics } = setting;
  const { n } = layer;
  const [before, after] = [keyOf(n - 1, 'spikes'), keyOf(n, 'current')];
  const learnt = weightKeys(layer);
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const maps = network.T * B;
  return {
    id: `current.${n}`,
    stage: 'current',
    n,
    inputs: [...learnt, before],
    outputs: [after, roundingOf(n)],
    run(inputs, { bounds }) {
      const w = joined(
        learnt.map((key) => take(inputs, key).value),
        precision,
      );
      const o = take(inputs, before);
      const value = precision.array(maps * to);
      for (let m = 0; m < maps; m++) {
        const x = value.subarray(m * to, (m + 1) * to);
        semantics.applyCurrent(x, w, slice(o.value, m, from, precision), layer);
      }
      if (!bounds) return new Map<string, Interval>([[after, { value }]]);
      const terms = magnitudes(w, o.value);
      const factor = Math.max(largest(w), largest(o.value));
      const own = terms && sumRadius(terms, roundings(layer), termGrid(w, o.value), factor);
      // As if no sum were exact: by Eq. 8 a term is up to T times as large.
      const overWindow = terms && sumRadius(terms, roundings(layer), -Infinity, factor * network.T);
      return new Map<string, Interval>([
        [after, { value, radius: addRadii(own, spread(w, o.radius)) }],
        [roundingOf(n), { value: overWindow ?? none }],
      ]);
    },
  };

  /** Σ of the terms' magnitudes; absent where every sum is exact, Σ_t x as W·FO too, whatever is silent. */
  function magnitudes(w: Floats, o: Values): Floats | undefined {
    if (layer.kind.silent) return undefined;
    const size = absolutes(w);
    const most = new Float64Array(from).fill(largest(o) * network.T);
    return sumRadius(sums(size, most, network.T), 1, termGrid(w, o)) && sumsOfAll(size, absolutes(o));
  }

  /** Where a spike of the layer before is open, what it could have added. */
  function spread(w: Floats, radius: Float64Array | undefined): Float64Array | undefined {
    if (!radius) return undefined;
    return sumsOfAll(absolutes(w), radius, 0).map((value) => value * (1 + gamma(roundings(layer))));
  }

  function sumsOfAll(w: Floats, o: Float64Array, always = 1): Float64Array {
    const x = new Float64Array(maps * to);
    for (let m = 0; m < maps; m++)
      semantics.applyCurrent(
        x.subarray(m * to, (m + 1) * to),
        w,
        o.subarray(m * from, (m + 1) * from),
        layer,
        always,
      );
    return x;
  }

  function sums(w: Floats, o: Floats, always = 1): Floats {
    const x = precisionOf(o).array(to);
    semantics.applyCurrent(x, w, o, layer, always);
    return x;
  }

  /** The grid of the terms of a sum: of an average pool those of o ÷ n. */
  function termGrid(w: Floats, o: Values): number {
    const share = Math.log2(divisorOf(layer));
    if (weightsOf(layer) === 0) return Number.isInteger(share) ? gridOf(o) - share : -Infinity;
    // A bias is a term by itself.
    return gridOf(w) + (layer.bias.length > 0 ? Math.min(0, gridOf(o)) : gridOf(o));
  }
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
    const { radius } = x;
    return { ...x, radius: Float64Array.from(rounding, (r, i) => (radius ? Math.max(radius[i], r) : 2 * r)) };
  },
};

/** Roundings that a term of the current can go through: its product, and the sums; of a pool also the division. */
export function roundings(layer: Layer): number {
  if (weightsOf(layer) === 0) return layer.window.size ** 2 + 1;
  return layer.weightShape.slice(1).reduce((a, b) => a * b, 1) + (layer.bias.length > 0 ? 1 : 0);
}
