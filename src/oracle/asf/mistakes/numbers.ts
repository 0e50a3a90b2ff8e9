/** Mistakes of hardware: fixed-point numbers in another format than the model's. */
import { real, type Precision } from '../../../../spec/arithmetic.ts';
import { fixed, ownPrecision, type FixedFormat } from '../../../../spec/fixed.ts';
import { pairOf, type Mistake } from '../../name.ts';
import type { Model } from '../model.ts';
import { replacing } from './rows.ts';

/** A model in fixed point. */
export interface FixedModel extends Model {
  /** The precision of its constants; `numbers` is that of all other numbers. */
  readonly format: Precision;
  readonly numbers: Precision;
}

export type FixedRow = Mistake<FixedModel>;

/** Rows of other number formats. */
export function numberRows(format: FixedFormat): FixedRow[] {
  const { width, fraction } = format;
  const [isNearest, wraps] = [format.rounding === 'nearest', format.overflow === 'wrap'];
  const does = isNearest ? 'rounds them to the nearest, ties up' : 'cuts them towards −∞';
  const ends = wraps ? 'they wrap around' : 'they saturate';
  const towardsZero = (value: number): number =>
    fixed(format).round(Math.trunc(value * 2 ** fraction) / 2 ** fraction);
  const [rounding, otherwise] = isNearest
    ? (['truncate', 'cut towards −∞'] as const)
    : (['nearest', 'rounded to the nearest'] as const);
  const [overflow, beyond] = wraps ? (['saturate', 'saturate'] as const) : (['wrap', 'wrap around'] as const);
  const others: [id: string, says: string, Partial<FixedFormat> | Precision][] = [
    [`rounding=${rounding}`, `Numbers are ${otherwise}, where the format ${does}.`, { rounding }],
    [
      'rounding=towardsZero',
      `Numbers are cut towards 0, where the format ${does}.`,
      ownPrecision(towardsZero),
    ],
    [
      `overflow=${overflow}`,
      `Numbers beyond the range ${beyond}, where in the format ${ends}.`,
      { overflow },
    ],
    ['overflow=none', `Numbers go beyond the range of ${width} bits, where ${ends}.`, { width: 53 }],
    ...[width - 1, width + 1].map((bits): (typeof others)[number] => [
      `width=${bits}`,
      `Numbers have ${bits} bits, where the format has ${width}.`,
      { width: bits },
    ]),
  ];
  const rows = others.map(([id, says, other]): FixedRow => {
    const numbers = 'round' in other ? other : fixed({ ...format, ...other });
    return { id, says, stages: ['current', 'neuron', 'flow'], change: () => ({ numbers }) };
  });
  return [...rows, ...(wraps ? [] : [wideSums])];
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

/** Another number format combined with another mistake. */
export const withNumbers = (numbers: FixedRow, other: FixedRow): FixedRow => ({
  ...other,
  ...pairOf(numbers, other),
  stages: other.stages,
});
