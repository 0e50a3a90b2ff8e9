/** Rows of a table with scaled columns. */
import { neuronsOf } from '../../spec/network.ts';
import { isMasked, refuse, show } from '../errors.ts';
import { checkIsNetwork, type SpikingNetwork, type TrainedOn } from '../network/network.ts';
import { checkTrainedOn } from './reader.ts';

/** Scales a row by column: `low` becomes 0 and `high` 1. Results are limited to −1 … 1. A constant column becomes 0. */
export function scaledRow(row: ArrayLike<number>, { low, high }: Columns): Float64Array {
  return Float64Array.from(row, (value, k) => {
    if (!(high[k] > low[k])) return 0;
    const by = high[k] - low[k] < Infinity ? 1 : 0.5; // halving prevents an overflow
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
export function rowOf(row: ArrayLike<number>, net: SpikingNetwork): Float64Array {
  checkIsNetwork('rowOf', net);
  const { columns } = checkTrainedOn(net.trainedOn ?? { dataset: '' }, 'rowOf', net);
  const next = 'predict from the values themselves';
  if (!columns) refuse('rowOf', 'network', 'one that was trained on scaled columns', 'another', next);
  const size = neuronsOf(net.plan.input);
  const isRow = typeof row === 'object' && row !== null && !isMasked(row) && row.length === size;
  if (!isRow) refuse('rowOf', 'row', `${size} numbers, one per column`, row);
  for (let i = 0; i < size; i++)
    if (!Number.isFinite(row[i])) refuse('rowOf', 'row', 'finite numbers', `${show(row[i])} at place ${i}`);
  return scaledRow(row, columns);
}
