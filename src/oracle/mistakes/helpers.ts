/** Helpers that several files of the catalogue share. */
import type { Floats } from '../../../spec/arithmetic.ts';
import type { Layer } from '../../../spec/network.ts';
import { gamma, largest, type Interval, type Values } from '../interval.ts';
import { take } from '../slices.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { changingOutputs, type Mistake } from './mistake.ts';

/** The layer that a part belongs to. */
export const ownLayer = ({ n }: StagePart, { network }: Setting): Layer | undefined => network.layers[n - 1];

/** Room for n more roundings than the right part has. */
export function loosened({ value, radius, ...rest }: Interval, n: number): Interval {
  const wider = new Float64Array(value.length);
  const γ = gamma(n);
  for (let i = 0; i < wider.length; i++) wider[i] = (radius?.[i] ?? 0) * (1 + γ) + γ * Math.abs(value[i]);
  return { ...rest, value, radius: wider };
}

/** Another function of each number, and of its radius; in the precision that the array has. */
export function mapped(
  { value, radius }: Interval,
  of: (v: number) => number,
  slope: (v: number) => number,
): Interval {
  const out = like(value, value.length);
  for (let i = 0; i < out.length; i++) out[i] = of(value[i]);
  return loosened({ value: out, radius: radius?.map((r, i) => r * Math.abs(slope(value[i]))) }, 3);
}

/** An empty array of the same precision. */
export const like = (values: Values, length: number): Floats =>
  values instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);

/** A mistake whose arrays may be off by more roundings than those of the right part. */
export function withRoundings(mistake: Mistake, n: number): Mistake {
  return {
    ...mistake,
    plant(right, make, setting) {
      const part = mistake.plant(right, make, setting);
      return part && changingOutputs(part, (interval) => loosened(interval, n));
    },
  };
}

/** A part that reads some of its inputs changed. */
export function changingInputs(
  part: StagePart,
  change: (interval: Interval, key: string) => Interval,
): StagePart {
  return {
    ...part,
    run(intervals, manner) {
      const seen = new Map(intervals);
      for (const key of part.inputs) seen.set(key, change(take(intervals, key), key));
      return part.run(seen, manner);
    },
  };
}

/** An array (T,…) one step late; the first step is 0. */
export function delayed({ value, radius, open }: Interval, T: number): Interval {
  const size = value.length / T;
  const late = <V extends Values>(values: V): V => {
    values.copyWithin(size, 0);
    values.fill(0, 0, size);
    return values;
  };
  return {
    value: late(value.slice()),
    radius: radius && late(radius.slice()),
    open: open && late(open.slice()),
  };
}

/** Potentials that are off by a few roundings in each step of the window, of u and of Vth; spikes are as they are. */
export function withDrift(mistake: Mistake): Mistake {
  return {
    ...mistake,
    plant(right, make, setting) {
      const part = mistake.plant(right, make, setting);
      const layer = ownLayer(right, setting);
      if (!part || !layer) return part;
      return changingOutputs(part, (interval, key) => {
        if (key.endsWith('spikes')) return interval;
        return withDriftOf(interval, 8 * setting.network.T, layer.Vth);
      });
    },
  };
}

/** Room for n roundings of numbers as large as the largest of the array, and as `more`. */
export function withDriftOf(interval: Interval, n: number, more = 0): Interval {
  const drift = gamma(n) * (more + largest(interval.value));
  const radius = new Float64Array(interval.value.length).fill(drift);
  if (interval.radius) for (let i = 0; i < radius.length; i++) radius[i] += interval.radius[i];
  return { ...interval, radius };
}
