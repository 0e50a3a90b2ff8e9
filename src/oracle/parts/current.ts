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
import { keyOf } from '../keys.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { slice, take, whole } from '../slices.ts';

export function currentPart(setting: Setting, layer: Layer): StagePart {
  const { network, B, precision, semantics } = setting;
  const { n } = layer;
  const [weight, before, after] = [keyOf(n, 'weight'), keyOf(n - 1, 'spikes'), keyOf(n, 'current')];
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const maps = network.T * B;
  return {
    id: `current.${n}`,
    stage: 'current',
    n,
    inputs: layer.weightShape.length > 0 ? [weight, before] : [before],
    outputs: [after, roundingOf(n)],
    run(inputs, { bounds }) {
      const w =
        layer.weightShape.length > 0 ? whole(take(inputs, weight).value, precision) : precision.array(0);
      const o = take(inputs, before);
      const value = precision.array(maps * to);
      for (let m = 0; m < maps; m++) {
        const x = value.subarray(m * to, (m + 1) * to);
        semantics.applyCurrent(x, w, slice(o.value, m, from, precision), layer);
      }
      if (!bounds) return new Map<string, Interval>([[after, { value }]]);
      const own = rounding(w, o.value);
      return new Map<string, Interval>([
        [after, { value, radius: addRadii(own, spread(w, o.radius)) }],
        [roundingOf(n), { value: overWindow(w, o.value) }],
      ]);
    },
  };

  /** Radii from the roundings of the sums; absent where each is exact whatever is silent. */
  function rounding(w: Floats, o: Values): Float64Array | undefined {
    if (layer.kind.silent) return undefined;
    const size = absolutes(w);
    const grid = termGrid(w, o);
    const most = new Float64Array(from).fill(largest(o));
    if (!sumRadius(sums(size, most), 1, grid)) return undefined;
    const factor = Math.max(largest(size), largest(o));
    const radius = new Float64Array(maps * to);
    for (let m = 0; m < maps; m++) {
      const terms = sums(size, absolutes(o.subarray(m * from, (m + 1) * from)));
      const part = sumRadius(terms, roundings(layer), grid, factor);
      if (part) radius.set(part, m * to);
    }
    return radius;
  }

  /**
   * Radii as if no sum were exact, which holds for Σ_t x as W·FO too: its terms are up to T times as large. Without numbers where
   * these are exact as well.
   */
  function overWindow(w: Floats, o: Values): Float64Array {
    if (layer.kind.silent) return none;
    const size = absolutes(w);
    const most = new Float64Array(from).fill(largest(o) * network.T);
    if (!sumRadius(sums(size, most), 1, termGrid(w, o))) return none;
    const factor = Math.max(largest(size), largest(o)) * network.T;
    const radius = new Float64Array(maps * to);
    for (let m = 0; m < maps; m++) {
      const terms = sums(size, absolutes(o.subarray(m * from, (m + 1) * from)));
      radius.set(sumRadius(terms, roundings(layer), -Infinity, factor) ?? none, m * to);
    }
    return radius;
  }

  /** Where a spike of the layer before is open, what it could have added. */
  function spread(w: Floats, radius: Float64Array | undefined): Float64Array | undefined {
    if (!radius) return undefined;
    const size = absolutes(w);
    const out = new Float64Array(maps * to);
    for (let m = 0; m < maps; m++) out.set(sums(size, radius.slice(m * from, (m + 1) * from)), m * to);
    return out.map((value) => value * (1 + gamma(roundings(layer))));
  }

  function sums(w: Floats, o: Floats): Floats {
    const x = precisionOf(o).array(to);
    semantics.applyCurrent(x, w, o, layer);
    return x;
  }

  /** The grid of the terms of a sum: of an average pool those of o ÷ n. */
  function termGrid(w: Floats, o: Values): number {
    const share = Math.log2(divisorOf(layer));
    if (weightsOf(layer) === 0) return Number.isInteger(share) ? gridOf(o) - share : -Infinity;
    return gridOf(w) + gridOf(o);
  }
}

const none = new Float64Array(0);

/** The radius that a current has by its own sums, also where it was supplied; without numbers where it has none. */
const roundingOf = (n: number): string => keyOf(n, 'current.rounding');

/**
 * The current as what is summed over the window. By Eq. 8 the sum is also W·FO, which somebody may take whose currents
 * are there too: it is off by the roundings of both.
 */
export const summed = {
  hints: (n: number): string[] => [roundingOf(n)],
  of(inputs: Intervals, n: number): Interval {
    const x = take(inputs, keyOf(n, 'current'));
    const rounding = inputs.get(roundingOf(n))?.value;
    if (x.radius || rounding?.length !== x.value.length) return x;
    return { ...x, radius: Float64Array.from(rounding, (r) => 2 * r) };
  },
};

/** Roundings that a term of the current can go through: its product, and the sums; of a pool also the division. */
export function roundings(layer: Layer): number {
  if (weightsOf(layer) === 0) return layer.window.size ** 2 + 1;
  return layer.weightShape.slice(1).reduce((a, b) => a * b, 1);
}
