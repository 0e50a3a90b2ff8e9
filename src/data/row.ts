/** Rows of a table whose columns a model scales. */
import { neuronsOf } from '../../spec/network.ts';
import { refuse } from '../errors.ts';
import type { SpikingNetwork, TrainedOn } from '../network/network.ts';

/** A value beyond the range of its column becomes −1 or 1, and a value in a constant column 0. */
export function scaledRow(row: ArrayLike<number>, { low, high }: Columns): Float64Array {
  return Float64Array.from(row, (value, k) => {
    if (!(high[k] > low[k])) return 0;
    const by = high[k] - low[k] < Infinity ? 1 : 0.5; // halves do not overflow
    return Math.min(1, Math.max(-1, (by * value - by * low[k]) / (by * high[k] - by * low[k])));
  });
}

export type Columns = NonNullable<TrainedOn['columns']>;

/**
 * Converts a row of a table to intensities, as `asf-bp predict` converts a .csv file.
 *
 * @param row one number per column, in the units and the order of the table that the network was trained on
 * @param net a network that was trained on a table with scaled columns: `net.trainedOn.columns` has their ranges
 * @returns one intensity −1 … 1 per column
 * @throws InputError if the model has no columns, or the row has another length or a number that is not finite
 */
export function rowOf(row: ArrayLike<number>, { trainedOn, plan }: SpikingNetwork): Float64Array {
  const columns = trainedOn?.columns;
  if (!columns)
    refuse('rowOf', 'net', 'a network trained on scaled columns', 'another', 'predict the values themselves');
  const size = neuronsOf(plan.input);
  if (row?.length !== size) refuse('rowOf', 'row', `${size} numbers, one per column`, row?.length);
  const bad = Array.from(row).findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) refuse('rowOf', `row[${bad}]`, 'a finite number', row[bad]);
  return scaledRow(row, columns);
}
