/** Helpers for rows of the catalogue. */
import { real, type Floats } from '../../../../spec/arithmetic.ts';
import type { Layer, Network } from '../../../../spec/network.ts';
import type { Stage } from '../../../engine/stage.ts';
import { keyOf } from '../../keys.ts';
import type { Mistake } from '../../name.ts';
import { networkOf, type Functions, type Model } from '../model.ts';

export type Row = Mistake<Model>;

export const networkIn = (model: Model): Network => networkOf(model, real);

/** The layer that a stage belongs to. */
export const layerOf = ({ n }: Stage, model: Model): Layer | undefined => networkIn(model).layers[n - 1];

/** Whether a stage makes an array of its layer. */
export const makes = ({ n, writes }: Stage, what: string): boolean => writes.includes(keyOf(n, what));

/** Whether its layer has neurons that fire. */
export const fires = (stage: Stage, model: Model): boolean => layerOf(stage, model)?.spikes === true;

/** Other functions in place of some of a model's. */
export const replacing =
  (of: (own: Functions, model: Model) => Partial<Functions>) =>
  (model: Model): Partial<Model> => ({ functions: { ...model.functions, ...of(model.functions, model) } });

/** An array (T,…) one step late; the first step is 0. */
export function delayed(values: Floats, T: number): Floats {
  const size = values.length / T;
  const late = values.slice().fill(0);
  late.set(values.subarray(0, values.length - size), size);
  return late;
}

/** The median; nothing of none. */
export const medianOf = (values: readonly number[]): number | undefined =>
  [...values].sort((a, b) => a - b)[values.length >> 1];

/** A number for people. */
export const digits = (value: number): string => String(Number(value.toPrecision(5)));
