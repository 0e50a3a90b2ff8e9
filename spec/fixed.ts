/**
 * A third precision for hardware: fixed point. Numbers are whole multiples of 2^−fraction in two's complement of `width` bits.
 * The stages use the same code as in other precisions. As in `arithmetic.ts`, the result of one operation is rounded once when
 * it is assigned to an array element. In a sum, each product and each addition is rounded.
 *
 * Four stages support fixed point: `encode`, `current`, `neuron` and `flow`. Spikes and FO are whole numbers and not in this
 * format. In hardware a spike is a signal on a wire, and FO is a counter with another width.
 */
import { setPrecision, type Floats, type Precision } from './arithmetic.ts';

export interface FixedFormat {
  /** Bits of a number, its sign included, 2 … 26. */
  readonly width: number;
  /** Bits after the point, 0 … width. */
  readonly fraction: number;
  /** Rounds down, like an arithmetic shift; or to the nearest unit (ties go up), like adding a half before the shift. */
  readonly rounding: 'truncate' | 'nearest';
  /** A number beyond the range becomes the nearer end of the range, or is taken modulo 2^width. */
  readonly overflow: 'saturate' | 'wrap';
}

/** A number in units of 2^−fraction, rounded and brought into range. */
export function toUnits(value: number, { width, fraction, rounding, overflow }: FixedFormat): number {
  const scaled = value * 2 ** fraction;
  const units = Math.floor(rounding === 'nearest' ? scaled + 0.5 : scaled);
  const half = 2 ** (width - 1);
  if (overflow === 'saturate') return Math.min(half - 1, Math.max(-half, units));
  const turns = Math.floor((units + half) / 2 ** width);
  return units - turns * 2 ** width;
}

/** The precision of a format. A product of two numbers is below 2⁵² units², so that binary64 holds it exactly. */
export function fixed(format: FixedFormat): Precision {
  return precisionBy((value) => toUnits(value, format) / 2 ** format.fraction);
}

export function precisionBy(round: (value: number) => number): Precision {
  const precision: Precision = { name: 'fixed', round, array: (length) => wrap(new Float64Array(length)) };
  const wrap = (values: Float64Array): Floats => {
    const rounded = new Proxy(values, assigned(round, wrap));
    setPrecision(rounded, precision);
    return rounded;
  };
  return precision;
}

/**
 * Returns the handler of an array's proxy. The proxy rounds each number that is assigned by index or with `set`, also through a
 * `subarray`. Copies of the array, such as those of `slice`, are plain binary64.
 */
function assigned(
  round: (value: number) => number,
  wrap: (values: Float64Array) => Floats,
): ProxyHandler<Float64Array> {
  return {
    set: (values, index, value) => Reflect.set(values, index, round(value)),
    get(values, name) {
      if (name === 'set') return (from: Floats, at = 0) => values.set(from.map(round), at);
      if (name === 'subarray') return (from: number, to: number) => wrap(values.subarray(from, to));
      const found: unknown = Reflect.get(values, name);
      return typeof found === 'function' ? found.bind(values) : found;
    },
  };
}
