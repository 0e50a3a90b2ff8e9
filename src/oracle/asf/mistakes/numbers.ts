/** Numbers of fixed point that are of another format than the model's: what hardware gets wrong. */
import { real, type Precision } from '../../../../spec/arithmetic.ts';
import { fixed, ownPrecision, type FixedFormat } from '../../../../spec/fixed.ts';
import { pairOf, type Mistake } from '../../name.ts';
import type { Model } from '../model.ts';
import { replacing } from './rows.ts';

/** A model in fixed point. */
export interface FixedModel extends Model {
  /** The precision of its constants, and that of all other numbers. */
  readonly format: Precision;
  readonly numbers: Precision;
}

export type FixedRow = Mistake<FixedModel>;

/** Other ways with the numbers of a format. */
export function numberRows(format: FixedFormat): FixedRow[] {
  const { width, fraction } = format;
  const [isNearest, wraps] = [format.rounding === 'nearest', format.overflow === 'wrap'];
  const does = isNearest ? 'rounds them to the nearest, ties up' : 'cuts them towards −∞';
  const ends = wraps ? 'they wrap around' : 'they saturate';
  const row = (id: string, says: string, other: Partial<FixedFormat> | Precision): FixedRow => {
    const numbers = 'round' in other ? other : fixed({ ...format, ...other });
    return { id, says, stages: ['current', 'neuron', 'flow'], change: () => ({ numbers }) };
  };
  const towardsZero = (value: number): number =>
    fixed(format).round(Math.trunc(value * 2 ** fraction) / 2 ** fraction);
  return [
    isNearest
      ? row('rounding=truncate', `Numbers are cut towards −∞, where the format ${does}.`, {
          rounding: 'truncate',
        })
      : row('rounding=nearest', `Numbers are rounded to the nearest, where the format ${does}.`, {
          rounding: 'nearest',
        }),
    row(
      'rounding=towardsZero',
      `Numbers are cut towards 0, where the format ${does}.`,
      ownPrecision(towardsZero),
    ),
    wraps
      ? row('overflow=saturate', `Numbers beyond the range saturate, where in the format ${ends}.`, {
          overflow: 'saturate',
        })
      : row('overflow=wrap', `Numbers beyond the range wrap around, where in the format ${ends}.`, {
          overflow: 'wrap',
        }),
    row('overflow=none', `Numbers go beyond the range of ${width} bits, where ${ends}.`, { width: 53 }),
    ...[width - 1, width + 1].map((bits) =>
      row(`width=${bits}`, `Numbers have ${bits} bits, where the format has ${width}.`, { width: bits }),
    ),
    ...(wraps ? [] : [wideSums]),
  ];
}

/** An accumulator with more bits. */
const wideSums: FixedRow = {
  id: 'sums-saturate-once',
  says: 'The sum of a current saturates once, at its end, where each addition does.',
  stages: ['current'],
  change: replacing(({ applyCurrent }) => ({
    applyCurrent(x, w, o, layer, always) {
      const wide = real.array(x.length);
      applyCurrent(wide, Float64Array.from(w), o, layer, always);
      x.set(wide);
    },
  })),
};

/** Other numbers, and another mistake. */
export const withNumbers = (numbers: FixedRow, other: FixedRow): FixedRow => ({
  ...other,
  ...pairOf(numbers, other),
  stages: other.stages,
});
