/**
 * Stages current and flow: sums in 16 bits. Their order is as free as that of binary32, so that no bits can be expected:
 * what lies on the grid of the format, and as near as its roundings reach, is taken for such a sum. Stages neuron, loss and backward:
 * numbers that are rounded to 16 bits when they are made, or only kept.
 */
import { absolutes, gridOf, orNone, type Interval, type Values } from '../interval.ts';
import { keyOf, neuronsAt } from '../keys.ts';
import { lastOf, take } from '../slices.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { roundings } from '../parts/current.ts';
import { like, ownLayer } from './helpers.ts';
import { changingOutputs, type Mistake } from './mistake.ts';

interface Format {
  /** Bits of the significand, and the exponent of the smallest normal number. */
  readonly bits: number;
  readonly least: number;
}

/** How far numbers of a format are apart at a value. */
const unitAt = (value: number, { bits, least }: Format): number =>
  2 ** (Math.max(least, Math.floor(Math.log2(Math.abs(value)))) - bits + 1);

/** To nearest, ties to even. Numbers beyond the greatest are left as they are: nobody's network reaches them. */
function roundTo(value: number, format: Format): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const unit = unitAt(value, format);
  const [whole, rest] = [Math.floor(value / unit), value / unit - Math.floor(value / unit)];
  const up = rest > 0.5 || (rest === 0.5 && whole % 2 !== 0);
  return (whole + (up ? 1 : 0)) * unit;
}

/** How far each sum of a part may be from the right one: 0 where no partial sum needs more bits than there are. */
function reachOf(
  part: StagePart,
  intervals: ReadonlyMap<string, Interval>,
  setting: Setting,
  { bits, least }: Format,
) {
  const n = part.stage === 'current' ? roundings(setting.network.layers[part.n - 1]) : setting.network.T;
  const grids = part.inputs.map((key) => gridOf(take(intervals, key).value));
  // A bias, between the weights and the spikes, is a term by itself.
  const products = grids[0] + (grids.length > 1 ? lastOf(grids) : 0);
  const grid = grids.length > 2 ? Math.min(products, grids[1]) : products;
  const share = n * 2 ** -bits;
  return (magnitude: number): number => {
    if (magnitude <= 2 ** bits * 2 ** grid) return 0;
    return (share / Math.max(1 / 8, 1 - share)) * magnitude + n * 2 ** (least - bits + 1);
  };
}

const isOf = (format: Format, value: number): boolean => roundTo(value, format) === value;

function sumsIn(id: string, name: string, format: Format): Mistake {
  return {
    id,
    stages: ['current', 'flow'],
    isReach: true,
    says: `Sums are kept in ${name}; they are at least of binary32.`,
    concerns: (part, setting) =>
      !!ownLayer(part, setting)?.weightShape.length && !part.outputs.includes(keyOf(part.n, 'FO')),
    plant: (right, _, setting) => ({
      ...right,
      run(intervals, manner) {
        const key = right.outputs[0];
        if (!manner.bounds) return new Map([[key, { value: sequential(right, intervals, setting, format) }]]);
        const interval = take(right.run(intervals, manner), key);
        const value = like(interval.value, interval.value.length);
        const magnitudes = take(right.run(magnified(right, intervals), manner), key);
        const reach = reachOf(right, intervals, setting, format);
        const radius = new Float64Array(value.length);
        const excludes = new Uint8Array(value.length);
        const theirs = manner.follow.get(key);
        for (let i = 0; i < value.length; i++) {
          const exact = interval.value[i];
          if (!isOf(format, exact)) excludes[i] = 1;
          radius[i] = reach(magnitudes.value[i]) + (interval.radius?.[i] ?? 0);
          // Where nothing was supplied, all that is known is how far such sums reach.
          if (!theirs) value[i] = exact;
          else
            value[i] = isOf(format, theirs[i]) && Math.abs(theirs[i] - exact) <= radius[i] ? theirs[i] : NaN;
        }
        return new Map([[key, { value, radius: orNone(radius), ...(theirs && { excludes }) }]]);
      },
    }),
  };
}

/** Each number but spikes rounded, to nearest or towards 0. */
function roundedTo(id: string, name: string, format: Format): Mistake {
  const keptOf = ({ value, radius, ...rest }: Interval, theirs: Values | undefined): Interval => {
    const units = Float64Array.from(value, (v) => unitAt(v, format));
    const reach = units.map((unit, i) => unit + (radius?.[i] ?? 0));
    const isKept = (v: number, i: number): boolean =>
      isOf(format, theirs![i]) && Math.abs(theirs![i] - v) <= reach[i]; // asked where there are such
    return {
      ...rest,
      value: theirs ? Float64Array.from(value, (v, i) => (isKept(v, i) ? theirs[i] : NaN)) : value,
      radius: reach,
      ...(theirs && { excludes: Uint8Array.from(value, (v) => Number(!isOf(format, v))) }),
    };
  };
  return {
    id,
    stages: ['neuron', 'loss', 'backward'],
    says: `Numbers are rounded to ${name}; they are at least of binary32.`,
    plant: (right) =>
      changingOutputs(right, (interval, key, { bounds, follow }) => {
        if (key === keyOf(right.n, 'spikes')) return interval;
        return bounds
          ? keptOf(interval, follow.get(key))
          : { value: interval.value.map((v) => roundTo(v, format)) as Values }; // of the same kind
      }),
  };
}

/** The inputs' magnitudes, of which a part makes Σ|terms|. */
function magnified(part: StagePart, intervals: ReadonlyMap<string, Interval>): Map<string, Interval> {
  return new Map(part.inputs.map((key) => [key, { value: absolutes(take(intervals, key).value) }]));
}

/** The sums with one accumulator that is rounded after each addition, in the text's order. */
function sequential(
  { stage, n, inputs }: StagePart,
  intervals: ReadonlyMap<string, Interval>,
  setting: Setting,
  format: Format,
): Values {
  const { network, B } = setting;
  const layer = network.layers[n - 1];
  const [from, to] = [neuronsAt(network, n - 1), neuronsAt(network, n)];
  const maps = network.T * B;
  const first = take(intervals, inputs[0]).value;
  if (stage === 'flow') {
    const FI = new Float32Array(B * to);
    for (let i = 0; i < maps * to; i++) {
      const at = i % (B * to);
      FI[at] = roundTo(FI[at] + first[i], format);
    }
    return FI;
  }
  const o = take(intervals, lastOf(inputs)).value;
  const bias = inputs.length > 2 ? take(intervals, inputs[1]).value : undefined;
  const places = to / (bias?.length ?? to);
  const x = new Float32Array(maps * to);
  for (let i = 0; i < to; i++) {
    const { j, k, count } = layer.synapses.into(i);
    for (let m = 0; m < maps; m++) {
      let sum = 0;
      for (let s = 0; s < count; s++) sum = roundTo(sum + first[k[s]] * o[m * from + j[s]], format);
      x[m * to + i] = bias ? roundTo(sum + bias[Math.floor(i / places)], format) : sum;
    }
  }
  return x;
}

const binary16 = { bits: 11, least: -14 };
const bfloat16 = { bits: 8, least: -126 };

export const halfMistakes: readonly Mistake[] = [
  sumsIn('sums-in-binary16', 'binary16', binary16),
  sumsIn('sums-in-bfloat16', 'bfloat16', bfloat16),
  roundedTo('rounded-to-binary16', 'binary16', binary16),
  roundedTo('rounded-to-bfloat16', 'bfloat16', bfloat16),
];
